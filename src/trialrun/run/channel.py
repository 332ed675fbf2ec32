"""The supervisor's end of a job's channel: frames out, checked frames in, never blocked by the other side.

A frame is `HEADER` (body length, nonce, call number, kind) and a body. Everything that comes in is hostile: lengths
are bounded before memory is taken, the nonce must be this run's, and a body is only bytes here. Sending never
waits: frames are queued, and `flush` writes what the job takes.

Leaves out: waiting and time (`job.py`), what a body means (`core/values.py`).
"""

import enum
import secrets
import socket
import struct
import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

HEADER = struct.Struct("<IQIB")


class Kind(enum.IntEnum):
    """Frame kinds; the child's numbers are in `child/peer.py`."""

    LOAD = 1
    CALL = 2
    RETURN = 3
    RAISE = 4
    READY = 5
    DONE = 6
    AFTER = 7
    FILES = 8
    TEST = 9
    NOTES = 10


class Frame(NamedTuple):
    """One message of a job."""

    kind: Kind
    number: int
    body: bytes


class BrokenChannel(Exception):
    """The job sent something that no honest job sends."""


_FROM_JOB = frozenset(
    {Kind.CALL, Kind.RETURN, Kind.RAISE, Kind.READY, Kind.DONE, Kind.AFTER, Kind.FILES, Kind.TEST, Kind.NOTES}
)
_KINDS = {int(kind): kind for kind in _FROM_JOB}


_READ = 1 << 18
"""Bytes that are read at once, at most."""
_LARGE = 1 << 16
"""Bytes of a frame that are worth not being copied twice."""
_PUSHED = 1 << 17
"""Bytes that are found at once where a job waits for its channel to be read: more than half of what that holds."""
_TOGETHER = 1 << 16
"""Bytes of queued frames that are written without waiting for more."""


class _Room(threading.local):
    """What a thread reads into: as fresh memory for each read it costs more than the reading."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(_READ))


_ROOM = _Room()


class Channel:
    """Frames over one end of a stream socket pair."""

    def __init__(self, sock: socket.socket, limit: int) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._limit = limit
        self._nonce = secrets.randbits(64)
        self._arrived = bytearray()
        """What no frame has taken: as one object, since a job may send it byte by byte."""
        self._needed = HEADER.size
        """Bytes of it that the next frame takes, as far as that is known."""
        self._taken: deque[tuple[Kind, int, bytes]] = deque()
        """Frames that arrived with one that was asked for."""
        self.drained = self.pushed = False
        """Whether the last `fill` read all that had been sent; whether it found so much that the job had to wait."""
        self._outgoing = bytearray()
        self._full = False
        self.closed = False

    @property
    def waiting(self) -> bool:
        """Whether frames arrived with the one that was taken last."""
        return bool(self._taken)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._socket.fileno()

    @property
    def unsent(self) -> int:
        """Bytes queued because the job does not read them."""
        return len(self._outgoing) if self._full else 0

    def send(self, kind: Kind, number: int, body: bytes) -> None:
        """Queue one frame. It goes out with the next `flush`: many small frames then cost one system call."""
        self._outgoing += HEADER.pack(len(body), self._nonce, number, kind)
        self._outgoing += body
        if len(self._outgoing) >= _TOGETHER and not self._full:
            self.flush()

    def send_ahead(self, kind: Kind, number: int, bodies: Sequence[bytes]) -> int:
        """Queue frames numbered from `number` on, until many bytes wait to be written; return how many."""
        parts: list[bytes] = []
        size = count = 0
        for body in bodies:
            parts += (HEADER.pack(len(body), self._nonce, number + count, kind), body)
            size += len(body) + HEADER.size
            count += 1
            if size >= _TOGETHER:
                break
        self._outgoing += b"".join(parts)
        if len(self._outgoing) >= _TOGETHER and not self._full:
            self.flush()
        return count

    def flush(self) -> None:
        """Write what is queued, as far as the job takes it."""
        if self._outgoing:
            del self._outgoing[: self._write(self._outgoing)]
            self._full = bool(self._outgoing)

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            # The job is gone; its end is noticed on the reading side.
            return len(data)

    def fill(self) -> bool:
        """Read what has arrived; return False once the job's end is closed."""
        room = _ROOM.view
        try:
            size = self._socket.recv_into(room)
        except BlockingIOError:
            self.pushed = False
            return True
        except OSError:
            size = 0
        if not size:
            self.closed = True
            return False
        self._arrived += room[:size]
        self.drained, self.pushed = size < _READ, size >= _PUSHED
        return True

    def next(self) -> Frame | None:
        """Return the next whole frame, or None. Raises `BrokenChannel` on anything malformed."""
        if not self._taken:
            self._taken.extend(self.take())
        return Frame(*self._taken.popleft()) if self._taken else None

    def take(self) -> list[tuple[Kind, int, bytes]]:
        """Return all whole frames, as (kind, number, body).

        Raises `BrokenChannel` on anything malformed, once nothing is left before it.
        """
        if self._taken:
            waiting = list(self._taken)
            self._taken.clear()
            return waiting
        frames: list[tuple[Kind, int, bytes]] = []
        if len(self._arrived) < self._needed:
            return frames
        if self._needed > _LARGE:
            with memoryview(self._arrived) as view:
                end = self._parse(view, frames)
        else:
            end = self._parse(bytes(self._arrived), frames)
        del self._arrived[:end]
        return frames

    def _parse(self, arrived: bytes | memoryview, frames: list[tuple[Kind, int, bytes]]) -> int:
        """Append the frames that `arrived` begins with; return where the first that is not whole begins."""
        size, own, limit, kinds = len(arrived), self._nonce, self._limit, _KINDS
        end, head = 0, HEADER.size
        self._needed = head
        while size - end >= head:
            length, nonce, number, kind = HEADER.unpack_from(arrived, end)
            if nonce != own or kind not in kinds or length > limit:
                if frames:
                    break
                if nonce != own or kind not in kinds:
                    raise BrokenChannel("a frame that is not of this run")
                raise BrokenChannel(f"a value of {length} bytes (limit {limit})")
            after = end + head + length
            if after > size:
                self._needed = head + length
                break
            body = arrived[end + head : after]
            frames.append((kinds[kind], number, bytes(body)))
            end = after
        return end

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
