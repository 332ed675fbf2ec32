"""`SourceFile`: a Python file as text, and how to write it back in its form: byte order mark, line ends, mode.

A file is replaced in one step, and only where it still holds what was read.

Leaves out: other encodings than UTF-8, files of mixed line ends (all become those of the first line).
"""

from dataclasses import dataclass
from pathlib import Path

from trialrun.core.errors import UsageError

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What was read of a file."""

    path: Path
    data: bytes

    @classmethod
    def read(cls, path: Path) -> "SourceFile":
        """Read a file. Raises `UsageError` where it cannot be read as UTF-8 text."""
        try:
            data = path.read_bytes()
            data.decode()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start:,})") from error
        return cls(path, data)

    @property
    def text(self) -> str:
        """Return the text, with `\\n` at the end of lines and without a byte order mark."""
        return self.data.removeprefix(_MARK).decode().replace("\r\n", "\n").replace("\r", "\n")

    def encoded(self, text: str) -> bytes:
        """Return another text as this file would hold it."""
        if b"\r\n" in self.data[: self.data.find(b"\n") + 1]:
            text = text.replace("\n", "\r\n")
        mark = _MARK if self.data.startswith(_MARK) else b""
        return mark + text.encode("utf-8", "surrogatepass")

    def is_as_read(self) -> bool:
        """Say whether the file still holds what was read."""
        try:
            return self.path.read_bytes() == self.data
        except OSError:
            return False

    def mode(self) -> int:
        """Return the file's permission bits."""
        return self.path.stat().st_mode & 0o7777
