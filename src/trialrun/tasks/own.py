"""Read one's own tasks: a file of JSON lines (or one JSON array), one object a task.

| field | meaning |
|---|---|
| `id` | name of the task; unique in the file |
| `statement` | what a program should do; default: `prefix` |
| `entry` | name of the function to write; none for a whole program |
| `tests` | Python asserts that call the function; they run apart from the candidate, after `context` |
| `cases` | inputs: a list of `{"args": [...], "expected": ...}`; without `expected`, the reference's |
| `atol` | absolute tolerance of `cases`; default 0 |
| `public_tests` | asserts that a method may see |
| `prefix` | code that a `completion` continues |
| `context` | code that `tests` need: helpers, imports, data |
| `reference` | a complete program that solves the task |
| `same_process` | true: `tests` need what only a solution defines; the verdict is weak then |
| `asks` | a question about a call of `program`: output, input, lines, symbols, final-values, printed, number |
| `program`, `call` | the program asked about, and the arguments of the call of its `entry`, as text |
| `problem`, `solution`, `answer` | a solved problem: the task is to write a generator of such problems |
| `solver` | for those, source of an independent `solve(parameters)` or `accepts(parameters, answer)` |
| `licence`, `source` | free text |

`id`, `entry` and one of `tests`, `cases`, `asks` or `problem` are needed; a `problem`, and `cases` of a whole program,
need no `entry`. Every error names the line and the field. What a case of a whole program looks like stands in
`tasks/cases.py`.

Leaves out: values that JSON cannot say in `cases` (write them in `tests`), languages other than Python.
"""

from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import (
    ANSWER,
    AssertCheck,
    CaseCheck,
    Check,
    PredictionCheck,
    ProgramCheck,
    Task,
    TaskSet,
)
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import ENTRY
from trialrun.lang.scopes import Unparseable, names
from trialrun.tasks import datafiles
from trialrun.tasks.cases import StatedCase
from trialrun.tasks.efa import generator_task
from trialrun.tasks.questions import KINDS


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One task as its file states it."""

    id: str
    entry: str | None = None
    statement: str = ""
    tests: str = ""
    cases: list[StatedCase] = []
    atol: float = 0.0
    public_tests: str = ""
    prefix: str = ""
    context: str = ""
    reference: str | None = None
    same_process: bool = False
    asks: str = ""
    program: str = ""
    call: str = ""
    problem: str = ""
    solution: str = ""
    answer: str = ""
    solver: str = ""
    licence: str = ""
    source: str = ""


def load(path: Path) -> TaskSet:
    """Read a task set from a file; its name is the file's stem, its version the file's hash."""
    found = datafiles.read_file(path)
    name = path.name.removesuffix(".gz").rpartition(".")[0]
    tasks: dict[str, Task] = {}
    for where, raw in datafiles.numbered_rows(found):
        task = _task(_row(raw, where), name, where)
        if task.id in tasks:
            raise UsageError(f"{where}: `id`: {task.id!r} stands on an earlier line too")
        tasks[task.id] = task
    if not tasks:
        raise UsageError(f"{path} holds no task")
    return TaskSet(
        name=name, version=f"sha256:{found.sha256[:12]}", sha256=found.sha256, tasks=tuple(tasks.values())
    )


def _row(raw: dict[str, Any], where: str) -> Row:
    fields = Row.__struct_fields__
    for field in raw:
        if field not in fields:
            raise UsageError(f"{where}: no field {field[:60]!r}{nearest(field[:60], fields)}")
    try:
        return msgspec.convert(raw, Row)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}") from error


def _task(row: Row, suite: str, where: str) -> Task:
    if row.asks:
        return _question(row, suite, where)
    if row.problem:
        return _generator(row, suite, where)
    hidden: list[Check] = []
    if row.cases:
        hidden.append(_cases(row, where))
    if row.tests.strip():
        hidden.append(_asserts(row, "tests", row.tests, where))
    if not hidden:
        raise UsageError(f"{where}: needs `tests` or `cases`, `asks` for a question, or `problem`")
    public = (_asserts(row, "public_tests", row.public_tests, where),) if row.public_tests.strip() else ()
    return Task(
        id=row.id,
        suite=suite,
        statement=row.statement or row.prefix,
        entry=row.entry,
        prefix=row.prefix,
        context=row.context,
        public_checks=public,
        hidden_checks=tuple(hidden),
        reference=row.reference,
        source=row.source,
        licence=row.licence,
    )


def _question(row: Row, suite: str, where: str) -> Task:
    if row.asks not in KINDS:
        raise UsageError(f"{where}: `asks`: no kind {row.asks[:60]!r}{nearest(row.asks[:60], KINDS)}")
    if not row.program or not row.statement or row.tests or row.cases:
        raise UsageError(f"{where}: a question needs `program` and `statement`, and no `tests` or `cases`")
    if row.entry is None and row.asks != "printed":
        raise UsageError(f"{where}: `entry`: a question about {row.asks} is about a call")
    oracle = KINDS[row.asks].oracle
    check = PredictionCheck(name=row.asks, oracle=oracle, source=row.program, entry=row.entry, call=row.call)
    return Task(
        id=row.id,
        suite=suite,
        statement=row.statement,
        entry=None,
        language=ANSWER,
        hidden_checks=(check,),
        reference=row.reference,
        source=row.source,
        licence=row.licence,
    )


def _generator(row: Row, suite: str, where: str) -> Task:
    if not row.answer or row.tests or row.cases:
        raise UsageError(f"{where}: a solved `problem` needs an `answer`, and no `tests` or `cases`")
    return generator_task(
        Solved(problem=row.problem, solution=row.solution, answer=row.answer),
        id=row.id,
        suite=suite,
        entry=row.entry or ENTRY,
        solver=row.solver,
        source=row.source,
        licence=row.licence,
    )


def _cases(row: Row, where: str) -> CaseCheck | ProgramCheck:
    expected = [case.expected for case in row.cases]
    stated = sum(value is not msgspec.UNSET for value in expected)
    if 0 < stated < len(expected):
        raise UsageError(f"{where}: `cases`: {stated} of {len(expected)} state `expected`; all or none must")
    if stated == 0 and row.reference is None:
        raise UsageError(f"{where}: `cases` state no `expected` and there is no `reference` to give it")
    places = [f"{where}: `cases`[{number}]" for number in range(len(row.cases))]
    cases = tuple(case.case(place) for case, place in zip(row.cases, places, strict=True))
    if not any(case.whole for case in row.cases):
        if row.entry is None:
            raise UsageError(f"{where}: `cases` with `args` need an `entry` to call")
        return CaseCheck(
            name="cases", cases=cases, expected=tuple(expected) if stated else None, atol=row.atol
        )
    if not all(case.whole for case in row.cases):
        raise UsageError(f"{where}: `cases`: calls and runs of a whole program are mixed")
    if row.entry is not None:
        raise UsageError(f"{where}: `entry`: `cases` of a whole program call nothing")
    outputs = (
        tuple(case.output(place) for case, place in zip(row.cases, places, strict=True)) if stated else None
    )
    return ProgramCheck(name="cases", cases=cases, expected=outputs)


def _asserts(row: Row, field: str, code: str, where: str) -> AssertCheck:
    if row.entry is None:
        raise UsageError(f"{where}: `{field}` needs an `entry` to call")
    given, used = names(row.context), names(code)
    for label, found in (("context", given), (field, used)):
        if isinstance(found, Unparseable):
            raise UsageError(f"{where}: `{label}`: {found.reason}")
    assert not isinstance(given, Unparseable) and not isinstance(used, Unparseable)
    strangers = [name for name in used.free if name != row.entry and name not in given.defined]
    if strangers and not row.same_process:
        raise UsageError(
            f"{where}: `{field}` uses {', '.join(strangers)}, which `context` does not define "
            "(if only a solution defines it, say `same_process`: true)"
        )
    reason = "the task says so" if row.same_process else None
    return AssertCheck(name=field, code=code.rstrip("\n") + "\n", remote=(row.entry,), same_process=reason)
