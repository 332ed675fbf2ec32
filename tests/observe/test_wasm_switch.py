"""Pristine and armed variants behind slots: removal costs nothing, takes effect at the next entry, and loses
nothing."""

from typing import Any

import pytest
import wasmtime
from tests.observe.wasm_programs import EVERYTHING, MODULES, run_interpreted, run_rewritten, signed

from trialrun.lang.wasm import decode
from trialrun.lang.wasm_validate import validate
from trialrun.observe.wasm_probe import Code, Observed
from trialrun.observe.wasm_rewrite import Wanted
from trialrun.observe.wasm_switch import Switchable, make_switchable, reached_from

pytestmark = pytest.mark.fast
CHAIN = """(module (func $leaf (param i32) (result i32) local.get 0 i32.const 1 i32.add)
  (func $middle (param i32) (result i32) local.get 0 call $leaf)
  (func $other (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
  (func (export "main") (result i32) i32.const 5 call $middle call $other)
  (func (export "again") (result i32) i32.const 1 call $middle))"""


class Live:
    """An instance whose slots are changed between calls."""

    def __init__(self, made: Switchable) -> None:
        self.made = made
        self.store = wasmtime.Store()
        module = wasmtime.Module(self.store.engine, made.rewritten.binary)
        self.exports: Any = wasmtime.Instance(self.store, module, []).exports(self.store)

    def call(self, name: str) -> Any:
        return self.exports[name](self.store)

    def remove(self, *functions: int) -> None:
        self.made.apply(self.store, self.exports, functions)

    def observed(self) -> Observed:
        self.exports[self.made.rewritten.flush](self.store)
        memory = self.exports[self.made.rewritten.memory]
        return self.made.rewritten.read(bytes(memory.read(self.store)))


def chain() -> tuple[Code, Live]:
    code = Code(decode(bytes(wasmtime.wat2wasm(CHAIN))))
    return code, Live(make_switchable(code, Wanted()))


@pytest.mark.parametrize("name", MODULES)
def test_pristine_variants_are_the_input_byte_for_byte_and_armed_ones_count(name: str) -> None:
    code = Code(decode(MODULES[name]))
    exact = Wanted(tables=True, targets=True, memories=True, exact="trap" in name)
    made = make_switchable(code, exact)
    after = decode(made.rewritten.binary)
    assert after.code[: len(code.typed)] == code.module.code
    validate(after)
    reference, found = run_interpreted(code.module), run_rewritten(made.rewritten)
    assert found.results == signed(reference.results)
    assert found.observed == reference.observed


def test_a_removed_probe_counts_no_more_and_the_program_goes_on() -> None:
    code, live = chain()
    assert live.call("main") == 12
    before = live.observed()
    assert before.counts == run_interpreted(code.module).observed.counts
    live.remove(*code.functions())
    assert live.call("main") == 12 and live.call("again") == 2
    assert live.observed() == before
    live.remove()  # all armed again
    assert live.call("main") == 12
    assert live.observed().entries == {0: 2, 1: 2, 2: 2, 3: 2, 4: 0}


def test_a_function_that_reaches_a_probe_stays_armed() -> None:
    code, live = chain()
    assert reached_from(code, 1) == {0, 1} and reached_from(code, 3) == {0, 1, 2, 3}
    live.remove(1, 2, 3, 4)  # the leaf keeps its probes
    slots = live.made.wanted_slots([1, 2, 3, 4])
    assert slots == {0: 0, 1: 1, 2: 5 + 2, 3: 3, 4: 4}
    live.call("main")
    assert live.observed().entries[0] == 1 and live.observed().entries[2] == 0


def test_indirect_calls_and_references_go_through_the_slots() -> None:
    code = Code(decode(MODULES["calls"]))
    live = Live(make_switchable(code, EVERYTHING))
    start = live.made.rewritten.start
    assert start is not None
    live.call(start)
    first = live.call("main")
    seen = live.observed()
    live.remove(*code.functions())
    live.exports["n"].set_value(live.store, 6)
    assert live.call("main") == first
    assert live.observed() == seen
