"""Temporary worktrees: they hold what was committed, run nothing of it, and leave nothing behind, however they end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trialrun.core.errors import UsageError
from trialrun.run import worktrees as module
from trialrun.run.worktrees import Repository, worktrees

WHO = ("-c", "user.name=a", "-c", "user.email=a@b")


def git(place, *arguments):
    done = subprocess.run(
        ["git", "-C", str(place), *WHO, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with two commits, and a cache directory of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "a.py").write_text("x = 1\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "checkout", "-q", "-b", "topic")
    (root / "a.py").write_text("x = 2\n")
    git(root, "commit", "-qam", "two")
    return Repository.around(root)


def traces(repository):
    """Return everything of a repository that a worktree could change."""
    kept = {
        path.relative_to(repository.root)
        for path in repository.root.rglob("*")
        if "objects" not in path.parts
    }
    return kept, git(repository.root, "worktree", "list"), git(repository.root, "status", "--porcelain")


def left_in_cache(tmp_path):
    return list((tmp_path / "cache").rglob("compare-*"))


def both(repository):
    return [repository.commit("main"), repository.commit("topic")]


def test_both_revisions_are_there_and_then_gone(repository, tmp_path):
    before = traces(repository)
    with worktrees(repository, both(repository)) as (old, new):
        assert (old / "a.py").read_text() == "x = 1\n" and (new / "a.py").read_text() == "x = 2\n"
        assert old == Path(os.path.realpath(old))
    assert not old.exists() and traces(repository) == before and not left_in_cache(tmp_path)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_after_an_error(repository, tmp_path, error):
    before = traces(repository)
    with pytest.raises(error), worktrees(repository, both(repository)):
        raise error
    assert traces(repository) == before and not left_in_cache(tmp_path)


def test_nothing_is_left_where_the_second_cannot_be_checked_out(repository, tmp_path):
    before = traces(repository)
    with pytest.raises(UsageError), worktrees(repository, [repository.commit("main"), "0" * 40]):
        pass
    assert traces(repository) == before and not left_in_cache(tmp_path)


HOLD = """
import sys, time
from trialrun.run.worktrees import Repository, worktrees
repository = Repository.around({root!r})
with worktrees(repository, [repository.commit("main"), repository.commit("topic")]):
    print("ready", flush=True)
    time.sleep(600)
"""


def held(repository):
    """Start a process that holds worktrees of the repository."""
    code = HOLD.format(root=str(repository.root))
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_after_a_signal(repository, tmp_path, number):
    before = traces(repository)
    process = held(repository)
    assert left_in_cache(tmp_path)
    process.send_signal(number)
    assert process.wait(timeout=60) != 0
    process.stdout.close()
    assert traces(repository) == before and not left_in_cache(tmp_path)


def test_what_a_killed_process_left_is_removed_by_the_next(repository, tmp_path):
    before = traces(repository)
    process = held(repository)
    process.kill()
    process.wait(timeout=60)
    process.stdout.close()
    assert left_in_cache(tmp_path)
    with worktrees(repository, both(repository)):
        assert len(left_in_cache(tmp_path)) == 1
    assert traces(repository) == before and not left_in_cache(tmp_path)


def test_no_hook_runs_and_no_link_is_made(repository):
    hook = repository.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntouch "$(git rev-parse --git-common-dir)/ran"\n')
    hook.chmod(0o755)
    (repository.root / "link.py").symlink_to("/etc/passwd")
    git(repository.root, "add", ".")
    git(repository.root, "commit", "-qm", "a link")
    with worktrees(repository, [repository.commit("HEAD")]) as [tree]:
        assert not (tree / "link.py").is_symlink() and (tree / "link.py").read_text() == "/etc/passwd"
    assert not (repository.root / ".git" / "ran").exists()


def test_variables_of_a_hook_do_not_lead_astray(repository, tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    with worktrees(repository, both(repository)) as (old, _):
        assert (old / "a.py").exists()


def test_fork_point(repository):
    git(repository.root, "checkout", "-q", "main")
    (repository.root / "b.py").write_text("")
    git(repository.root, "add", ".")
    git(repository.root, "commit", "-qm", "three")
    fork = repository.fork_point(repository.commit("main"), repository.commit("topic"))
    assert fork == repository.commit("main~1")


@pytest.mark.parametrize("revision", ["missing", "--help", "-x", "main:a.py", ""])
def test_what_is_no_commit_is_refused(repository, revision):
    with pytest.raises(UsageError):
        repository.commit(revision)


def test_no_repository(tmp_path):
    with pytest.raises(UsageError, match="is in no git repository: run this inside one"):
        Repository.around(tmp_path)


def test_a_repository_without_commits(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(UsageError, match="has no commit yet"):
        Repository(tmp_path).commit("HEAD")


def test_dirty(repository):
    assert not repository.is_dirty()
    (repository.root / "a.py").write_text("x = 3\n")
    assert repository.is_dirty()


def test_compiling_runs_nothing(repository, tmp_path):
    from trialrun.run.interpreter import find_interpreter

    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "m.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "tree" / "bad.py").write_text("def f(:\n")
    module.compile_below(find_interpreter(), [tmp_path / "tree"])
    assert [path.name.partition(".")[0] for path in (tmp_path / "tree" / "__pycache__").iterdir()] == ["m"]
    assert not (tmp_path / "ran").exists()


def test_a_link_with_the_name_of_a_dead_run_removes_no_tree(repository, tmp_path):
    kept = tmp_path / "mine" / "tree"
    git(repository.root, "worktree", "add", "-q", "--detach", str(kept))
    (kept / "unsaved.py").write_text("x = 3\n")
    (module._place() / "compare-99999999-0123abcd").symlink_to(kept.parent)
    with worktrees(repository, both(repository)):
        pass
    assert (kept / "unsaved.py").exists()
