"""Vanilla sampling: what it asks, what it makes of the answers."""

from collections.abc import Sequence

import pytest

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.generate.vanilla import STOP, Vanilla
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered

pytestmark = pytest.mark.fast

PREFIX = 'import math\n\n\ndef half(x):\n    """Return half of x."""\n'
TASK = PublicTask(
    id="Own/1",
    suite="own",
    statement=PREFIX,
    entry="half",
    language="python",
    prefix=PREFIX,
    public_checks=(),
)


class NoRunner:
    def check(self, program: Program) -> tuple[()]:
        raise AssertionError("vanilla sampling runs nothing")

    def run(self, program: Program, cases: Sequence[Case]) -> tuple[()]:
        raise AssertionError("vanilla sampling runs nothing")


def sampled(method: Vanilla, model: Scripted, **limits: float) -> list[str]:
    budget = Budget(**limits)
    ctx = Context(model=Metered(model, budget), runner=NoRunner(), budget=budget, seed=11)
    return [program.source for program in method.generate(TASK, ctx)]


def test_chat_asks_once_for_all_samples() -> None:
    model = Scripted(
        ["```python\ndef half(x):\n    return x / 2\n```", "def half(x):\n    return math.floor(x)", "no"]
    )
    assert sampled(Vanilla(n=3, temperature=0.7, max_tokens=99), model) == [
        "def half(x):\n    return x / 2\n",
        "import math\ndef half(x):\n    return math.floor(x)\n",
        "no\n",
    ]
    (request,) = model.requests
    assert (request.n, request.temperature, request.max_tokens, request.seed) == (3, 0.7, 99, 11)
    assert request.prompt is None and not request.stop
    (message,) = request.messages
    assert message.role == "user" and PREFIX.strip() in message.content and "`half`" in message.content


def test_raw_continues_the_code_character_by_character() -> None:
    model = Scripted(["    return x / 2\n\n\ndef other():\n    return 1\n\nprint(half(3))\n"])
    (source,) = sampled(Vanilla(raw=True), model)
    assert source == PREFIX + "    return x / 2\n\n\ndef other():\n    return 1\n"
    (request,) = model.requests
    assert request.prompt == PREFIX and request.stop == STOP and not request.messages


def test_no_budget_no_programs() -> None:
    model = Scripted(["x"])
    assert sampled(Vanilla(), model, model_calls=0) == [] and not model.requests
