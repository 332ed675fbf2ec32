"""Recorded calls on disk: JSON lines of canonical values, by function.

The files may come with a stranger's branch, so they are read as hostile: size, number and values are bounded
(`core/plain_values.py`).

Leaves out: recording (`run/recording.py`).
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.plain_values import read_plain

CALLS = Path(".trialrun", "calls")
"""Where calls of a repository lie, below its root."""
_FILES, _LINES, _ALL_BYTES, _VALUE_BYTES = 1000, 200_000, 256 << 20, 256 << 10


class _Line(msgspec.Struct, frozen=True):
    function: str | None = None
    args: str = ""
    made: str | None = None
    skipped: dict[str, dict[str, int]] = {}


@dataclass(slots=True)
class Calls:
    """What was recorded."""

    arguments: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    """`path::qualname` → arguments as drivers take them."""
    skipped: dict[str, dict[str, int]] = field(default_factory=dict)
    """`path::qualname` → reason → how many calls were not recorded."""
    unread: int = 0
    """Lines that could not be read."""

    @property
    def count(self) -> int:
        """How many calls there are."""
        return sum(map(len, self.arguments.values()))


def read_calls(directory: Path) -> Calls:
    """Return the calls in a directory; none where it is not there."""
    calls = Calls()
    seen: set[tuple[str, str, str | None]] = set()
    for line in _lines(directory):
        try:
            one = msgspec.json.decode(line, type=_Line)
            if one.function is None:
                _add_skipped(calls, one.skipped)
                continue
            key = (one.function, one.args, one.made)
            if key in seen:
                continue
            seen.add(key)
            args = _values(one.args)
            if one.made is not None:
                args = (_values(one.made), *args)
        except (msgspec.MsgspecError, RecursionError, binascii.Error, ValueError, TypeError):
            calls.unread += 1
            continue
        calls.arguments.setdefault(one.function, []).append(args)
    return calls


def _lines(directory: Path) -> Iterable[bytes]:
    files = sorted(directory.glob("*.jsonl"))[:_FILES] if directory.is_dir() else []
    count, room = 0, _ALL_BYTES
    for file in files:
        size = file.stat().st_size if file.is_file() and not file.is_symlink() else room + 1
        if size > room:
            continue
        room -= size
        with file.open("rb") as lines:
            for line in lines:
                count += 1
                if count > _LINES:
                    return
                yield line


def _add_skipped(calls: Calls, skipped: dict[str, dict[str, int]]) -> None:
    for name, reasons in skipped.items():
        counts = calls.skipped.setdefault(name, {})
        for why, count in reasons.items():
            counts[why] = counts.get(why, 0) + count


def _values(text: str) -> tuple[Any, ...]:
    """Return the values of one graph. Raises `ValueError` for anything but plain values of bounded size."""
    return read_plain(base64.b64decode(text, validate=True), limit=_VALUE_BYTES)
