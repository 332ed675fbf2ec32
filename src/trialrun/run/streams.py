"""`Streams`: text in and captured output out of one job; reading stops at the limit.

Leaves out: when to read (`job.py`), what the output means.
"""

import contextlib
import os
import select

from trialrun.run.starved import refusal


class Streams:
    """Standard streams of one job: text in, captured output out. Reading stops at the limit."""

    def __init__(self, limit: int, stdin: bytes | None = None) -> None:
        self.limit = limit
        self.captured: dict[int, bytearray] = {}
        self.theirs: tuple[int, int, int] = (-1, -1, -1)
        self._ours: list[int] = []
        ends: list[int] = []
        try:
            ends.append(-1 if stdin is None else _memory_file(stdin))
            for _ in range(2):
                ours, theirs = os.pipe2(os.O_CLOEXEC)
                os.set_blocking(ours, False)
                self._ours.append(ours)
                self.captured[ours] = bytearray()
                ends.append(theirs)
        except OSError as error:
            for descriptor in {*self._ours, *ends} - {-1}:
                os.close(descriptor)
            raise refusal(error) from None
        self.theirs = (ends[0], ends[1], ends[2])

    def started(self) -> list[int]:
        """Close the job's ends on this side; return the descriptors to poll."""
        self._close_theirs()
        return list(self._ours)

    def _close_theirs(self) -> None:
        for descriptor in self.theirs:
            if descriptor >= 0:
                os.close(descriptor)
        self.theirs = (-1, -1, -1)

    def read(self, descriptor: int) -> bool:
        """Read what is there; return False at the end of the stream. Raises OverflowError at the limit."""
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        buffer = self.captured[descriptor]
        buffer += data[: self.limit - len(buffer)]
        if len(buffer) >= self.limit and data:
            raise OverflowError
        return bool(data)

    def at_end(self) -> bool:
        """Say whether both output pipes are at their end: no process is left that could write to them."""
        self.drain()
        ends = select.poll()
        for descriptor in self._ours:
            ends.register(descriptor, 0)
        return len(ends.poll(1000)) == len(self._ours)

    def drain(self) -> None:
        """Read what a dead job left in its pipes."""
        for descriptor in self._ours:
            with contextlib.suppress(OverflowError, OSError):
                ready = select.poll()
                ready.register(descriptor, select.POLLIN)
                while self.read(descriptor) and ready.poll(0):
                    pass

    @property
    def full(self) -> bool:
        """Whether an output has reached the limit."""
        return any(len(captured) >= self.limit for captured in self.captured.values())

    @property
    def stdout(self) -> bytes:
        """What the job printed."""
        return bytes(self.captured[self._ours[0]])

    @property
    def stderr(self) -> bytes:
        """What the job printed on stderr."""
        return bytes(self.captured[self._ours[1]])

    def close(self) -> None:
        """Close all descriptors."""
        self._close_theirs()
        for descriptor in self._ours:
            os.close(descriptor)
        self._ours = []


def _memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("stdin")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
