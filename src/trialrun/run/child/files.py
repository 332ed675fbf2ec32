"""Files of a job: the inputs of a whole program are written before it runs, what it left is read once it has completed.

Names are resolved part by part from the working directory's descriptor, and no link is followed: what counts is a
regular file, whatever else was put in its place. The program says what is there before it is asked for any of it: a
name that is expected would tell it what to write. What is read is bounded in number and size before it is read; a
program that left more gets no files but a fault, which the supervisor takes like too much output. A scratch directory
in the caller's file system is removed when its job is dead, whatever is in it.

Runs inside the sandbox: standard library only, Python 3.9 syntax. The program shares this process and could send
any content: that is no more than writing it. Leaves out: comparing.
"""

from __future__ import annotations

import gc
import io
import itertools
import os
import stat
from collections.abc import Iterator
from typing import Any

MOST_SEEN = 20000
"""Directory entries looked at, of any kind."""
DEEPEST = 32
_OVERHEAD = 64
"""Bytes that a file takes beside its name and content."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # opening a FIFO must not wait for its writer


class TooMuch(Exception):
    """The program left more than is read."""


def write_files(files: Any) -> None:
    """Write (name, content) pairs below the working directory, which is empty yet."""
    for name, content in files:
        above = os.path.dirname(name)
        if above:
            os.makedirs(above, exist_ok=True)
        with open(name, "wb") as file:
            file.write(content)


def names(directory: str, most: int) -> tuple[Any, ...]:
    """Return (fault, name, name, …) of the files that are there: as bytes, sorted."""
    flush_open_files()
    try:
        return ("", *_all_names(os.open(directory, _DIRECTORY), most))
    except TooMuch as fault:
        return (str(fault),)


def collect(directory: str, wanted: Any, room: int) -> tuple[Any, ...]:
    """Return (fault, name, content, name, content, …) of those `wanted` that are there."""
    found: list[bytes] = []
    try:
        top = os.open(directory, _DIRECTORY)
        for name in wanted:
            content = _content(top, name, room)
            if content is not None:
                room -= len(name) + len(content) + _OVERHEAD
                found += (name, content)
    except TooMuch as fault:
        return (str(fault),)
    return ("", *found)


def flush_open_files() -> None:
    """Write out what lies in the buffers of open files, as the interpreter does at its end, and let go of them."""
    buffered = [obj for obj in gc.get_objects() if type(obj) in (io.BufferedWriter, io.BufferedRandom)]
    texts = [obj for obj in gc.get_objects() if type(obj) is io.TextIOWrapper]
    for file in texts + buffered:
        try:
            file.flush()
        except Exception:
            pass
    os.closerange(4, 1024)  # the program may have used up its descriptors


def _all_names(top: int, most: int) -> list[bytes]:
    found: list[bytes] = []
    for seen, name in enumerate(_walk(top, b"", 0)):
        if seen >= MOST_SEEN:
            raise TooMuch("left more than %d directory entries" % MOST_SEEN)
        if name is not None:
            found.append(name)
            if len(found) > most:
                raise TooMuch("left more than %d files" % most)
    return sorted(found)


def _walk(directory: int, prefix: bytes, depth: int) -> Iterator[bytes | None]:
    """Yield the path of every regular file below, and None for every other entry."""
    with os.scandir(directory) as entries:
        for entry in entries:
            name = os.fsencode(entry.name)
            if entry.is_file(follow_symlinks=False):
                yield prefix + name
                continue
            yield None
            if entry.is_dir(follow_symlinks=False):
                if depth == DEEPEST:
                    raise TooMuch("left directories more than %d deep" % DEEPEST)
                try:
                    below = os.open(name, _DIRECTORY, dir_fd=directory)
                except OSError:
                    continue
                try:
                    yield from _walk(below, prefix + name + b"/", depth + 1)
                finally:
                    os.close(below)


def _content(top: int, name: bytes, room: int) -> bytes | None:
    """Return a regular file's content, or None where there is none of that name."""
    *above, last = name.split(b"/")
    directory = os.dup(top)
    try:
        for part in above:
            below = os.open(part, _DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = below
        descriptor = os.open(last, _FILE, dir_fd=directory)
    except OSError:
        return None
    finally:
        os.close(directory)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        room -= len(name) + _OVERHEAD
        parts: list[bytes] = []
        while room >= 0 and (part := os.read(descriptor, min(room + 1, 1 << 20))):
            parts.append(part)
            room -= len(part)
        if room < 0:
            raise TooMuch("left files of more than the limit in all")
        return b"".join(parts)
    finally:
        os.close(descriptor)


def remove_tree(directory: str) -> None:
    """Remove a directory that a dead job could write to; nothing happens where there is none.

    It may be deeper than there are descriptors or stack, and not readable: what lies in a subdirectory is moved up.
    """
    try:
        top = os.open(directory, _DIRECTORY)
    except OSError:
        return
    # A name that is free: the job could not know it.
    free = map((os.urandom(8).hex() + "-%d").__mod__, itertools.count())
    try:
        while entries := os.listdir(top):
            for name in entries:
                _dissolve(top, name, free)
        os.rmdir(directory)
    except OSError:  # a file system that lets nobody remove it
        pass
    finally:
        os.close(top)


def _dissolve(top: int, name: str, free: Iterator[str]) -> None:
    """Remove an entry of a directory; what a subdirectory holds becomes an entry itself, under a free name."""
    try:
        os.unlink(name, dir_fd=top)
        return
    except (IsADirectoryError, PermissionError):
        pass
    os.chmod(name, 0o700, dir_fd=top)
    below = os.open(name, _DIRECTORY, dir_fd=top)
    try:
        for inner in os.listdir(below):
            try:
                os.rename(inner, next(free), src_dir_fd=below, dst_dir_fd=top)
            except (
                PermissionError
            ):  # a directory that its owner may not write to: moving it would, and it is empty
                os.rmdir(inner, dir_fd=below)
    finally:
        os.close(below)
    os.rmdir(name, dir_fd=top)
