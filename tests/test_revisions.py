"""Two revisions of a repository: which functions are compared, what is found, and that the ledger adds up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trialrun.cli import execute
from trialrun.compare.differential import Differential
from trialrun.compare.ledger import State
from trialrun.compare.stages import Stages
from trialrun.core.errors import UsageError
from trialrun.core.task import Case
from trialrun.lang.expected import read_expected
from trialrun.probe.proposer import Origin, Seed
from trialrun.revisions import Request, compare_revisions

OLD = {
    "src/pkg/__init__.py": "",
    "src/pkg/limits.py": "LIMIT = 3\n",
    "src/pkg/text.py": """
from pkg.limits import LIMIT
WIDTH = 3
def wrap(words: list[str], width: int = 10) -> list[str]:
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
def pad(s: str) -> str: return s.rjust(WIDTH, "0")
def same(x: int) -> int: return x + LIMIT
def told(x: int) -> int: return x
def announced(x: int) -> int: return x * 2
def gone(x): return x
def secret(x: int) -> int:
    return 1 if x == 918273645 else 2
def widened(x: int, z: int = 1) -> int: return x * z
def narrowed(x: int) -> int: return x
def _inner(x: int) -> int: return x
class Stack:
    def __init__(self, items: list[int]): self.items = list(items)
    def push(self, x: int) -> int:
        self.items.append(x)
        return len(self.items)
""",
    "src/pkg/broken.py": "import a_module_that_is_not_there\ndef f(x: int) -> int: return x\n",
    "src/json/__init__.py": "def f(x: int) -> int: return x\n",
    "tool.py": "def f(x: int) -> int: return x\n",
    "old_name.py": """
def moved(x: int) -> int:
    total = 0
    for i in range(x % 9):
        total += i * x
    return total
""",
    "tests/test_text.py": "def helper(x): return x\n",
}
EDITS = {
    "src/pkg/text.py": [
        (">= width", "> width"),
        ("WIDTH = 3", "WIDTH = 4"),
        ("return x + LIMIT", "return LIMIT + x"),
        ("def told(x: int) -> int: return x", "def told(x: int) -> int: return -x  # trialrun: intended: so"),
        ("return x * 2", "return x * 3"),
        ("def gone(x): return x", "def new(x, y): return [x, y]"),
        ("return 1 if x", "return 3 if x"),
        ("widened(x: int, z", "widened(x: int, y: int = 0, z"),
        ("def narrowed(x: int)", "def narrowed(x: int, y: int)"),
        ("def _inner(x: int)", "def _inner(x: int, y: int)"),
        ("self.items.append(x)", "self.items.append(abs(x))"),
    ],
    "src/pkg/broken.py": [("return x", "return -x")],
    "src/json/__init__.py": [("return x", "return -x")],
    "tool.py": [("return x", "return x + 0"), ("x: int", "x: 'int'")],
    "tests/test_text.py": [("return x", "return 3")],
}  # fmt: skip
EXPECTED = """
[[change]]
name = "src/pkg/text.py::announced"
reason = "three times"
[[change]]
name = "no_such"
reason = "x"
"""


def git(root, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    root = tmp_path_factory.mktemp("repo")
    git(root, "init", "-q", "-b", "main")
    commit(root, OLD)
    git(root, "checkout", "-q", "-b", "topic")
    files = dict(OLD)
    for name, edits in EDITS.items():
        for before, after in edits:
            assert before in files[name]
            files[name] = files[name].replace(before, after)
    moved = files.pop("old_name.py").replace("i * x", "i * x + 1")
    (root / "old_name.py").unlink()
    commit(root, files | {"new_name.py": moved})
    git(root, "checkout", "-q", "main")
    commit(root, {"src/pkg/other.py": "def f(x): return x\n", "tool.py": "def f(x): return [x]\n"})
    git(root, "checkout", "-q", "topic")
    return root


@pytest.fixture(scope="module")
def found(repository):
    """Compare once, with a recorded call that no search would think of."""
    calls = {"src/pkg/text.py::secret": [Seed(case=Case(args=(918273645,)), origin=Origin.RECORDED)]}
    request = Request(
        base="main",
        expected=read_expected(EXPECTED),
        stages=Stages(first=Differential(cpu_s=12.0, inputs=300)),
        seeds=calls,
    )
    return compare_revisions(request, repository)


def states(ledger):
    return {f"{Path(line.file).name} {line.name}": line for line in ledger.lines}


def test_every_changed_function_has_a_line_and_a_reason(found):
    lines = states(found.ledger)
    assert {name: line.state.value for name, line in lines.items()} == {
        "text.py wrap": "differs",
        "text.py pad": "differs",
        "text.py same": "compared",
        "text.py told": "differs",
        "text.py announced": "differs",
        "text.py secret": "differs",
        "text.py widened": "compared",
        "text.py narrowed": "differs",
        "text.py _inner": "skipped",
        "text.py Stack.push": "differs",
        "broken.py f": "skipped",
        "__init__.py f": "skipped",
        "tool.py f": "compared",
        "new_name.py moved": "differs",
    }
    assert lines["text.py pad"].changed == ("WIDTH, which it uses, changed",)
    assert lines["new_name.py moved"].changed == ("its code changed", "moved from old_name.py::moved")
    assert "No module named 'a_module_that_is_not_there'" in lines["broken.py f"].reason
    assert "--python" in lines["broken.py f"].reason
    assert "a module of Python's own is called json" in lines["__init__.py f"].reason
    assert lines["text.py _inner"].reason.startswith("its parameters changed, and it is private")
    assert lines["text.py wrap"].coverage > 0.5 and lines["text.py wrap"].line == 4


def test_what_was_announced_does_not_count_against(found):
    lines = states(found.ledger)
    assert lines["text.py told"].intended == "so"
    assert lines["text.py announced"].intended == "three times"
    against = sorted(line.name for line in found.ledger.lines if line.counts_against)
    assert against == ["Stack.push", "moved", "narrowed", "pad", "secret", "wrap"]


def test_a_recorded_call_finds_what_no_search_does(found):
    difference = states(found.ledger)["text.py secret"].difference
    assert difference.origin is Origin.RECORDED and difference.case.args == (918273645,)


def test_the_rest_is_told(found):
    ledger = found.ledger
    assert ledger.added == ("src/pkg/text.py::new",) and ledger.removed == ("src/pkg/text.py::gone",)
    assert "expected, but it did not change: no_such" in ledger.notes
    assert any("tests and documentation" in note for note in ledger.notes)
    facts = dict(ledger.facts)
    assert facts["base"].startswith("main (") and facts["isolation"] in ("root", "userns", "landlock")


def test_main_moved_on_and_that_is_no_change_of_this_branch(found):
    """The base is where the branch left main: what main did since then is not this branch's doing."""
    assert states(found.ledger)["tool.py f"].state is State.COMPARED


def test_nothing_is_left_behind(found, repository):
    assert not (repository / ".git" / "worktrees").exists()
    status = subprocess.run(
        ["git", "-C", str(repository), "status", "--porcelain"], capture_output=True, check=True
    )
    assert status.stdout == b""


def test_the_emitted_tests_tell_the_two_apart(found, repository, tmp_path, monkeypatch):
    from trialrun.lang.emit_test import emit_tests

    names = {finding.target.qualname for finding in found.findings}
    assert names == {"wrap", "pad", "secret", "Stack.push", "moved", "narrowed"}
    kept = [finding for finding in found.findings if finding.target.module == "pkg.text"]
    file = tmp_path / "test_kept.py"
    file.write_text(emit_tests(kept).text)
    for revision, code in (("main", 0), ("topic", 1)):
        tree = tmp_path / revision
        git(repository, "worktree", "add", "-q", "--detach", str(tree), revision)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(file),
        ]
        environment = {"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = (
            "1"  # plugins want a `json` that is not the repository's
        )
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
        )
        git(repository, "worktree", "remove", "--force", str(tree))
        assert done.returncode == code, done.stdout
        assert ("5 passed" if code == 0 else "5 failed") in done.stdout


def test_the_command(repository, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(repository / "src")
    forms = ["--format", "json", "--format", f"sarif={tmp_path / 'out.sarif'}"]
    arguments = ["compare", "--base", "main", "--time", "3s", "--inputs", "200", *forms, "pkg"]
    assert execute([*arguments, "--emit-test", str(tmp_path / "test_it.py")]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["changed"] == told["compared"] + told["differ"] + told["skipped"] == 11
    assert {line["file"] for line in told["functions"]} == {"src/pkg/text.py", "src/pkg/broken.py"}
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"
    assert "import_module('pkg.text')" in (tmp_path / "test_it.py").read_text()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["tool.py"], 0),
        (["tool.py", "--fail-on", "low-coverage"], 0),
        (["src/json", "--fail-on", "skipped"], 1),
        (["src/json"], 0),
    ],
)
def test_exit_codes(repository, monkeypatch, capsys, more, code):
    monkeypatch.chdir(repository)
    assert execute(["compare", "--base", "main", "--time", "2s", "--inputs", "50", *more]) == code
    assert "1 changed = " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--base", "no-such-revision"],
        ["--base", "main", "../elsewhere"],
        ["--base", "main", "src/pkg/nothing.py"],
        ["--base", "main", "--calls", "nowhere"],
        ["--base", "main", "--map", "f"],
        ["--base", "main", "--format", "txt"],
        ["--base", "main", "--format", "text", "--format", "json"],
        ["--head", "topic", "a.py", "b.py"],
        ["a.py"],
    ],
)
def test_usage(repository, monkeypatch, capsys, arguments):
    monkeypatch.chdir(repository)
    assert execute(["compare", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_no_repository(tmp_path):
    with pytest.raises(UsageError):
        compare_revisions(Request(base="main"), tmp_path)
