"""A system under test, served: texts go in, reactions come out, with the branches that it took where they are watched.

The driver (`lang/systems.py`) runs in the sandbox; a system that crashes, hangs or fills the memory ends its job, and
the next text has a fresh one. Ending a job kills all that it started, by process id. A crash or an exception that is
no refusal is a potential bug; no answer within the limits is a timeout and nothing more.

Leaves out: whether two systems agree (`fuzzing.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.smtlib import read_answers
from trialrun.lang.systems import CHECK
from trialrun.probe.fuzz4all import Answer, Reaction
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Branch, Serving

LIMITS = Limits(cpu_s=5.0, wall_s=15.0)
"""What a system is given for one text; the five seconds are the paper's."""
_BUGS = {Outcome.KILLED, Outcome.EXITED, Outcome.RAISED, Outcome.PROTOCOL}
_TIMEOUTS = {Outcome.TIMEOUT, Outcome.MEMORY, Outcome.OUTPUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What is under test."""

    name: str
    """For people: `z3 4.8.12`."""
    program: Program
    """Its driver."""
    limits: Limits = LIMITS
    watch: tuple[str, ...] = ()
    """Beginnings of the names of the Python files whose branches count."""
    solver: bool = False
    """Whether its output is that of an SMT solver, in which an error line means that the input was refused."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system made of one text."""

    answer: Answer
    output: str
    cpu_s: float = 0.0


@dataclass(slots=True)
class Served:
    """A system, ready. Use as a context manager: leaving ends its jobs."""

    system: System
    serving: Serving
    branches: set[Branch] = field(default_factory=set)
    """All that were taken."""
    _endings: set[str] = field(default_factory=set)

    @classmethod
    def start(cls, system: System, sandbox: Sandbox) -> Self:
        """Serve a system from a sandbox."""
        return cls(system, Serving(sandbox, system.program, system.limits, system.watch))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.serving.__exit__(kind, error, trace)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of its jobs."""
        return self.serving.spent

    def run(self, texts: Sequence[str]) -> list[Reply]:
        """Give it texts, one after the other."""
        replies = []
        for reply in self.serving.call(_calls(texts)):
            reaction, error, output = read_execution(reply.execution, solver=self.system.solver)
            ending = f"{reaction} {error}"
            fresh = set(reply.branches) - self.branches
            novel = bool(fresh) or ending not in self._endings
            self._endings.add(ending)
            self.branches |= fresh
            replies.append(Reply(Answer(reaction, error, novel), output, reply.execution.cpu_s))
        return replies

    def alone(self, text: str) -> Reply:
        """Give it one text in a job of its own."""
        execution = self.serving.alone(_calls([text])[0])
        reaction, error, output = read_execution(execution, solver=self.system.solver)
        return Reply(Answer(reaction, error), output, execution.cpu_s)


def read_execution(execution: Execution, *, solver: bool = False) -> tuple[Reaction, str, str]:
    """Return (reaction, error class, output) of an execution of a driver."""
    outcome = execution.outcome
    if outcome is Outcome.RETURNED:
        reaction, error, output = _told(execution.value or b"")
        if solver and reaction is Reaction.SAFE:
            said = read_answers(output)
            if said.errors:
                return Reaction.INVALID, "error line", output
            if not said.check:
                return Reaction.INVALID, "no answer", output
        return reaction, error, output
    if outcome in _TIMEOUTS:
        return Reaction.TIMEOUT, str(outcome), ""
    if outcome in _BUGS:
        return Reaction.BUG, execution.exception or execution.message[:100], execution.message
    return Reaction.INVALID, str(outcome), execution.message


def _told(value: bytes) -> tuple[Reaction, str, str]:
    """Return what a driver returned, which a hostile system may have replaced."""
    try:
        tree = parse(value)
        assert type(tree) is tuple and len(tree) == 4 and tree[0] == values.LIST
        reaction, error, output = tree[1:]
        assert type(error) is str and type(output) is str
        return Reaction(reaction), error, output
    except (values.Malformed, AssertionError, ValueError):
        return Reaction.BUG, "no answer of a driver", ""


def _calls(texts: Sequence[str]) -> list[bytes]:
    return encode_calls(CHECK, [Case(args=(text,)) for text in texts])
