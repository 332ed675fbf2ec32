"""What a search wants to know of every call: which branches it was the first to take, and what was printed.

Branches are counted by `sys.monitoring` (Python 3.12 and newer), in the files asked for only. A branch is switched off
once both its ways were seen, so that a warm job runs at its own speed; older versions report none. Output is caught at
the descriptor, since programs write there by other ways than `print`. The standard input is a file as well: a driver
puts the text of each call there.

All of this lies in the program's reach. A program that spoils it hides its own inputs and nothing else: no verdict
follows from notes.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: how many branches there are.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from trialrun.core import values

_MOST = 1 << 12
"""Branches told in one note; a program with more is told in several."""
_NAME = 200
"""Characters of a name that are told."""
TEXT = 1 << 16
"""Bytes of output of one call that are kept; of more, the first, how many there were, and a hash of all."""


class Watch:
    """Notes on the calls of one job."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self._files = files
        self._seen: dict[tuple[int, int], Any] = {}
        self._codes: list[Any] = []
        """Keeps the code alive whose id is a key: a code object's own hash reads all of its code."""
        self._new: list[Any] = []
        for place in (0, 1):
            path = os.path.join(os.environ["TMPDIR"], ".stream%d" % place)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            os.unlink(path)
            os.dup2(descriptor, place)
            os.close(descriptor)
        if files and hasattr(sys, "monitoring"):
            self._listen(sys.monitoring)

    def _listen(self, monitoring: Any) -> None:
        tool = monitoring.COVERAGE_ID
        events = monitoring.events
        monitoring.use_tool_id(tool, "search")
        wanted: dict[str, bool] = {}
        seen, new, files, off = self._seen, self._new, self._files, monitoring.DISABLE
        keep = self._codes.append

        def watched(code: Any) -> bool:
            name = code.co_filename
            if name not in wanted:
                wanted[name] = name.startswith(files)
            return wanted[name]

        def branch(code: Any, offset: int, destination: int) -> Any:
            key = (id(code), offset)
            ways = seen.get(key)
            if ways is None:
                if not watched(code):
                    return off
                keep(code)
                seen[key] = destination
            elif ways == destination:
                return None
            else:
                seen[key] = off
            new.append((code, offset, destination))
            return None if ways is None else off

        def start(code: Any, offset: int) -> Any:
            if watched(code):
                new.append((code, -1, -1))
            return off

        monitoring.register_callback(tool, events.BRANCH, branch)
        monitoring.register_callback(tool, events.PY_START, start)
        monitoring.set_events(tool, events.BRANCH | events.PY_START)

    def note(self) -> bytes | None:
        """Return what there is to say of the call that has just ended: (output, length, hash, branches), or None."""
        size = os.lseek(1, 0, os.SEEK_CUR)
        text, digest = b"", 0
        if size:
            text = os.pread(1, size, 0)
            if size > TEXT:  # outputs that part further on are of one length often enough
                digest = hash(text)
                text = text[:TEXT]
            os.ftruncate(1, 0)
            os.lseek(1, 0, os.SEEK_SET)
        if not size and not self._new:
            return None
        told = self._new[:_MOST]
        del self._new[:_MOST]
        branches = [
            (code.co_filename[:_NAME], code.co_qualname[:_NAME], code.co_firstlineno, offset, destination)
            for code, offset, destination in told
        ]
        return values.encode((text, size, digest, branches), limit=1 << 30)
