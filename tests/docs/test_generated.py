"""The generated pages are what would be generated now; a status is earned."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run python docs/generate.py\n{done.stdout}{done.stderr}"


def test_a_page_names_every_flag_of_its_method(generate: ModuleType) -> None:
    page = (ROOT / "docs" / "methods" / "vanilla.md").read_text(encoding="utf-8")
    for text in ("`--temperature`", "`--raw`, `--chat`", "src/trialrun/generate/vanilla.py", "Leaves out"):
        assert text in page


def test_a_system_runs_when_its_main_module_is_there(generate: ModuleType, tmp_path: Path) -> None:
    assert generate.status_of({"modules": ["repair/not_yet.py", "tasks/humaneval.py"]}) == "planned"
    assert generate.status_of({"modules": ["tasks/humaneval.py"]}) == "runs"
    result = tmp_path / "result.json"
    result.write_text('{"reproduces": true}')
    assert generate.status_of({"modules": ["tasks/humaneval.py"], "result": str(result)}) == "reproduces"
    assert generate.status_of({"modules": ["repair/not_yet.py"], "result": str(result)}) == "planned"
    result.write_text('{"reproduces": "nearly"}')
    assert generate.status_of({"modules": ["tasks/humaneval.py"], "result": str(result)}) == "runs"


def test_the_trust_table_leaves_no_attack_out(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(generate._attacks())
    stray = type(found[0])(name="new", family="unheard of", tries="", body="", outcomes=frozenset())
    monkeypatch.setattr(generate, "_attacks", lambda: [*found, stray])
    with pytest.raises(ValueError, match="unheard of"):
        generate.trust_page()


def test_a_changed_page_is_stale(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = generate.pages()
    first = next(iter(wanted))
    monkeypatch.setattr(generate, "pages", lambda: {**wanted, first: "other"})
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 1


def test_the_tiers_say_what_was_found(generate: ModuleType) -> None:
    found = {
        "attacks": 3, "runs": 1200, "accepted": 2, "unknown": 1, "unscored": 4,
        "honest_programs": 5, "honest_runs": 7, "false_alarms": 6, "leaks": ["a: file b"],
    }  # fmt: skip
    dated = {"date": "2026-01-02 03:04 UTC", "commit": "abcdef0"}
    assert generate._found_in({"matrix": found, **dated}) == [
        "3 attacks (2026-01-02, abcdef0): 2 of 1,200 runs accepted, 5 unknown or unscored",
        "5 programs: 6 false alarms in 7 runs",
        "1",
    ]
    assert generate._found_in({"matrix": found | {"leaks": []}, **dated})[2] == "nothing"
    assert "this machine gives userns" in generate._found_in({"absent": "this machine gives userns"})[0]
    assert generate._found_in({"refused": {"a": "ran", "b": "no"}})[0].startswith("1 of 2")
