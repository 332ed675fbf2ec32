"""The WebAssembly benchmark's own arithmetic, on a program of a few instructions; no compiler, no published outputs."""

from pathlib import Path
from typing import Any

import pytest
import wasmtime
from bench.measuring import Interval
from bench.wasm import VARIANTS, _reproduces, agree, build, run_once, summary, time_all
from bench.wasm_kernels import KERNELS, SOURCES
from bench.wasm_wizard import compare_outputs

pytestmark = pytest.mark.fast
TEXT = """(module (func (export "run") (param i32) (result i32) (local i32)
  loop local.get 1 local.get 0 i32.add local.set 1 local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end
  local.get 1))"""
BINARY = bytes(wasmtime.wat2wasm(TEXT))


def test_every_variant_computes_the_same_and_is_timed_in_every_round() -> None:
    engine = wasmtime.Engine()
    program = build(engine, "sum", BINARY, (100,))
    assert {run_once(engine, program, variant)[1] for variant in VARIANTS} == {5050}
    times = time_all(engine, [program], 2)
    assert {variant: len(rows) for variant, rows in times["sum"].items()} == dict.fromkeys(VARIANTS, 2)
    assert (program.counters, program.blocks) == (2, 4)


def test_both_tiers_count_a_kernel_alike() -> None:
    assert agree("sum", BINARY, 10) == 10 * 10 + 3


def test_a_ratio_is_the_geometric_mean_over_programs_round_by_round() -> None:
    def rows(factor: float) -> dict[str, list[float]]:
        return {variant: [factor, factor] if variant == "counts" else [1.0, 1.0] for variant in VARIANTS}

    found = summary({"a": rows(2.0), "b": rows(0.5)})
    assert found["counts"].value == pytest.approx(1.0) and found["off"].value == 1.0


def result(counts: float, *, worst: float = 1.1, off: float = 1.0, outputs: int = 99) -> dict[str, Any]:
    def interval(value: float) -> Interval:
        return Interval(value=value, low=value, high=value, n=20)

    ratios = {name: interval(1.1) for name in ("coverage", "branches")}
    ratios |= {"counts": interval(counts), "off": interval(off)}
    programs = {"a": {"ratios": {"counts": interval(worst)}}}
    return {"ratios": ratios, "programs": programs, "wizard": {"of_four": [outputs, 99]}}


def test_it_reproduces_within_the_limits_alone() -> None:
    assert _reproduces(result(1.05))
    assert not _reproduces(result(1.16))
    assert not _reproduces(result(1.05, worst=2.3))
    assert not _reproduces(result(1.05, off=1.03)) and not _reproduces(result(1.05, off=0.97))
    assert not _reproduces(result(1.05, outputs=88))


def test_every_kernel_has_its_source() -> None:
    assert {path.stem for path in SOURCES.glob("*.c")} == {kernel.name for kernel in KERNELS}


def test_outputs_that_differ_are_listed_with_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "monitors"
    (folder / "expected").mkdir(parents=True)
    (folder / "m.wasm").write_bytes(bytes(wasmtime.wat2wasm('(module (func (export "main")))')))
    (folder / "expected" / "m.wasm.coverage.out").write_text(
        "Instr coverage:\t1 / 1 (100.0%)\nBlock coverage:\t1 / 1 (100.0%)\n"
    )
    (folder / "expected" / "m.wasm.loops.out").write_text("other\n")
    (folder / "expected" / "m.wasm.alloc.out").write_text("")
    found = compare_outputs(tmp_path)
    assert found["of_four"] == [1, 2] and found["by_monitor"]["alloc"] == [0, 1]
    assert set(found["others"]) == {"m.wasm.loops.out", "m.wasm.alloc.out"}
    assert "garbage-collected" in found["others"]["m.wasm.alloc.out"]
