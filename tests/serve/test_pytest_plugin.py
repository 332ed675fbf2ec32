"""`assert_same_behaviour` in tests: fails on a difference, and where nothing was compared; else it passes."""

import subprocess
import sys

import pytest

from trialrun.core.errors import UsageError
from trialrun.serve.pytest_plugin import assert_same_behaviour

FILES = {
    "pkg/__init__.py": "",
    "pkg/old.py": "from pkg.shared import LIMIT\ndef clip(x: int) -> int:\n    return min(x, LIMIT)\n",
    "pkg/new.py": """
from pkg.shared import LIMIT
def clip(x: int) -> int:
    return x if x < LIMIT else LIMIT
def off(x: int) -> int:
    return min(x, LIMIT + 1)
def rare(x: int) -> int:
    return -1 if divmod(x, 1000003) == (-919, 77) else min(x, LIMIT)
""",
    "pkg/shared.py": "LIMIT = 7\n",
    "pkg/limits.py": "def small(x): return x < 8\n",
    "pkg/late.py": "import no_such_module\ndef clip(x: int) -> int: return x\n",
    "test_them.py": """
import sys
import pytest
from pkg import new, old
from pkg.limits import small
from trialrun.core.errors import UsageError
from trialrun.serve.pytest_plugin import assert_same_behaviour as plain

def test_same(assert_same_behaviour):
    assert_same_behaviour(old.clip, new.clip, inputs=300)

def test_different(assert_same_behaviour):
    with pytest.raises(AssertionError, match="differs in value"):
        assert_same_behaviour(old.clip, new.off)

def test_seed(assert_same_behaviour):
    assert_same_behaviour(old.clip, new.rare, inputs=100)
    with pytest.raises(AssertionError, match="-919002680"):
        assert_same_behaviour(old.clip, new.rare, seeds=[(-919002680,)])

def test_assumption():
    plain(old.clip, new.off, assume=small, inputs=300)

def test_nothing_compared(tmp_path):
    sys.modules["no_such_module"] = sys
    from pkg import late
    with pytest.raises(AssertionError, match="nothing was compared: .*No module named"):
        plain(old.clip, late.clip)

def test_what_is_no_function_of_a_file():
    for thing in (lambda x: x, len):
        with pytest.raises(UsageError):
            plain(old.clip, thing)
""",
}


def test_in_a_test_session(tmp_path):
    root = tmp_path / "project"  # pytest's own directory is root's alone, and jobs are nobody
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text(text)
    pytest_here = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=."]
    run = {"capture_output": True, "text": True, "cwd": root, "check": False}
    plugin = [] if "assert_same_behaviour" in subprocess.run([*pytest_here, "--fixtures"], **run).stdout else [
        "-p", "trialrun.serve.pytest_plugin"  # this environment was made before the entry point
    ]  # fmt: skip
    done = subprocess.run([*pytest_here, *plugin, "-q", "test_them.py"], **run)
    assert "6 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("thing", [len, lambda x: x, 3])
def test_what_is_no_function_is_refused(thing):
    with pytest.raises(UsageError):
        assert_same_behaviour(thing, thing)


@pytest.mark.parametrize("seed", [7, "ab", [1, 2]])
def test_a_seed_that_is_no_tuple_is_refused(seed):
    with pytest.raises(UsageError, match="a seed is a tuple of arguments, such as"):
        assert_same_behaviour(_function, _function, seeds=[seed])


def _function(x: int) -> int:
    return x


def test_loading_the_plugin_loads_next_to_nothing():
    code = "import sys, pytest, trialrun.serve.pytest_plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "trialrun.run" not in done.stdout and "trialrun.compare" not in done.stdout
