"""Small WebAssembly programs and ways to run them, for the tests of both tiers."""

import random
from dataclasses import dataclass, field
from typing import Any

import wasmtime

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import decode
from trialrun.lang.wasm_code import write
from trialrun.lang.wasm_types import I32, Body, Export, FuncType, Global, GlobalType, Module, Space
from trialrun.observe.wasm_interpreter import Machine
from trialrun.observe.wasm_numbers import Trap
from trialrun.observe.wasm_observe import observe
from trialrun.observe.wasm_probe import Code, Observed
from trialrun.observe.wasm_rewrite import Rewritten, Wanted, rewrite

TEXTS = {
    "branches": """(module (func (export "main") (result i32) (local i32 i32)
      i32.const 40 local.set 0
      loop $again
        block block block local.get 0 i32.const 5 i32.rem_u br_table 0 1 2 1
          end local.get 1 i32.const 1 i32.add local.set 1 br 1
          end local.get 1 i32.const 100 i32.add local.set 1
        end
        local.get 0 i32.const 1 i32.sub local.tee 0 i32.const 3 i32.and
        if local.get 0 br_if $again else local.get 0 i32.eqz if local.get 1 return end br $again end
        local.get 0 br_if $again
      end local.get 1))""",
    "values": """(module (type $pair (func (param i32 i32) (result i32 i32)))
      (func $swap (type $pair) local.get 1 local.get 0 local.get 0 br_if 0 drop drop i32.const 7 i32.const 8)
      (func $sum (param i32) (result i32 i32) (local i32)
        loop (result i32 i32) local.get 1 local.get 0 i32.add local.set 1 local.get 0 i32.const 1 i32.sub local.tee 0
          if (result i32 i32) local.get 0 i32.const 90 i32.gt_u if local.get 1 local.get 0 return end
            i32.const 3 i32.const 4 br 1
          else local.get 1 i32.const 0 end
        end)
      (func (export "main") (result i32) i32.const 3 i32.const 0 call $swap call $swap
        block (type $pair) i32.const 1 br_if 0 drop drop i32.const 1 i32.const 1 end
        i32.add i32.const 95 call $sum drop i32.add i32.const 2 call $sum i32.sub i32.add))""",
    "calls": """(module (type $f (func (param i32) (result i32))) (global $n (export "n") (mut i32) (i32.const 5))
      (global (export "fixed") i64 (i64.const 77)) (table (export "t") 4 funcref)
      (elem (i32.const 0) $one $two $three) (memory (export "memory") 1) (data (i32.const 8) "text")
      (func $init global.get $n i32.const 1 i32.add global.set $n) (start $init)
      (func $one (type $f) local.get 0 i32.const 1 i32.add)
      (func $two (type $f) local.get 0 call $one call $one)
      (func $three (type $f) local.get 0 i32.eqz if (result i32) i32.const 9
        else local.get 0 i32.const 1 i32.sub return_call $three end)
      (func $tail (param i32 i32) (result i32) local.get 0 local.get 1 return_call_indirect (type $f))
      (func (export "main") (result i32) (local i32)
        loop local.get 0 i32.const 3 i32.rem_u i32.const 2 i32.xor local.set 0
          local.get 0 local.get 0 call_indirect (type $f) drop
          global.get $n i32.const 1 i32.sub global.set $n global.get $n br_if 0 end
        i32.const 20 i32.const 2 call $tail i32.const 5 i32.const 1 call $tail i32.add))""",
    "memory": """(module (memory (export "memory") 1 4) (data $d "abcdefgh")
      (func (export "main") (result i32) (local i32 i32)
        i32.const 0 i32.const 0 i32.const 8 memory.init $d
        i32.const 65528 i32.const 0 i32.const 8 memory.copy
        i32.const 100 i32.const 7 i32.const 300 memory.fill
        i32.const 2 memory.grow drop i32.const 9 memory.grow drop
        loop local.get 0 i32.const 2 i32.shl i32.const 3 i32.mul i64.const 5 i64.store offset=60000
          local.get 0 i32.const 1 i32.add local.tee 0 i32.const 900 i32.lt_u br_if 0 end
        i32.const 0 local.set 0
        loop local.get 1 i32.const 31 i32.mul local.get 0 i32.load8_u i32.xor local.set 1
          local.get 0 i32.const 97 i32.add local.tee 0 i32.const 131072 i32.lt_u br_if 0 end
        local.get 1 memory.size i32.add))""",
    "trap in a loop": """(module (func $f (param i32) (result i32) (local i32) i32.const 10 local.set 1
        loop i32.const 100 local.get 1 local.get 0 i32.sub i32.div_u drop
          local.get 1 i32.const 1 i32.sub local.tee 1 br_if 0 end i32.const 1)
      (func (export "main") (result i32) (local i32)
        loop local.get 0 i32.const 1 i32.add local.tee 0 i32.const 3 i32.lt_u br_if 0 end
        i32.const 30 call $f drop local.get 0 call $f))""",
    "trap at the end": """(module (memory 1)
      (func (export "main") (result i32) i32.const 1 i32.const 70000 i32.load i32.add))""",
}
MODULES = {name: bytes(wasmtime.wat2wasm(text)) for name, text in TEXTS.items()}
EVERYTHING = Wanted(tables=True, targets=True, memories=True)


@dataclass(slots=True)
class Ran:
    """What came of a run under wasmtime."""

    results: Any
    trapped: bool
    observed: Observed
    exports: dict[str, Any] = field(default_factory=dict)
    store: Any = None


def run_rewritten(rewritten: Rewritten, name: str = "main") -> Ran:
    """Run a rewritten module and read what it counted."""
    store = wasmtime.Store()
    exports = wasmtime.Instance(store, wasmtime.Module(store.engine, rewritten.binary), []).exports(store)
    results, trapped = None, False
    try:
        if rewritten.start is not None:
            exports[rewritten.start](store)
        results = exports[name](store)
    except wasmtime.Trap:
        trapped = True
    exports[rewritten.flush](store)
    memory = exports[rewritten.memory]
    content = bytes(memory.read(store, 0, memory.data_len(store)))
    return Ran(results, trapped, rewritten.read(content), dict(exports), store)


def run_interpreted(module: Module, name: str = "main") -> Ran:
    """Run a module under the interpreter with probes everywhere."""
    machine = Machine(module)
    observed = observe(machine)
    try:
        machine.start()
        found = machine.invoke(name)
    except Trap:
        return Ran(None, True, observed)
    return Ran(found[0] if found else None, False, observed)


def signed(value: int | None) -> int | None:
    """Return an i32 as wasmtime gives it."""
    return value if value is None or value < 1 << 31 else value - (1 << 32)


def rewritten(name: str, wanted: Wanted = EVERYTHING) -> Rewritten:
    """Return one of the programs, rewritten."""
    return rewrite(Code(decode(MODULES[name])), wanted)


class Programs:
    """Random valid programs: nested blocks, branches of all kinds, calls, traps; every loop burns fuel, so all end."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.labels: list[bool] = []
        """For each open block, whether its label takes an i32."""

    def module(self) -> Module:
        """Return a module of three functions; each calls later ones only."""
        types = (FuncType((), (I32,)),)
        bodies = []
        for number in range(3):
            self.calls = list(range(number + 1, 3))
            self.labels = []
            code = self.statements(4) + self.number() + write(ops.END)
            bodies.append(Body(((1, I32),), code, 3))
        zero = write(ops.I32_CONST, 12345) + write(ops.END)
        fuel = write(ops.I32_CONST, 400) + write(ops.END)
        mutable = GlobalType(I32, True)
        return Module(
            types=types,
            functions=(0, 0, 0),
            globals=(Global(mutable, zero), Global(mutable, fuel)),
            exports=(Export("main", Space.FUNCTION, 0),),
            code=tuple(bodies),
        )

    def number(self) -> bytes:
        """Leave the next of a row of numbers, between 0 and 3."""
        next_one = write(ops.GLOBAL_GET, 0) + write(ops.I32_CONST, 1103515245) + write(ops.I32_MUL)
        next_one += write(ops.I32_CONST, 12345) + write(ops.I32_ADD) + write(ops.GLOBAL_SET, 0)
        return next_one + write(ops.GLOBAL_GET, 0) + write(ops.I32_CONST, 30) + write(ops.I32_SHR_U)

    def statements(self, depth: int) -> bytes:
        """Return a few statements; nothing follows one that never goes on, now and then."""
        return b"".join(self.statement(depth) for _ in range(self.rng.randrange(1, 4)))

    def statement(self, depth: int) -> bytes:
        """Return a statement that leaves the stack as it is."""
        kinds = ["set", "set", "call", "branch", "branch_if", "table", "return", "trap", "trap", "trap"]
        if depth:
            kinds += ["block", "block", "loop", "loop", "if", "if_else", "value", "value"]
        return bytes(getattr(self, "make_" + self.rng.choice(kinds))(depth))

    def make_set(self, depth: int) -> bytes:
        return self.number() + write(ops.LOCAL_SET, 0)

    def make_call(self, depth: int) -> bytes:
        return write(ops.CALL, self.rng.choice(self.calls)) + write(ops.DROP) if self.calls else b""

    def make_trap(self, depth: int) -> bytes:
        ten, divide, less = write(ops.I32_CONST, 10), write(0x6E), write(0x6B)
        return ten + self.number() + write(ops.LOCAL_GET, 0) + less + divide + write(ops.DROP)

    def make_return(self, depth: int) -> bytes:
        back = self.number() + write(ops.RETURN)
        return self.number() + write(ops.IF) + back + write(ops.END) if self.rng.random() < 0.7 else back

    def goal(self) -> tuple[int, bool]:
        """Return a depth and whether its label takes a value; the function's own label does."""
        depth = self.rng.randrange(len(self.labels) + 1)
        return depth, depth == len(self.labels) or self.labels[-1 - depth]

    def make_branch(self, depth: int) -> bytes:
        goal, takes = self.goal()
        return (self.number() if takes else b"") + write(ops.BR, goal)

    def make_branch_if(self, depth: int) -> bytes:
        goal, takes = self.goal()
        branch = self.number() + write(ops.BR_IF, goal)
        return self.number() + branch + write(ops.DROP) if takes else branch

    def make_table(self, depth: int) -> bytes:
        goals = [self.goal() for _ in range(self.rng.randrange(1, 5))]
        takes = goals[0][1]
        depths = tuple(goal for goal, same in goals if same == takes)
        return (self.number() if takes else b"") + self.number() + write(ops.BR_TABLE, depths)

    def inside(self, op: int, depth: int, *, takes: bool = False, kind: Any = None) -> bytes:
        self.labels.append(takes)
        code = write(op, kind) + self.statements(depth - 1)
        self.labels.pop()
        return code

    def make_block(self, depth: int) -> bytes:
        return self.inside(ops.BLOCK, depth) + write(ops.END)

    def make_loop(self, depth: int) -> bytes:
        burn = write(ops.GLOBAL_GET, 1) + write(ops.I32_CONST, 1) + write(0x6B) + write(ops.GLOBAL_SET, 1)
        out = write(ops.I32_CONST, 0) + write(ops.RETURN)
        empty = write(ops.I32_CONST, 1) + write(0x48)  # less than one
        check = write(ops.GLOBAL_GET, 1) + empty + write(ops.IF) + out + write(ops.END)
        loop = self.inside(ops.LOOP, depth)
        self.labels.append(False)
        again = self.number() + write(ops.BR_IF, 0) if self.rng.random() < 0.7 else b""
        self.labels.pop()
        return loop[:2] + burn + check + loop[2:] + again + write(ops.END)

    def make_if(self, depth: int) -> bytes:
        return self.number() + self.inside(ops.IF, depth) + write(ops.END)

    def make_if_else(self, depth: int) -> bytes:
        other = self.inside(ops.BLOCK, depth)[2:]
        return self.number() + self.inside(ops.IF, depth) + write(ops.ELSE) + other + write(ops.END)

    def make_value(self, depth: int) -> bytes:
        inside = self.inside(ops.BLOCK, depth, takes=True, kind=I32)
        return inside + self.number() + write(ops.END) + write(ops.LOCAL_SET, 0)
