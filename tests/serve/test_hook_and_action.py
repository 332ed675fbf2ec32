"""The pre-push hook and the Action's script, run as git and the runner would run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NONE = "0" * 40
WHO = ("-c", "user.name=a", "-c", "user.email=a@b")


def git(root, *arguments):
    done = subprocess.run(
        ["git", "-C", str(root), *WHO, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root, text):
    (root / "mod.py").write_text(text)
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")


@pytest.fixture
def clone(tmp_path):
    """A clone whose topic branch is one commit ahead of its origin."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    commit(origin, "def f(x: int) -> int: return x + 1\n")
    commit(origin, "def f(x: int) -> int: return x + 2\n")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    git(tmp_path / "clone", "checkout", "-q", "-b", "topic")
    return tmp_path / "clone"


def environment(**more):
    """Return an environment in which `trialrun` is this one."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, **more}


def push(clone, lines):
    return subprocess.run(
        [str(ROOT / "hooks" / "pre-push"), "origin", "url"],
        input=lines,
        cwd=clone,
        env=environment(TRIALRUN_TIME="2s"),
        capture_output=True,
        text=True,
        check=False,
    )


CHANGED = "def f(x: int) -> int: return x + 3\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CHANGED, 1),
        ("def f(x: int) -> int: return 2 + x\n", 0),
        ("def f(x: int) -> int: return x + 3  # trialrun: intended: one more\n", 0),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_hook(clone, text, code, known):
    commit(clone, text)
    remote = git(clone, "rev-parse", "origin/main") if known else NONE
    done = push(clone, f"refs/heads/topic {git(clone, 'rev-parse', 'topic')} refs/heads/topic {remote}\n")
    assert done.returncode == code, done.stdout + done.stderr
    assert ("mod.py:1 f: differs" in done.stdout) is ("+ 3" in text)


def test_a_deletion_is_not_compared_and_what_cannot_be_compared_stops_nothing(clone):
    commit(clone, CHANGED)
    done = push(clone, f"(delete) {NONE} refs/heads/old {git(clone, 'rev-parse', 'topic')}\n")
    assert done.returncode == 0 and not done.stdout
    git(clone, "remote", "remove", "origin")
    done = push(clone, f"refs/heads/topic {git(clone, 'rev-parse', 'topic')} refs/heads/topic {NONE}\n")
    assert done.returncode == 0 and "could not compare" in done.stderr


def act(clone, tmp_path, **more):
    more = {"RUNNER_TEMP": str(tmp_path), "TIME": "2s", "GITHUB_OUTPUT": str(tmp_path / "output")} | more
    more |= {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    command = [str(ROOT / "action" / "compare.sh")]
    return subprocess.run(
        command, cwd=clone, env=environment(**more), capture_output=True, text=True, check=False
    )


def test_action(clone, tmp_path):
    commit(clone, CHANGED)
    done = act(clone, tmp_path, BASE=git(clone, "rev-parse", "origin/main"))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::warning file=mod.py,line=1,title=Behaviour change::f differs")
    assert (tmp_path / "summary.md").read_text().startswith("### Behaviour changes")
    [name, path] = (tmp_path / "output").read_text().strip().split("=")
    assert name == "sarif" and json.loads(Path(path).read_text())["runs"][0]["results"]


def test_action_fetches_what_a_shallow_checkout_lacks(clone, tmp_path):
    commit(clone, CHANGED)
    git(
        tmp_path,
        "clone",
        "-q",
        "--depth",
        "1",
        "--no-single-branch",
        "-b",
        "topic",
        f"file://{clone}",
        "shallow",
    )
    git(tmp_path / "shallow", "branch", "-q", "-r", "-D", "origin/main")
    git(clone, "branch", "-q", "-f", "main", "topic~1")
    done = act(tmp_path / "shallow", tmp_path, BASE="main")
    assert done.returncode == 1 and "f differs" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"PATHS": "mod.py\n"}, 1),
        ({"PATHS": "other.py"}, 2),
        ({"FAIL_ON": "skipped low-coverage"}, 0),
        ({"BASE": ""}, 2),
        ({"BASE": "--help"}, 2),
        ({"BASE": "$(touch here)"}, 2),
    ],
)
def test_inputs_of_the_action(clone, tmp_path, more, code):
    commit(clone, CHANGED)
    done = act(clone, tmp_path, **{"BASE": "origin/main", **more})
    assert done.returncode == code, done.stdout + done.stderr
    assert not (clone / "here").exists()


def test_the_action_hands_its_inputs_over_in_the_environment():
    """An expression in a script's text would let a branch's name be a command."""
    text = (ROOT / "action.yml").read_text()
    steps = text.partition("steps:")[2]
    scripts = [
        line for line in steps.splitlines() if "${{" in line and not line.strip().split(":")[0].isupper()
    ]
    declared = {line.split(":")[0].strip() for line in steps.splitlines() if "${{" in line}
    assert not scripts and declared == {"BASE", "HEAD", "TIME", "VENV", "PATHS", "EXPECTED", "FAIL_ON"}
    script = (ROOT / "action" / "compare.sh").read_text()
    assert "${{" not in script and all(f"${{{name}" in script for name in declared)


def test_a_module_of_the_pull_request_is_not_taken_for_the_standard_library():
    text = (ROOT / "action.yml").read_text()
    before, _, after = text.partition("python3 -I -m venv")
    assert after and before.rstrip().endswith('cd "$RUNNER_TEMP"') and "-m venv" not in before
