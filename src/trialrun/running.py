"""`run` and `trace`: Python files in the sandbox, and what they did: one file once, or several files on many cases.

Leaves out: judging (`flow.evaluate`).
"""

import ast
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, overload

from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace
from trialrun.lang.literal_calls import expression, read_arguments
from trialrun.models.protocol import Model
from trialrun.observe.partial import Partial, examine
from trialrun.observe.selfpico import Settings
from trialrun.observe.tracer import Recording, trace_case
from trialrun.observe.wasm_run import Seen, observe_call, wanted_by
from trialrun.run.batch import encode_calls
from trialrun.run.interpreter import find_interpreter
from trialrun.run.matrix import Cell, Order, run_matrix
from trialrun.run.row import Collect, Isolate
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.wasm import read_module, wasm_interpreter
from trialrun.run.whole import check_files, run_call, run_program
from trialrun.store.cache import BlobCache
from trialrun.tasks.cases import read_cases


@overload
def run(
    path: Path | str,
    *,
    call: str | None = None,
    stdin: str | None = None,
    limits: Limits | None = None,
    python: str | None = None,
) -> Execution:
    """Run one file once."""


@overload
def run(
    path: Sequence[Path | str],
    *,
    cases: Sequence[Case] | Path | str,
    entry: str | None = None,
    limits: Limits | None = None,
    python: str | None = None,
    **how: Any,
) -> Generator[Cell, None, None]:
    """Run several files on many cases."""


def run(
    path: Path | str | Sequence[Path | str],
    *,
    call: str | None = None,
    stdin: str | None = None,
    cases: Sequence[Case] | Path | str | None = None,
    entry: str | None = None,
    limits: Limits | None = None,
    python: str | None = None,
    **how: Any,
) -> Execution | Generator[Cell, None, None]:
    """Run one Python file in the sandbox: as a whole program, or one `call` such as `f([3, 1], 2)`.

    With a list of files and `cases` (a file of them, or `Case`s) run every program on every case and yield the cells as
    they come: calls of `entry`, or whole programs. `how` takes the settings of `run_all`. Arguments of a call are
    literals. `python` names an interpreter or a virtual environment. Raises `UsageError` for what cannot be meant.
    """
    if cases is not None:
        if call is not None or stdin is not None:
            raise UsageError("a call, or what is read from stdin, is part of the cases where there are cases")
        paths = [path] if isinstance(path, str | Path) else path
        return run_all(paths, cases, entry=entry, limits=limits, python=python, **how)
    if entry is not None or how or not isinstance(path, str | Path):
        raise UsageError("several programs, an entry point and the order of cases need cases to run on")
    source, limits = _source(path), limits or Limits()
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        if call is None:
            return run_program(sandbox, Program.from_source(source), limits, stdin=stdin or "")
        name, arguments = _parse_call(call)
        program = Program.from_source(source, entry=name)
        return run_call(sandbox, program, encode_calls(name, [Case(args=arguments)])[0], limits)


def run_partial(
    path: Path | str,
    *,
    limits: Limits | None = None,
    python: str | None = None,
    model: Model | None = None,
) -> Partial:
    """Run one file that may lack imports, names and callees, several times (`observe/selfpico.py`).

    Limits are those of one run; the default is smaller than for whole programs, as there are many. A `model` may
    propose values at the end.
    """
    source = _source(path)
    settings = Settings() if limits is None or limits == Limits() else Settings(limits=limits)
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        return examine(sandbox, source, settings, model=model)


def trace(
    path: Path | str,
    *,
    call: str | None = None,
    stdin: str | None = None,
    level: Level | str = Level.SUMMARIES,
    lines: bool = True,
    first: int = 100_000,
    last: int = 20_000,
    limits: Limits | None = None,
    python: str | None = None,
) -> Trace:
    """Run one Python file as `run` does, and return what happened inside (`core/trace.py` says how to read it).

    `level` is what its events carry: `summaries` (values as they were, about five times the plain run's CPU time),
    `references` (values as they are in the end, about two times), `ids` (blocks alone), `lines` (no blocks). `lines`
    asks for executed lines beside blocks. Of a long run the `first` and the `last` events are kept. Raises
    `UsageError`.
    """
    try:
        wanted = Level(level)
    except ValueError:
        raise UsageError(f"no level {level!r} of a trace: there are {', '.join(Level)}") from None
    recording = Recording(level=wanted, lines=lines, first=first, last=last)
    source, limits = _source(path), limits or Limits()
    name, arguments = _parse_call(call) if call is not None else (None, ())
    case = Case(args=arguments) if name is not None else Case(stdin=stdin or "")
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        return trace_case(sandbox, Program.from_source(source, entry=name), case, limits, recording)


def monitor(
    path: Path | str,
    monitors: Sequence[str],
    *,
    call: str | None = None,
    stdin: str | None = None,
    limits: Limits | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Seen:
    """Run one WebAssembly module in the sandbox, observed for these monitors (`observe/wasm_monitors.py` renders them).

    `call` is an export with numbers, such as `fib(20)`; without it `_start` or `main` is called. Raises `UsageError`.
    """
    wanted, binary = wanted_by(monitors), read_module(Path(path))
    entry, arguments = _parse_call(call) if call is not None else (None, ())
    if not all(type(argument) in (int, float) for argument in arguments):
        raise UsageError(f"{(call or '')[:100]!r} has an argument that is no number")
    with Sandbox(Isolation(python=wasm_interpreter(tell))) as sandbox:
        return observe_call(
            sandbox, binary, wanted, limits or Limits(), entry=entry, arguments=arguments, stdin=stdin or ""
        )


def run_all(
    paths: Sequence[Path | str],
    cases: Sequence[Case] | Path | str,
    *,
    entry: str | None = None,
    limits: Limits | None = None,
    python: str | None = None,
    until: Callable[[Execution], bool] | None = None,
    isolate: Isolate = "program",
    order: Order = "given",
    seed: int = 0,
    collect: Collect = (),
    cache: BlobCache | None = None,
    workers: int = 1,
) -> Generator[Cell, None, None]:
    """Run every program on every case (`run/matrix.py`); a cell names both by their places.

    `until` ends a program's row; under `fail-fast` it is, by default, that a case did not return.
    """
    limits = limits or Limits()
    if isinstance(cases, str | Path):
        cases = read_cases(Path(cases))
    whole = [case for case in cases if case.stdin is not None or case.argv or case.files]
    if whole and entry is not None:
        raise UsageError(f"whole programs are not called: leave the entry point {entry!r} out")
    if entry is None and len(whole) != len(cases):
        raise UsageError("cases with arguments are calls: say of what (--entry NAME)")
    for case in whole:
        check_files(case.files, limits)
    if workers < 1:
        raise UsageError(f"--workers is {workers}; it must be at least 1")
    programs = [Program.from_source(_source(path), entry=entry) for path in paths]
    inputs = cases if entry is None else encode_calls(entry, cases)
    if until is None and order == "fail-fast":
        until = _did_not_return
    isolation = Isolation(python=find_interpreter(python))

    def cells() -> Generator[Cell, None, None]:
        with Sandbox(isolation) as sandbox:
            yield from run_matrix(
                sandbox,
                programs,
                inputs,
                limits,
                until=until,
                isolate=isolate,
                order=order,
                seed=seed,
                collect=collect,
                cache=cache,
                workers=workers,
            )

    return cells()


def _did_not_return(execution: Execution) -> bool:
    return execution.outcome is not Outcome.RETURNED


def _source(path: Path | str) -> str:
    try:
        return Path(path).read_text("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _parse_call(call: str) -> tuple[str, tuple[Any, ...]]:
    tree = expression(call)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        read = read_arguments(tree)
        if read is not None and not read.named:
            return tree.func.id, tuple(read.positional)
    raise UsageError(f"{call[:100]!r} is not a call with literal arguments, such as f([3, 1], 'a')")
