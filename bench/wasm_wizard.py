"""Our monitors beside the expected outputs that the engine Wizard publishes, line by line.

The checkout of titzer/wizard-engine (Apache-2.0) is named by `--wizard` or TRIALRUN_WIZARD; nothing of it is kept.

Leaves out: what is no report of ours (each such output is listed with the reason).
"""

from collections import Counter
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.lang.wasm import decode
from trialrun.lang.wasm_types import WasmError
from trialrun.observe.wasm_interpreter import Machine
from trialrun.observe.wasm_monitors import report
from trialrun.observe.wasm_observe import observe
from trialrun.observe.wasm_probe import Code

FOUR = ("coverage", "hotness", "branches", "loops")
_REASONS = {
    "profile_bytecode": "recovers the bytecode of a guest interpreter: no monitor of ours",
    "alloc": "allocations of garbage-collected objects: left out",
    "ssevent": "stack switching: left out",
    "opcodes": "rows with equal counts come in another order (Wizard's sort is not stable)",
}


def compare_outputs(checkout: Path) -> dict[str, Any]:
    """Return how many expected outputs are reproduced, by monitor, and the others with the reason."""
    folder = checkout / "test" / "monitors"
    equal: Counter[str] = Counter()
    total: Counter[str] = Counter()
    others: dict[str, str] = {}
    for path in sorted((folder / "expected").glob("*.out")):
        module, _, rest = path.name.partition(".wasm.")
        name, _, form = rest.removesuffix(".out").partition("-")
        total[name] += 1
        try:
            text = _report(folder / f"{module}.wasm", f"{name}{{{form.rstrip('-')}}}" if form else name)
        except (WasmError, UsageError) as error:
            others[path.name] = _REASONS.get(name, str(error))
            continue
        if text == path.read_text():
            equal[name] += 1
        else:
            others[path.name] = _REASONS.get(
                name, "made from another version of the module than the one that is there"
            )
    return {
        "of_four": [sum(equal[name] for name in FOUR), sum(total[name] for name in FOUR)],
        "by_monitor": {name: [equal[name], total[name]] for name in total},
        "others": others,
    }


def _report(path: Path, monitor: str) -> str:
    code = Code(decode(path.read_bytes()))
    machine = Machine(code.module)
    observed = observe(machine)
    machine.start()
    names = {export.name for export in code.module.exports}
    machine.invoke("main" if "main" in names else "_start")
    return report(monitor, code, observed)
