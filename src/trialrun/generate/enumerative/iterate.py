"""Comprehensions over what a bank holds: for each cheap iterable a bank of its elements, and the loops made of that.

Elements that are equal are one context. An inner bank that knows nothing but the element (*closed*) has as many
contexts as there are different elements; one that also knows the outer variables (*open*) has them for each outer
context apart.

Leaves out: loops whose body is a loop.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.kinds import ITERABLE, key_of
from trialrun.generate.enumerative.loops import (
    FIRST,
    KEEP,
    KEEP_SUM,
    KEEP_TEXT,
    MAP_SUM,
    MAP_TEXT,
    MAX_BY,
    MIN_BY,
    OF_BODY,
    OF_BOTH,
    OF_CONDITION,
    OF_TRUTH,
    SORTED_BY,
    SORTED_DOWN,
)
from trialrun.generate.enumerative.terms import ERR, Loop, Operator, Term

MOST_ELEMENTS = 4000
MOST_DIFFERENT = 150
_ROOM = {"E": 8, "r": 3, "s": 3, "S": 3, "I": 4, "F": 3, "M": 2, "A": 2, "P": 2, "t": 2, "z": 2, "B": 1}
"""How many sources of each kind are looked into."""
_TRANSPARENT = ("list", "first", "last", "sorted", "upper", "title", "capitalize", "swapcase", "sorted_text")
"""Operators whose elements are those of their operand, or nearly: it is looked into itself."""
_CONSTANT = 4
_LAMBDAS = (MAX_BY, MIN_BY, SORTED_BY, SORTED_DOWN)
_OF_TEXT = (MAP_TEXT, KEEP_TEXT)
_OF_NUMBERS = (KEEP_SUM,)


@dataclass(frozen=True, slots=True)
class Inside:
    """The elements of one source, and the bank of what can be said of one."""

    source: Term
    names: tuple[str, ...]
    bank: Bank
    places: list[list[int] | None]
    """For each outer context the inner contexts of the elements in order; None where the source has no value."""
    elements: list[Any]
    """For each outer context its elements."""


def sources(bank: Bank, most: int) -> list[Term]:
    """Return the cheapest iterables of each kind whose elements are not too many, variables first."""
    found: list[Term] = []
    room = dict(_ROOM)
    for term in bank.of(ITERABLE, most):
        name = term.op.name if isinstance(term.op, Operator) else ""
        if term.constant or name in _TRANSPARENT or not room.get(term.kind):
            continue
        if sum(len(value) for value in term.values if value is not ERR) <= MOST_ELEMENTS:
            room[term.kind] -= 1
            found.append(term)
    return found


@dataclass(frozen=True, slots=True)
class Closed:
    """The different elements of several sources, and the bank of what can be said of one by itself."""

    bank: Bank
    numbers: dict[Any, int]


def closed_banks(bank: Bank, chosen: Sequence[Term]) -> list[tuple[Closed, list[Term]]]:
    """Return a closed bank, not grown yet, for each group of sources with elements of one sort."""
    groups: dict[Any, list[Term]] = {}
    for source in chosen:
        types = {type(item).__name__ for value in source.values if value is not ERR for item in value}
        pairs = source.op.name if source.kind == "E" and isinstance(source.op, Operator) else ""
        groups.setdefault((pairs, len(names_of(source)), *sorted(types)), []).append(source)
    found = []
    for sources_of_one in groups.values():
        contexts: list[tuple[Any, ...]] = []
        numbers: dict[Any, int] = {}
        kept = []
        names = names_of(sources_of_one[0])
        for source in sources_of_one:
            if len(contexts) < MOST_DIFFERENT:
                kept.append(source)
                for value in source.values:
                    for item in () if value is ERR else value:
                        if numbers.setdefault(_key(item, -1), len(contexts)) == len(contexts):
                            contexts.append(_context(bank, item, names, -1))
        if contexts:
            found.append((Closed(_inner_bank(bank, contexts, names), numbers), kept))
    return found


def look_inside(bank: Bank, source: Term, closed: Closed | None) -> Inside | None:
    """Return the inner bank of a source, open where it is not given; None where the source has no elements."""
    names = names_of(source)
    contexts: list[tuple[Any, ...]] = []
    numbers: dict[Any, int] = {} if closed is None else closed.numbers
    places: list[list[int] | None] = []
    elements: list[Any] = []
    for outer, value in enumerate(source.values):
        if value is ERR:
            places.append(None)
            elements.append(ERR)
            continue
        items = sorted(value, key=repr) if isinstance(value, set) else list(value)
        row = []
        for item in items:
            key = _key(item, -1 if closed is not None else outer)
            if closed is None and numbers.setdefault(key, len(contexts)) == len(contexts):
                contexts.append(_context(bank, item, names, outer))
            row.append(numbers[key])
        places.append(row)
        elements.append(items)
    if closed is not None:
        return Inside(source, names, closed.bank, places, elements)
    if not contexts:
        return None
    inside = _inner_bank(bank, contexts, names)
    _bring_in(bank, inside, places)
    return Inside(source, names, inside, places, elements)


def _key(item: Any, outer: int) -> Any:
    return outer, type(item), item if type(item) in (str, int) else key_of([item], "x")


def _context(bank: Bank, item: Any, names: tuple[str, ...], outer: int) -> tuple[Any, ...]:
    around = bank.contexts[outer] if outer >= 0 else (None,) * len(bank.contexts[0])
    return (*around, *(tuple(item) if len(names) > 1 else (item,)))


def _inner_bank(bank: Bank, contexts: Sequence[tuple[Any, ...]], names: tuple[str, ...]) -> Bank:
    inside = Bank(contexts, bank.words)
    arity = len(bank.contexts[0])
    for place in range(len(names)):
        inside.variable(arity + place)
    for value, cost in bank.constants:
        if cost <= _CONSTANT:
            inside.constant(value, cost)
    return inside


def _bring_in(bank: Bank, inside: Bank, places: Sequence[list[int] | None]) -> None:
    """Let the inner bank know cheap terms of the outer one."""
    owners: dict[int, int] = {}
    for outer, row in enumerate(places):
        owners |= dict.fromkeys(row or (), outer)
    for term in islice(bank.of("*", 7), 40):
        if not term.constant and term.kind != "E":
            values = [term.values[owners[number]] for number in range(len(inside.contexts))]
            inside.add(
                term.op, term.args, term.cost + 1, values, gives=term.kind,
                place=term.place, literal=term.literal, body=term.body, where=term.where, names=term.names,
            )  # fmt: skip


def names_of(source: Term) -> tuple[str, ...]:
    """Return what the elements of a source are called: two names for pairs."""
    if source.kind in "EP":
        name = source.op.name if isinstance(source.op, Operator) else ""
        return (
            ("i", "x")
            if name in ("enumerated", "numbered")
            else ("k", "v")
            if name == "pairs"
            else ("a", "b")
        )
    return {"s": ("c",), "r": ("i",), "S": ("word",), "M": ("row",)}.get(source.kind, ("x",))


def loop(bank: Bank, inside: Inside, kind: Loop, body: Term | None, where: Term | None) -> Term | None:
    """Add one comprehension to the outer bank; None where it is of no use."""
    bank.spent += len(inside.bank.contexts) // 2 + len(bank.contexts)
    values = looped(inside, kind, body, where)
    if values is None:
        return None
    parts = (inside.source.cost, *(part.cost for part in (body, where) if part is not None))
    return bank.add(
        kind, (inside.source,), sum(parts) + bank.cost_of(kind), values,
        gives=kind.gives, body=body, where=where, names=inside.names,
    )  # fmt: skip


def looped(inside: Inside, kind: Loop, body: Term | None, where: Term | None) -> list[Any] | None:
    """Return the values of a comprehension, None where there are none at all."""
    found: list[Any] = []
    some = False
    said = body.values if body is not None else None
    holds = where.values if where is not None else None
    finish = kind.finish
    for row, elements in zip(inside.places, inside.elements, strict=True):
        value = ERR
        if row is not None:
            kept, which = elements, row
            if holds is not None:
                truth = [holds[number] for number in row]
                if ERR in truth:
                    found.append(ERR)
                    continue
                kept = [element for element, one in zip(elements, truth, strict=True) if one]
                which = [number for number, one in zip(row, truth, strict=True) if one]
            try:
                value = finish(kept if said is None else [said[number] for number in which], kept)
            except Exception:  # values that a function was not made for
                value = ERR
            some = some or value is not ERR
        found.append(value)
    return found if some else None


def loops_of(bank: Bank, inside: Inside, effort: int) -> list[Term]:
    """Add the comprehensions over one source, the cheap ones first; return those that are new."""
    end = bank.spent + effort
    found = []
    bodies = [term for term in inside.bank.of("*") if not term.constant]
    truths = [term for term in bodies if term.kind == "b"]
    for kind, body, where in _shapes(inside, bodies, truths):
        if bank.spent >= end:
            break
        made = loop(bank, inside, kind, body, where)
        if made is not None:
            found.append(made)
    return found


def _shapes(
    inside: Inside, bodies: Sequence[Term], truths: Sequence[Term]
) -> Iterator[tuple[Loop, Term | None, Term | None]]:
    """Yield what comprehensions there may be: conditions first, since there are fewer."""
    unordered = inside.source.kind == "z"
    single = len(inside.names) == 1
    for truth in truths[:400]:
        for kind in OF_TRUTH:
            yield kind, truth, None
        for kind in OF_CONDITION:
            if _suits(kind, inside, unordered):
                yield kind, None, truth
    for body in bodies[:500]:
        for kind in OF_BODY:
            if body.kind in kind.body and (single or kind not in _LAMBDAS):
                identity = body.place >= 0 and single
                if not (unordered and kind.ordered) and not (identity and kind not in (MAP_SUM, MAP_TEXT)):
                    yield kind, body, None
    for truth in truths[:40]:
        for body in bodies[:25]:
            for kind in OF_BOTH:
                if body.kind in kind.body and not (unordered and kind.ordered) and body.kind != "b":
                    yield kind, body, truth


def _suits(kind: Loop, inside: Inside, unordered: bool) -> bool:
    if unordered and kind.ordered:
        return False
    if kind in _OF_TEXT:
        return inside.source.kind in "sS"
    if kind in _OF_NUMBERS:
        return inside.source.kind in "IFtrz"
    return kind in (KEEP, FIRST)
