"""Functions with wrong versions of themselves, and what all of these do on the same calls: material for benchmarks.

Functions are CodeARC's (each with ten recorded calls, which a model once wrote to show what the function does) and
MBPP+'s (a reference and its inputs). Wrong versions are mutants that some input tells from the function: a mutant that
none does is left out, since it may be right. The inputs that are *shown* are what a method would have: the recorded
calls, or the first ten inputs of the set. Whether a mutant is wrong is decided on many more.

Leaves out: choosing among the versions.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trialrun.compare.mutants import key_of, kills
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.lang.imports import imported_modules
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import read_signature
from trialrun.probe.domain import key_of as case_key
from trialrun.probe.portfolio import portfolio_of
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import codearc, registry

SHOWN = 10
"""Inputs that a method sees."""
MORE = 25
"""Inputs beside them that decide whether a mutant is wrong, at most."""
PURE = frozenset(
    (
        "bisect",
        "collections",
        "copy",
        "functools",
        "heapq",
        "itertools",
        "math",
        "operator",
        "re",
        "string",
        "typing",
    )
)


BRIEF = Limits(cpu_s=0.2, memory_mb=1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that is right by definition."""

    id: str
    program: Program
    shown: tuple[Case, ...]
    """What a method sees."""
    hidden: tuple[Case, ...] = ()
    """What beside that decides whether another version is right; for CodeARC it is made when it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a function and its wrong versions did on the shown inputs."""

    id: str
    right: tuple[Execution, ...]
    """One a shown input."""
    wrong: tuple[tuple[Execution, ...], ...]
    """The same of each wrong version."""
    sources: tuple[str, ...]
    """Texts of the wrong versions."""
    unnoticed: int
    """Wrong versions that do as the function does on every shown input."""


def codearc_functions() -> Iterator[Function]:
    """Yield CodeARC's functions that only compute."""
    for found in codearc.functions():
        imported = set(imported_modules(found.source))
        if not found.excluded and len(found.inputs) >= SHOWN // 2 and imported <= PURE:
            program = Program.from_source(found.source, entry=found.entry)
            yield Function(id=f"CodeARC/{found.id}", program=program, shown=found.inputs)


def made_inputs(function: Function, count: int = MORE) -> tuple[Case, ...]:
    """Return inputs of our own beside those that are shown."""
    tree = parse(function.program.source)
    signature = None if isinstance(tree, Unparseable) else read_signature(tree, function.program.entry or "")
    seeds = [Seed(case=case, origin=Origin.RECORDED) for case in function.shown]
    found: list[Case] = []
    for batch in portfolio_of(seeds, signature, [function.program.source]).propose(seeds):
        found += [one.case for one in batch]
        if len(found) >= count:
            break
    return tuple(found[:count])


def mbpp_plus_functions() -> Iterator[Function]:
    """Yield MBPP+'s functions whose results are compared by equality."""
    for task in registry.load("mbpp+").tasks:
        cases = _cases(task)
        if task.reference is not None and len(cases) > SHOWN and task.entry is not None:
            yield Function(
                id=task.id,
                program=Program.from_source(task.reference, entry=task.entry),
                shown=tuple(cases[:SHOWN]),
                hidden=tuple(cases[SHOWN : SHOWN + MORE]),
            )


def _cases(task: Task) -> list[Case]:
    """Return the inputs of a task, each once; none where an oracle compares."""
    checks = [check for check in task.hidden_checks if isinstance(check, CaseCheck)]
    if any(check.oracle for check in checks):
        return []
    cases = {case_key(case): case for check in checks for case in check.cases}
    return list(cases.values())


def drawn(
    functions: Iterable[Function], count: int, *, seed: int, without: Collection[str] = ()
) -> list[Function]:
    """Return `count` functions drawn by a seed, in the order drawn, so that a larger count begins with the same."""
    order = list(functions)
    random.Random(f"functions {seed}").shuffle(order)
    return [one for one in order if one.id not in without][:count]


def pool_of(sandbox: Sandbox, function: Function, *, most: int, least: int, seed: int) -> Pool | None:
    """Run a function and its mutants; None where it does not agree with itself or has fewer than `least` wrong ones.

    Mutants that do not load or hang are no candidates: nobody would choose them.
    """
    cases = (*function.shown, *(function.hidden or made_inputs(function)))
    try:
        made = mutants(function.program.source, function.program.entry, limit=most, seed=seed)
    except UsageError:
        return None
    programs = [function.program, function.program, *mutant_programs(function.program, made)]
    right, again, *others = together(sandbox, programs, cases)
    if right is None or again is None:
        return None
    keys = [key_of(one) for one in right]
    if None in keys or keys != [key_of(one) for one in again]:
        return None
    shown = len(function.shown)
    if all(one.outcome is not Outcome.RETURNED for one in right[:shown]):
        return None
    wrong = [
        (did, mutant.source)
        for did, mutant in zip(others, made, strict=True)
        if did is not None and any(kills(one, key) for one, key in zip(did, keys, strict=True))
    ]
    if len(wrong) < least:
        return None
    unnoticed = sum(
        not any(kills(one, key) for one, key in zip(did, keys[:shown], strict=False)) for did, _ in wrong
    )
    return Pool(
        id=function.id,
        right=right[:shown],
        wrong=tuple(did[:shown] for did, _ in wrong),
        sources=tuple(source for _, source in wrong),
        unnoticed=unnoticed,
    )


_TOGETHER = """
def __made__(source, name):
    namespace = {"__name__": "solution"}
    try:
        exec(compile(source, "solution.py", "exec", dont_inherit=True), namespace)
        return namespace[name]
    except BaseException:
        return None
"""


def together(
    sandbox: Sandbox, programs: Sequence[Program], cases: Sequence[Case]
) -> list[tuple[Execution, ...] | None]:
    """Return what programs do on cases, one row a program, None for one that does not load or that hangs.

    All run in one job, each in a namespace of its own: trusted programs and mutants of these, never a stranger's.
    """
    names = [f"__{place}__" for place in range(len(programs))]
    lines = [
        f"{name} = __made__({program.source!r}, {program.entry!r})"
        for name, program in zip(names, programs, strict=True)
    ]
    joined = Program.from_source(_TOGETHER + "\n".join(lines) + "\n", entry=names[0])

    def rows(some: Sequence[str], inputs: Sequence[Case]) -> dict[str, tuple[Execution, ...]]:
        calls = [call for name in some for call in encode_calls(name, inputs)]
        did: list[Execution] = []
        for one in run_cases(sandbox, joined, calls, BRIEF, entries=names, arguments=True):
            did.append(one)
            if sum(execution.outcome is Outcome.TIMEOUT for execution in did[-_HANGS:]) == _HANGS:
                break
        did += [Execution(outcome=Outcome.TIMEOUT)] * (len(calls) - len(did))
        return {
            name: tuple(did[place * len(inputs) : (place + 1) * len(inputs)])
            for place, name in enumerate(some)
        }

    first = rows(names, cases[:1])
    alive = [name for name in names if not _hopeless(first[name])]
    found = rows(alive, cases)
    return [None if name not in found or _hopeless(found[name]) else found[name] for name in names]


def _hopeless(did: Sequence[Execution]) -> bool:
    """Say whether a program does not load (its name stands for None) or hangs on some case."""
    return any(one.outcome is Outcome.TIMEOUT or one.message == _NO_FUNCTION for one in did)


_NO_FUNCTION = "'NoneType' object is not callable"
_HANGS = 4
"""Hangs in a row after which nothing more is asked."""
