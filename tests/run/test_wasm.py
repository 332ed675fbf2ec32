"""WebAssembly modules in the sandbox: results, traps, exits, limits, hostile reports; observed with their counters."""

from collections.abc import Iterator

import pytest
import wasmtime
from tests.observe.wasm_programs import MODULES, run_interpreted

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.lang.wasm import decode
from trialrun.observe.wasm_observe import observe
from trialrun.observe.wasm_run import observe_call, wanted_by
from trialrun.observe.wasm_wasi import WasiMachine
from trialrun.run.child.wasm_host import Exited
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.wasm import _read, run_module, wasm_interpreter

EVERYTHING = wanted_by(["hotness", "branches", "calls", "memstats"])
HELLO = """(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00")
  (func (export "_start") i32.const 0 i32.const 0 i32.const 1 i32.const 8 call $read drop
    i32.const 1 i32.const 0 i32.const 1 i32.const 8 call $write i32.eqz if i32.const 3 call $exit end unreachable))"""


def wat(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


@pytest.fixture(scope="module")
def engines() -> Iterator[Sandbox]:
    with Sandbox(Isolation(python=wasm_interpreter(lambda line: None))) as made:
        yield made


def test_a_call_returns_its_results(engines: Sandbox) -> None:
    add = wat('(module (func (export "f") (param i32 f64) (result i32 f64) local.get 0 local.get 1))')
    found = run_module(engines, add, "f", Limits(), arguments=(-3, 0.5))
    assert found.returned and found.results == ("-3", "0.5")
    wrong = run_module(engines, add, "g", Limits())
    assert (wrong.execution.outcome, wrong.execution.exception) == (Outcome.RAISED, "Error")


def test_a_program_reads_writes_and_exits(engines: Sandbox) -> None:
    found = run_module(engines, wat(HELLO), "_start", Limits(), stdin="salut")
    assert found.execution.stdout == b"salut"
    assert (found.execution.outcome, found.execution.message) == (Outcome.EXITED, "status 3")
    assert not found.returned


def test_what_it_uses_is_limited(engines: Sandbox) -> None:
    spin = wat('(module (func (export "f") loop br 0 end))')
    assert run_module(engines, spin, "f", Limits(cpu_s=0.7)).execution.outcome is Outcome.TIMEOUT
    grow = wat('(module (memory 1) (func (export "f") (result i32) i32.const 3200 memory.grow))')
    assert run_module(engines, grow, "f", Limits(memory_mb=100)).results == ("-1",)
    assert run_module(engines, grow, "f", Limits(memory_mb=300)).results == ("1",)


def test_an_import_that_is_not_given_is_refused(engines: Sandbox) -> None:
    found = run_module(
        engines, wat('(module (import "env" "system" (func)) (func (export "f")))'), "f", Limits()
    )
    assert "imports env.system" in found.execution.message


@pytest.mark.parametrize("name", ["calls", "trap in a loop"])
def test_what_is_observed_in_the_sandbox_is_what_the_interpreter_sees(engines: Sandbox, name: str) -> None:
    seen = observe_call(engines, MODULES[name], EVERYTHING, Limits())
    assert seen.exact == ("trap" in name) == (seen.run.execution.exception == "Trap")
    assert seen.observed == run_interpreted(decode(MODULES[name])).observed


def test_a_program_that_exits_from_within_is_counted_exactly(engines: Sandbox) -> None:
    seen = observe_call(engines, wat(HELLO), EVERYTHING, Limits(), stdin="salut")
    assert seen.exact and seen.observed is not None and seen.run.execution.stdout == b"salut"
    counts = next(iter(seen.observed.counts.values()))
    assert counts.count(1) == len(counts) - 3  # not the end of the if, the unreachable, the last end


def test_the_interpreter_has_the_same_host(engines: Sandbox) -> None:
    seen = observe_call(engines, wat(HELLO), EVERYTHING, Limits(), stdin="salut")
    host = WasiMachine(decode(wat(HELLO)), stdin="salut")
    observed = observe(host.machine)
    with pytest.raises(Exited) as ended:
        host.machine.invoke("_start")
    assert (bytes(host.output), ended.value.status) == (b"salut", 3)
    assert observed == seen.observed


@pytest.mark.fast
def test_the_host_refuses_what_lies_outside_of_the_memory_and_what_it_does_not_know() -> None:
    text = """(module (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_open" (func $open (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (memory (export "memory") 1) (func (export "open") (result i32) call $open)
      (func (export "far") (result i32) i32.const 0 i64.const 0 i32.const 65530 call $clock)
      (func (export "look") (result i64) i32.const 0 i64.const 0 i32.const 8 call $clock drop i32.const 8 i64.load)
      (func (export "chance") (result i64) i32.const 0 i32.const 8 call $random drop i32.const 0 i64.load))"""
    machines = [WasiMachine(decode(wat(text))).machine for _ in range(2)]
    assert machines[0].invoke("open") == [52]
    with pytest.raises(Exited):
        machines[0].invoke("far")
    looks = [machines[1].invoke("look")[0] for _ in range(2)]
    assert looks[1] - looks[0] == 1000
    assert machines[0].invoke("chance") == machines[1].invoke("chance") != machines[1].invoke("chance")


def test_a_run_that_was_stopped_shows_nothing(engines: Sandbox) -> None:
    spin = wat('(module (func (export "main") loop br 0 end))')
    seen = observe_call(engines, spin, EVERYTHING, Limits(cpu_s=0.7))
    assert seen.observed is None and seen.run.execution.outcome is Outcome.TIMEOUT


@pytest.mark.fast
@pytest.mark.parametrize(
    "report", [b"", b"{}", b"[1]", b'{"outcome": 1}', b"\xff" * 100, b'{"outcome":"returned","results":[1]}']
)
def test_a_malformed_report_forms_no_result(report: bytes) -> None:
    found = _read(Execution(outcome=Outcome.RETURNED, files=(("report.json", report),)), 8)
    assert found.execution.outcome is Outcome.PROTOCOL and not found.returned


@pytest.mark.fast
def test_counters_of_another_size_are_none() -> None:
    report = b'{"outcome":"returned","results":[],"message":"","status":0}'
    files = (("kept.bin", b"1234"), ("report.json", report))
    assert _read(Execution(outcome=Outcome.RETURNED, files=files), 8).kept is None
    assert _read(Execution(outcome=Outcome.RETURNED, files=files), 4).kept == b"1234"
