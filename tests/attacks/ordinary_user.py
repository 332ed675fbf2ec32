"""A fresh interpreter that a user who owns nothing can run, for what root cannot try as root.

Root's interpreter may lie where only root can look, so the interpreter, the installed packages and this tree are
copied to a place that everybody can read.

Leaves out: a machine where nobody is root: there, everything runs as an ordinary user already.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_FIRST_UID, _UIDS = 20_000, 40_000
"""User ids that nobody is given on most machines and that most containers know; limits count per user id."""
_UNWANTED = (
    "__pycache__", "test", "tests", "site-packages", "idlelib", "tkinter", "ensurepip", "config-*", "*.a",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrdinaryUser:
    """A user id of nobody, with a copy of all that a run needs."""

    place: Path
    uid: int

    def run(
        self, *command: str, timeout_s: float = 600, heard: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run the copied interpreter as this user, in the copied tree; `heard`: what it says goes to our stderr."""
        python = self.place / "python"
        return subprocess.run(
            [str(next((python / "bin").iterdir())), *command],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.place / "home"),
                "TMPDIR": str(self.place / "home"),
                "PYTHONHOME": str(python),
                "LD_LIBRARY_PATH": str(python / "lib"),
                "PYTHONPATH": os.pathsep.join(
                    str(self.place / name) for name in ("tree/src", "tree", "packages")
                ),
                "PYTHONPYCACHEPREFIX": str(self.place / "home" / "cache"),
                "TRIALRUN_HONEST_EVERY": "3",
            },
            cwd=self.place / "tree",
            user=self.uid,
            group=self.uid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if heard else subprocess.PIPE,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@contextlib.contextmanager
def ordinary_user() -> Iterator[OrdinaryUser]:
    """Copy what a run needs to a directory that everybody can read; it is removed at the end. Needs root."""
    place = Path(tempfile.mkdtemp(prefix="ordinary-user-"))  # pytest's own are root's alone
    try:
        place.chmod(0o755)
        _copy_interpreter(place / "python")
        packages = Path(sysconfig.get_path("purelib"))
        unwanted = shutil.ignore_patterns("__pycache__", "mypy*", "ruff*")
        shutil.copytree(packages, place / "packages", ignore=unwanted)
        for name in ("src", "tests", "bench"):
            source, target = ROOT / name, place / "tree" / name
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "pyproject.toml", place / "tree")
        user = OrdinaryUser(place, _FIRST_UID + secrets.randbelow(_UIDS))
        (place / "home").mkdir()
        os.chown(place / "home", user.uid, user.uid)
        yield user
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _copy_interpreter(place: Path) -> None:
    base = {"installed_base": sys.base_prefix, "base": sys.base_prefix}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copytree(
        sysconfig.get_path("stdlib", vars=base),
        place / "lib" / version,
        ignore=shutil.ignore_patterns(*_UNWANTED),
        symlinks=True,
    )
    (place / "bin").mkdir()
    shutil.copy2(os.path.realpath(sys.executable), place / "bin" / version)
    for library in (Path(sys.base_prefix) / "lib").glob("libpython*"):
        shutil.copy2(library, place / "lib", follow_symlinks=False)
