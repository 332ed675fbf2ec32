"""CodeARC: 1,114 Python functions, each known to the solver by ten recorded calls only; it may ask for more.

A recorded call is a statement such as `print('Result 3: ' + str(f([1, 2])))` with what it printed. Statements are
read, never run: `arguments_of` finds the arguments of a plain call by literals; the others (35 use the result, or call
another function; 16 are no Python) say why they give none. `read_query` reads what a
solver asks. What is known of single functions (random ones, one whose calls go to two functions)
stands in `EXCLUDED`, found by `python -m bench.codearc_replay`.

A task shows the solver the recorded calls and nothing else: no source, no docstring, and under `hide_names` no name.
Its public check compares on the recorded inputs; the hidden one, whether the program is equivalent, looks for other
inputs that tell them apart, and passes over those that the function refuses. The source is a hidden function, to be
asked within the published budgets.

Leaves out: the solver, the metered service that answers it, running anything.

Source: Wei et al. 2025, "CodeARC: Benchmarking Reasoning Capabilities of LLM Agents for Inductive Program Synthesis"
(arXiv:2503.23145).
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.task import Case, CaseCheck, EquivalenceCheck, Task
from trialrun.lang.imports import imported_modules
from trialrun.lang.literal_calls import read_arguments, read_literal
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Signature, read_signature
from trialrun.tasks import datafiles
from trialrun.tasks.suites import CODEARC_FILE, Suite

HIDDEN = "solution"
"""What the function is called where its name is hidden."""
NUMPY = "numpy==2.2.6"
"""Eight functions import numpy; their recorded calls show scalars as version 2 writes them."""

CALLS, CHECKS, TRIES = 30, 2, 2
"""The published budgets: calls in all, programs submitted, malformed replies."""

EXCLUDED: dict[int, str] = {
    341: "its recorded calls go to two unrelated functions",
    449: "random",
    463: "random",
    885: "it does not load: its source lacks an import that the recorder had",
    1002: "random",
}
"""Functions whose recorded calls say nothing reliable, by id, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded call."""

    statement: str
    printed: str
    """What it printed, stripped; the exception's message alone where it raised."""
    errored: bool
    arguments: tuple[Any, ...] | None
    """Positional arguments of a plain call of the function by literals, or None."""
    fault: str = ""
    """Why there are none."""

    @property
    def parses(self) -> bool:
        """Whether the statement is Python at all."""
        return not self.fault.startswith(_NO_PYTHON)

    @property
    def timed_out(self) -> bool:
        """Whether the recorder gave up waiting for it (after 10 seconds)."""
        return self.errored and self.printed.startswith("Execution timed out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function and its recorded calls."""

    id: int
    entry: str
    source: str
    calls: tuple[Recorded, ...]

    @property
    def excluded(self) -> str:
        """Why its recorded calls say nothing reliable; empty where they do."""
        return EXCLUDED.get(self.id, "")

    @property
    def inputs(self) -> tuple[Case, ...]:
        """Inputs of the recorded calls that are plain ones and came to an end."""
        return tuple(
            Case(args=call.arguments)
            for call in self.calls
            if call.arguments is not None and not call.timed_out
        )


class _Call(msgspec.Struct, frozen=True):
    statement: str
    printed: str
    errored: bool


class _Row(msgspec.Struct, frozen=True):
    id: int
    entry: str
    source: str
    calls: list[_Call]


def functions(path: Path | None = None) -> tuple[Function, ...]:
    """Read all functions from the data file. Raises `Missing` where it is not on this machine."""
    found = datafiles.read(CODEARC_FILE, name="codearc", path=path)
    return _functions(datafiles.rows(found))


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows; those of `codearc-anonymous` hide the names."""
    hide = suite.name.endswith("-anonymous")
    return tuple(_task(hide_names(one) if hide else one, suite) for one in _functions(rows))


def hide_names(function: Function) -> Function:
    """Return a function as `solution`, in its source and its calls; whatever had that name is `solution_`."""
    names = {HIDDEN: f"{HIDDEN}_", function.entry: HIDDEN}
    return replace(
        function,
        entry=HIDDEN,
        source=_renamed(function.source, names) + "\n",
        calls=tuple(replace(call, statement=_renamed(call.statement, names)) for call in function.calls),
    )


def read_query(statement: str, entry: str, signature: Signature | None = None) -> tuple[Any, ...]:
    """Return the arguments that a solver's statement asks for. Raises `ValueError`, saying what is wrong with it."""
    arguments, fault = arguments_of(statement, entry, signature)
    if arguments is None:
        raise ValueError(fault)
    return arguments


# -- reading statements

_NO_PYTHON = "is no Python"


def arguments_of(
    statement: str, entry: str, signature: Signature | None
) -> tuple[tuple[Any, ...] | None, str]:
    """Return the arguments of a statement that prints `str(entry(…))`, or None and why there are none.

    Keyword arguments are put in their places by the signature.

    >>> arguments_of("print('Result 1: ' + str(f([1], 'a')))", "f", None)
    (([1], 'a'), '')
    >>> arguments_of("print('Result 1: ' + str(f(1)[0]))", "f", None)[1]
    'uses the result: f(1)[0]'
    """
    tree = parse(statement)
    if isinstance(tree, Unparseable):
        return None, f"{_NO_PYTHON}: {tree.reason}"
    call = _inner(tree)
    if call is None:
        return None, "does not print str(...)"
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None, f"uses the result: {ast.unparse(call)[:80]}"
    if call.func.id != entry:
        inner = any(isinstance(node, ast.Name) and node.id == entry for node in ast.walk(call))
        return None, ("uses the result: " if inner else "calls another function: ") + ast.unparse(call)[:80]
    read = read_arguments(call)
    placed = None if read is None else _placed(read.positional, read.named, signature)
    if placed is None:
        return None, f"an argument is no literal, or has no place: {ast.unparse(call)[:80]}"
    return tuple(placed), ""


def _inner(tree: ast.Module) -> ast.expr | None:
    """Return what stands in `print('…' + str(HERE))`."""
    match tree.body:
        case [
            ast.Expr(
                value=ast.Call(
                    func=ast.Name(id="print"),
                    args=[ast.BinOp(right=ast.Call(func=ast.Name(id="str"), args=[inner]))],
                )
            )
        ]:
            return inner
    return None


def _placed(given: list[Any], named: dict[str, Any], signature: Signature | None) -> list[Any] | None:
    """Return positional arguments, keywords among them, or None where one has no place."""
    if not named:
        return given
    plain = [p for p in signature.parameters if not p.variadic and not p.keyword_only] if signature else []
    for parameter in plain[len(given) :]:
        if not named:
            break
        if parameter.name in named:
            given = [*given, named.pop(parameter.name)]
        elif parameter.default is not None:
            default = read_literal(parameter.default)
            if default is None:
                return None
            given = [*given, default.value]
    return None if named else given


# -- tasks


def _functions(rows: Iterable[dict[str, Any]]) -> tuple[Function, ...]:
    return tuple(_function(row) for row in msgspec.convert(rows, list[_Row]))


def _function(row: _Row) -> Function:
    tree = parse(row.source)
    signature = None if isinstance(tree, Unparseable) else read_signature(tree, row.entry)
    calls = []
    for call in row.calls:
        arguments, fault = arguments_of(call.statement, row.entry, signature)
        calls.append(
            Recorded(
                statement=call.statement,
                printed=call.printed,
                errored=call.errored,
                arguments=arguments,
                fault=fault,
            )
        )
    return Function(id=row.id, entry=row.entry, source=row.source, calls=tuple(calls))


def _task(function: Function, suite: Suite) -> Task:
    check = CaseCheck(name="calls", cases=function.inputs)
    # A recorded call that is no plain one is shown as well, so it counts.
    equivalent = EquivalenceCheck(
        name="equivalent",
        cases=function.inputs,
        given=len(function.calls),
        calls=CALLS,
        checks=CHECKS,
        tries=TRIES,
    )
    return Task(
        id=f"{suite.prefix}/{function.id}",
        suite=suite.name,
        statement=_statement(function),
        entry=function.entry,
        public_checks=(check,),
        hidden_checks=(equivalent,),
        reference=function.source,
        defect=function.excluded or None,
        requires=(NUMPY,) if "numpy" in imported_modules(function.source) else (),
        source=suite.source,
        licence=suite.licence,
    )


def _statement(function: Function) -> str:
    lines = [f"Write the Python function {function.entry}. What it does is known by these calls:", ""]
    for number, call in enumerate(function.calls, 1):
        tree = parse(call.statement)
        inner = None if isinstance(tree, Unparseable) else _inner(tree)
        if inner is not None:
            lines.append(f">>> {ast.unparse(inner)}")
            printed = call.printed.removeprefix(f"Result {number}: ")
            lines.append(f"raises an error: {printed}" if call.errored else printed)
    return "\n".join(lines) + "\n"


def _renamed(source: str, names: dict[str, str]) -> str:
    """Return a source with other names; one that is no Python as it is."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return source
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                node.id = names.get(name, name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                node.name = names.get(name, name)
            case ast.arg(arg=name):
                node.arg = names.get(name, name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                node.names = [names.get(name, name) for name in declared]
    return ast.unparse(tree)
