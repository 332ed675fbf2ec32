"""Revisions of a git repository as temporary worktrees, which are gone when they are no longer used.

`git worktree add --detach` into a directory of our own, without hooks, filters that fetch, or symbolic links (a link in
a stranger's branch would point where its author likes: it becomes a plain file). Every way out removes the trees and
what git noted of them: an error, Ctrl-C, SIGTERM; what a killed process left is removed by the next one.

Leaves out: fetching, submodules, reading what is in the trees.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from trialrun.core.errors import Missing, StoreError, UsageError
from trialrun.core.printable import printable
from trialrun.run.interpreter import Interpreter
from trialrun.store.cache import cache_root

_SAFE = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "-c", "core.fsmonitor=false",
    "-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false",
    "-c", "submodule.recurse=false", "-c", "advice.detachedHead=false",
)  # fmt: skip
_OF_HOOKS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
)
"""Variables that git sets for hooks; they would send it to another tree than the one asked for."""
_GIT_S = 600
_OURS = re.compile(r"compare-(\d+)-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository on this machine."""

    root: Path
    """Its top directory."""

    @classmethod
    def around(cls, place: Path) -> "Repository":
        """Return the repository that a directory lies in. Raises `UsageError` where there is none."""
        try:
            return cls(Path(_git(place, "rev-parse", "--show-toplevel").strip()))
        except UsageError as error:
            if "not a git repository" not in str(error):
                raise
            raise UsageError(f"{place} is in no git repository: run this inside one") from None

    def commit(self, revision: str) -> str:
        """Return the id of the commit that a name means. Raises `UsageError` where it means none."""
        try:
            return _git(
                self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            ).strip()
        except UsageError:
            if revision == "HEAD":
                raise UsageError(f"{self.root} has no commit yet: commit what is to be compared") from None
            raise UsageError(
                f"{revision!r} is no commit of {self.root}; perhaps it has to be fetched first (git fetch)"
            ) from None

    def fork_point(self, base: str, head: str) -> str | None:
        """Return the commit at which `head` left `base`; None where the history that is here does not tell."""
        try:
            return _git(self.root, "merge-base", base, head).split()[0]
        except (UsageError, IndexError):
            return None

    def is_dirty(self) -> bool:
        """Say whether tracked Python files differ from HEAD."""
        return bool(_git(self.root, "status", "--porcelain", "--untracked-files=no", "--", "*.py").strip())


@contextlib.contextmanager
def worktrees(repository: Repository, commits: Sequence[str]) -> Iterator[list[Path]]:
    """Check commits out side by side; leaving removes them. Raises `UsageError` or `StoreError`."""
    place = _place()
    _sweep(repository, place)
    directory = place / f"compare-{os.getpid()}-{secrets.token_hex(4)}"
    trees = [directory / name for name in _names(len(commits))]
    with _ended_by_signal():
        try:
            try:
                directory.mkdir(parents=True)
                directory.chmod(0o755)
            except OSError as error:
                raise StoreError(f"cannot write to {place}: {error.strerror}") from error
            for tree, commit in zip(trees, commits, strict=True):
                _git(
                    repository.root,
                    *_SAFE,
                    "worktree",
                    "add",
                    "--quiet",
                    "--detach",
                    "--force",
                    str(tree),
                    commit,
                )
            yield [Path(os.path.realpath(tree)) for tree in trees]
        finally:
            with _undisturbed():
                _remove(repository, directory)


def compile_below(python: Interpreter, directories: Sequence[Path]) -> None:
    """Compile the Python files below directories, so that not every job has to; nothing of them is run.

    What does not compile is left as it is.
    """
    command = [python.executable, "-I", "-S", "-m", "compileall", "-q", "-q", *map(str, directories)]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            command,
            env=dict(python.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_S,
            start_new_session=True,
            check=False,
        )


def _names(count: int) -> list[str]:
    return ["old", "new"] if count == 2 else [f"tree{number}" for number in range(count)]


def _place() -> Path:
    """Return where worktrees are put: the user's cache, since programs expect to find /tmp theirs."""
    root = cache_root()
    for place in (None if root is None else root / "worktrees", Path(tempfile.gettempdir())):
        if place is not None:
            with contextlib.suppress(OSError):
                place.mkdir(mode=0o755, parents=True, exist_ok=True)
                if os.access(place, os.W_OK | os.X_OK):
                    return place
    return Path(tempfile.gettempdir())


def _sweep(repository: Repository, place: Path) -> None:
    """Remove what processes that are dead left."""
    with contextlib.suppress(OSError):
        for entry in place.iterdir():
            match = _OURS.fullmatch(entry.name)
            if match is not None and _is_ours(entry) and not Path(f"/proc/{match[1]}").exists():
                _remove(repository, entry)


def _is_ours(entry: Path) -> bool:
    """Say whether a directory was made by this user; in /tmp it may be a stranger's, or a link to trees in use."""
    about = entry.lstat()
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid()


def _remove(repository: Repository, directory: Path) -> None:
    with contextlib.suppress(OSError):
        for tree in sorted(directory.iterdir()):
            with contextlib.suppress(UsageError):
                _git(repository.root, *_SAFE, "worktree", "remove", "--force", "--force", str(tree))
    shutil.rmtree(directory, ignore_errors=True)
    with contextlib.suppress(UsageError):
        _git(repository.root, "worktree", "prune")


def _git(place: Path, *arguments: str) -> str:
    """Run git and return what it printed. It does not see Ctrl-C, so that it ends what it began."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    try:
        done = subprocess.run(
            ["git", "-C", str(place), *arguments],
            env=environment | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_LFS_SKIP_SMUDGE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=_GIT_S,
            start_new_session=True,
            umask=0o022,  # root's jobs are another user, who has to read what is checked out
            check=False,
        )
    except FileNotFoundError:
        raise Missing("git is not installed", "apt-get install git") from None
    except subprocess.TimeoutExpired:
        raise StoreError(f"git {arguments[0]} took more than {_GIT_S} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"git {arguments[0]} failed"]
        raise UsageError(printable(said[-1], 400))
    return done.stdout


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, by an exception; only the main thread can see to that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM until the block is over."""
    both = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, both)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
