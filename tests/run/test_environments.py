"""Environments: built once, of wheels alone, whole or not at all; what jobs see of them, in every tier."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.run.wheels import write_wheel

from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.run import environments
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_program

PYTHON = environments.present_version()
MARK = "import os\nos.environ['PTH'] = 'ran'\nopen('/tmp/trialrun-pth-ran', 'w').close()"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index without a network that holds `tiny` 1.0 and 2.0; the cache is this test's own."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for version in ("1.0", "2.0"):
        files = {"tiny.py": f"VERSION = {version!r}\n", "tiny_path.pth": f"import os; exec({MARK!r})\n"}
        write_wheel(wheels, "tiny", version, files)
    for name, value in (("FIND_LINKS", str(wheels)), ("NO_INDEX", "1")):
        monkeypatch.setenv(f"UV_{name}", value)
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return wheels


def no_tell(text: str) -> None:
    """Listen to nothing."""


def printed(python: str, source: str, **walls: bool) -> tuple[str, str]:
    """Return what a job prints in an interpreter, and how it ended."""
    with Sandbox(Isolation(python=find_interpreter(python), **walls)) as sandbox:
        execution = run_program(sandbox, Program.from_source(source), Limits())
    return execution.stdout.decode().strip(), f"{execution.outcome} {execution.exception} {execution.message}"


def test_a_named_environment_brings_its_packages_and_runs_no_pth_file(index: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    source = "import os, tiny\nprint(tiny.VERSION, os.environ.get('PTH'))"
    for name in (made.path, f"{made.path}/bin/python"):
        assert printed(name, source)[0] == "1.0 None", name
    assert not Path("/tmp/trialrun-pth-ran").exists(), "a .pth file ran outside the sandbox"


def test_packages_cannot_be_changed(index: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    source = "import tiny\ntry: open(tiny.__file__, 'a').write('x')\nexcept OSError as e: print('refused')"
    assert printed(made.path, source)[0] == "refused"


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused without namespaces; an ordinary user tries it")
def test_packages_are_there_under_landlock_alone(index: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    assert printed(made.path, "import tiny\nprint(tiny.VERSION)", namespaces=False)[0] == "1.0"


def test_a_command_on_the_path_brings_nothing(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    monkeypatch.setenv("PATH", f"{made.path}/bin:{os.environ['PATH']}")
    assert find_interpreter("python").packages == ()
    assert find_interpreter().packages == ()
    assert "ModuleNotFoundError" in printed("python", "import tiny")[1]


def test_the_fingerprint_tells_distributions_apart_but_not_places(index: Path, tmp_path: Path) -> None:
    one = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    two = environments.make(["tiny==2.0"], PYTHON, tell=no_tell)
    prints = [find_interpreter(name).fingerprint for name in (one.path, two.path)]
    assert prints[0] != prints[1] and all("+" in text for text in prints)
    shutil.copytree(one.path, tmp_path / "elsewhere", symlinks=True)
    assert find_interpreter(str(tmp_path / "elsewhere")).fingerprint == prints[0]
    assert "+" not in find_interpreter().fingerprint


def test_two_runs_build_one(index: Path) -> None:
    said: list[str] = []
    threads = [
        threading.Thread(target=environments.make, args=(["tiny==1.0"], PYTHON), kwargs={"tell": said.append})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("making" in text for text in said) == 1
    assert len(environments.kept_environments()) == 1


def test_an_interrupted_build_leaves_nothing(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = environments.subprocess.run

    def interrupted(command: list[str], **settings: object) -> object:
        if "compileall" in command:
            raise KeyboardInterrupt
        return whole(command, **settings)

    with monkeypatch.context() as patched:
        patched.setattr(environments.subprocess, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    assert environments.kept_environments() == []


def test_what_a_killed_build_left_is_built_anew(index: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    place = Path(made.path)
    place.rename(place.with_name(f".{place.name}.building"))
    (place.with_name(f".{place.name}.building") / "trialrun.json").unlink()
    assert environments.kept_environments() == []
    assert environments.make(["tiny==1.0"], PYTHON, tell=no_tell) == made
    assert [path.name for path in place.parent.iterdir() if path.is_dir()] == [made.key]


def test_without_uv_pip_builds_the_same(index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    environments.remove(made.key)
    which = shutil.which
    monkeypatch.setattr(environments.shutil, "which", lambda name: None if name == "uv" else which(name))
    again = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    assert printed(again.path, "import tiny\nprint(tiny.VERSION)")[0] == "1.0"
    assert not Path("/tmp/trialrun-pth-ran").exists()


def test_what_has_no_wheel_is_refused_and_says_so(index: Path, tmp_path: Path) -> None:
    source = tmp_path / "sdist-1.0"
    source.mkdir()
    (source / "setup.py").write_text(
        f"{MARK}\nimport setuptools\nsetuptools.setup(name='sdist', version='1.0')\n"
    )
    shutil.make_archive(str(index / "sdist-1.0"), "gztar", tmp_path, "sdist-1.0")
    with pytest.raises(Missing) as caught:
        environments.make(["sdist==1.0"], PYTHON, tell=no_tell)
    assert "wheel" in caught.value.what and "trialrun env make" in caught.value.install
    assert not Path("/tmp/trialrun-pth-ran").exists()
    assert environments.kept_environments() == []


def test_an_absent_interpreter_says_what_brings_it(index: Path) -> None:
    with pytest.raises(Missing) as caught:
        environments.make(["tiny==1.0"], "3.77", tell=no_tell)
    assert "uv python install 3.77" in caught.value.install


@pytest.mark.parametrize(
    "text", ["--index-url=http://x", "-e .", "-rfile", "./x", "/x", "x @ file:///x", "x@git+https://h/x"]
)
def test_a_flag_or_a_place_is_no_requirement(text: str, index: Path) -> None:
    with pytest.raises(UsageError):
        environments.make([text], PYTHON, tell=no_tell)


def test_remove_takes_one_by_its_first_letters(index: Path) -> None:
    made = environments.make(["tiny==1.0"], PYTHON, tell=no_tell)
    with pytest.raises(UsageError):
        environments.remove("")
    assert environments.remove(made.key[:6]) == made
    assert environments.kept_environments() == [] and not Path(made.path).exists()


def test_the_command_makes_lists_and_removes(index: Path) -> None:
    def trialrun(*arguments: str) -> str:
        command = [sys.executable, "-m", "trialrun", "env", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert '"tiny==2.0"' in trialrun("make", "tiny==2.0", "--json")
    key = environments.kept_environments()[0].key
    assert key in trialrun("list")
    trialrun("remove", key)
    assert trialrun("list", "--json").strip() == "[]"


def test_nothing_asked_is_the_present_interpreter(index: Path) -> None:
    assert environments.interpreter_for([], None, named=None, tell=no_tell) == find_interpreter()
    bare = environments.interpreter_for([], PYTHON, named=None, tell=no_tell)
    assert bare.packages == () and bare.version.startswith(PYTHON + ".")
    asked = environments.interpreter_for(["tiny==1.0"], None, named=None, tell=no_tell)
    assert len(asked.packages) == 1
    named = environments.interpreter_for(["tiny==1.0"], None, named=sys.executable, tell=no_tell)
    assert named == find_interpreter(sys.executable)


def test_run_takes_an_environment(index: Path, tmp_path: Path) -> None:
    from trialrun import running

    made = environments.make(["tiny==2.0"], PYTHON, tell=no_tell)
    file = tmp_path / "program.py"
    file.write_text("import tiny\nprint(tiny.VERSION)")
    execution = running.run(file, python=made.path)
    assert (execution.outcome, execution.stdout) == (Outcome.RETURNED, b"2.0\n")
