"""Mokav's rounds with a model: it is shown how two programs ran apart inside, and asked for an input that shows it.

They come after a search that needs no model (`stages.py`): at most `rounds` turns of one conversation. It begins with
both sources, what the model says each program intends, an input on which they agree, their common output, and the
execution difference of that input (`observe/states.py`); then comes, each time, that of the input just tried. Of each
turn's samples those that can be read are run; the others cost nothing but their tokens.

Leaves out: judging what the model says. Source: Mokav: Execution-driven Differential Testing with LLMs (2024).
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from trialrun.compare.difference import Comparison
from trialrun.compare.differential import Differential
from trialrun.compare.pair import encode
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import render
from trialrun.core.printable import printable
from trialrun.core.task import Case
from trialrun.lang.literal_calls import read_literal
from trialrun.lang.subject import Form, Subject
from trialrun.models.protocol import Message, Model, Request
from trialrun.observe.states import Parting, parting, record_states
from trialrun.probe.domain import key_of
from trialrun.probe.proposer import Batches, Origin, Seed
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

_SHOWN = 2000
"""Characters of an output that the model is shown."""
_ASK_TEXT = (
    "Give another input on which P and Q print different things: only the text that they read, "
    "in one ``` block."
)
_ASK_ARGUMENTS = (
    "Give another input on which P and Q behave differently: only the arguments, as one Python tuple of literals, "
    "in one ``` block."
)
_FENCED = re.compile(r"```[^\n`]*\n(.*?)\n?```", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mokav:
    """Settings of the rounds; `ask` may be called often."""

    first: Differential = field(default_factory=Differential)
    """The search that came before; its seed, rules and limits are those of the rounds."""
    rounds: int = 10
    """Turns of the conversation at most."""
    samples: int = 10
    """Inputs asked for in each turn."""
    temperature: float = 1.0
    max_tokens: int = 512
    """Tokens of one answer at most."""

    def ask(
        self,
        sandbox: Sandbox,
        old: Subject,
        new: Subject,
        seeds: Sequence[Seed],
        model: Model,
        *,
        assume: Subject | None = None,
    ) -> Comparison:
        """Return what the rounds find, from the first seed on; they come after a search that found nothing."""
        rounds = Rounds(sandbox, old, new, model, self)
        found = self.first.search(sandbox, old, new, seeds[:1], assume=assume, proposer=rounds)
        return dataclasses.replace(found, cpu_s=found.cpu_s + rounds.cpu_s)


class Rounds:
    """A proposer: each batch is what the model answers in one turn."""

    def __init__(self, sandbox: Sandbox, old: Subject, new: Subject, model: Model, settings: Mokav) -> None:
        self.sandbox, self.model, self.settings = sandbox, model, settings
        self.old, self.new = old, new
        self.limits: Limits = settings.first.limits
        self.cpu_s = 0.0
        """CPU seconds of the runs that find out what to show the model."""

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield the inputs of one turn after the other; end with the rounds, or where the budget runs out."""
        messages = [Message("user", self._opening(seeds[0].case))]
        tried = {key_of(seed.case) for seed in seeds}
        for _ in range(self.settings.rounds):
            texts = self._ask(messages)
            if texts is None:
                return
            read = [(text, case) for text in texts if (case := read_input(text, self.old)) is not None]
            fresh = []
            for text, case in read:
                if (key := key_of(case)) not in tried:
                    tried.add(key)
                    fresh.append((text, case))
            if fresh:
                yield [Seed(case=case, origin=Origin.VALID) for _, case in fresh]
            # The turn goes on from a sample that could be read: what is fed back belongs to the input just tried.
            last = (fresh or read)[0] if read else None
            answer = last[0] if last is not None else (texts[0] if texts else "")
            messages.append(Message("assistant", answer))
            messages.append(Message("user", self._next(last[1] if last is not None else None)))

    def _ask(self, messages: list[Message]) -> tuple[str, ...] | None:
        response = self.model.complete(
            Request(
                messages=tuple(messages),
                n=self.settings.samples,
                temperature=self.settings.temperature,
                max_tokens=self.settings.max_tokens,
                seed=self.settings.first.seed,
            )
        )
        return None if response.exhausted is not None else response.texts

    def _opening(self, case: Case) -> str:
        parts = ["Two Python programs agree on the input below, and differ on some other input."]
        for name, subject in (("P", self.old), ("Q", self.new)):
            parts.append(f"Program {name}:\n```python\n{subject.source.strip()}\n```")
            parts.append(f"What {name} intends: {self._intent(subject)}")
        parts += [f"Input:\n```\n{show_input(case)}\n```", self._report(case), self._request()]
        return "\n\n".join(parts)

    def _intent(self, subject: Subject) -> str:
        question = (
            "Say in two sentences what this program intends to compute.\n\n"
            f"```python\n{subject.source.strip()}\n```"
        )
        response = self.model.complete(
            Request(messages=(Message("user", question),), max_tokens=self.settings.max_tokens)
        )
        return response.texts[0].strip() if response.texts else "unknown"

    def _next(self, case: Case | None) -> str:
        if case is None:
            return "None of these could be read as an input. " + self._request()
        return f"On that input they agree.\n\n{self._report(case)}\n\n{self._request()}"

    def _report(self, case: Case) -> str:
        """Say what both programs do on a case, outside and inside."""
        with Serving(self.sandbox, self.old.program, self.limits) as serving:
            shown = _shown(serving.call(encode(self.old, [case]))[0].execution)
        self.cpu_s += serving.cpu_s
        states = [record_states(self.sandbox, subject, case, self.limits) for subject in (self.old, self.new)]
        lines = [f"Both give:\n```\n{shown}\n```"]
        for names, apart in (
            (("P", "Q"), parting(states[0], states[1])),
            (("Q", "P"), parting(states[1], states[0])),
        ):
            if apart is not None:
                lines.append(_said(apart, *names))
        return "\n".join(lines)

    def _request(self) -> str:
        if self.old.form is Form.STDIN:
            return _ASK_TEXT
        return _ASK_ARGUMENTS


def _said(apart: Parting, here: str, there: str) -> str:
    return f"Inside, {here} gives the variable {apart.variable} the value {apart.value}; {there} never does."


def _shown(execution: Execution) -> str:
    if execution.outcome is not Outcome.RETURNED:
        return printable(execution.ending, _SHOWN)
    if execution.stdout:
        return printable(execution.stdout.decode("utf-8", "backslashreplace"), _SHOWN, lines=True)
    return render(execution.value, limit=_SHOWN) if execution.value is not None else ""


def show_input(case: Case) -> str:
    """Return an input in the form in which the model is asked for others."""
    return case.stdin if case.stdin is not None else repr(case.args)


def read_input(text: str, subject: Subject) -> Case | None:
    """Return the input that a model wrote, or None where there is none that the subject takes.

    The last fenced block counts, or the whole answer without one. Arguments are literals; one that is no tuple is the
    only argument.
    """
    blocks = _FENCED.findall(text)
    body = blocks[-1] if blocks else text
    if subject.form is Form.STDIN:
        return Case(stdin=body if body.endswith("\n") else body + "\n") if body.strip() else None
    for candidate in _candidates(body):
        read = read_literal(candidate)
        if read is not None:
            args = read.value if type(read.value) is tuple else (read.value,)
            return Case(args=args) if _takes(subject, args) else None
    return None


def _candidates(body: str) -> Iterator[str]:
    """Yield the texts that may be the literal: all of it, then each line that starts like one."""
    yield body.strip()
    for line in body.splitlines():
        text = line.strip()
        if text.startswith(("(", "[", "{", '"', "'")) or text[:1].isdigit():
            yield text


def _takes(subject: Subject, args: tuple[Any, ...]) -> bool:
    """Say whether a subject has parameters for so many arguments."""
    signature = subject.signature
    if signature is None:
        return True
    most = len(signature.parameters) + bool(signature.constructor)
    least = sum(parameter.default is None and not parameter.variadic for parameter in signature.parameters)
    return least <= len(args) <= most
