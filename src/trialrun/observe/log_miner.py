"""Templates mined from a stream of lines, in bounded memory, in Drain's manner: one pass, a shallow tree, no training.

A line's *shape* is its words with every variable written `<*>` (neighbours in a list as one). Lines of one shape are
one cluster. A new shape goes down the tree (number of words, first word) to the templates with openings that words
filled before, and joins the first that it fits. Otherwise it is a cluster of its own, and is asked which others differ
from it in one place only: where enough do, the place becomes a variable and they are one. How many is enough depends on
the words: two values ("user ann", "user bob"), three names, several words of the language, many at the beginning of a
line, which mostly says what happened. Names in several places at once open together. A place may be some words long, so
that `user John Smith logged in` and `user Ann logged in` are one.

Drain joins two lines when enough of their words are equal; "session opened" and "session closed" are then one template
and `<id> connected` is many. Counting what fills one place tells them apart.

Leaves out: reading lines (`log_tokens.py`), what variables mean (`log_categories.py`), lines that were joined wrongly:
nothing is ever split again.
Sources: Drain (He and others, 2017), VALB (2023).
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from trialrun.observe.log_slots import Opening, Slot, carried, drawn_together, slot, tight
from trialrun.observe.log_tokens import VARIABLE, Kind, Line

_CLOSERS = {"(": ")", "[": "]", "{": "}"}


Shape = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much evidence makes a word a variable; one setting for all systems."""

    values: int = 2
    """Different words in a place for values that make it a variable."""
    names: int = 3
    """Different names in one place that make it a variable."""
    words: int = 5
    """Different words of the language in one place that make it a variable."""
    first: int = 24
    """The same for the first word of a line."""
    longest_value: int = 4
    """Words that one variable may have at most."""
    clusters: int = 20_000
    """Clusters kept at a time; the one that was met longest ago goes first."""
    kept_words: int = 300_000
    """Words that all these clusters together may have."""


DEFAULTS = Settings()


@dataclass(slots=True, eq=False)
class Cluster:
    """Lines with one template."""

    number: int
    slots: tuple[Slot, ...]
    tail: str
    full: tuple[Slot, ...]
    """The slots without lists drawn together, as in its first line."""
    uniform: bool = True
    """Whether every line has had lists of that length."""
    first: int = 0
    """Which line was its first, from 1."""
    count: int = 0
    """Lines met."""
    openings: list[Opening] = field(default_factory=list)
    """What its openings have been filled with; whoever adds lines notes it."""
    into: "Cluster | None" = None
    """The cluster that this one has become part of."""
    keys: list["Key"] = field(default_factory=list)

    @property
    def shape(self) -> Shape:
        """What tells it from other clusters."""
        return _shape(self.slots, self.tail)


class Region(NamedTuple):
    """Some neighbouring words of a cluster."""

    cluster: Cluster
    start: int
    end: int


Key = int
"""Hash of all that surrounds a region: to keep that itself would take the square of the words of a line."""


def current(cluster: Cluster) -> Cluster:
    """Return the cluster that a cluster is now part of."""
    while cluster.into is not None:
        cluster = cluster.into
    return cluster


class Miner:
    """Takes lines one by one and gives each its cluster; a cluster may become part of another later (`current`)."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self.settings = settings
        self._number = 0
        self.forgotten = 0
        """Clusters that had to go because there were too many."""
        self._made = self._words = 0
        """Clusters made so far, and words of those that are kept."""
        self._by_number: dict[int, Cluster] = {}
        self._became: dict[int, int] = {}
        self._exact: OrderedDict[Shape, Cluster] = OrderedDict()
        self._tree: dict[tuple[int, str], list[Cluster]] = {}
        self._alike: dict[Key, list[Region]] = {}

    @property
    def clusters(self) -> list[Cluster]:
        """The clusters there are now, in the order of their making."""
        return list(self._by_number.values())

    def numbered(self, number: int) -> Cluster | None:
        """Return the cluster that the one with a number is part of by now; None where it had to go."""
        while number in self._became:
            number = self._became[number]
        return self._by_number.get(number)

    def add(self, line: Line, number: int = 0) -> Cluster:
        """Return the cluster of a line; `number` says which line of its file it is."""
        self._number = number
        full = tuple(slot(word) for word in line.words)
        slots, tail = drawn_together(full), line.tail.strip()
        shape = _shape(slots, tail)
        found = self._exact.get(shape)
        if found is not None:
            self._exact.move_to_end(shape)
        else:
            found = self._fitting(slots, tail) or self._enter(self._make(slots, tail, full))
        found = current(found)
        found.count += 1
        if len(full) != len(found.full):
            found.uniform = False
        return found

    def _make(self, slots: tuple[Slot, ...], tail: str, full: tuple[Slot, ...]) -> Cluster:
        self._made += 1
        made = Cluster(self._made - 1, slots, tail, full, first=self._number)
        self._by_number[made.number] = made
        self._words += len(slots)
        return made

    def _fitting(self, slots: tuple[Slot, ...], tail: str) -> Cluster | None:
        """Go down the tree and return the first cluster whose openings a line fills."""
        first = slots[0].text if slots else ""
        for key in {(len(slots), first): 0, (len(slots), VARIABLE): 0}:
            for cluster in self._tree.get(key, ()):
                if cluster.tail == tail and all(map(_fits, cluster.slots, slots)):
                    self._exact.move_to_end(cluster.shape)
                    return cluster
        return None

    def _enter(self, cluster: Cluster) -> Cluster:
        """Keep a new cluster, and join it with those that differ from it in one place where there are enough."""
        while len(self._exact) >= self.settings.clusters or (
            self._exact and self._words > self.settings.kept_words
        ):
            self._drop()
        self._exact[cluster.shape] = cluster
        if any(slot.open for slot in cluster.slots):
            self._tree.setdefault((len(cluster.slots), cluster.slots[0].text), []).append(cluster)
        for key, region in self._regions(cluster):
            alike = self._alike.setdefault(key, [])
            alike.append(region)
            cluster.keys.append(key)
            if self._enough(alike):
                return self._join(list(alike))
        return cluster

    def _drop(self) -> None:
        """Forget what was met longest ago."""
        shape, cluster = next(iter(self._exact.items()))
        del self._exact[shape]
        if cluster.shape == shape:
            self.forgotten += 1
            self._forget(cluster)

    def _forget(self, cluster: Cluster) -> None:
        """Take a cluster out of everything that finds it."""
        if self._by_number.pop(cluster.number, None) is not None:
            self._words -= len(cluster.slots)
        if self._exact.get(cluster.shape) is cluster:
            del self._exact[cluster.shape]
        if cluster.slots and any(slot.open for slot in cluster.slots):
            leaf = self._tree.get((len(cluster.slots), cluster.slots[0].text), [])
            leaf[:] = [other for other in leaf if other is not cluster]
        for key in cluster.keys:
            alike = [region for region in self._alike.get(key, ()) if region.cluster is not cluster]
            if alike:
                self._alike[key] = alike
            else:
                self._alike.pop(key, None)
        cluster.keys.clear()

    def _regions(self, cluster: Cluster) -> Iterator[tuple[Key, Region]]:
        """Yield the places of a cluster that may vary, each with a key that clusters have in common which differ there.

        At least one word of the language is left fixed. The last key is the cluster with all its names open.
        """
        slots, count = cluster.slots, len(cluster.slots)
        fixed = [slot.kind <= Kind.WORD for slot in slots]
        shape = cluster.shape
        for start in range(count):
            for end in range(start + 1, min(start + self.settings.longest_value, count) + 1):
                if slots[end - 1].kind is Kind.KEY or (end > start + 1 and not _loose(slots, start, end)):
                    break
                if any(fixed[:start]) or any(fixed[end:]):
                    rest = _closed(slots[start:end], shape[end:])
                    yield hash((shape[:start], slots[start].gap, rest)), Region(cluster, start, end)
        if any(fixed) and {Kind.NAME, Kind.VALUE} & {slot.kind for slot in slots}:
            opened = tuple(VARIABLE if slot.kind >= Kind.NAME else slot.text for slot in slots)
            key = hash((opened, tuple(slot.gap for slot in slots), cluster.tail))
            yield key, Region(cluster, 0, 0)

    def _enough(self, alike: list[Region]) -> bool:
        """Tell whether what fills one place of these clusters makes it a variable."""
        if alike[0].start == alike[0].end:
            opened = _names_opened([region.cluster for region in alike])
            plain = any(slot.open and slot.kind is Kind.NAME for slot in opened)
            return len(alike) >= (self.settings.names if plain else self.settings.values)
        single = [_kind(region) for region in alike if region.end - region.start == 1]
        if len(single) < len(alike):
            return any(kind >= Kind.NAME for kind in single)
        if min(single) >= Kind.NAME:
            return len(alike) >= (self.settings.names if Kind.NAME in single else self.settings.values)
        return len(alike) >= (self.settings.words if alike[0].start else self.settings.first)

    def _join(self, alike: list[Region]) -> Cluster:
        """Make one cluster of some that differ in one place (or in their names), with openings there."""
        first = alike[0]
        slots = _opened(alike) if first.start != first.end else _names_opened([one.cluster for one in alike])
        tail = first.cluster.tail
        joined = self._exact.get(_shape(slots, tail))
        new = joined is None
        if joined is None:
            joined = self._make(slots, tail, slots)
        for region in alike:
            old = region.cluster
            if old is joined or old.into is not None:
                continue
            self._take_over(joined, region)
            self._forget(old)
            old.into = joined
            self._became[old.number] = joined.number
            if len(old.slots) != len(slots):
                self._exact[old.shape] = joined  # a value of several words is found by its own shape only
        return self._enter(joined) if new else joined

    @staticmethod
    def _take_over(joined: Cluster, region: Region) -> None:
        """Count the lines of a cluster, and what filled its openings, for the one that it becomes part of."""
        old, start, end = region
        found = carried(old.slots, old.openings, old.count, joined.slots, start, end)
        joined.first = min(joined.first, old.first)
        joined.count += old.count
        joined.openings += [Opening() for _ in range(len(found) - len(joined.openings))]
        for opening, other in zip(joined.openings, found, strict=True):
            opening.add(other)


def _shape(slots: tuple[Slot, ...], tail: str) -> Shape:
    return (*((tight(slot.gap), slot.text) for slot in slots), (tail, ""))


def _fits(opening: Slot, slot: Slot) -> bool:
    if tight(opening.gap) != tight(slot.gap):
        return False
    return opening.text == slot.text or (opening.text == VARIABLE and slot.kind >= opening.kind)


def _kind(region: Region) -> Kind:
    return region.cluster.slots[region.start].kind


def _loose(slots: tuple[Slot, ...], start: int, end: int) -> bool:
    """Tell whether words may be one value together: variables, names and words with a capital, not at the beginning."""
    return all(
        slot.kind >= Kind.NAME or (place > 0 and slot.kind is Kind.WORD and slot.text[:1].isupper())
        for place, slot in enumerate(slots[start:end], start)
    )


def _closed(inside: tuple[Slot, ...], rest: Shape) -> Shape:
    """Return what follows a value, without the bracket that closes one which the value opens."""
    gaps = "".join(slot.gap for slot in inside[1:])
    gap, text = rest[0]
    for opener, closer in _CLOSERS.items():
        if opener in gaps and closer not in gaps and gap.startswith(closer):
            return ((gap[1:], text), *rest[1:])
    return rest


def _opened(alike: list[Region]) -> tuple[Slot, ...]:
    """Return the slots of the first cluster with an opening in place of its region."""
    model = min(alike, key=lambda region: region.end - region.start)
    filled = [
        region.cluster.slots[place].kind for region in alike for place in range(region.start, region.end)
    ]
    slots = model.cluster.slots
    opening = Slot(slots[model.start].gap, VARIABLE, min(filled))
    return (*slots[: model.start], opening, *slots[model.end :])


def _names_opened(clusters: list[Cluster]) -> tuple[Slot, ...]:
    """Return the slots of clusters with an opening wherever they differ."""
    return tuple(
        slots[0]
        if len({slot.text for slot in slots}) == 1
        else Slot(slots[0].gap, VARIABLE, min(slot.kind for slot in slots))
        for slots in zip(*(cluster.slots for cluster in clusters), strict=True)
    )
