"""`BlobCache`: bytes kept between runs under the hash of what they were made from.

Used for what is dear to compute and fixed by its inputs, such as a reference's outputs on a plus set. An
entry carries a checksum over its key and its bytes; one that does not match is a miss. Writing is atomic, and
a cache that cannot be written (full or read-only disk, no home directory) is merely a cache that misses.

Leaves out: eviction (delete the directory at will), and protection from others who may write to it: the
checksum finds accidents, not intent, so the directory is the user's alone (mode 0700).
"""

import hashlib
import os
from pathlib import Path

from trialrun.store.atomic import write_atomically

CHECKSUM_BYTES = 32


def content_key(*parts: str | bytes) -> str:
    """Return the sha256 (hex) of the parts; where one part ends matters.

    >>> content_key("ab", "c") == content_key("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        kind = b"s" if isinstance(part, str) else b"b"
        digest.update(kind + len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def cache_root() -> Path | None:
    """Return `$XDG_CACHE_HOME/trialrun` (default `~/.cache/trialrun`), or None where there is no home."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if configured.is_absolute():  # the XDG rule: a relative path is to be ignored
        return configured / "trialrun"
    try:
        return Path.home() / ".cache" / "trialrun"
    except RuntimeError:
        return None


class BlobCache:
    """A directory of checked blobs; safe to share between threads and processes."""

    def __init__(self, root: Path | None = None) -> None:
        """Use `root`, or the user's cache directory. Nothing is created before the first `put`."""
        self._root = root if root is not None else cache_root()

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under `key` (a `content_key`), or None where they are missing or damaged."""
        path = self._path(key)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                checksum, data = file.read(CHECKSUM_BYTES), file.read()
        except OSError:
            return None
        return data if checksum == _checksum(key, data) else None

    def put(self, key: str, data: bytes) -> bool:
        """Keep `data` under `key`; return whether that worked."""
        path = self._path(key)
        if path is None:
            return False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, _checksum(key, data) + data)
        except OSError:
            return False
        return True

    def _path(self, key: str) -> Path | None:
        if len(key) < 16 or not set(key) <= set("0123456789abcdef"):
            raise ValueError(f"a cache key is a hash in hex, not {key!r}")
        return self._root / "blobs" / key[:2] / key[2:] if self._root is not None else None


def _checksum(key: str, data: bytes) -> bytes:
    digest = hashlib.sha256(key.encode("ascii") + b"\0")
    digest.update(data)  # without a copy of what may be a hundred megabytes
    return digest.digest()
