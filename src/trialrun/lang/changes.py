"""Which functions changed between two trees of Python files.

A function changed where its normalised text differs (`lang/functions.py`), or where something of its own module or
class that it uses did: a constant, an import, a helper, a base class. That is followed one level, within the file. What
is gone and what is new are paired where their texts are alike: moved under another file or class, or renamed. Comments,
docstrings, formatting and annotations are no change.

Leaves out: running anything; use across files; code at the top of a module that no function reads.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trialrun.lang.functions import Defined, File, read_functions
from trialrun.lang.renames import Mapped, pair_alike
from trialrun.lang.scopes import Unparseable

_CONSTRUCTORS = frozenset(("__init__", "__new__", "__post_init__"))
_SKIPPED_FOLDERS = frozenset(("node_modules", "site-packages", "__pycache__"))


class Change(enum.StrEnum):
    """What became of a function."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A function in a tree."""

    path: str
    qualname: str
    line: int = 0

    def __str__(self) -> str:
        """Name it as pytest would: `pkg/mod.py::Class.method`."""
        return f"{self.path}::{self.qualname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One function that is not what it was."""

    kind: Change
    old: Place | None = None
    new: Place | None = None
    reasons: tuple[str, ...] = ()
    """Why it counts as changed: its own code, or what it uses."""
    direct: bool = True
    """Whether its own code differs; False where only something that it uses does."""
    intended: str | None = None
    """Reason of the mark `# trialrun: intended` at the new function, perhaps empty; None without one."""

    @property
    def name(self) -> str:
        """Where it is now, or where it was."""
        return str(self.new or self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that differs between two trees."""

    functions: tuple[Changed, ...]
    """Sorted: own code before what is used, then by name."""
    unreadable: tuple[tuple[str, str], ...] = ()
    """(path, why) of files that could not be parsed, on either side."""

    @property
    def both(self) -> tuple[Changed, ...]:
        """Those that are there on both sides, so that they can be compared."""
        return tuple(one for one in self.functions if one.old is not None and one.new is not None)


def changes(old: Mapping[str, str], new: Mapping[str, str], *, maps: Iterable[str] = ()) -> Changes:
    """Return the functions that differ between two trees, each given as path → source.

    `maps` are pairs `OLD:NEW` of what was moved or renamed: names (`f:g`), files (`a.py:b.py`), or functions of files
    (`a.py::f:b.py::g`). Raises `UsageError` for what is no such pair.

    >>> found = changes({"m.py": "def f(x): return x"}, {"m.py": "def f(x): return x + 1"})
    >>> [(one.name, one.kind.value) for one in found.functions]
    [('m.py::f', 'changed')]
    """
    mapped = Mapped(maps)
    unreadable: dict[str, str] = {}
    before = _read(old, old.keys() - _same(old, new), unreadable)
    after = _read(new, new.keys() - _same(old, new), unreadable)
    places = _places(before), _places(after)
    pairs = {place: place for place in places[0].keys() & places[1].keys()}
    gone = {place: at for place, at in places[0].items() if place not in pairs}
    fresh = {place: at for place, at in places[1].items() if place not in pairs}
    forced = mapped.pairs(places[0], places[1])
    for one, other in forced.items():
        pairs.pop(one, None)
        gone.pop(one, None)
        fresh.pop(other, None)
    alike = pair_alike(_texts(gone), _texts(fresh))
    found = [
        _compared(one, other, before, after, named=one in forced)
        for one, other in (pairs | alike | forced).items()
    ]
    listed = [one for one in found if one is not None]
    listed += [_alone(Change.REMOVED, at, gone[at]) for at in gone if at not in alike]
    listed += [_alone(Change.ADDED, at, fresh[at]) for at in fresh if at not in alike.values()]
    listed.sort(key=lambda one: (not one.direct, one.name))
    return Changes(functions=tuple(listed), unreadable=tuple(sorted(unreadable.items())))


def read_tree(root: Path) -> dict[str, str]:
    """Return path below `root` → source of all Python files.

    What cannot be read as UTF-8 is left out; so are hidden folders and installed packages.
    """
    found: dict[str, str] = {}
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        if any(part in _SKIPPED_FOLDERS or part.startswith(".") for part in parts[:-1]):
            continue
        try:
            found["/".join(parts)] = file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
    return found


_Key = tuple[str, str]
"""(path, qualified name)."""


def _same(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    return {path for path, source in old.items() if new.get(path) == source}


def _read(tree: Mapping[str, str], paths: Iterable[str], unreadable: dict[str, str]) -> dict[str, File]:
    found = {}
    for path in sorted(paths):
        file = read_functions(tree[path])
        if isinstance(file, Unparseable):
            unreadable[path] = file.reason
        else:
            found[path] = file
    return found


def _places(files: Mapping[str, File]) -> dict[_Key, Defined]:
    return {(path, name): at for path, file in files.items() for name, at in file.functions.items()}


def _texts(places: Mapping[_Key, Defined]) -> dict[_Key, str]:
    return {place: at.text for place, at in places.items()}


def _alone(kind: Change, place: _Key, at: Defined) -> Changed:
    where = Place(path=place[0], qualname=place[1], line=at.line)
    if kind is Change.ADDED:
        return Changed(kind=kind, new=where, intended=at.intended)
    return Changed(kind=kind, old=where)


def _compared(
    one: _Key, other: _Key, before: Mapping[str, File], after: Mapping[str, File], *, named: bool
) -> Changed | None:
    """Return how two functions that belong together differ, or None where they do not."""
    old, new = before[one[0]], after[other[0]]
    was, now = old.functions[one[1]], new.functions[other[1]]
    direct = was.text != now.text
    reasons = ["its code changed"] if direct else []
    reasons += _used_changes(was, now, old, new)
    kind = Change.CHANGED
    if one != other:
        same_name = one[1].rpartition(".")[2] == other[1].rpartition(".")[2]
        kind = Change.MOVED if same_name else Change.RENAMED
        reasons.append(f"{kind} from {one[0]}::{one[1]}" + (" as told" if named else ""))
    if not reasons:
        return None
    return Changed(
        kind=kind,
        old=Place(path=one[0], qualname=one[1], line=was.line),
        new=Place(path=other[0], qualname=other[1], line=now.line),
        reasons=tuple(reasons),
        direct=direct,
        intended=now.intended,
    )


def _used_changes(was: Defined, now: Defined, old: File, new: File) -> Iterator[str]:
    """Yield, for each thing of module and class that a function uses, why it is not the same any more."""
    for name in sorted(was.uses | now.uses):
        if name == now.qualname:
            continue
        if old.names.get(name) != new.names.get(name) and name not in old.functions.keys() | old.classes:
            yield f"{name}, which it uses, changed"
        elif _text(old, name) != _text(new, name):
            yield f"{name}(), which it calls, changed"
        elif name in old.classes and name in new.classes and _class_changed(name, old, new):
            yield f"class {name}, which it uses, changed"
    if not now.owner:
        return
    if old.classes.get(was.owner, {}).get("") != new.classes.get(now.owner, {}).get(""):
        yield f"bases or decorators of {now.owner} changed"
    for name in sorted(was.attributes | now.attributes):
        if name == now.qualname.rpartition(".")[2]:
            continue
        if old.classes.get(was.owner, {}).get(name) != new.classes.get(now.owner, {}).get(name):
            yield f"{now.owner}.{name}, which it uses, changed"
        elif _text(old, f"{was.owner}.{name}") != _text(new, f"{now.owner}.{name}"):
            yield f"{now.owner}.{name}(), which it calls, changed"
    for name in sorted(_CONSTRUCTORS - {now.qualname.rpartition(".")[2]}):
        if _text(old, f"{was.owner}.{name}") != _text(new, f"{now.owner}.{name}"):
            yield f"{now.owner}.{name}(), which makes its object, changed"


def _text(file: File, name: str) -> str | None:
    at = file.functions.get(name)
    return None if at is None else at.text


def _class_changed(name: str, old: File, new: File) -> bool:
    if old.classes[name] != new.classes[name]:
        return True
    inside = {at for file in (old, new) for at in file.functions if at.startswith(f"{name}.")}
    return any(_text(old, at) != _text(new, at) for at in inside)
