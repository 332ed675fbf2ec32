"""`trialrun trace MODULE --monitor NAME`: reports on stdout, the program's output and its ending on stderr."""

from pathlib import Path

import pytest

from trialrun.cli import execute

FIB = """(module (func $fib (export "fib") (param i32) (result i32) local.get 0 i32.const 2 i32.lt_s
  if (result i32) local.get 0 else local.get 0 i32.const 1 i32.sub call $fib
    local.get 0 i32.const 2 i32.sub call $fib i32.add end)
  (func (export "main") unreachable))"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "fib.wat"
    path.write_text(FIB)
    return path


def test_reports_of_a_call(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trace", str(module), "--call", "fib(10)", "--monitor", "calls", "--monitor", "coverage"]
    assert execute(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith('func "fib": 177\n') and "Instr coverage:\t17 / 19 (89.4%)" in out
    assert "returned: 55" in err


def test_a_trap_is_told_and_still_counted(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["trace", str(module)]) == 1
    out, err = capsys.readouterr()
    assert "func #1   +1:             1" in out
    assert "Trap" in err and "unreachable" in err and "second run" in err


@pytest.mark.fast
def test_what_cannot_be_meant(module: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.wasm"
    wrong.write_bytes(b"MZ")
    for words, why in (
        ([str(module), "--monitor", "hot"], "no monitor"),
        ([str(module), "--call", "fib('a')"], "no number"),
        ([str(wrong)], "no WebAssembly module"),
        ([str(tmp_path / "none.wasm")], "cannot read"),
    ):
        assert execute(["trace", *words]) == 2
        assert why in capsys.readouterr().err
    bad = tmp_path / "bad.wat"
    bad.write_text("(module (func i32.add))")
    assert execute(["trace", str(bad)]) == 2
