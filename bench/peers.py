"""Peers that benchmarks and audits compare with: where their interpreter is, and how to make one.

evalplus is never a dependency of trialrun. It runs in an environment of its own, outside the repository; its
`evaluate` module imports model clients that no audit needs, so scripts given to `evalplus` begin with empty stand-ins
for `datasets` and `evalplus.codegen`. Everything else is the published package, unchanged.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.measuring import ROOT
from trialrun.core.errors import Missing
from trialrun.tasks.datafiles import locate
from trialrun.tasks.suites import HUMANEVAL_PLUS_FILE, MBPP_PLUS_FILE

EVALPLUS_VARIABLE = "EVALPLUS_PYTHON"
EVALPLUS_INSTALL = """\
uv venv --python 3.13 /tmp/evalplus
uv pip install --python /tmp/evalplus/bin/python --no-deps evalplus==0.3.1
uv pip install --python /tmp/evalplus/bin/python numpy psutil tempdir wget appdirs termcolor tqdm
export EVALPLUS_PYTHON=/tmp/evalplus/bin/python"""

_STAND_INS = """
import sys, types
for name, attribute in (("datasets", "load_dataset"), ("evalplus.codegen", "run_codegen")):
    module = types.ModuleType(name); setattr(module, attribute, None); sys.modules[name] = module
"""


def evalplus_python(given: str | None = None) -> str:
    """Return the interpreter that has evalplus 0.3.1. Raises `Missing` with the lines that make one."""
    return named_python("evalplus 0.3.1", EVALPLUS_VARIABLE, EVALPLUS_INSTALL, given)


def named_python(peer: str, variable: str, install: str, given: str | None = None) -> str:
    """Return the interpreter given, or named by a variable, that has a peer. Raises `Missing` with how to make one."""
    python = given or os.environ.get(variable)
    if not python or shutil.which(python) is None:
        raise Missing(
            f"{peer} is run by an interpreter of its own, and {variable} names none",
            install.replace("\n", "\n             "),
        )
    return python


def made_python(folder: Path, *requirements: str) -> Path:
    """Make an environment with peers in a folder; return its interpreter."""
    python = folder / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", str(folder)], check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *requirements], check=True)
    return python


def evalplus(script: str, *arguments: str, python: str | None = None, timeout_s: float = 3600) -> str:
    """Run a script with evalplus on the data files that trialrun reads; return what it printed.

    The script finds evalplus's own modules importable, `trialrun.core.values` too, and a cache directory that is
    thrown away. Raises `CalledProcessError` where it fails.
    """
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            evalplus_command(script, *arguments, python=python),
            env=evalplus_environment(Path(cache)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=cache,
            timeout=timeout_s,
        )
    return done.stdout


def evalplus_command(script: str, *arguments: str | Path, python: str | None = None) -> list[str | Path]:
    """Return the command that runs a script with evalplus importable."""
    return [evalplus_python(python), "-c", _STAND_INS + script, *arguments]


def evalplus_environment(cache: Path) -> dict[str, str]:
    """Return the variables evalplus needs: the data files that trialrun reads, and a cache directory."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(cache),
        "XDG_CACHE_HOME": str(cache),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONHASHSEED": "0",  # as in trialrun's jobs: some references return the items of a set in its order
        "HUMANEVAL_OVERRIDE_PATH": _data(HUMANEVAL_PLUS_FILE, "humaneval+"),
        "MBPP_OVERRIDE_PATH": _data(MBPP_PLUS_FILE, "mbpp+"),
    }


def _data(file: object, name: str) -> str:
    from trialrun.tasks.datafiles import DataFile

    assert isinstance(file, DataFile)
    place = locate(file)
    if place is None:
        raise Missing(f"the data of {name!r} is not on this machine", f"trialrun data get {name}")
    return str(place.resolve())


def interpreter(version: str) -> str | None:
    """Return a working `pythonVERSION` of this machine, or None."""
    found = shutil.which(f"python{version}")
    candidates = [found] if found else []
    pyenv = Path.home() / ".pyenv" / "versions"
    if pyenv.is_dir():
        candidates += sorted(str(path) for path in pyenv.glob(f"{version}.*/bin/python"))
    for candidate in candidates:
        probe = subprocess.run(
            [candidate, "-c", "import sys; print(*sys.version_info[:2], sep='.')"],
            capture_output=True,
            text=True,
            check=False,
        )
        if probe.stdout.strip() == version:
            return candidate
    return None
