"""`Turns`: many may work side by side, or one alone.

A case whose CPU time is near its limit is run again with nothing of ours beside it. Whoever wants to be alone keeps
newcomers out and waits for those inside to leave.

Leaves out: work of other programs on the machine.
"""

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """A lock with a shared and an exclusive side; safe to use from any thread, not reentrant."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Work beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Work with nobody beside."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
