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
_TOGETHER = 1 << 16
"""Bytes of queued frames that are written without waiting for more."""


class Channel:
    """Frames over one end of a stream socket pair."""

    def __init__(self, sock: socket.socket, limit: int) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._limit = limit
        self._nonce = secrets.randbits(64)
        self._buffer = b""
        self._position = 0
        """Where in `_buffer` the next frame begins."""
        self._arrived = bytearray()
        """What came after `_buffer`: as one object, since a job may send it byte by byte."""
        self._available = 0
        """Bytes in both that no frame has taken."""
        self._outgoing = bytearray()
        self._full = False
        self.closed = False

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
        try:
            data = self._socket.recv(_READ)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        self._arrived += data
        self._available += len(data)
        return True

    def next(self) -> Frame | None:
        """Return the next whole frame, or None. Raises `BrokenChannel` on anything malformed."""
        if not self._gather(HEADER.size):
            return None
        length, nonce, number, kind = HEADER.unpack_from(self._buffer, self._position)
        if nonce != self._nonce or kind not in _KINDS:
            raise BrokenChannel("a frame that is not of this run")
        if length > self._limit:
            raise BrokenChannel(f"a value of {length} bytes (limit {self._limit})")
        size = HEADER.size + length
        if not self._gather(size):
            return None
        start, self._position = self._position, self._position + size
        self._available -= size
        return Frame(_KINDS[kind], number, self._buffer[start + HEADER.size : self._position])

    def _gather(self, count: int) -> bool:
        """Have the next `count` bytes in one piece, if so many have arrived."""
        if self._available < count:
            return False
        if len(self._buffer) - self._position < count:
            self._buffer = b"".join((self._buffer[self._position :], self._arrived))
            self._position = 0
            self._arrived.clear()
        return True

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
