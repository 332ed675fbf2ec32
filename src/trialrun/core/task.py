"""`Task`: what a program should do, and the checks that decide whether it does.

A task is plain data. It names its oracles instead of holding callables, and `public()` gives the only view a
method may see: the statement, the entry point and the public checks. Hidden checks never leave `verify` and
`measure`.

Leaves out: how checks are executed (`verify/tests.py`), where tasks come from (`tasks/`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from trialrun.core.execution import Limits

ANSWER = "answer"
"""Language of what is no program but the answer to a question about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input of a program: positional arguments of a call, or what a whole program reads."""

    args: tuple[Any, ...] = ()
    """Positional arguments; values of the closed set in `core/values.py`."""
    stdin: str | None = None
    """Text on standard input, for whole programs."""
    argv: tuple[str, ...] = ()
    """Command-line arguments after the program's name, for whole programs."""
    files: tuple[tuple[str, bytes], ...] = ()
    """(name, content) of each file that lies in a whole program's working directory; names as `core/filenames.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a whole program should leave behind; it must also complete."""

    stdout: bytes | None = None
    """What it prints; None: anything."""
    files: tuple[tuple[str, bytes], ...] = ()
    """(name, content) of files it writes; others beside them do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertCheck:
    """Test code that calls the candidate and asserts.

    The code runs in the tester; the names in `remote` are the candidate's and are reached by a call channel.
    """

    name: str
    """Name of the check in tables: `base`, `plus`, `tests`."""
    code: str
    """Test source. It runs after the task's `context` in one namespace."""
    remote: tuple[str, ...]
    """Names in `code` that stand for the candidate's entry point."""
    same_process: str | None = None
    """Why this check must share the candidate's process (its verdict is weak then), or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnittestCheck:
    """Test classes (`unittest.TestCase`) that call the candidate.

    They run in the tester, where `remote` names are the candidate's, if the task's reference passes that way; else in
    the candidate's own process, and the verdict is weak.
    """

    name: str
    """Name of the check in tables."""
    code: str
    """Test source. It runs after the task's `context` in one namespace."""
    expected: tuple[str, ...]
    """`Class.method` of every test, counted in the source: each must report that it passed."""
    remote: tuple[str, ...]
    """Names in `code` that stand for the candidate's functions."""
    same_process: str | None = None
    """Why this check must share the candidate's process, where that is known beforehand, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCheck:
    """Inputs whose outputs are compared, outside every sandbox, with expected ones."""

    name: str
    """Name of the check in tables."""
    cases: Sequence[Case]
    """The inputs, in order: a tuple, or what becomes one when it is looked at (its `repr` must identify them)."""
    expected: tuple[Any, ...] | None = None
    """Expected results, one per case; None means: those of the task's reference on the same inputs."""
    oracle: str | None = None
    """Named oracle of `compare/named_oracles.py`; None is comparison under the run's comparator."""
    atol: float = 0.0
    """Absolute tolerance that the data set asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCheck:
    """Runs of a whole program, each in a job of its own; what it prints and writes is compared outside."""

    name: str
    """Name of the check in tables."""
    cases: tuple[Case, ...]
    """The inputs, in order; their `args` play no part."""
    expected: tuple[Output, ...] | None = None
    """Expected outputs, one per case; None means: what the task's reference prints on the same inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionCheck:
    """A question about an execution. The candidate is text, an answer; what the program really does decides."""

    name: str
    """Name of the check in tables: `output`, `input`, `lines`."""
    oracle: str
    """Which execution oracle of `verify/prediction.py` grades the answer."""
    source: str
    """The program that is asked about."""
    entry: str | None = None
    """The function that is called; None for a whole program."""
    call: str = ""
    """Text of the call's arguments, as the question shows it."""
    case: Case = Case()
    """What a whole program reads."""
    expected: str | None = None
    """The published answer, where there is one."""
    family: str = ""
    """Which of an oracle's rules the data set uses for this question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorCheck:
    """A solved problem that the candidate, a generator of problems, must be a family of (`verify/efa.py`)."""

    name: str
    """Name of the check in tables."""
    problem: str
    """Text of the seed."""
    answer: str
    """Its final answer."""
    solution: str = ""
    """Its worked solution; with `<<expression=value>>` annotations it can be worked out for other numbers."""
    strong: bool = True
    """Whether all bits are demanded, and not the five published ones alone."""
    solver: str = ""
    """Source of an independent `solve(parameters)` or `accepts(parameters, answer)`, where there is one."""
    alike: bool = True
    """Whether answers have the seed's sign, and are whole where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceCheck:
    """The program behaves like the task's reference, a hidden function that a method may ask about (`core/oracle.py`).

    A differential search tries to tell them apart.
    """

    name: str
    """Name of the check in tables."""
    cases: tuple[Case, ...]
    """Inputs whose results a method knows from the start."""
    given: int
    """Calls that these count as."""
    calls: int
    """Calls of the hidden function that a method may make, those given included."""
    checks: int
    """Programs that a method may submit."""
    tries: int
    """Malformed requests that end the game."""
    inputs: int = 2000
    """Inputs that the search tries at most."""
    cpu_s: float = 5.0
    """CPU seconds that it takes at most."""


Check = (
    AssertCheck
    | UnittestCheck
    | CaseCheck
    | ProgramCheck
    | PredictionCheck
    | GeneratorCheck
    | EquivalenceCheck
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Another task of the same kind, solved: what a prompt with examples shows."""

    statement: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTask:
    """What a method sees of a task."""

    id: str
    suite: str
    statement: str
    entry: str | None
    language: str
    prefix: str
    public_checks: tuple[Check, ...]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of a task set. Everything but the fields of `PublicTask` is hidden from methods."""

    id: str
    """Name that samples use, for example `HumanEval/0`."""
    suite: str
    """Name of the task set, for example `humaneval+`."""
    statement: str
    """The problem as text: for completion benchmarks the prompt code itself."""
    entry: str | None
    """Name of the function to write; None for a whole program."""
    language: str = "python"
    """Source language of solutions."""
    prefix: str = ""
    """Code that a `completion` continues; empty where solutions stand alone."""
    context: str = ""
    """Code executed in the tester before test code: helpers and imports that belong to the task."""
    public_checks: tuple[Check, ...] = ()
    """Checks a method may use."""
    examples: tuple[Example, ...] = ()
    """Other tasks of the same kind, solved, that a method may use; never this one."""
    hidden_checks: tuple[Check, ...] = ()
    """Checks that decide the score."""
    reference: str | None = None
    """The task set's own solution, as a complete program."""
    defect: str | None = None
    """A known defect of the data set that touches this task, in one line."""
    requires: tuple[str, ...] = ()
    """Pinned requirements that solution and tests import, such as `numpy==1.26.4`."""
    source: str = ""
    """Where the task comes from."""
    licence: str = ""
    """Licence of the task, where known."""

    def public(self) -> PublicTask:
        """Return all that a method may see."""
        return PublicTask(
            id=self.id,
            suite=self.suite,
            statement=self.statement,
            entry=self.entry,
            language=self.language,
            prefix=self.prefix,
            public_checks=self.public_checks,
            examples=self.examples,
        )

    @cached_property
    def hash(self) -> str:
        """Content hash (sha256, 16 hex digits) of what decides a verdict: entry, context, checks, reference.

        Reading the same task from two published forms of one data set gives the same hash.
        """
        content = repr((self.id, self.entry, self.prefix, self.context, self.hidden_checks, self.reference))
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSet:
    """A named list of tasks with the identity of the file it was read from."""

    name: str
    version: str
    sha256: str
    """Hash of the data file, or of the built-in tasks' sources."""
    tasks: tuple[Task, ...]
    python: str | None = None
    """Python version that the tasks were written for, such as `3.10`, where they need it."""
    limits: Limits | None = None
    """Limits that its own solutions need, where the usual ones are too narrow for them."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a task, as a samples file states it."""

    task_id: str
    index: int
    """Position among the samples of the same task, from 0."""
    source: str
    """Complete program text (a completion is already joined to its task's prefix)."""
