"""HumanEval (arXiv:2107.03374): its own solutions pass, whatever else the machine is doing; lookalikes do not.

The whole set, three times, is `python -m bench.load`; here is every eighth task.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.load import busy_loops

from trialrun.core.errors import Missing
from trialrun.core.judgement import Verdict
from trialrun.flow import Run, evaluate
from trialrun.tasks import registry

pytestmark = pytest.mark.data

EIGHTH = tuple(f"HumanEval/{number}" for number in range(0, 164, 8))
HELPERS = ("HumanEval/32", "HumanEval/38", "HumanEval/50")


@pytest.fixture(autouse=True, scope="module")
def _data() -> None:
    try:
        registry.load("humaneval")
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])


@pytest.fixture
def busy() -> Iterator[None]:
    with busy_loops(20):
        yield


def judged(run: Run) -> list[tuple[str, Verdict, bool]]:
    return [(record.task_id, record.verdict, record.weak) for record in run.records]


def test_own_solutions_pass_and_every_verdict_is_strong(tmp_path: Path) -> None:
    run = evaluate("humaneval", method="reference", task=EIGHTH, output=tmp_path / "run")
    assert judged(run) == [(task, Verdict.PASS, False) for task in EIGHTH]
    assert (run.summary.passed, run.summary.unscored.count) == (21, 0)


def test_tests_that_call_helpers_of_the_prompt_use_the_tasks_own(tmp_path: Path) -> None:
    run = evaluate("humaneval", method="reference", task=HELPERS, output=tmp_path / "run")
    assert judged(run) == [(task, Verdict.PASS, False) for task in HELPERS]


def test_verdicts_do_not_change_on_a_busy_machine(tmp_path: Path, busy: None) -> None:
    tasks = ("HumanEval/0", "HumanEval/32", "HumanEval/100", "HumanEval/130")
    run = evaluate("humaneval", method="reference", task=tasks, output=tmp_path / "run")
    assert judged(run) == [(task, Verdict.PASS, False) for task in tasks]


def test_a_body_that_does_nothing_fails_every_task(tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text(
        "".join(f'{{"task_id": "{task}", "completion": "    pass\\n"}}\n' for task in EIGHTH), "utf-8"
    )
    run = evaluate("humaneval", samples=samples, task=EIGHTH, output=tmp_path / "run")
    assert judged(run) == [(task, Verdict.FAIL, False) for task in EIGHTH]
