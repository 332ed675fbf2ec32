"""The same judge without root: a fresh interpreter, run by a user who owns nothing, against the same attacks.

Root's interpreter may lie where only root can look, so the interpreter, the installed packages and this tree are
copied to a place that everybody can read. Skipped where the tests run as an ordinary user already: then all the other
tests show it.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = 65534

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="not root: every test runs as an ordinary user already"
)


@pytest.fixture(scope="session")
def copy() -> Iterator[Path]:
    """Copy what a run needs to a directory that everybody can read; return it."""
    place = Path(tempfile.mkdtemp(prefix="ordinary-user-"))  # pytest's own directories are root's alone
    place.chmod(0o755)
    stdlib = Path(
        sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix})
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    unwanted = (
        "__pycache__",
        "test",
        "tests",
        "site-packages",
        "idlelib",
        "tkinter",
        "ensurepip",
        "config-*",
        "*.a",
    )
    shutil.copytree(
        stdlib, place / "python/lib" / version, ignore=shutil.ignore_patterns(*unwanted), symlinks=True
    )
    (place / "python/bin").mkdir()
    shutil.copy2(os.path.realpath(sys.executable), place / "python/bin" / version)
    for library in (Path(sys.base_prefix) / "lib").glob("libpython*"):
        shutil.copy2(library, place / "python/lib", follow_symlinks=False)
    packages = Path(sysconfig.get_path("purelib"))
    shutil.copytree(
        packages, place / "packages", ignore=shutil.ignore_patterns("__pycache__", "mypy*", "ruff*")
    )
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, place / "tree" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", place / "tree")
    (place / "home").mkdir()
    os.chown(place / "home", NOBODY, NOBODY)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def as_nobody(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the copied interpreter as a user who owns nothing but a home directory."""
    python = copy / "python"
    return subprocess.run(
        [str(next((python / "bin").iterdir())), *command],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(copy / "home"),
            "TMPDIR": str(copy / "home"),
            "PYTHONHOME": str(python),
            "LD_LIBRARY_PATH": str(python / "lib"),
            "PYTHONPATH": os.pathsep.join(str(copy / name) for name in ("tree/src", "tree", "packages")),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=copy / "tree",
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_tier_is_that_of_an_ordinary_user(copy: Path) -> None:
    code = (
        "import os\nfrom trialrun.run.sandbox import Sandbox\nwith Sandbox() as s: print(os.getuid(), s.tier)"
    )
    done = as_nobody(copy, "-c", code)
    assert done.returncode == 0, done.stderr
    uid, tier = done.stdout.split()
    assert int(uid) == NOBODY
    if tier == "landlock":
        pytest.skip("this kernel gives ordinary users no namespaces; the tests below run with Landlock alone")
    assert tier == "userns"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["test_attacks.py"], "not test_attack["),
        (["test_honest.py"], "test_honest or test_whole_program"),
        (["test_canary.py"], ""),
        (["test_network.py", "test_processes.py"], ""),
        (["../run/test_doctor.py"], ""),
        (["../run/test_whole.py", "../verify/test_programs.py"], ""),
    ],
    ids=["attacks", "honest", "canary", "given more", "doctor", "whole programs"],
)
def test_as_an_ordinary_user(files: list[str], chosen: str, copy: Path) -> None:
    paths = [f"tests/attacks/{name}" for name in files]
    done = as_nobody(
        copy, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=short", *paths,
        *(["-k", chosen] if chosen else []),
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert " passed" in done.stdout or "100%" in done.stdout, done.stdout[-500:]
