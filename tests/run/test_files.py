"""Removing what a job left, whatever it is."""

import os
import resource

import pytest

from trialrun.run.child.files import remove_tree

pytestmark = pytest.mark.fast


def test_a_tree_deeper_than_descriptors_and_stack_is_removed(tmp_path):
    top = tmp_path / "job1"
    top.mkdir()
    inside = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=inside)
        os.mkdir("e", dir_fd=inside)
        below = os.open("d", os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=inside))
    os.close(inside)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        remove_tree(str(top))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_a_tree_that_cannot_be_read_is_removed_and_links_are_not_followed(tmp_path):
    kept, top = tmp_path / "kept", tmp_path / "job1"
    (top / "closed" / "inner").mkdir(parents=True)
    kept.mkdir()
    (kept / "file").write_text("x")
    (top / "closed" / "file").write_text("x")
    (top / "closed" / "link").symlink_to(kept)
    os.mkfifo(top / "pipe")
    (top / "closed").chmod(0o300)
    remove_tree(str(top))
    assert list(tmp_path.iterdir()) == [kept] and (kept / "file").exists()


def test_no_tree_is_nothing_to_remove(tmp_path):
    remove_tree(str(tmp_path / "absent"))
