"""Virtual environments for jobs, made from pinned requirements and kept in the user's cache.

An environment is known by the hash of its Python version and requirements. It is built beside its place under a lock
and renamed when it is complete, so that two runs build one and an interrupted build leaves nothing that looks usable.
`uv` builds it where there is one, else `python -m venv` and pip. Proxies and index settings of the caller reach the
installer, never a job.

Wheels only: building a package from source would run its code outside every wall. For the same reason nothing is ever
run *in* the environment here; byte code is compiled, not executed, by the bare interpreter.

Leaves out: interpreters (they are found, not fetched), eviction (`trialrun env remove`), packages without wheels.
"""

import contextlib
import fcntl
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from trialrun.core.errors import Missing, StoreError, UsageError
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.store.atomic import write_atomically
from trialrun.store.cache import cache_root, content_key

_FORMAT = "environment-1"
_MANIFEST = "trialrun.json"
_BUILD_S = 3600
_NOT_FOR_INSTALLERS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONSTARTUP")
_NO_WHEEL = ("no wheel", "usable wheels", "only-binary", "no-build", "binary distribution")
_NO_INDEX = ("failed to fetch", "connection", "dns", "timed out", "network", "retries", "proxy")
_FROM_INDEX = re.compile(r"[A-Za-z0-9][^@/\\]*")
"""A requirement that names no directory, URL or repository: from those pip builds, whatever is said of wheels."""
_ERROR_SHOWN = 600

Tell = Callable[[str], None]
"""Told, in one line, what takes long."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """One environment that is ready."""

    key: str
    path: str
    python: str
    """Version of its interpreter."""
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What an environment is made from."""

    python: str
    requirements: tuple[str, ...]

    @property
    def key(self) -> str:
        return content_key(_FORMAT, self.python, platform.machine(), *self.requirements)[:16]


def interpreter_for(
    requirements: Iterable[str], python: str | None, *, named: str | None, tell: Tell
) -> Interpreter:
    """Return the interpreter for jobs: the one that is `named`, or one with `requirements`, made where it is missing.

    `python` is the version that tasks were written for, such as `3.10`. Without it and without requirements the
    present interpreter is returned; with it alone, one of that version.
    """
    wanted = tuple(requirements)
    if named is not None or (not wanted and python is None):
        return find_interpreter(named)
    if not wanted:
        return find_interpreter(str(_base(python or present_version())))
    return find_interpreter(make(wanted, python or present_version(), tell=tell).path)


_WHICH = """
import sys
print('%d.%d' % sys.version_info[:2], getattr(sys, "_base_executable", None) or sys.executable)
"""
"""Tells an interpreter's version and place; of an active virtual environment, the interpreter it was made from."""


def present_version() -> str:
    """Return the version of the interpreter that runs trialrun, such as `3.13`."""
    return ".".join(platform.python_version_tuple()[:2])


def make(requirements: Iterable[str], python: str, *, tell: Tell) -> Environment:
    """Return the environment with these requirements, building it where it is not there yet.

    `python` is a version such as `3.10`. Raises `Missing`, with a command to run, where there is no such
    interpreter, no index, or no wheel.
    """
    recipe = _Recipe(python, tuple(sorted({text.strip() for text in requirements if text.strip()})))
    for text in recipe.requirements:
        if not _FROM_INDEX.fullmatch(text):
            raise UsageError(f"{text[:100]!r} is no requirement such as numpy==1.26.4")
    place = _root() / recipe.key
    kept = _read(place)
    if kept is not None:
        return kept
    with _lock(place):
        kept = _read(place)  # another run may have built it while this one waited
        if kept is None:
            base = _base(python)
            find_interpreter(str(base))  # says so where it is too old for jobs
            tell(f"making an environment of {len(recipe.requirements)} requirements for Python {python}")
            _build(recipe, base, place)
            kept = _read(place)
            assert kept is not None
            tell(f"environment {recipe.key} is ready")
    return kept


def kept_environments() -> list[Environment]:
    """Return the environments in the cache, by key."""
    root = _root()
    places = sorted(root.iterdir()) if root.is_dir() else []
    return [kept for place in places if (kept := _read(place)) is not None]


def remove(key: str) -> Environment:
    """Remove the environment whose key begins with `key`. Raises `UsageError` where that is not exactly one."""
    found = [kept for kept in kept_environments() if key and kept.key.startswith(key)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} environments have a key that begins with {key[:40]!r}; see trialrun env list"
        )
    place = Path(found[0].path)
    with _lock(place):
        shutil.rmtree(_aside(place), ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            place.rename(_aside(place))  # what is half removed must not look usable
        shutil.rmtree(_aside(place), ignore_errors=True)
    return found[0]


_KEPT = msgspec.json.Decoder(Environment)


def _root() -> Path:
    root = cache_root()
    if root is None:
        raise StoreError("there is no cache directory for environments: set XDG_CACHE_HOME")
    return root / "environments"


def _read(place: Path) -> Environment | None:
    try:
        kept = _KEPT.decode((place / _MANIFEST).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
    return kept if kept.path == str(place) else None


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.building")


@contextlib.contextmanager
def _lock(place: Path) -> Iterator[None]:
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(
            place.with_name(f".{place.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise StoreError(f"cannot write to {place.parent}: {error.strerror or error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# -- building


def _base(python: str) -> Path:
    """Return an interpreter of this version: from PATH, from a version manager's directory, or one that uv knows."""
    candidates = [found for name in (f"python{python}", "python3") if (found := shutil.which(name))]
    versions = Path("~/.pyenv/versions").expanduser()
    candidates += [
        str(found) for found in sorted(versions.glob(f"{python}.*/bin/python{python}"), reverse=True)
    ]
    uv = shutil.which("uv")
    if uv is not None:
        candidates += _output([uv, "python", "find", "--no-project", "--no-python-downloads", python]).split()
    for candidate in candidates:
        version = _output([candidate, "-S", "-c", _WHICH])
        found, _, executable = version.strip().partition(" ")
        if found == python:
            return Path(executable)
    raise Missing(
        f"no Python {python} on this machine, which the tasks were written for",
        f"uv python install {python}    (or name an environment of your own by --python DIR)",
    )


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd="/").stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _build(recipe: _Recipe, base: Path, place: Path) -> None:
    aside = _aside(place)
    shutil.rmtree(aside, ignore_errors=True)  # the lock is held: this is an interrupted build
    try:
        uv = shutil.which("uv")
        pins = [*("--only-binary", ":all:"), *recipe.requirements]
        if uv is not None:
            _step([uv, "venv", "--quiet", "--no-project", "--python", str(base), str(aside)], recipe)
            target = ["--python", str(aside / "bin" / "python")]
            _step([uv, "pip", "install", "--quiet", *target, *pins], recipe)
        else:
            _step([str(base), "-m", "venv", str(aside)], recipe)
            quiet = ["--quiet", "--no-input", "--no-compile", "--disable-pip-version-check"]
            _step([str(aside / "bin" / "python"), "-m", "pip", "install", *quiet, *pins], recipe)
        # By the bare interpreter, which runs no .pth file; without byte code every zygote would compile its imports.
        packages = find_interpreter(str(aside)).packages
        _step(
            [str(base), "-I", "-S", "-m", "compileall", "-q", "-q", "-j", "0", *packages],
            recipe,
            tolerant=True,
        )
        manifest = Environment(
            key=recipe.key, path=str(place), python=recipe.python, requirements=recipe.requirements
        )
        write_atomically(aside / _MANIFEST, msgspec.json.encode(manifest))
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)
    except OSError as error:
        raise StoreError(f"cannot build the environment {place}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _step(command: list[str], recipe: _Recipe, *, tolerant: bool = False) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_INSTALLERS}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_S,
            env=environment,
            cwd=_root(),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{Path(command[0]).name} took more than {_BUILD_S} s", _by_hand(recipe)) from None
    if done.returncode and not tolerant:
        raise _failure(done.stderr or done.stdout, recipe)


def _failure(said: str, recipe: _Recipe) -> Missing:
    low = said.lower()
    if any(sign in low for sign in _NO_WHEEL):
        why = "a requirement has no wheel for this Python and machine; building it would run its code, so it is refused"
    elif any(sign in low for sign in _NO_INDEX):
        why = "the package index cannot be reached"
    else:
        why = "the installer failed"
    return Missing(f"no environment for the tasks: {why}\n{said.strip()[-_ERROR_SHOWN:]}", _by_hand(recipe))


def _by_hand(recipe: _Recipe) -> str:
    pins = " ".join(f"'{text}'" for text in recipe.requirements)
    return f"trialrun env make --python {recipe.python} {pins}    (or name an environment of your own by --python DIR)"
