"""Observes one call of a WebAssembly program: rewritten and run in the sandbox, a second time where that is needed.

The first run counts cheaply, which is right if every call returned. If the program trapped or exited from within, it
runs once more with exact counters on the same input; time and chance are fixed, so it does the same again.

Leaves out: what a run that reached its time limit had done: its counters die with the job.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialrun.core.execution import Limits, Outcome
from trialrun.lang.wasm import decode
from trialrun.lang.wasm_types import Module, Space, WasmError
from trialrun.observe.wasm_cells import SIZE
from trialrun.observe.wasm_monitors import find
from trialrun.observe.wasm_probe import Code, Observed
from trialrun.observe.wasm_rewrite import Rewritten, Wanted, rewrite
from trialrun.run.sandbox import Sandbox
from trialrun.run.wasm import WasmRun, run_module

ENTRIES = ("_start", "main", "run")
"""Exports that are called where none is named, the first that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run and what was observed of it."""

    code: Code
    run: WasmRun
    observed: Observed | None
    """None where the run was stopped, or its counters did not come back."""
    exact: bool = False
    """Whether a second, exact run was needed."""


def wanted_by(monitors: Sequence[str]) -> Wanted:
    """Return what these monitors need. Raises `UsageError` for one that is not there."""
    found = [find(name) for name in monitors]
    return Wanted(
        coverage=all(monitor.name == "coverage" for monitor in found),
        tables=any(monitor.tables for monitor in found),
        targets=any(monitor.targets for monitor in found),
        memories=any(monitor.memories for monitor in found),
    )


def entry_of(module: Module) -> str:
    """Return the export to call where none is named."""
    names = {export.name for export in module.exports if export.space is Space.FUNCTION}
    for name in ENTRIES:
        if name in names:
            return name
    raise WasmError(f"the module exports none of {', '.join(ENTRIES)}: name a call")


def observe_call(
    sandbox: Sandbox,
    binary: bytes,
    wanted: Wanted,
    limits: Limits,
    *,
    entry: str | None = None,
    arguments: Sequence[int | float] = (),
    stdin: str = "",
    argv: Sequence[str] = ("program",),
) -> Seen:
    """Run one call of a module and observe it. Raises `WasmError` for a module that is not valid."""
    code = Code(decode(binary))
    chosen = entry or entry_of(code.module)

    def run(rewritten: Rewritten) -> WasmRun:
        before = [rewritten.start] if rewritten.start is not None else []
        names = {export.name for export in code.module.exports}
        if "_initialize" in names and chosen != "_start":
            before.append("_initialize")
        size = rewritten.cells.used * SIZE
        return run_module(
            sandbox, rewritten.binary, chosen, limits, arguments=arguments, before=before, stdin=stdin, argv=argv,
            after=[rewritten.flush], keep=rewritten.memory, size=size,
        )  # fmt: skip

    rewritten = rewrite(code, wanted)
    found = run(rewritten)
    if found.returned or _stopped(found):
        return Seen(code=code, run=found, observed=_read(rewritten, found))
    again = rewrite(code, replace(wanted, exact=True))
    second = run(again)
    return Seen(code=code, run=second, observed=_read(again, second), exact=True)


def _stopped(run: WasmRun) -> bool:
    """Say whether the job, rather than the program, ended the run."""
    return run.execution.outcome not in (Outcome.RETURNED, Outcome.RAISED, Outcome.EXITED)


def _read(rewritten: Rewritten, run: WasmRun) -> Observed | None:
    return None if run.kept is None else rewritten.read(run.kept)
