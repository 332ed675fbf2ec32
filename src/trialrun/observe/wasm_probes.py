"""Sets of probes on a WebAssembly program, carried out by either tier, with the same answers.

Leaves out: whole reports (`wasm_monitors.py`), actions of the host's (`wasm_interpreter.py`).
"""

from collections.abc import Iterable
from typing import Any

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import decode
from trialrun.lang.wasm_types import WasmError
from trialrun.lang.wasm_validate import validate
from trialrun.observe.wasm_interpreter import Frame, Machine
from trialrun.observe.wasm_observe import observe
from trialrun.observe.wasm_probe import Code, Kind, Location, Observed, Probe
from trialrun.observe.wasm_rewrite import Wanted

_CALLS = ops.CALLS
_BRANCHES = ops.TWO_WAY | {ops.BR_TABLE}
MOST_VALUES = 1 << 16


def check_probes(code: Code, probes: Iterable[Probe]) -> list[Probe]:
    """Return the probes. Raises `WasmError` for one that is nowhere, or does not suit its instruction."""
    found = list(probes)
    for probe in found:
        instr = code.of(probe.location.function).code[code.place(probe.location)]
        if probe.kind is Kind.BRANCH and instr.op not in _BRANCHES:
            raise WasmError(f"{instr.name} at +{instr.offset} is no branch with several ways")
        if probe.kind is Kind.CALL and instr.op not in _CALLS:
            raise WasmError(f"{instr.name} at +{instr.offset} is no call")
        if probe.kind is Kind.OPERAND and not 0 < probe.limit <= MOST_VALUES:
            raise WasmError(f"{probe.limit} values of an operand; 1 to {MOST_VALUES:,} can be told apart")
    return found


def wanted_for(code: Code, probes: Iterable[Probe], *, exact: bool = False) -> Wanted:
    """Return what the rewrite tier has to do for these probes. Raises `WasmError`."""
    found = check_probes(code, probes)
    kinds = {probe.kind for probe in found}
    return Wanted(
        coverage=kinds <= {Kind.COVERAGE, Kind.OPERAND},
        counts=frozenset(probe.location.function for probe in found if probe.kind is not Kind.OPERAND),
        tables=Kind.BRANCH in kinds,
        targets=Kind.CALL in kinds,
        operands=tuple((probe.location, probe.limit) for probe in found if probe.kind is Kind.OPERAND),
        exact=exact,
    )


def check_operands(binary: bytes) -> None:
    """Raise `WasmError` where a rewritten module shows that an operand that was asked for is no i32."""
    try:
        validate(decode(binary))
    except WasmError as error:
        raise WasmError(f"an operand that is asked for is no i32: {error}") from None


def observe_probes(machine: Machine, probes: Iterable[Probe]) -> Observed:
    """Let the interpreter tier carry out these probes; what is returned fills while the program runs."""
    found = check_probes(machine.code, probes)
    observed = observe(machine)
    for probe in found:
        if probe.kind is Kind.OPERAND:
            key = (probe.location.function, machine.code.place(probe.location))
            row = observed.operands[key] = [0] * (probe.limit + 1)
            machine.insert(probe.location, _tally(row))
    return observed


def _tally(row: list[int]) -> Any:
    def note(frame: Frame) -> None:
        row[min(frame.stack[-1], len(row) - 1)] += 1

    return note


def answer(code: Code, observed: Observed, probe: Probe) -> int | bool | list[int] | dict[int, int]:
    """Return what a probe found: a number, whether, a row by outcome or by value, or numbers by callee."""
    function, index = probe.location.function, code.place(probe.location)
    instr = code.of(function).code[index]
    match probe.kind:
        case Kind.COUNT:
            return observed.counts[function][index]
        case Kind.COVERAGE:
            return observed.ran(function)[index]
        case Kind.BRANCH:
            return observed.branches(code, function, index)
        case Kind.OPERAND:
            return observed.operands[function, index]
    if instr.op in (ops.CALL, ops.RETURN_CALL):
        count = observed.counts[function][index]
        return {instr.imm: count} if count else {}
    return observed.targets.get((function, index), {})


def everywhere(code: Code, kind: Kind) -> list[Probe]:
    """Return a probe of one kind for each instruction that it suits."""
    suited = {Kind.BRANCH: _BRANCHES, Kind.CALL: _CALLS}
    return [
        Probe(Location(function, instr.offset), kind)
        for function in code.functions()
        for instr in code.of(function).code
        if kind not in suited or instr.op in suited[kind]
    ]
