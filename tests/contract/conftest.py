"""Which methods the contract is checked for: every discovered one, and the example of CONTRIBUTING.md."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from trialrun.core.discovery import find, places
from trialrun.core.method import Method

ROOT = Path(__file__).resolve().parent.parent.parent


def example_source() -> str:
    """Return the example method of CONTRIBUTING.md as it is printed there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"### An example method.*?```python\n(.*?)```", text, re.DOTALL)
    assert found, "CONTRIBUTING.md has lost its example method"
    return found[1]


def _example(folder: Path) -> type[Method]:
    path = folder / "first_passing.py"
    path.write_text(example_source(), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("first_passing", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["first_passing"] = module
    spec.loader.exec_module(module)
    return module.FirstPassing


@pytest.fixture(scope="session", params=[*places(), "example"])
def cls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> type[Method]:
    """One method's class."""
    if request.param == "example":
        return _example(tmp_path_factory.mktemp("example"))
    return find(request.param)
