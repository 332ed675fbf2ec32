"""Recorded calls on disk: JSON lines of canonical values, by function.

The files may come with a stranger's branch, so they are read as hostile: size, number and nesting are bounded, what
would be hashed by a value of the writer's choice is small (equal hashes then cost little), and so is what a value would
be with nothing shared: whoever hashes or walks `t = (t, t)`, made forty times, walks it for hours.

Leaves out: recording (`run/recording.py`).
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core import values
from trialrun.core.build_values import build
from trialrun.core.parse_values import parse

CALLS = Path(".trialrun", "calls")
"""Where calls of a repository lie, below its root."""
_FILES, _LINES, _ALL_BYTES, _VALUE_BYTES = 1000, 200_000, 256 << 20, 256 << 10
_UNSHARED = 200_000
"""Parts of one call's arguments, those counted again that are referred to again."""
_HASHED = 2000
"""Items of one dict or set, beyond which a call is left out."""
_PLAIN = frozenset(range(values.OPAQUE + 1, values.SCALAR)) | frozenset(range(values.LIST, values.NAMEDTUPLE))


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
    data = base64.b64decode(text, validate=True)
    lowered = parse(data, limit=_VALUE_BYTES)
    _bound(lowered, values.index(lowered, _check))
    return tuple(build(lowered)[0])


def _check(low: Any, loose: bool, numbered: int) -> None:
    if low[0] != values.REF and low[0] not in _PLAIN:
        raise ValueError("a value that is not recorded")
    if low[0] == values.SUBCLASS or (low[0] in _HASHES and len(low) > _HASHED):
        raise ValueError("a value that is not recorded")


def _bound(lowered: Any, nodes: list[Any]) -> None:
    """Raise `ValueError` where a graph has too many parts once nothing in it is shared, or contains itself."""
    sizes: dict[int, int] = {}
    opened: list[tuple[Any, Any]] = [(lowered, iter((lowered,)))]
    counts = [0]
    while opened:
        holder, items = opened[-1]
        for low in items:
            if type(low) is not tuple:
                counts[-1] += 1
            elif low[0] == values.REF:
                size = sizes.get(id(nodes[low[1]]))
                if size is None:
                    raise ValueError("a value that contains itself")
                counts[-1] += size
            else:
                opened.append((low, iter(low[1:])))
                counts.append(1)
                break
        else:
            opened.pop()
            sizes[id(holder)] = size = counts.pop()
            if size > _UNSHARED:
                raise ValueError("a value of too many parts")
            if counts:
                counts[-1] += size


_HASHES = (values.DICT, values.SET, values.FROZENSET, values.ODICT, values.DEFAULTDICT, values.COUNTER)
