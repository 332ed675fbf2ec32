"""WebAssembly modules: read, written, typed; hostile ones refused. The second opinion is wasmtime's validator."""

import random
from collections.abc import Iterator

import pytest
import wasmtime

from trialrun.lang import wasm_typer
from trialrun.lang.wasm import MAGIC, decode, encode, function_names
from trialrun.lang.wasm_bytes import Reader, signed, sized, unsigned, vector
from trialrun.lang.wasm_code import read_code, write
from trialrun.lang.wasm_types import I32, Body, Custom, Export, FuncType, Limits, Module, Space, WasmError
from trialrun.lang.wasm_validate import validate

pytestmark = pytest.mark.fast

TEXTS = {
    "bulk": """(module (memory 1) (memory 1) (table 4 funcref) (table 3 externref) (elem func $a $a)
      (elem (i32.const 0) $a) (data "abc") (data (i32.const 1) "x") (global $g (mut i64) (i64.const 5))
      (func $a (param i32 i64) (result i32 i64) local.get 0 local.get 1)
      (func (export "m") (local f32 f64)
        i32.const 0 i32.const 0 i32.const 1 memory.init 0 data.drop 0
        i32.const 0 i32.const 0 i32.const 1 memory.copy 0 1
        i32.const 0 i32.const 0 i32.const 1 memory.fill 1 i32.const 0 i32.const 0 i32.const 1 table.init 0 elem.drop 0
        i32.const 0 i32.const 0 i32.const 1 table.copy ref.null func i32.const 1 table.grow 0 drop
        i32.const 0 ref.null extern i32.const 1 table.fill 1
        i32.const 1 i64.const 2 block (param i32 i64) (result i32 i64) i32.const 1 br_if 0 end call $a drop drop
        f32.const 1 i32.trunc_sat_f32_s drop i32.const 1 i32.extend8_s drop
        (select (result funcref) (ref.null func) (ref.func $a) (i32.const 1)) drop global.get $g global.set $g))""",
    "refs": """(module (type $t (func (param i32) (result i32))) (table 2 (ref null $t)) (elem declare func $f)
      (func $f (type $t) (local (ref $t)) ref.func $f local.set 1 local.get 0 i32.eqz
        if (result i32) i32.const 1
        else local.get 0 i32.const 1 i32.sub local.get 1 call_ref $t local.get 0 i32.mul end)
      (func (export "x") (result i32) i32.const 0 ref.func $f table.set 0
        block $n i32.const 3 i32.const 0 table.get 0 br_on_null $n call_ref $t return end i32.const 7 return_call $f)
      (func $s) (start $s))""",
    "imports": """(module (import "a" "f" (func (param i64))) (import "a" "m" (memory 1 2))
      (import "a" "g" (global i32)) (import "a" "t" (table 1 funcref))
      (global i32 (global.get 0)) (global funcref (ref.func 0))
      (data (global.get 0) "z") (func (export "e") (param f64) (result f64) local.get 0 f64.sqrt i64.const 0 call 0)
      (export "m" (memory 0)) (export "t" (table 0)) (export "gg" (global 1)))""",
    "branches": """(module (func (export "f") (param i32) (result i32) (local i64)
      block block block local.get 0 br_table 2 1 0 end i32.const -1 return end i32.const 300 return end
      loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end i32.const 2147483647 nop))""",
}
MODULES = {name: bytes(wasmtime.wat2wasm(text)) for name, text in TEXTS.items()}


def body(code: bytes) -> Module:
    """Return a module of one function."""
    return Module(types=(FuncType(),), functions=(0,), code=(Body((), code, 1),))


@pytest.mark.parametrize("name", MODULES)
def test_a_canonical_module_is_written_byte_for_byte(name: str) -> None:
    module = decode(MODULES[name])
    assert encode(module) == MODULES[name]
    for function in module.code:
        code = read_code(function.code)
        assert b"".join(write(instr.op, instr.imm) for instr in code) == function.code
    validate(module)


def test_custom_sections_keep_their_places_and_the_name_section_is_read() -> None:
    names = b"\x01" + sized(vector([unsigned(0) + sized(b"main")]))
    module = body(b"\x0b")
    customs = (
        Custom(0, "first", b"x"),
        Custom(0, "more", b""),
        Custom(3, "mid", b"y"),
        Custom(10, "name", names),
    )
    data = encode(Module(types=module.types, functions=(0,), code=module.code, customs=customs))
    assert decode(data).customs == customs
    assert encode(decode(data)) == data
    assert function_names(decode(data)) == {0: "main"}
    assert function_names(Module(customs=(Custom(0, "name", b"\x01\x05\xff"),))) == {}


def test_padded_numbers_are_read_and_written_in_the_shortest_form() -> None:
    padded = MAGIC + b"\x01\x84\x80\x80\x80\x00" + b"\x01\x60\x00\x00"
    assert encode(decode(padded)) == MAGIC + b"\x01\x04\x01\x60\x00\x00"


def test_instructions_in_padded_form_stay_as_they_are() -> None:
    code = b"\x41\x81\x80\x80\x80\x00\x1a\x0b"
    assert decode(encode(body(code))).code[0].code == code


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)])
def test_numbers_survive_and_are_as_short_as_can_be(value: int) -> None:
    assert Reader(signed(value)).signed(64) == value
    assert len(signed(value)) == max(1, -(-((value if value >= 0 else ~value).bit_length() + 1) // 7))
    if value >= 0:
        assert Reader(unsigned(value)).unsigned(64) == value


HOSTILE = {
    "no module": (b"MZ\x90\0", "does not begin"),
    "a component": (b"\0asm\x0d\0\1\0", "components are"),
    "cut off": (MODULES["bulk"][:-3], "are left"),
    "a section beyond the end": (MAGIC + b"\x01\xff\xff\xff\xff\x0f", "are announced"),
    "four billion types": (MAGIC + b"\x01\x05\xff\xff\xff\xff\x0f", "cannot be here"),
    "a number that never ends": (MAGIC + b"\x01" + b"\x80" * 10, "too long"),
    "a number beyond 32 bits": (MAGIC + b"\x01\xff\xff\xff\xff\x7f", "too large"),
    "sections out of order": (MAGIC + b"\x03\x01\x00" + b"\x01\x01\x00", "out of order"),
    "a section twice": (MAGIC + b"\x01\x01\x00" * 2, "out of order"),
    "bytes left in a section": (MAGIC + b"\x01\x02\x00\x00", "longer than what it holds"),
    "a function without code": (MAGIC + b"\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00", "have code"),
    "an unknown section": (MAGIC + b"\x63\x00", "left out or unknown"),
    "a name that is no text": (MAGIC + b"\x00\x03\x02\xff\xfe", "not UTF-8"),
    "a structure type": (MAGIC + b"\x01\x03\x01\x5f\x00", "only function types"),
    "a huge memory": (MAGIC + b"\x05\x05\x01\x00\xff\xff\x7f", "out of range"),
    "vectors": (bytes(wasmtime.wat2wasm("(module (func v128.const i32x4 0 0 0 0 drop))")), "left out"),
    "tags": (bytes(wasmtime.wat2wasm("(module (tag))")), "left out"),
    "threads": (bytes(wasmtime.wat2wasm("(module (memory 1 1 shared))")), "left out"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_with_their_place(name: str) -> None:
    data, why = HOSTILE[name]
    with pytest.raises(WasmError, match=why):
        validate(decode(data))


def test_locals_and_nesting_are_bounded() -> None:
    many = encode(Module(types=(FuncType(),), functions=(0,), code=(Body(((2**32 - 1, I32),), b"\x0b", 0),)))
    with pytest.raises(WasmError, match="locals"):
        decode(many)
    deep = b"\x02\x40" * 100_000 + b"\x0b" * 100_001
    with pytest.raises(WasmError, match="nested"):
        validate(body(deep))


def test_the_work_of_typing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wasm_typer, "MOST_WORK", 10_000)
    values = FuncType((), (I32,) * 900)
    branch = write(0x41, 0) + write(0x0D, 0)
    code = write(0x02, 1) + write(0x41, 0) * 900 + branch * 40 + b"\x0b" + b"\x1a" * 900 + b"\x0b"
    module = Module(types=(FuncType(), values), functions=(0,), code=(Body((), code, 1),))
    with pytest.raises(WasmError, match="have to be looked at"):
        validate(module)


def test_pushed_operands_are_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of two bytes may push a thousand operands, and a table may name two thousand blocks."""
    monkeypatch.setattr(wasm_typer, "MOST_WORK", 10_000)
    values = FuncType((), (I32,) * 900)
    calls = Body((), b"\x10\x00" * 40 + b"\0\x0b", 1)
    with pytest.raises(WasmError, match="have to be looked at"):
        validate(Module(types=(values,), functions=(0,), code=(calls,)))
    nested = b"\x02\x00" * 30 + b"\x00\x0e\x1d" + bytes(range(30))
    branches = Body((), nested + b"\x00\x0b" * 30 + b"\x0b", 1)
    with pytest.raises(WasmError, match=r"br_table: .*have to be looked at"):
        validate(Module(types=(values,), functions=(0,), code=(branches,)))


WRONG = {
    "an operand is missing": b"\x6a\x0b",
    "i64 where i32 is wanted": b"\x42\x00\x45\x1a\x0b",
    "operands are left": b"\x41\x00\x0b",
    "a branch to depth 3": b"\x0c\x03\x0b",
    "function 9 is not there": b"\x10\x09\x0b",
    "local 0 is not there": b"\x20\x00\x1a\x0b",
    "memory 0 is not there": b"\x41\x00\x28\x02\x00\x1a\x0b",
    "global 0 is not there": b"\x23\x00\x1a\x0b",
    "type 5 is not there": b"\xd0\x05\x1a\x0b",
    "not declared for references": b"\xd2\x00\x1a\x0b",
    "an else without its if": b"\x05\x0b",
    "gives what it takes": b"\x41\x00\x04\x7f\x41\x00\x0b\x1a\x0b",
    "different numbers": b"\x02\x7f\x02\x40\x41\x00\x0e\x01\x01\x00\x0b\x41\x00\x0b\x1a\x0b",
    "select between": b"\x41\x00\x42\x00\x41\x00\x1b\x1a\x0b",
    "unexpected end": b"\x02\x40\x0b",
    "after the end": b"\x0b\x01\x0b",
    "is not announced": b"\xfc\x09\x00\x0b",
}


@pytest.mark.parametrize("why", WRONG)
def test_code_of_the_wrong_type_is_refused(why: str) -> None:
    module = body(WRONG[why])
    with pytest.raises(WasmError, match=why):
        validate(module)
    with pytest.raises(wasmtime.WasmtimeError):
        wasmtime.Module.validate(wasmtime.Engine(), encode(module))


def test_an_alignment_beyond_the_natural_one_is_refused() -> None:
    for align, valid in ((2, True), (3, False)):
        code = write(0x41, 0) + write(0x28, (align, 0, 0)) + b"\x1a\x0b"
        module = Module(types=(FuncType(),), functions=(0,), memories=(Limits(1),), code=(Body((), code, 1),))
        if valid:
            validate(module)
        else:
            with pytest.raises(WasmError, match="natural"):
                validate(module)


def test_declarations_are_checked() -> None:
    twice = (Export("a", Space.FUNCTION, 0), Export("a", Space.FUNCTION, 0))
    for wrong, why in (
        (Module(exports=(Export("a", Space.MEMORY, 0),)), "names memory 0"),
        (
            Module(types=(FuncType(),), functions=(0,), code=(Body((), b"\x0b", 1),), exports=twice),
            "two exports",
        ),
        (
            Module(types=(FuncType((I32,)),), functions=(0,), code=(Body((), b"\x0b", 1),), start=0),
            "takes nothing",
        ),
        (Module(types=(FuncType(),), functions=(7,), code=(Body((), b"\x0b", 1),)), "has type 7"),
    ):
        with pytest.raises(WasmError, match=why):
            validate(wrong)


def test_heights_and_ends_are_those_of_the_blocks() -> None:
    typed = validate(decode(MODULES["branches"]))[0]
    names = [instr.name for instr in typed.code]
    assert [names[end] for end in typed.ends.values()] == ["end"] * 4
    assert typed.heights[names.index("br_table")] == 1
    assert typed.heights[names.index("br_table") + 1] == -1
    assert typed.code[0].offset == decode(MODULES["branches"]).code[0].header == 3


def mutants(seed: int, count: int) -> Iterator[bytes]:
    """Yield modules with a few bytes changed, dropped or added."""
    rng = random.Random(seed)
    for _ in range(count):
        data = bytearray(rng.choice(list(MODULES.values())))
        for _ in range(rng.choice((1, 1, 2, 4))):
            place = rng.randrange(8, len(data))
            match rng.randrange(3):
                case 0:
                    data[place] = rng.choice((rng.randrange(256), 0x0B, 0x40, 0x7F, 0x70))
                case 1:
                    del data[place]
                case _:
                    data.insert(place, rng.randrange(128))
        yield bytes(data)


def test_mutated_modules_are_judged_as_wasmtime_judges_them() -> None:
    engine = wasmtime.Engine()
    accepted = 0
    for data in mutants(7, 6000):
        fault = None
        try:
            validate(decode(data))
        except WasmError as error:
            fault = str(error)
        try:
            wasmtime.Module.validate(engine, data)
            valid = True
        except wasmtime.WasmtimeError:
            valid = False
        accepted += fault is None
        assert valid == (fault is None) or (fault and "left out" in fault), (data.hex(), fault)
    assert accepted > 150


def test_random_bytes_raise_nothing_else() -> None:
    rng = random.Random(3)
    for _ in range(3000):
        data = MAGIC + bytes(
            rng.choice((rng.randrange(16), rng.randrange(256))) for _ in range(rng.randrange(60))
        )
        try:
            validate(decode(data))
        except WasmError:
            pass
