"""Runs a WebAssembly module under wasmtime, in a sandboxed job like any hostile program.

The engine is a sandbox of its own; it runs inside of ours, so that a fault of the engine opens nothing. The job reads
the module, makes one call and leaves a report and, where it is asked for, the content of an exported memory, also
after a trap. Both are hostile and are read with bounds. Time and chance are fixed (`run/child/wasm_host.py`), so that
running a module again does the same.

Leaves out: several calls in one instance, files, imports other than WASI.
"""

import functools
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import msgspec

from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.lang.wasm import MOST_BYTES
from trialrun.run.environments import Tell, interpreter_for
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program

REQUIREMENT = "wasmtime==50.0.1"
_RESERVED_MB = 24 << 10
"""Address space beside the program's memory: the engine reserves four GiB for each memory and uses little."""
_ELEMENTS = 10_000_000


class _Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the job says."""

    outcome: str
    results: list[str]
    message: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WasmRun:
    """What came of one call."""

    execution: Execution
    """`returned` also where the program exited with status 0; `raised` with exception `Trap`; `exited`."""
    results: tuple[str, ...] = ()
    """Results as text."""
    returned: bool = False
    """Whether every call returned: no trap, and no exit from within."""
    kept: bytes | None = None
    """Content of the memory that was asked for, from its beginning; hostile."""


def wasm_interpreter(tell: Tell) -> Interpreter:
    """Return a Python with wasmtime: the present environment where it has it, else one that is made."""
    if find_spec("wasmtime") is not None and (Path(sys.prefix) / "pyvenv.cfg").is_file():
        return find_interpreter(sys.prefix)
    return interpreter_for([REQUIREMENT], None, named=None, tell=tell)


def read_module(path: Path) -> bytes:
    """Return the bytes of a module's file; text (`.wat`) is assembled by wasmtime. Raises `UsageError`, `Missing`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(
                f"{path} is larger than {MOST_BYTES >> 20} MiB (debug information can be stripped)"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if path.suffix != ".wat":
        return data
    try:
        wasmtime = import_module("wasmtime")
    except ImportError:
        raise Missing(
            "WebAssembly text is assembled by wasmtime", "uv pip install 'trialrun[wasm]'"
        ) from None
    try:
        return bytes(wasmtime.wat2wasm(data))
    except wasmtime.WasmtimeError as error:
        raise UsageError(f"{path}: {printable(str(error), 300)}") from None


def run_module(
    sandbox: Sandbox,
    binary: bytes,
    entry: str,
    limits: Limits,
    *,
    arguments: Sequence[int | float] = (),
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    argv: Sequence[str] = ("program",),
    stdin: str = "",
    keep: str = "",
    size: int = 0,
) -> WasmRun:
    """Call an export of a module; `before` names exports to call first, `after` those to call even after a trap.

    `keep` names an exported memory whose first `size` bytes come back. `sandbox` has jobs of `wasm_interpreter`.
    """
    if size > limits.file_mb << 20:
        raise UsageError(
            f"{size >> 20} MiB of counters are more than the {limits.file_mb} MiB of --file-limit"
        )
    plan = {
        "entry": entry,
        "arguments": list(arguments),
        "before": list(before),
        "after": list(after),
        "argv": list(argv),
        "stdin": stdin,
        "memory": limits.memory_mb << 20,
        "elements": _ELEMENTS,
        "keep": keep,
        "bytes": size,
    }
    files = [("module.wasm", binary), ("plan.json", json.dumps(plan).encode())]
    program = Program(files=(("host.py", _host()),))
    roomy = replace(limits, memory_mb=limits.memory_mb + _RESERVED_MB)
    execution = run_program(sandbox, program, roomy, files=files, collect=("report.json", "kept.bin"))
    return _read(execution, size)


_REPORT = msgspec.json.Decoder(_Report)


@functools.cache
def _host() -> str:
    path = Path(__file__).parent / "child" / "wasm_host.py"
    return path.read_text("utf-8") + "\n\nmain()\n"


def _read(execution: Execution, size: int) -> WasmRun:
    files = dict(execution.files)
    plain = msgspec.structs.replace(execution, files=())
    if execution.outcome is not Outcome.RETURNED:
        return WasmRun(execution=plain)
    try:
        report = _REPORT.decode(files.get("report.json", b"")[: 1 << 20])
    except msgspec.MsgspecError:
        return WasmRun(execution=_as(plain, Outcome.PROTOCOL, "the engine's report is malformed"))
    kept = files.get("kept.bin")
    kept = kept if kept is not None and len(kept) == size else None
    if report.outcome == "returned":
        results = tuple(printable(text, 100) for text in report.results[:1000])
        return WasmRun(execution=plain, results=results, returned=True, kept=kept)
    if report.outcome == "exit":
        ended = plain if report.status == 0 else _as(plain, Outcome.EXITED, f"status {report.status}")
        return WasmRun(execution=ended, kept=kept)
    kind = "Trap" if report.outcome == "trap" else "Error"
    ended = _as(plain, Outcome.RAISED, printable(report.message, 500), exception=kind)
    return WasmRun(execution=ended, kept=kept)


def _as(execution: Execution, outcome: Outcome, message: str, *, exception: str | None = None) -> Execution:
    return msgspec.structs.replace(execution, outcome=outcome, message=message, exception=exception)
