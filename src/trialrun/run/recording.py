"""Runs the user's own test command with a recorder in it: trusted, outside every wall.

Pytest gets the recorder as a plugin by `PYTEST_ADDOPTS`, however deep in the command it is started; `python FILE` and
`python -m MODULE` are run through it. Nothing is installed: the recorder's two files lie in a temporary directory on
`PYTHONPATH`, and work in any Python from 3.9 up.

Leaves out: reading what was recorded (`store/calls.py`).
"""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import Missing, StoreError, UsageError
from trialrun.run.child.recorder import SETTINGS

_PACKAGE = Path(__file__).resolve().parent.parent
_NAME = "trialrun_recorder"
_PYTHON = re.compile(r"(?:.*/)?(?:python|pypy)(?:3(?:\.\d+)?t?)?")
_TAKES_VALUE = ("-W", "-X")
_START = f"from {_NAME} import recorder\nrecorder.start()\n"
_MAIN = f"import sys\nfrom {_NAME} import recorder\nrecorder.main(sys.argv[1:])\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is to be recorded, and where to."""

    root: Path
    """Functions are named by their path below it."""
    paths: tuple[Path, ...]
    """Files and directories whose functions are recorded."""
    output: Path
    """Directory of the files of calls; older ones in it are removed."""
    each: int = 20
    """Different calls kept of one function."""
    most: int = 20_000
    """Calls kept by one process."""


def run_recorded(command: Sequence[str], recording: Recording) -> int:
    """Run a command to its end and return its exit code, minus the signal number where it died by one.

    Raises `UsageError` for an empty command, `Missing` where there is no such program.
    """
    if not command:
        raise UsageError("say what to run: trialrun record -- pytest -q")
    prefixes = [str(path.resolve()) + (os.sep if path.is_dir() else "") for path in recording.paths]
    settings = {
        "root": str(recording.root.resolve()),
        "prefixes": prefixes,
        "output": str(recording.output.resolve()),
        "each": recording.each,
        "most": recording.most,
    }
    try:
        recording.output.mkdir(parents=True, exist_ok=True)
        for old in recording.output.glob("*.jsonl"):
            old.unlink()
    except OSError as error:
        raise StoreError(f"cannot write to {recording.output}: {error.strerror}") from error
    with tempfile.TemporaryDirectory(prefix="trialrun-record-") as directory:
        _lay_out(Path(directory, _NAME))
        environment = dict(os.environ)
        environment[SETTINGS] = json.dumps(settings)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (directory, environment.get("PYTHONPATH"))))
        environment["PYTEST_ADDOPTS"] = f"-p {_NAME} {environment.get('PYTEST_ADDOPTS', '')}".strip()
        try:
            return subprocess.run(through_recorder(command), env=environment, check=False).returncode
        except FileNotFoundError:
            raise Missing(f"no program {command[0]!r}", "install it, or name it by its path") from None
        except OSError as error:
            raise UsageError(f"cannot run {command[0]}: {error.strerror}") from error


def through_recorder(command: Sequence[str]) -> list[str]:
    """Return the command with the recorder in front of the script or module that a Python is to run.

    >>> through_recorder(["python", "-W", "error", "-m", "unittest", "-v"])
    ['python', '-W', 'error', '-m', 'trialrun_recorder', '-m', 'unittest', '-v']
    >>> through_recorder(["pytest", "-q"]), through_recorder(["python", "-m", "pytest"])
    (['pytest', '-q'], ['python', '-m', 'pytest'])
    """
    given = list(command)
    if not _PYTHON.fullmatch(given[0]):
        return given
    place = 1
    while place < len(given) and given[place].startswith("-") and given[place] not in ("-m", "-c", "-"):
        place += 2 if given[place] in _TAKES_VALUE else 1
    rest = given[place:]
    if not rest or rest[0] in ("-c", "-") or rest[:2] == ["-m", "pytest"]:
        return given
    return [*given[:place], "-m", _NAME, *rest]


def _lay_out(directory: Path) -> None:
    """Write the recorder as a package that needs nothing of ours."""
    directory.mkdir()
    recorder = (_PACKAGE / "run" / "child" / "recorder.py").read_text("utf-8")
    text = recorder.replace("from trialrun.core import values", f"from {_NAME} import values")
    (directory / "values.py").write_bytes((_PACKAGE / "core" / "values.py").read_bytes())
    (directory / "recorder.py").write_text(text, "utf-8")
    (directory / "__init__.py").write_text(_START, "utf-8")
    (directory / "__main__.py").write_text(_MAIN, "utf-8")
