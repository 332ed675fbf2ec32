"""Counters inside a WebAssembly module: right, invisible to the program, and the same as the interpreter's."""

import random
import struct
from collections import Counter
from dataclasses import replace

import pytest
import wasmtime
from tests.observe.wasm_programs import (
    EVERYTHING,
    MODULES,
    Programs,
    rewritten,
    run_interpreted,
    run_rewritten,
    signed,
)

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import decode, encode
from trialrun.lang.wasm_code import read_code, write
from trialrun.lang.wasm_types import WasmError
from trialrun.lang.wasm_validate import validate
from trialrun.observe import wasm_rewrite
from trialrun.observe.wasm_flow import build_flow, place_counters
from trialrun.observe.wasm_probe import Code
from trialrun.observe.wasm_rewrite import Wanted, rewrite

pytestmark = pytest.mark.fast
EXACT = Wanted(tables=True, targets=True, memories=True, exact=True)


@pytest.mark.parametrize("wanted", [EVERYTHING, EXACT], ids=["derived", "exact"])
@pytest.mark.parametrize("name", [name for name in MODULES if "trap" not in name])
def test_both_tiers_see_the_same_and_the_program_computes_the_same(name: str, wanted: Wanted) -> None:
    reference = run_interpreted(decode(MODULES[name]))
    found = run_rewritten(rewritten(name, wanted))
    assert not found.trapped and found.results == signed(reference.results)
    assert found.observed == reference.observed
    assert sum(map(sum, found.observed.counts.values())) > 20


@pytest.mark.parametrize("name", [name for name in MODULES if "trap" in name])
def test_after_a_trap_exact_counts_are_those_of_the_interpreter_up_to_the_trap(name: str) -> None:
    reference = run_interpreted(decode(MODULES[name]))
    found = run_rewritten(rewritten(name, EXACT))
    assert found.trapped and reference.trapped
    assert found.observed == reference.observed
    ends = [row[-1] for row in found.observed.counts.values()]
    assert ends[-1] == 0


def test_a_start_function_that_traps_loses_no_counts() -> None:
    text = (
        '(module (func $s (local i32) i32.const 3 local.set 0 unreachable) (start $s) (func (export "main")))'
    )
    code = Code(decode(bytes(wasmtime.wat2wasm(text))))
    found = run_rewritten(rewrite(code, Wanted(exact=True)))
    assert found.trapped
    assert found.observed.counts == {0: [1, 1, 1, 0], 1: [0]}


def test_random_programs_are_counted_alike_by_both_tiers() -> None:
    trapped = finished = total = 0
    for seed in range(50):
        module = Programs(seed).module()
        code = Code(module)
        reference = run_interpreted(module)
        trapped += reference.trapped
        for wanted in (EVERYTHING, EXACT):
            if reference.trapped and not wanted.exact:
                continue
            found = run_rewritten(rewrite(code, wanted))
            assert found.trapped == reference.trapped, seed
            assert found.results == signed(reference.results), seed
            assert found.observed == reference.observed, seed
            finished += not found.trapped
            total += sum(map(sum, found.observed.counts.values()))
    assert trapped > 4 and finished > 40 and total > 5_000


def test_coverage_alone_is_that_of_the_counts() -> None:
    modules = [decode(data) for name, data in MODULES.items() if "trap" not in name]
    modules += [Programs(seed).module() for seed in range(500, 560)]
    covered = total = 0
    for module in modules:
        code = Code(module)
        reference = run_interpreted(module)
        if reference.trapped:
            continue
        made = rewrite(code, Wanted(coverage=True))
        found = run_rewritten(made)
        assert not found.observed.counts
        for function in code.functions():
            assert found.observed.ran(function) == [n > 0 for n in reference.observed.counts[function]]
            covered += sum(found.observed.ran(function))
            total += len(found.observed.ran(function))
    assert total - 1000 > covered > 1000


def test_the_coverage_of_functions_with_too_many_blocks_is_told_by_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wasm_rewrite, "MOST_MARKED", 3)
    found = run_rewritten(rewritten("branches", Wanted(coverage=True))).observed
    assert found.ran(0) == [n > 0 for n in run_interpreted(decode(MODULES["branches"])).observed.counts[0]]
    assert found.counts and not found.covered


def test_a_straight_loop_is_marked_outside_of_it() -> None:
    text = """(module (func (export "main") (local i32) i32.const 9 local.set 0
      loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end))"""
    made = rewrite(Code(decode(bytes(wasmtime.wat2wasm(text)))), Wanted(coverage=True))
    code = read_code(decode(made.binary).code[0].code)
    names = [instr.name for instr in code]
    assert names.count("global.set") == 1 and not names.index("loop") < names.index(
        "global.set"
    ) < names.index("br_if")
    assert run_rewritten(made).observed.ran(0) == [True] * 10


def test_fewer_counters_than_blocks_and_they_determine_the_rest() -> None:
    rng, counted, blocks = random.Random(5), 0, 0
    for seed in range(60):
        code = Code(Programs(seed).module())
        for function in code.functions():
            flow = build_flow(code.of(function))
            placement = place_counters(flow)
            counted, blocks = counted + len(placement.counted), blocks + len(flow.reached)
            # Any flow that keeps the equations is found again from the counted blocks alone.
            measured = {number: rng.randrange(1000) for number in placement.counted}
            solved = placement.solve(measured, len(flow.blocks))
            assert placement.solve({n: solved[n] for n in placement.counted}, len(flow.blocks)) == solved
            balance: Counter[int] = Counter()
            for number in flow.reached:
                start, end = placement.arcs[number]
                balance[start] -= solved[number]
                balance[end] += solved[number]
            start, end = placement.arcs[-1]
            assert sum(balance.values()) == 0
            assert all(value == 0 for point, value in balance.items() if point not in (start, end))
    assert counted < 0.7 * blocks


def test_the_programs_memory_globals_table_and_exports_are_untouched() -> None:
    for name in ("memory", "calls"):
        before = decode(MODULES[name])
        store = wasmtime.Store()
        plain = wasmtime.Instance(store, wasmtime.Module(store.engine, MODULES[name]), []).exports(store)
        assert plain["main"](store) is not None
        found = run_rewritten(rewritten(name))
        ours = found.exports
        assert plain["memory"].size(store) == ours["memory"].size(found.store)
        assert bytes(plain["memory"].read(store)) == bytes(ours["memory"].read(found.store))
        after = decode(rewritten(name).binary)
        assert after.exports[: len(before.exports)] == before.exports
        assert after.globals[: len(before.globals)] == before.globals
        assert after.elements == before.elements and after.data == before.data
        assert after.memories[: len(before.memories)] == before.memories
        assert after.exports[len(before.exports)].name == "trialrun.counters"
    assert ours["n"].value(found.store) == plain["n"].value(store) == 0
    assert ours["fixed"].value(found.store) == 77


def test_a_module_that_exports_our_name_keeps_it() -> None:
    text = '(module (memory (export "trialrun.counters") 1) (func (export "main")))'
    made = rewrite(Code(decode(bytes(wasmtime.wat2wasm(text)))), EVERYTHING)
    assert made.memory == "trialrun.counters'"
    assert run_rewritten(made).observed.counts == {0: [1]}


def test_functions_that_are_not_chosen_keep_their_bytes_and_nothing_wanted_keeps_all() -> None:
    module = decode(MODULES["values"])
    made = decode(rewrite(Code(module), Wanted(counts=frozenset({1}))).binary)
    assert (
        made.code[0] == module.code[0] and made.code[2] == module.code[2] and made.code[1] != module.code[1]
    )
    nothing = decode(rewrite(Code(module), Wanted(counts=frozenset())).binary)
    assert nothing.code[:-1] == module.code


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(exact=True)], ids=["derived", "exact"])
def test_counters_hold_more_than_32_bits(wanted: Wanted) -> None:
    # Every counter begins at 2^32, as if that many hits had been; those of loops are kept in locals meanwhile.
    injected = 1 << 32
    made = rewritten("branches", wanted)
    binary = decode(made.binary)
    begun = write(ops.I64_CONST, injected) + write(ops.END)
    added = [item._replace(init=begun) for item in binary.globals]
    assert len(added) == made.cells.used
    made.binary = encode(replace(binary, globals=tuple(added)))
    plain = run_rewritten(rewritten("branches", wanted)).observed.counts[0]
    found = run_rewritten(made).observed.counts[0]
    if wanted.exact:
        assert found == [count + injected for count in plain]
    assert found[0] == plain[0] + injected == injected + 1
    assert max(found) > injected + 5


def test_rows_of_counters_hold_more_than_32_bits() -> None:
    made = rewritten("branches", Wanted(tables=True, counts=frozenset()))
    store = wasmtime.Store()
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, made.binary), []).exports(store)
    memory = exports[made.memory]
    memory.write(store, struct.pack("<Q", 1 << 32) * made.cells.used, 0)
    exports["main"](store)
    row = next(iter(made.read(bytes(memory.read(store))).tables.values()))
    assert row == [(1 << 32) + count for count in next(iter(run_rewritten(made).observed.tables.values()))]
    assert sum(row) > 4 << 32


def test_rewritten_modules_are_valid_for_our_typer_too() -> None:
    for name in MODULES:
        for wanted in (EVERYTHING, EXACT):
            binary = rewritten(name, wanted).binary
            validate(decode(binary))
            assert encode(decode(binary)) == binary


def test_a_memory_of_counters_that_is_too_short_is_refused() -> None:
    with pytest.raises(WasmError, match="too short"):
        rewritten("branches").read(b"\0" * 8)
