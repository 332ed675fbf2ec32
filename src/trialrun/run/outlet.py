"""`Outlet`: executions of several threads on their way to one consumer, bounded in number and in bytes.

A thread that puts waits until there is room, so a slow consumer slows everything down instead of filling memory. The
first failure of a thread is raised in the consumer; closing wakes every waiting thread with `Cancelled`.

Leaves out: ending the jobs that the threads wait for (`matrix.py`).
"""

import threading
from collections import deque
from collections.abc import Iterator

from trialrun.run.job import Cancelled

MOST = 256
"""Items that wait at most."""
MOST_BYTES = 64 << 20
"""Bytes that wait at most, beside one item of any size."""


class Outlet[T]:
    """A bounded queue of `T` from `threads` threads."""

    def __init__(self, threads: int) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._threads = threads
        self._failure: BaseException | None = None
        self._closed = False

    def put(self, item: T, size: int) -> None:
        """Hand over an item that holds `size` bytes, once there is room. Raises `Cancelled` after `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(size))
            if self._closed:
                raise Cancelled
            self._waiting.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    def _has_room(self, size: int) -> bool:
        if not self._waiting:
            return True
        return len(self._waiting) < MOST and self._bytes + size <= MOST_BYTES

    def finish(self, failure: BaseException | None = None) -> None:
        """Say that one of the threads is done, or why it failed."""
        with self._changed:
            self._threads -= 1
            self._failure = self._failure or failure
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Yield items as they come, until all threads are done. Raises what a thread failed with."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._failure or not self._threads)
                if self._failure is not None:
                    raise self._failure
                if not self._waiting:
                    return
                item, size = self._waiting.popleft()
                self._bytes -= size
                self._changed.notify_all()
            yield item

    def close(self) -> None:
        """Let no more through."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
