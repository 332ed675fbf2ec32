"""Monitors: their words and figures; the published expected outputs of Wizard, where a copy is named.

TRIALRUN_WIZARD names a checkout of titzer/wizard-engine (Apache-2.0); nothing of it is kept here.
"""

import os
from pathlib import Path

import pytest
import wasmtime
from tests.observe.wasm_programs import EVERYTHING, MODULES, run_interpreted, run_rewritten

from trialrun.core.errors import UsageError
from trialrun.lang.wasm import decode
from trialrun.lang.wasm_types import WasmError
from trialrun.observe.wasm_monitors import MONITORS, report
from trialrun.observe.wasm_probe import Code
from trialrun.observe.wasm_rewrite import rewrite

pytestmark = pytest.mark.fast
TEXT = """(module (global (mut i32) (i32.const 2)) (memory 1)
  (func $work (param i32) (local i32)
    loop local.get 1 i32.const 1 i32.add local.tee 1 local.get 0 i32.lt_u br_if 0 end
    global.get 0 i32.const 4 i32.eq if nop else i32.const 70000 i32.const 1 i32.store8 offset=4 end)
  (func $never)
  (func $main (export "main") i32.const 2 memory.grow drop i32.const 3 call $work))"""
CODE = Code(decode(bytes(wasmtime.wat2wasm(TEXT))))
SEEN = run_interpreted(CODE.module).observed


def shown(monitor: str) -> str:
    return report(monitor, CODE, SEEN)


def test_coverage() -> None:
    assert shown("coverage") == "Instr coverage:\t24 / 27 (88.8%)\nBlock coverage:\t6 / 8 (75.0%)\n"
    assert "\n  +25    nop\n" in shown("coverage{i}") and "  +27  * i32.const[70000]" in shown("coverage{i}")
    assert shown("coverage{c}").startswith('func "work":\n   +3 -->  loop[]\n    -      local.get[1]\n')
    assert "\n  +25      nop\n" in shown("coverage{c}")


def test_hotness() -> None:
    lines = shown("hotness").splitlines()
    assert lines[0] == '    func "work"   +3:             3'
    assert lines[-1] == '   func "never"   +1:             0'
    assert "reach 50%" in shown("hotness") and shown("hotness{c}").startswith("----- reach 50%\n")
    assert "\n   +5      3\t\tlocal.get[1]\n" in shown("hotness{c}")


def test_branches_and_loops() -> None:
    assert shown("branches") == 'func "work":\n  +15 br_if:\t [1, 2]\n  +23 if:\t [1, 0]\n'
    assert "br_if[depth=0]          --> +3: 2, +17: 1" in shown("branches{c}")
    assert shown("loops") == 'func "work":\n   +3 ... +17 loop:     3\n'
    assert "\n   +3\t-->\tloop[]\n" in shown("loops{c}") and "\n  +10\t(3)\tlocal.tee[1]\n" in shown(
        "loops{c}"
    )


def test_calls_globals_and_counts() -> None:
    assert shown("calls") == 'func "work": 1\nfunc "main": 1\n  +8: call [0]: 1\n'
    assert shown("globals").splitlines()[1] == "  global[0]        1         0 "
    assert " memory.grow                    1            1" in shown("opcodes")
    dynamic = [int(line.split()[-1]) for line in shown("icount").splitlines()[2:]]
    assert sum(dynamic) == sum(map(sum, SEEN.counts.values())) == 40


def test_memory_statistics() -> None:
    assert shown("memstats").splitlines() == [
        "memory #0", "memory.init: 0, 0 bytes", "memory.copy: 0, 0 bytes", "memory.fill: 0, 0 bytes",
        "grows: 1, max pages: 3",
        " Addresses                       reads       writes",
        "----------------------------------------------------",
        " 00000000 ... 0000FFFF               0            0",
        " 00010000 ... 0001FFFF               0            1",
    ]  # fmt: skip


def test_indirect_calls_are_shown_in_the_order_of_their_first() -> None:
    code = Code(decode(MODULES["calls"]))
    found = run_rewritten(rewrite(code, EVERYTHING)).observed
    text = report("calls", code, found)
    assert text.index('<wasm func "three">') < text.index('<wasm func "one">')


def test_unknown_monitors_and_forms_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'hotness'"):
        report("hotnes", CODE, SEEN)
    with pytest.raises(UsageError, match="no form"):
        report("globals{c}", CODE, SEEN)


def test_names_of_the_module_cannot_steer_a_terminal() -> None:
    text = '(module (func $"\\1b[2J" (export "main")))'
    code = Code(decode(bytes(wasmtime.wat2wasm(text))))
    for monitor in MONITORS:
        assert "\x1b" not in report(monitor, code, run_interpreted(code.module).observed)


WIZARD = Path(os.environ.get("TRIALRUN_WIZARD", "/nowhere")) / "test" / "monitors"
FOUR = ("coverage", "hotness", "branches", "loops")


@pytest.mark.data
@pytest.mark.skipif(not WIZARD.is_dir(), reason="TRIALRUN_WIZARD names no checkout of wizard-engine")
def test_wizards_expected_outputs_of_the_four_monitors() -> None:
    equal, different = 0, []
    for path in sorted((WIZARD / "expected").glob("*.out")):
        module, _, rest = path.name.partition(".wasm.")
        name, _, form = rest.removesuffix(".out").partition("-")
        if name not in FOUR:
            continue
        try:
            code = Code(decode((WIZARD / f"{module}.wasm").read_bytes()))
        except WasmError:
            different.append(path.name)
            continue
        main = "main" if any(export.name == "main" for export in code.module.exports) else "_start"
        text = report(
            f"{name}{{{form[0]}}}" if form else name, code, run_interpreted(code.module, main).observed
        )
        if text == path.read_text():
            equal += 1
        else:
            different.append(path.name)
    assert equal >= 90 and not different
