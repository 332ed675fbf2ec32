"""`Interpreter`: the Python that jobs run, and what of its installation they may see.

By default the one that runs trialrun, outside its virtual environment; any other from 3.9 up by name or path, since
published solutions depend on the version (a sum of floats differs between 3.11 and 3.12). A virtual environment that
is named by its path (the directory, or its bin/python) brings its packages, read-only; all other installed packages
are hidden from jobs, with whatever data sets and answers they hold.

Leaves out: `.pth` files (jobs start without `site`, so none is run: editable installs are not found), the packages
below an environment made with system site packages, and making environments (`environments.py`).
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import Missing, UsageError

OLDEST = (3, 9)

_VENV = "pyvenv.cfg"
"""The file that makes a directory a virtual environment (PEP 405)."""

_DESCRIBE = """
import glob, json, os, sys, sysconfig
base = sys.base_prefix
venv = {"base": sys.argv[1], "platbase": sys.argv[1]}
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": sys.version.split()[0],
    "libraries": sorted(glob.glob(os.path.join(sysconfig.get_config_var("LIBDIR") or base + "/lib", "libpython*"))
        + glob.glob(os.path.realpath(base) + "/lib/libpython*")),
    "stdlib": os.path.realpath(sysconfig.get_path("stdlib", vars={"base": base, "installed_base": base})),
    "packages": sorted({os.path.realpath(sysconfig.get_path(name, "posix_prefix", vars=venv))
        for name in ("purelib", "platlib") if sys.argv[1]}),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """One Python installation."""

    executable: str
    """Real path of the program."""
    version: str
    """For example `3.13.0`."""
    libraries: tuple[str, ...]
    """Shared libraries of the interpreter itself."""
    stdlib: str
    """Directory of the standard library."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables without which the program does not start: where a moved installation finds itself."""
    packages: tuple[str, ...] = ()
    """Directories of installed packages that jobs may import; empty but for a virtual environment that was named."""
    installed: str = ""
    """Hash of the distributions in `packages`; empty where there are none to see."""

    @property
    def fingerprint(self) -> str:
        """What of the interpreter can change a verdict: the version, and which distributions are installed.

        >>> Interpreter(executable="", version="3.10.1", libraries=(), stdlib="", installed="ab12").fingerprint
        '3.10.1+ab12'
        """
        return f"{self.version}+{self.installed}" if self.installed else self.version

    def readable(self) -> list[str]:
        """Return what a job may read: program, standard library, packages, and the system's shared libraries."""
        paths = {
            *self.libraries,
            *self.packages,
            self.stdlib,
            self.executable,
            "/etc/ld.so.cache",
            "/usr/share/zoneinfo",
        }
        paths |= {"/lib", "/lib64", "/usr/lib", "/usr/lib64"}
        kept: list[str] = []
        for path in sorted(path for path in paths if os.path.lexists(path)):
            if not any(path.startswith(other + "/") for other in kept):
                kept.append(path)
        return kept

    def hidden(self) -> list[str]:
        """Return directories below the readable ones that jobs may not see."""
        places = [
            f"{self.stdlib}/site-packages",
            f"{self.stdlib}/dist-packages",
            "/usr/lib/python3/dist-packages",
        ]
        return sorted({os.path.realpath(place) for place in places if Path(place).is_dir()})


def find_interpreter(name: str | None = None) -> Interpreter:
    """Return the interpreter called `name` (a command or a path), or the present one.

    The path of a virtual environment, or of the interpreter in it, brings its packages; a command never does, so that
    an environment which happens to be active shows nothing. Raises `Missing` where there is none, `UsageError` where
    it is no Python from 3.9 up.
    """
    if name is None:
        own = [variable for variable in ("LD_LIBRARY_PATH", "PYTHONHOME") if variable in os.environ]
        return _describe(sys.executable, tuple((variable, os.environ[variable]) for variable in own), "")
    if os.sep in name or Path(name, _VENV).is_file():
        directory = Path(name) if Path(name).is_dir() else Path(name).parent.parent
        directory = directory.absolute()
        if (directory / _VENV).is_file():
            return _describe(str(directory / "bin" / "python"), (), str(directory))
    path = shutil.which(name)
    if path is None:
        raise Missing(
            f"no interpreter {name!r}", f"install it, or name another (for example {sys.executable})"
        )
    return _describe(path, (), "")


@functools.cache
def _describe(path: str, environment: tuple[tuple[str, str], ...], venv: str) -> Interpreter:
    try:
        command = [path, "-s", "-S", "-c", _DESCRIBE, venv]
        answer = subprocess.run(
            command, capture_output=True, timeout=60, check=True, env=dict(environment), cwd="/"
        )
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(f"{path} does not answer as a Python interpreter does: {error}") from None
    if tuple(map(int, facts["version"].split(".")[:2])) < OLDEST:
        raise UsageError(f"{path} is Python {facts['version']}; jobs need 3.9 or newer")
    packages = tuple(place for place in facts["packages"] if Path(place).is_dir())
    return Interpreter(
        executable=facts["executable"],
        version=facts["version"],
        libraries=tuple(facts["libraries"]),
        stdlib=facts["stdlib"],
        environment=environment,
        packages=packages,
        installed=_installed(packages),
    )


def _installed(packages: tuple[str, ...]) -> str:
    """Return a hash of the files that the distributions there consist of, by their own records; empty without any.

    What depends on the place or the installer (scripts, caches, the distribution's notes) does not count.
    """
    lines: list[str] = []
    for place in packages:
        for record in sorted(Path(place).glob("*.dist-info")):
            lines.append(record.name)
            try:
                text = (record / "RECORD").read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            files = [line for line in text.splitlines() if not line.startswith(("..", "/"))]
            lines += sorted(line for line in files if ".dist-info/" not in line and "__pycache__" not in line)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12] if lines else ""
