"""Opcodes of WebAssembly: mnemonic, immediates and, where it is fixed, the type of each instruction.

One byte, or `0xFC00 | n` for the two-byte ones. The table is written as text, one family a line, and read once.

Leaves out: vectors, garbage-collected types, exceptions, atomics.
"""

from enum import Enum
from typing import NamedTuple

from trialrun.lang.wasm_types import F32, F64, I32, I64, FuncType


class Imm(Enum):
    """What follows an opcode."""

    NONE = "none"
    BLOCK = "block"
    LABEL = "label"
    LABELS = "labels"
    FUNCTION = "function"
    TYPE = "type"
    CALL_INDIRECT = "type, table"
    LOCAL = "local"
    GLOBAL = "global"
    TABLE = "table"
    MEMORY = "memory"
    MEMARG = "memarg"
    I32 = "i32"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    TYPES = "types"
    HEAP = "heap"
    DATA_MEMORY = "data, memory"
    DATA = "data"
    MEMORIES = "memory, memory"
    ELEM_TABLE = "elem, table"
    ELEM = "elem"
    TABLES = "table, table"


class Op(NamedTuple):
    """One instruction of the language."""

    code: int
    name: str
    imm: Imm
    type: FuncType | None
    """None where it depends on the module or the stack."""


_LETTERS = {"i": I32, "l": I64, "f": F32, "d": F64}

# First opcode, then the mnemonics that follow one another, then their type.
_PLAIN = """
45 i32 eqz i:i
46 i32 eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u ii:i
50 i64 eqz l:i
51 i64 eq,ne,lt_s,lt_u,gt_s,gt_u,le_s,le_u,ge_s,ge_u ll:i
5B f32 eq,ne,lt,gt,le,ge ff:i
61 f64 eq,ne,lt,gt,le,ge dd:i
67 i32 clz,ctz,popcnt i:i
6A i32 add,sub,mul,div_s,div_u,rem_s,rem_u,and,or,xor,shl,shr_s,shr_u,rotl,rotr ii:i
79 i64 clz,ctz,popcnt l:l
7C i64 add,sub,mul,div_s,div_u,rem_s,rem_u,and,or,xor,shl,shr_s,shr_u,rotl,rotr ll:l
8B f32 abs,neg,ceil,floor,trunc,nearest,sqrt f:f
92 f32 add,sub,mul,div,min,max,copysign ff:f
99 f64 abs,neg,ceil,floor,trunc,nearest,sqrt d:d
A0 f64 add,sub,mul,div,min,max,copysign dd:d
A7 i32 wrap_i64 l:i
A8 i32 trunc_f32_s,trunc_f32_u f:i
AA i32 trunc_f64_s,trunc_f64_u d:i
AC i64 extend_i32_s,extend_i32_u i:l
AE i64 trunc_f32_s,trunc_f32_u f:l
B0 i64 trunc_f64_s,trunc_f64_u d:l
B2 f32 convert_i32_s,convert_i32_u i:f
B4 f32 convert_i64_s,convert_i64_u l:f
B6 f32 demote_f64 d:f
B7 f64 convert_i32_s,convert_i32_u i:d
B9 f64 convert_i64_s,convert_i64_u l:d
BB f64 promote_f32 f:d
BC i32 reinterpret_f32 f:i
BD i64 reinterpret_f64 d:l
BE f32 reinterpret_i32 i:f
BF f64 reinterpret_i64 l:d
C0 i32 extend8_s,extend16_s i:i
C2 i64 extend8_s,extend16_s,extend32_s l:l
FC00 i32 trunc_sat_f32_s,trunc_sat_f32_u f:i
FC02 i32 trunc_sat_f64_s,trunc_sat_f64_u d:i
FC04 i64 trunc_sat_f32_s,trunc_sat_f32_u f:l
FC06 i64 trunc_sat_f64_s,trunc_sat_f64_u d:l
"""

_MEMORY = """
28 i32.load i:i 29 i64.load i:l 2A f32.load i:f 2B f64.load i:d
2C i32.load8_s i:i 2D i32.load8_u i:i 2E i32.load16_s i:i 2F i32.load16_u i:i
30 i64.load8_s i:l 31 i64.load8_u i:l 32 i64.load16_s i:l 33 i64.load16_u i:l 34 i64.load32_s i:l 35 i64.load32_u i:l
36 i32.store ii: 37 i64.store il: 38 f32.store if: 39 f64.store id:
3A i32.store8 ii: 3B i32.store16 ii: 3C i64.store8 il: 3D i64.store16 il: 3E i64.store32 il:
"""

_OTHER = """
00 unreachable NONE
01 nop NONE :
02 block BLOCK
03 loop BLOCK
04 if BLOCK
05 else NONE
0B end NONE
0C br LABEL
0D br_if LABEL
0E br_table LABELS
0F return NONE
10 call FUNCTION
11 call_indirect CALL_INDIRECT
12 return_call FUNCTION
13 return_call_indirect CALL_INDIRECT
14 call_ref TYPE
15 return_call_ref TYPE
1A drop NONE
1B select NONE
1C select TYPES
20 local.get LOCAL
21 local.set LOCAL
22 local.tee LOCAL
23 global.get GLOBAL
24 global.set GLOBAL
25 table.get TABLE
26 table.set TABLE
3F memory.size MEMORY :i
40 memory.grow MEMORY i:i
41 i32.const I32 :i
42 i64.const I64 :l
43 f32.const F32 :f
44 f64.const F64 :d
D0 ref.null HEAP
D1 ref.is_null NONE
D2 ref.func FUNCTION
D4 ref.as_non_null NONE
D5 br_on_null LABEL
D6 br_on_non_null LABEL
FC08 memory.init DATA_MEMORY iii:
FC09 data.drop DATA :
FC0A memory.copy MEMORIES iii:
FC0B memory.fill MEMORY iii:
FC0C table.init ELEM_TABLE iii:
FC0D elem.drop ELEM :
FC0E table.copy TABLES iii:
FC0F table.grow TABLE
FC10 table.size TABLE :i
FC11 table.fill TABLE
"""


def _type(text: str) -> FuncType:
    params, _, results = text.partition(":")
    return FuncType(tuple(_LETTERS[c] for c in params), tuple(_LETTERS[c] for c in results))


def _read() -> dict[int, Op]:
    table: dict[int, Op] = {}

    def add(code: int, name: str, imm: Imm, kind: str | None) -> None:
        table[code] = Op(code, name, imm, None if kind is None else _type(kind))

    for line in _PLAIN.split("\n")[1:-1]:
        first, family, names, kind = line.split()
        for number, name in enumerate(names.split(",")):
            add(int(first, 16) + number, f"{family}.{name}", Imm.NONE, kind)
    words = _MEMORY.split()
    for first, name, kind in zip(words[::3], words[1::3], words[2::3], strict=True):
        add(int(first, 16), name, Imm.MEMARG, kind)
    for line in _OTHER.split("\n")[1:-1]:
        first, name, imm, *rest = line.split()
        add(int(first, 16), name, Imm[imm], rest[0] if rest else None)
    return table


OPS = _read()
"""Every opcode that is read."""

UNREACHABLE, NOP, BLOCK, LOOP, IF, ELSE, END = 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0B
BR, BR_IF, BR_TABLE, RETURN = 0x0C, 0x0D, 0x0E, 0x0F
CALL, CALL_INDIRECT, RETURN_CALL, RETURN_CALL_INDIRECT = 0x10, 0x11, 0x12, 0x13
CALL_REF, RETURN_CALL_REF = 0x14, 0x15
DROP, SELECT, SELECT_TYPED = 0x1A, 0x1B, 0x1C
LOCAL_GET, LOCAL_SET, LOCAL_TEE, GLOBAL_GET, GLOBAL_SET = 0x20, 0x21, 0x22, 0x23, 0x24
TABLE_GET, TABLE_SET = 0x25, 0x26
I64_LOAD, I64_STORE, I32_LOAD, I32_STORE = 0x29, 0x37, 0x28, 0x36
MEMORY_SIZE, MEMORY_GROW = 0x3F, 0x40
I32_CONST, I64_CONST, F32_CONST, F64_CONST = 0x41, 0x42, 0x43, 0x44
I64_ADD, I32_ADD, I32_MUL, I32_SHL, I32_SHR_U, I32_LT_U = 0x7C, 0x6A, 0x6C, 0x74, 0x76, 0x49
REF_NULL, REF_IS_NULL, REF_FUNC, REF_AS_NON_NULL, BR_ON_NULL, BR_ON_NON_NULL = (
    0xD0,
    0xD1,
    0xD2,
    0xD4,
    0xD5,
    0xD6,
)
MEMORY_INIT, DATA_DROP, MEMORY_COPY, MEMORY_FILL = 0xFC08, 0xFC09, 0xFC0A, 0xFC0B
TABLE_INIT, ELEM_DROP, TABLE_COPY, TABLE_GROW, TABLE_SIZE, TABLE_FILL = (0xFC0C + n for n in range(6))

STARTS = frozenset((BLOCK, LOOP, IF))
"""Instructions that an `end` belongs to."""
CALLS = frozenset((CALL, CALL_INDIRECT, CALL_REF, RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF))
TAIL_CALLS = frozenset((RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF))
TWO_WAY = frozenset((IF, BR_IF, BR_ON_NULL, BR_ON_NON_NULL))
"""Branches with two outcomes."""
STOPS = frozenset((UNREACHABLE, BR, BR_TABLE, RETURN)) | TAIL_CALLS
"""Instructions after which the next one is never reached by falling through."""
MAY_TRAP = (
    frozenset(code for code, op in OPS.items() if op.imm is Imm.MEMARG)
    | frozenset(code for code, op in OPS.items() if op.name[:1] == "i" and op.name[3:8] in (".div_", ".rem_"))
    | frozenset(code for code, op in OPS.items() if op.name[:1] == "i" and op.name[3:10] == ".trunc_f")
    | CALLS
    | frozenset((UNREACHABLE, TABLE_GET, TABLE_SET, REF_AS_NON_NULL))
    | frozenset((MEMORY_INIT, MEMORY_COPY, MEMORY_FILL, TABLE_INIT, TABLE_COPY, TABLE_FILL))
)
"""Instructions that may end the run, by themselves or by what they call."""
