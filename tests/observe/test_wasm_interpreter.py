"""The interpreter tier: the same results as wasmtime, frames open to probes, probes that come and go."""

import random
import struct
from typing import Any

import pytest
import wasmtime
from tests.observe.wasm_programs import MODULES, signed

from trialrun.lang.wasm import decode, encode
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_opcodes import OPS
from trialrun.lang.wasm_types import Body, Export, FuncType, Limits, Module, Space, WasmError
from trialrun.observe.wasm_instance import Bounds
from trialrun.observe.wasm_interpreter import Exhausted, Frame, LocalProbe, Machine
from trialrun.observe.wasm_numbers import NUMERIC, Trap, from_float
from trialrun.observe.wasm_probe import Location

pytestmark = pytest.mark.fast
LOOP = decode(
    bytes(
        wasmtime.wat2wasm(
            """(module (func $f (param i32) (result i32) local.get 0 i32.const 10 i32.mul)
      (func (export "main") (param i32) (result i32) (local i32)
        loop local.get 1 local.get 0 call $f i32.add local.set 1
          local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end local.get 1))"""
        )
    )
)
MULTIPLY = Location(0, 5)
"""The `i32.mul` of the called function."""


def test_results_are_those_of_wasmtime() -> None:
    for name, data in MODULES.items():
        store = wasmtime.Store()
        exports = wasmtime.Instance(store, wasmtime.Module(store.engine, data), []).exports(store)
        machine = Machine(decode(data))
        machine.start()
        try:
            expected = exports["main"](store)
        except wasmtime.Trap:
            with pytest.raises(Trap):
                machine.invoke("main")
            continue
        assert signed(machine.invoke("main")[0]) == expected, name


SPECIAL = {
    32: (0, 1, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000, 0x7FA00001, 0x7F800000, 0xFF800000, 0x3F800000,
         0xBF000000, 0x4F000000, 0xCF000000, 0x4F800000, 0x3F000000, 0x40200000, 0x5F000000),
    64: (0, 1, 1 << 63, (1 << 63) - 1, (1 << 64) - 1, 0x7FF8 << 48, (0x7FF0 << 48) + 1, 0x7FF0 << 48, 0xFFF << 52,
         0x3FF << 52, 0xBFE << 52, 0x41E << 52, 0xC1E << 52, 0x43E << 52, 0xC3E << 52, 0x43F << 52,
         0x47EFFFFFF0000000, (1 << 53) + 1, 0x2000000_8000001),
}  # fmt: skip


def operand(rng: random.Random, bits: int, *, is_float: bool) -> int:
    """Return a bit pattern: special, small, any, or a float of a plain size."""
    choice = rng.randrange(4)
    if choice == 0:
        return rng.choice(SPECIAL[bits])
    if choice == 1 and is_float:
        return from_float(rng.randrange(-9, 9) / 2, bits)
    if choice == 2 and is_float:
        return from_float(rng.uniform(-10, 10) * 10.0 ** rng.randrange(-20, 30), bits)
    return rng.randrange(256) if choice == 1 else rng.getrandbits(bits)


def numeric_module() -> Module:
    """Return a module with one function for each numeric instruction: operands and result lie in its memory."""
    bodies = []
    loads, stores = (
        {"i32": 0x28, "i64": 0x29, "f32": 0x2A, "f64": 0x2B},
        {"i32": 0x36, "i64": 0x37, "f32": 0x38},
    )
    for code in sorted(NUMERIC):
        kind = OPS[code].type
        assert kind is not None
        parts = [write(0x41, 0)]
        parts += [write(0x41, 0) + write(loads[k.kind], (0, 8 * n, 0)) for n, k in enumerate(kind.params)]
        parts += [write(code), write(stores.get(kind.results[0].kind, 0x39), (0, 16, 0)), write(0x0B)]
        bodies.append(Body((), b"".join(parts), 1))
    exports = [Export(str(n), Space.FUNCTION, n) for n in range(len(bodies))]
    return Module(
        types=(FuncType(),),
        functions=(0,) * len(bodies),
        memories=(Limits(1),),
        code=tuple(bodies),
        exports=(*exports, Export("memory", Space.MEMORY, 0)),
    )


def test_arithmetic_is_wasmtimes_bit_for_bit() -> None:
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    store = wasmtime.Store(wasmtime.Engine(config))
    module = wasmtime.Module(store.engine, encode(numeric_module()))
    exports = wasmtime.Instance(store, module, []).exports(store)
    memory, rng = exports["memory"], random.Random(11)
    for number, code in enumerate(sorted(NUMERIC)):
        kind = OPS[code].type
        assert kind is not None
        for _ in range(60):
            operands = [operand(rng, int(k.kind[1:]), is_float=k.kind[0] == "f") for k in kind.params]
            memory.write(store, struct.pack("<QQQ", *operands, *([0] * (3 - len(operands)))), 0)
            expected: Any
            try:
                exports[str(number)](store)
                expected = struct.unpack("<Q", memory.read(store, 16, 24))[0]
            except wasmtime.Trap:
                expected = "trap"
            try:
                found: Any = NUMERIC[code](*operands)
            except Trap:
                found = "trap"
            assert found == expected, (OPS[code].name, [hex(value) for value in operands])


def test_a_probe_sees_locals_operands_and_callers() -> None:
    machine, seen = Machine(LOOP), []

    def look(frame: Frame) -> None:
        assert frame.caller is not None
        seen.append((list(frame.locals), list(frame.stack), frame.location, list(frame.caller.locals)))

    machine.insert(MULTIPLY, look)
    assert machine.invoke("main", 3) == [60]
    assert seen == [
        ([3], [3, 10], MULTIPLY, [3, 0]),
        ([2], [2, 10], MULTIPLY, [2, 30]),
        ([1], [1, 10], MULTIPLY, [1, 50]),
    ]


def test_what_a_probe_writes_the_program_sees() -> None:
    machine = Machine(LOOP)

    def edit(frame: Frame) -> None:
        frame.stack[-1] = 1
        frame.caller.locals[1] += 1000  # type: ignore[union-attr]

    machine.insert(MULTIPLY, edit)
    # The caller's local was on its stack before the call began, so each edit but the last is overwritten.
    assert machine.invoke("main", 3) == [3 + 2 + 1]


def test_a_probe_may_trap() -> None:
    machine = Machine(LOOP)

    def stop(frame: Frame) -> None:
        if frame.locals[0] == 2:
            raise Trap("seen enough")

    machine.insert(MULTIPLY, stop)
    with pytest.raises(Trap, match="seen enough"):
        machine.invoke("main", 5)
    assert machine.invoke("main", 1) == [10]  # the machine can be used again


def test_probes_at_one_place_fire_in_the_order_of_their_insertion() -> None:
    machine, fired = Machine(LOOP), ""

    def adding(letter: str) -> Any:
        def note(frame: Frame) -> None:
            nonlocal fired
            fired += letter

        return note

    for letter in "abc":
        machine.insert(MULTIPLY, adding(letter))
    machine.insert_global(adding("."))
    machine.invoke("main", 1)
    # Seven instructions up to the multiplication, before each of which the global probe fires first.
    assert fired.index("abc") == 7 and fired.count("a") == 1


def test_the_first_of_two_probes_removes_both_both_fire_once_and_then_none() -> None:
    machine, fired = Machine(LOOP), []
    probes: list[LocalProbe] = []

    def first(frame: Frame) -> None:
        fired.append("first")
        for probe in probes:
            machine.remove(probe)

    probes.append(machine.insert(MULTIPLY, first))
    probes.append(machine.insert(MULTIPLY, lambda frame: fired.append("second")))
    assert machine.invoke("main", 4) == [100]
    assert fired == ["first", "second"]


def test_a_probe_inserted_where_it_fires_counts_from_the_next_time() -> None:
    machine, fired = Machine(LOOP), []

    def first(frame: Frame) -> None:
        fired.append("first")
        if len(fired) == 1:
            machine.insert(MULTIPLY, lambda frame: fired.append("new"))

    machine.insert(MULTIPLY, first)
    machine.invoke("main", 3)
    assert fired == ["first", "first", "new", "first", "new"]


def test_probes_inserted_during_a_run_reach_frames_that_are_running() -> None:
    machine, fired = Machine(LOOP), []
    main = machine.code.of(1)
    subtract = next(instr for instr in main.code if instr.name == "i32.sub")

    def from_the_callee(frame: Frame) -> None:
        if not fired:
            machine.insert(Location(1, subtract.offset), lambda inner: fired.append(inner.locals[0]))
            fired.append("inserted")

    machine.insert(MULTIPLY, from_the_callee)
    machine.invoke("main", 3)
    assert fired == ["inserted", 3, 2, 1]


def test_a_global_probe_may_come_and_go_during_a_run() -> None:
    machine, seen = Machine(LOOP), []

    def everywhere(frame: Frame) -> None:
        seen.append(frame.location)
        if len(seen) == 4:
            machine.remove_global(everywhere)

    def begin(frame: Frame) -> None:
        if frame.locals[0] == 2:
            machine.insert_global(everywhere)

    machine.insert(MULTIPLY, begin)
    assert machine.invoke("main", 3) == [60]
    assert [place.function for place in seen] == [0, 1, 1, 1]


def test_a_removed_probe_leaves_the_very_step_behind() -> None:
    machine = Machine(LOOP)
    machine.invoke("main", 1)
    before = list(machine.instance.functions[0].steps)
    probe = machine.insert(MULTIPLY, lambda frame: None)
    assert machine.instance.functions[0].steps != before
    machine.remove(probe)
    machine.remove(probe)
    assert machine.instance.functions[0].steps == before


def test_places_that_are_not_there_are_refused() -> None:
    machine = Machine(LOOP)
    with pytest.raises(WasmError, match="no instruction begins"):
        machine.insert(Location(0, 2), lambda frame: None)
    with pytest.raises(WasmError, match="has no code here"):
        machine.insert(Location(9, 1), lambda frame: None)
    with pytest.raises(WasmError, match="exports no function"):
        machine.invoke("other")
    with pytest.raises(WasmError, match="takes 1 arguments"):
        machine.invoke("main")


def test_what_a_program_uses_is_bounded() -> None:
    text = """(module (memory 1) (func $deep (export "deep") call $deep) (func (export "spin") loop br 0 end)
      (func (export "grow") (result i32) i32.const 100 memory.grow))"""
    module = decode(bytes(wasmtime.wat2wasm(text)))
    machine = Machine(module, bounds=Bounds(pages=50, frames=100, turns=1000))
    with pytest.raises(Trap, match="call stack exhausted"):
        machine.invoke("deep")
    assert machine.invoke("grow") == [0xFFFFFFFF]
    with pytest.raises(Exhausted):
        machine.invoke("spin")
    with pytest.raises(WasmError, match="wants 1 pages"):
        Machine(module, bounds=Bounds(pages=0))


def test_host_functions_get_bit_patterns_and_may_be_tail_called() -> None:
    text = """(module (import "host" "add" (func $add (param i32 i64) (result i64)))
      (func (export "main") (result i64) i32.const -1 i64.const 2 return_call $add))"""
    module = decode(bytes(wasmtime.wat2wasm(text)))
    machine = Machine(module, {("host", "add"): lambda a, b: a + b})
    assert machine.invoke("main") == [(1 << 32) + 1]
    with pytest.raises(WasmError, match=r"imports host\.add"):
        Machine(module)
