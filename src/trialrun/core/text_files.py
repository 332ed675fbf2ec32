"""`read_text`: a text file that the user named, or why it cannot be read.

Leaves out: other encodings than UTF-8.
"""

from pathlib import Path

from trialrun.core.errors import UsageError


def read_text(path: Path, *, source: bool = True) -> str:
    """Return a file's text; where it is a source, without a byte order mark. Raises `UsageError`."""
    try:
        return path.read_text("utf-8-sig" if source else "utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start:,})") from error
