"""WebAssembly probes: what they cost and whether they are right. `python -m bench.wasm --wizard CHECKOUT`.

Ten kernels in C, compiled by zig, and CoreMark where a checkout of wizard-engine is named. Each round runs every
variant of every program once, in turn, in this process under wasmtime, and takes CPU time of the call alone; a ratio
is the geometric mean over rounds, with its 95 % interval. Variants: plain; again, plain a second time, which shows
the noise; off, armed and then all probes removed (slots hold the pristine functions); counts, from which counter,
hotness, opcodes, loops and globals follow; coverage alone; branches; exact, what runs a second time after a trap.

Right means: everything that the rewritten module counted is what the interpreter tier saw, for each kernel.

Leaves out: compile time of the engine; the sandbox (`run/wasm.py` runs the same modules inside of it).
"""

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wasmtime

from bench.measuring import Interval, circumstances, ratio, store
from bench.wasm_kernels import KERNELS, compile_kernels
from bench.wasm_wizard import compare_outputs
from trialrun.lang.wasm import decode
from trialrun.observe.wasm_interpreter import Machine
from trialrun.observe.wasm_monitors import MONITORS, report
from trialrun.observe.wasm_observe import observe
from trialrun.observe.wasm_probe import Code
from trialrun.observe.wasm_rewrite import Rewritten, Wanted, rewrite
from trialrun.observe.wasm_switch import make_switchable

VARIANTS = ("plain", "again", "off", "coverage", "counts", "branches", "exact")
LIMITS = {"off": 1.02, "coverage": 1.1, "counts": 1.15, "branches": 1.5}
HOTNESS, REPRODUCED = 2.2, 0.9
_CLOCK_MS = (0, 500, 500, 1500, 1500, 13_000)
"""What CoreMark's clock shows: it tries 1 and 10 iterations, then does eleven times as many."""


@dataclass(slots=True)
class Program:
    """One program with its variants, compiled."""

    name: str
    arguments: tuple[int, ...]
    modules: dict[str, wasmtime.Module]
    prepare: dict[str, Callable[[Any, Any], None]]
    counters: int
    blocks: int
    imports: bool
    """Whether it wants CoreMark's clock."""


def build(engine: wasmtime.Engine, name: str, binary: bytes, arguments: tuple[int, ...]) -> Program:
    """Return a program with all its variants."""
    code = Code(decode(binary))
    made = {
        "coverage": rewrite(code, Wanted(coverage=True)),
        "counts": rewrite(code, Wanted()),
        "branches": rewrite(code, Wanted(tables=True)),
        "exact": rewrite(code, Wanted(exact=True)),
    }
    switch = make_switchable(code, Wanted())
    binaries = {"plain": binary, "again": binary, "off": switch.rewritten.binary}
    binaries |= {variant: one.binary for variant, one in made.items()}
    return Program(
        name=name,
        arguments=arguments,
        modules={variant: wasmtime.Module(engine, binaries[variant]) for variant in VARIANTS},
        prepare={"off": lambda store, exports: switch.apply(store, exports, code.functions())},
        counters=sum(len(one.placement.counted) for one in made["counts"].counted.values() if one.placement),
        blocks=sum(len(one.flow.reached) for one in made["counts"].counted.values()),
        imports=bool(code.module.imports),
    )


def run_once(engine: wasmtime.Engine, program: Program, variant: str) -> tuple[float, Any]:
    """Return CPU seconds and result of one call in a new instance."""
    store = wasmtime.Store(engine)
    module = program.modules[variant]
    clock = iter(_CLOCK_MS)
    given = [wasmtime.Func(store, item.type, lambda: next(clock)) for item in module.imports]
    exports = wasmtime.Instance(store, module, given).exports(store)
    prepare = program.prepare.get(variant)
    if prepare is not None:
        prepare(store, exports)
    call = exports["run"]
    began = time.process_time()
    found = call(store, *program.arguments)
    return time.process_time() - began, found


def time_all(
    engine: wasmtime.Engine, programs: list[Program], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Return CPU seconds by program, variant and round. Every variant has to compute the same."""
    times: dict[str, dict[str, list[float]]] = {p.name: {v: [] for v in VARIANTS} for p in programs}
    for program in programs:
        for variant in VARIANTS:
            run_once(engine, program, variant)
    for turn in range(rounds):
        for program in programs:
            order = VARIANTS[turn % len(VARIANTS) :] + VARIANTS[: turn % len(VARIANTS)]
            results = set()
            for variant in order:
                seconds, found = run_once(engine, program, variant)
                times[program.name][variant].append(seconds)
                results.add(found)
            assert len(results) == 1, f"{program.name} computes {results}"
    return times


def agree(name: str, binary: bytes, few: int) -> int:
    """Return the instructions of a short run that both tiers counted alike."""
    code = Code(decode(binary))
    machine = Machine(code.module)
    reference = observe(machine)
    machine.start()
    machine.invoke("run", few)
    for exact in (False, True):
        made = rewrite(code, Wanted(tables=True, targets=True, memories=True, exact=exact))
        found = read(made, few)
        assert found == reference, f"the tiers differ on {name}"
        for monitor in MONITORS:
            assert report(monitor, code, found) == report(monitor, code, reference)
    return sum(map(sum, reference.counts.values()))


def read(made: Rewritten, few: int) -> Any:
    """Run a rewritten kernel and return what it counted."""
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    store_ = wasmtime.Store(wasmtime.Engine(config))
    module = wasmtime.Module(store_.engine, made.binary)
    exports = wasmtime.Instance(store_, module, []).exports(store_)
    exports["run"](store_, few)
    exports[made.flush](store_)
    memory = exports[made.memory]
    return made.read(bytes(memory.read(store_, 0, memory.data_len(store_))))


def summary(times: dict[str, dict[str, list[float]]]) -> dict[str, Interval]:
    """Return the ratio of each variant to the plain program: over all programs, round by round."""
    found = {}
    for variant in VARIANTS[1:]:
        rounds = zip(
            *(zip(rows[variant], rows["plain"], strict=True) for rows in times.values()), strict=True
        )
        means = [math.exp(statistics.fmean(math.log(a / b) for a, b in pairs)) for pairs in rounds]
        found[variant] = ratio(means, [1.0] * len(means))
    return found


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="Cost and correctness of WebAssembly probes.")
    parser.add_argument(
        "--wizard", default=os.environ.get("TRIALRUN_WIZARD"), help="a checkout of wizard-engine"
    )
    parser.add_argument("--zig", type=Path, help="an interpreter that has ziglang; default: one is made")
    parser.add_argument("--rounds", type=int, default=20, help="nothing is stored below 15")
    options = parser.parse_args()
    where = circumstances("wasmtime")
    engine = wasmtime.Engine()
    with tempfile.TemporaryDirectory() as folder:
        binaries = compile_kernels(Path(folder), options.zig)
    result: dict[str, Any] = {"compiler": "ziglang 0.17.1, -O2", "programs": {}}
    for kernel in KERNELS:
        counted = agree(kernel.name, binaries[kernel.name], kernel.few)
        print(f"{kernel.name:<12} both tiers counted {counted:,} instructions alike", flush=True)
        result["programs"][kernel.name] = {"agreed_instructions": counted}
    programs = [build(engine, one.name, binaries[one.name], (one.turns,)) for one in KERNELS]
    if options.wizard:
        coremark = Path(options.wizard, "bench", "coremark-minimal.wasm").read_bytes()
        programs.append(build(engine, "coremark", coremark, ()))
        result["wizard"] = compare_outputs(Path(options.wizard))
        print("expected outputs of Wizard:", result["wizard"]["of_four"], result["wizard"]["by_monitor"])
    times = time_all(engine, programs, options.rounds)
    for program in programs:
        rows = times[program.name]
        ratios = {variant: ratio(rows[variant], rows["plain"]) for variant in VARIANTS[1:]}
        shown = "  ".join(f"{variant} {one.value:.3f}" for variant, one in ratios.items())
        print(f"{program.name:<12} {1000 * statistics.median(rows['plain']):5.0f} ms  {shown}")
        result["programs"].setdefault(program.name, {}).update(
            plain_ms=round(1000 * statistics.median(rows["plain"]), 1),
            counters=program.counters, blocks=program.blocks, ratios=ratios,
        )  # fmt: skip
    result["ratios"] = summary(times)
    for variant, one in result["ratios"].items():
        print(f"{variant:<12} {one}")
    result["reproduces"] = _reproduces(result)
    print("reproduces:", result["reproduces"])
    if options.rounds >= 15:
        store("wasm", result, where=where)
    return 0


def _reproduces(result: dict[str, Any]) -> bool:
    """Say whether what the page asks for is met: costs over all programs, and published outputs."""
    ratios: dict[str, Interval] = result["ratios"]
    within = all(ratios[variant].value <= limit for variant, limit in LIMITS.items())
    worst = max(one["ratios"]["counts"].value for one in result["programs"].values())
    # Counts give hotness too, so the same ratio has to be within its limit.
    costs = within and worst <= HOTNESS and ratios["off"].value >= 0.98
    equal, total = result.get("wizard", {}).get("of_four", (0, 1))
    return bool(costs and equal / total >= REPRODUCED)


if __name__ == "__main__":
    raise SystemExit(main())
