"""One script for every tier that claims `KINDS`: the same probes, the same answers."""

from collections.abc import Callable

import pytest
import wasmtime
from tests.observe.wasm_programs import MODULES, Programs, run_rewritten

from trialrun.lang.wasm import decode
from trialrun.lang.wasm_types import WasmError
from trialrun.observe.wasm_interpreter import Machine
from trialrun.observe.wasm_numbers import Trap
from trialrun.observe.wasm_probe import (
    INTERPRETER,
    REWRITE,
    Capability,
    Code,
    Kind,
    Location,
    Observed,
    Probe,
)
from trialrun.observe.wasm_probes import answer, check_operands, everywhere, observe_probes, wanted_for
from trialrun.observe.wasm_rewrite import rewrite

pytestmark = pytest.mark.fast


def interpreted(code: Code, probes: list[Probe]) -> Observed:
    machine = Machine(code.module)
    observed = observe_probes(machine, probes)
    try:
        machine.start()
        machine.invoke("main")
    except Trap:
        pass
    return observed


def compiled(code: Code, probes: list[Probe]) -> Observed:
    made = rewrite(code, wanted_for(code, probes))
    check_operands(made.binary)
    found = run_rewritten(made)
    if found.trapped:
        found = run_rewritten(rewrite(code, wanted_for(code, probes, exact=True)))
    return found.observed


Run = Callable[[Code, list[Probe]], Observed]
TIERS: dict[str, tuple[Capability, Run]] = {
    INTERPRETER.name: (INTERPRETER.can, interpreted),
    REWRITE.name: (REWRITE.can, compiled),
}


@pytest.mark.parametrize("tier", [name for name, (can, _) in TIERS.items() if Capability.KINDS in can])
def test_conformance(tier: str) -> None:
    run = TIERS[tier][1]
    code = Code(decode(MODULES["branches"]))
    names = {instr.name: Location(0, instr.offset) for instr in code.of(0).code}
    table, remainder = names["br_table"], names["i32.rem_u"]
    probes = [
        Probe(table, Kind.COUNT),
        Probe(table, Kind.COVERAGE),
        Probe(table, Kind.BRANCH),
        Probe(table, Kind.OPERAND, 3),
        Probe(remainder, Kind.OPERAND, 8),
    ]
    observed = run(code, probes)
    answers = [answer(code, observed, probe) for probe in probes]
    # Forty turns: forty down to one, by fives.
    assert answers == [40, True, [8, 8, 8, 16], [8, 8, 8, 16], [0, 0, 0, 0, 0, 40, 0, 0, 0]]


@pytest.mark.parametrize("kind", list(Kind))
def test_tiers_agree_on_every_place(kind: Kind) -> None:
    modules = [decode(data) for data in MODULES.values()] + [
        Programs(seed).module() for seed in range(300, 306)
    ]
    compared = 0
    for module in modules:
        code = Code(module)
        probes = everywhere(code, kind)
        if kind is Kind.OPERAND:  # where an i32 is on top for certain: before a condition
            conditions = ("br_if", "br_table", "if")
            probes = [
                p
                for p in probes
                if code.of(p.location.function).code[code.place(p.location)].name in conditions
            ]
        one, two = interpreted(code, probes), compiled(code, probes)
        for probe in probes:
            if (
                kind is Kind.OPERAND
                and code.of(probe.location.function).heights[code.place(probe.location)] < 0
            ):
                continue
            assert answer(code, one, probe) == answer(code, two, probe), probe
            compared += 1
    assert compared > 15


def test_only_functions_with_probes_are_changed() -> None:
    code = Code(decode(MODULES["values"]))
    made = decode(
        rewrite(code, wanted_for(code, [Probe(Location(1, code.of(1).code[0].offset), Kind.COUNT)])).binary
    )
    changed = [one != two for one, two in zip(made.code, code.module.code, strict=False)]
    assert changed == [False, True, False]


def test_probes_that_do_not_suit_are_refused() -> None:
    text = '(module (func (export "main") (local f64) local.get 0 drop nop))'
    code = Code(decode(bytes(wasmtime.wat2wasm(text))))
    nop, drop = Location(0, 6), Location(0, 5)
    for probe, why in (
        (Probe(nop, Kind.BRANCH), "no branch"),
        (Probe(nop, Kind.CALL), "no call"),
        (Probe(nop, Kind.OPERAND, 0), "can be told apart"),
        (Probe(Location(0, 4), Kind.COUNT), "no instruction begins"),
    ):
        with pytest.raises(WasmError, match=why):
            wanted_for(code, [probe])
    with pytest.raises(WasmError, match="no operand"):
        rewrite(code, wanted_for(code, [Probe(nop, Kind.OPERAND)]))
    with pytest.raises(WasmError, match="no i32"):
        check_operands(rewrite(code, wanted_for(code, [Probe(drop, Kind.OPERAND)])).binary)


def test_the_tiers_say_what_they_cannot() -> None:
    assert Capability.FRAMES in INTERPRETER.can and Capability.FRAMES not in REWRITE.can
    assert Capability.FULL_SPEED in REWRITE.can and Capability.FULL_SPEED not in INTERPRETER.can
