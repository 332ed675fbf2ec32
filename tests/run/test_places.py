"""Directories that jobs may read and import from: those and no more, in each tier, and never written."""

import os
from pathlib import Path

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.parse_values import decode, render
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation

LIMITS = Limits(cpu_s=2.0, wall_s=20.0)
TIERS = [{}, {"namespaces": False, "unsafe": os.geteuid() == 0}]

TRIES = """
import os
def f(place):
    def tries():
        yield lambda: open(place + "/pkg/mod.py", "a").write("# mine")
        yield lambda: open(place + "/new.py", "w").write("")
        yield lambda: os.remove(place + "/pkg/mod.py")
        yield lambda: os.rename(place + "/pkg/mod.py", place + "/pkg/dom.py")
        yield lambda: os.mkdir(place + "/folder")
        yield lambda: os.symlink("/", place + "/link")
        yield lambda: os.chmod(place + "/pkg/mod.py", 0o777)
        yield lambda: os.utime(place + "/pkg/mod.py", (0, 0))
        yield lambda: os.truncate(place + "/pkg/mod.py", 0)
        yield lambda: open(os.path.dirname(place) + "/secret").read()
        yield lambda: open(place + "/../secret").read()
        yield lambda: open(place + "/pkg/outside").read()
        yield lambda: open("/etc/passwd").read()
    reached = []
    for number, act in enumerate(tries()):
        try:
            act()
        except OSError:
            continue
        reached.append(number)
    return reached, open(place + "/pkg/mod.py").read()
"""


@pytest.fixture
def tree(tmp_path):
    """A package, a secret beside it, and a link from the one to the other."""
    root = tmp_path / "tree"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "mod.py").write_text("def g(x):\n    return x + 1\n")
    (tmp_path / "secret").write_text("answer")
    (root / "pkg" / "outside").symlink_to(tmp_path / "secret")
    return root


def called(isolation, source, *args):
    program = Program.from_source(source, entry="f")
    with Sandbox(isolation) as sandbox:
        return next(run_cases(sandbox, program, encode_calls("f", [Case(args=args)]), LIMITS))


@pytest.mark.parametrize("tier", TIERS, ids=["namespaces", "landlock"])
def test_a_place_is_imported_from(tree, tier):
    source = "from pkg.mod import g\ndef f(x): return g(x)"
    shown = called(Isolation(places=(str(tree),), **tier), source, 4)
    assert shown.outcome is Outcome.RETURNED and render(shown.value) == "5"
    hidden = called(Isolation(**tier), source, 4)
    assert hidden.exception == "ModuleNotFoundError"


@pytest.mark.parametrize("tier", TIERS, ids=["namespaces", "landlock"])
def test_a_place_is_read_only_and_nothing_beside_it_is_seen(tree, tier):
    before = sorted(path.name for path in tree.rglob("*"))
    execution = called(Isolation(places=(str(tree),), **tier), TRIES, str(tree))
    assert execution.outcome is Outcome.RETURNED, execution
    reached, text = decode(execution.value)[0][0]
    assert reached == [] and "# mine" not in text
    assert sorted(path.name for path in tree.rglob("*")) == before


def test_a_place_comes_after_the_standard_library_and_before_what_is_installed(tree):
    (tree / "json.py").write_text("here = True")
    isolation = Isolation(places=(str(tree),))
    execution = called(isolation, "import json, sys\ndef f(x): return hasattr(json, 'here'), sys.path", 1)
    shadowed, path = decode(execution.value)[0][0]
    assert not shadowed and path[-1] == str(tree)


@pytest.mark.parametrize("bad", ["/", "relative", "missing", "file", "link"])
def test_what_is_no_place_is_refused(tree, bad):
    link = tree.parent / "link"
    link.symlink_to(tree)
    path = {"missing": tree / "x", "file": tree / "pkg" / "mod.py", "link": link}.get(bad, Path(bad))
    with pytest.raises(UsageError), Sandbox(Isolation(places=(str(path),))) as sandbox:
        sandbox.describe()


def test_places_inside_one_another(tree):
    isolation = Isolation(places=(str(tree / "pkg"), str(tree)))
    assert called(isolation, "import mod, pkg.mod\ndef f(x): return mod.g(x) + pkg.mod.g(x)", 1).value
