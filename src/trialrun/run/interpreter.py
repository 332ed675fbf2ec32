"""`Interpreter`: the Python that jobs run, and what of its installation they may see.

By default the one that runs trialrun, outside its virtual environment; any other from 3.9 up by name or path, since
published solutions depend on the version (a sum of floats differs between 3.11 and 3.12).

Leaves out: installed packages. They are hidden from jobs, with whatever data sets and answers they hold.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import Missing, UsageError

OLDEST = (3, 9)

_DESCRIBE = """
import glob, json, os, sys, sysconfig
base = sys.base_prefix
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": sys.version.split()[0],
    "libraries": sorted(glob.glob(os.path.join(sysconfig.get_config_var("LIBDIR") or base + "/lib", "libpython*"))
        + glob.glob(os.path.realpath(base) + "/lib/libpython*")),
    "stdlib": os.path.realpath(sysconfig.get_path("stdlib", vars={"base": base, "installed_base": base})),
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

    def readable(self) -> list[str]:
        """Return what a job may read: program, standard library, and the system's shared libraries."""
        paths = {*self.libraries, self.stdlib, self.executable, "/etc/ld.so.cache", "/usr/share/zoneinfo"}
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

    Raises `Missing` where there is none, `UsageError` where it is no Python from 3.9 up.
    """
    if name is None:
        own = [variable for variable in ("LD_LIBRARY_PATH", "PYTHONHOME") if variable in os.environ]
        return _describe(sys.executable, tuple((variable, os.environ[variable]) for variable in own))
    path = shutil.which(name)
    if path is None:
        raise Missing(
            f"no interpreter {name!r}", f"install it, or name another (for example {sys.executable})"
        )
    return _describe(path, ())


@functools.cache
def _describe(path: str, environment: tuple[tuple[str, str], ...]) -> Interpreter:
    try:
        command = [path, "-s", "-S", "-c", _DESCRIBE]
        answer = subprocess.run(
            command, capture_output=True, timeout=60, check=True, env=dict(environment), cwd="/"
        )
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UsageError(f"{path} does not answer as a Python interpreter does: {error}") from None
    if tuple(map(int, facts["version"].split(".")[:2])) < OLDEST:
        raise UsageError(f"{path} is Python {facts['version']}; jobs need 3.9 or newer")
    return Interpreter(
        executable=facts["executable"],
        version=facts["version"],
        libraries=tuple(facts["libraries"]),
        stdlib=facts["stdlib"],
        environment=environment,
    )
