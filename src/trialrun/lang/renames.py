"""Pairs what is gone with what is new: functions that were moved or renamed, told by the user or found by likeness.

Equal normalised texts are paired first; then the most similar (`difflib` over the words of the texts), as long as the
two are more alike than different. Very short functions resemble too much else, and pair only where they are equal.

Leaves out: functions that were split or joined.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from trialrun.core.errors import UsageError

Key = tuple[str, str]
"""(path, qualified name)."""

ALIKE = 0.7
"""Least similarity of two functions that are taken for one."""
_WORDS = 12
"""Words below which only equal texts pair."""
_TRIES = 20_000
"""Pairs that are looked at for similarity, at most."""
_WORD = re.compile(r"\w+|[^\w\s]")
_SEPARATOR = re.compile(r"(?<!:):(?!:)")


def pair_alike(gone: Mapping[Key, str], fresh: Mapping[Key, str]) -> dict[Key, Key]:
    """Return gone → new for functions that were moved or renamed; each is paired once."""
    pairs: dict[Key, Key] = {}
    by_text: dict[str, list[Key]] = defaultdict(list)
    for place, text in fresh.items():
        by_text[text].append(place)
    for place in sorted(gone):
        same = by_text[gone[place]]
        if same:
            best = min(same, key=lambda other: (_distance(place, other), other))
            same.remove(best)
            pairs[place] = best
    left = [place for place in sorted(gone) if place not in pairs]
    free = [place for place in sorted(fresh) if place not in pairs.values()]
    if len(left) * len(free) > _TRIES:
        return pairs
    scores = [
        (score, -_distance(one, other), one, other)
        for one in left
        for other in free
        if (score := _similarity(gone[one], fresh[other])) >= ALIKE
    ]
    taken: set[Key] = set()
    for _, _, one, other in sorted(scores, key=lambda found: (-found[0], -found[1], found[2:])):
        if one not in pairs and other not in taken:
            pairs[one] = other
            taken.add(other)
    return pairs


def _distance(one: Key, other: Key) -> int:
    """Say how far two places are apart: same name and same file come first."""
    return 2 * (one[1].rpartition(".")[2] != other[1].rpartition(".")[2]) + (one[0] != other[0])


def _similarity(one: str, other: str) -> float:
    words, others = _WORD.findall(one), _WORD.findall(other)
    if min(len(words), len(others)) < _WORDS:
        return 0.0
    matcher = difflib.SequenceMatcher(None, words, others, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


class Mapped:
    """What the user says was moved or renamed: `f:g`, `a.py:b.py`, `a.py::f:b.py::g`."""

    def __init__(self, maps: Iterable[str]) -> None:
        """Raise `UsageError` for a text that is no such pair."""
        self._pairs = [_read(text) for text in maps]

    def pairs(self, old: Collection[Key], new: Collection[Key]) -> dict[Key, Key]:
        """Return the pairs of functions that this means in two trees."""
        found: dict[Key, Key] = {}
        for (old_path, old_name), (new_path, new_name) in self._pairs:
            for path, name in old:
                if (old_path and path != old_path) or (old_name and not _within(name, old_name)):
                    continue
                wanted = new_name + name.removeprefix(old_name) if old_name else name
                for other in new:
                    if other == (new_path or path, wanted):
                        found[path, name] = other
        return found


def _within(name: str, wanted: str) -> bool:
    """Say whether a qualified name is the wanted one, or lies in the class of that name."""
    return name == wanted or name.startswith(f"{wanted}.")


def _read(text: str) -> tuple[Key, Key]:
    sides = _SEPARATOR.split(text)
    if len(sides) != 2 or not all(sides):
        raise UsageError(
            f"--map takes OLD:NEW, such as f:g, a.py:b.py or a.py::f:b.py::g; not {text[:100]!r}"
        )
    one, other = (_side(side) for side in sides)
    if bool(one[1]) != bool(other[1]):
        raise UsageError(f"--map {text[:100]!r}: one side names a function, the other does not")
    return one, other


def _side(text: str) -> Key:
    path, _, name = text.rpartition("::")
    if path:
        return path, name
    return (text, "") if text.endswith(".py") else ("", text)
