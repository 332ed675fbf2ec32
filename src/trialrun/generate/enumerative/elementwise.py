"""Lists, texts and dicts that are wanted, element by element: each element of a source gives one of the result.

What is wanted of a comprehension over a source is, where the lengths agree, what is wanted of its body for each
element; where the result is part of the source, it is a condition. Equal elements must agree. Texts that are joined
by a separator are wanted as lists of their parts.

Leaves out: several results an element.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.goals import OPERATORS, Goal, compose, constant, solve
from trialrun.generate.enumerative.iterate import Inside, looped
from trialrun.generate.enumerative.kinds import LISTS, kind_of, same
from trialrun.generate.enumerative.loops import (
    KEEP,
    KEEP_TEXT,
    KEEP_TUPLE,
    MAP,
    MAP_DICT,
    MAP_TEXT,
    MAP_TUPLE,
)
from trialrun.generate.enumerative.terms import ATOM, ERR, Loop, Operator, Term

SEPARATORS = (" ", ", ", ",", "-", "_", "\n", "")
TABLE = Operator(
    name="table", takes=("d", "*"), gives="", run=lambda table, key: table.get(key, key),
    text="{0}.get({1}, {1})", wants=(ATOM, 0), cost=2,
)  # fmt: skip
_MOST = 6


def elementwise(bank: Bank, inside: Inside, goal: Goal) -> Iterator[Term]:
    """Yield comprehensions over one source that meet a goal."""
    kind = goal.kind
    if inside.source.kind == "z":
        return
    if kind in LISTS:
        yield from _mapped(bank, inside, goal, MAP)
        yield from _kept(bank, inside, goal, KEEP)
    elif kind == "t":
        yield from _mapped(bank, inside, goal, MAP_TUPLE)
        yield from _kept(bank, inside, goal, KEEP_TUPLE)
    elif kind == "s":
        yield from _mapped(bank, inside, goal, MAP_TEXT)
        if inside.source.kind in "sS":
            yield from _kept(bank, inside, goal, KEEP_TEXT)
    elif kind == "d" and len(inside.names) == 1:
        yield from _keyed(bank, inside, goal)


def joined_goals(goal: Goal) -> Iterator[tuple[str, Goal]]:
    """Yield (separator, goal of the parts) of a wanted text."""
    if goal.kind != "s":
        return
    for separator in SEPARATORS[:-1]:
        if any(separator in value for value in goal.values):
            parts = tuple(value.split(separator) if value else [] for value in goal.values)
            yield separator, Goal(goal.positions, parts)


def joined(bank: Bank, separator: str, parts: Term) -> Term | None:
    """Return the term that joins the parts."""
    return compose(bank, OPERATORS["join"], (constant(bank, separator, 3), parts))


def _inner_goal(inside: Inside, goal: Goal, *, whole: bool) -> Goal | None:
    """Return what is wanted for each element, None where lengths or equal elements do not agree."""
    wanted: dict[int, Any] = {}
    for position, value in zip(goal.positions, goal.values, strict=True):
        row = inside.places[position]
        if row is None or len(row) != len(value):
            return None
        for number, part in zip(row, value, strict=True):
            if number in wanted and not same(wanted[number], part):
                return None
            wanted[number] = part
    return Goal(tuple(wanted), tuple(wanted.values())) if wanted and whole else None


def _mapped(bank: Bank, inside: Inside, goal: Goal, kind: Loop) -> Iterator[Term]:
    inner = _inner_goal(inside, goal, whole=True)
    if inner is None:
        return
    for body in islice(solve(inside.bank, inner, depth=2), _MOST):
        made = _loop(bank, inside, kind, body, None)
        if made is not None:
            yield made
    table = _table(inside, inner)
    if table is not None:
        made = _loop(bank, inside, kind, table, None)
        if made is not None:
            yield made


def _table(inside: Inside, inner: Goal) -> Term | None:
    """Return a table of the elements that are changed, the others being left; for single elements that hash."""
    arity = len(inside.bank.contexts[0])
    if len(inside.names) != 1 or inner.kind != "s":
        return None
    table: dict[Any, Any] = {}
    for position, value in zip(inner.positions, inner.values, strict=True):
        element = inside.bank.contexts[position][arity - 1]
        if type(element) is not str or table.get(element, value) != value:
            return None
        table[element] = value
    changed = {key: table[key] for key in sorted(table) if table[key] != key}
    variable = next((term for term in inside.bank.terms if term.place == arity - 1), None)
    if not changed or variable is None:
        return None
    given = constant(inside.bank, changed, 4 + 2 * len(changed))
    return compose(inside.bank, TABLE, (given, variable))


def _kept(bank: Bank, inside: Inside, goal: Goal, kind: Loop) -> Iterator[Term]:
    """Yield filters: an element is wanted where it is the next one of the result."""
    wanted: dict[int, bool] = {}
    shorter = False
    for position, value in zip(goal.positions, goal.values, strict=True):
        row, elements = inside.places[position], inside.elements[position]
        if row is None or len(value) > len(row):
            return
        shorter = shorter or len(value) < len(row)
        inside_result = list(value)
        taken = 0
        for number, element in zip(row, elements, strict=True):
            takes = taken < len(inside_result) and same(inside_result[taken], element)
            # Of equal elements either all stay or none; where that is not so, the greedy reading is given up.
            if wanted.setdefault(number, takes) != takes:
                return
            taken += takes
        if taken != len(inside_result):
            return
    if not shorter:
        return
    inner = Goal(tuple(wanted), tuple(wanted.values()))
    for where in islice(solve(inside.bank, inner, depth=1, decide=False), _MOST):
        made = _loop(bank, inside, kind, None, where)
        if made is not None:
            yield made


def _keyed(bank: Bank, inside: Inside, goal: Goal) -> Iterator[Term]:
    wanted: dict[int, Any] = {}
    for position, value in zip(goal.positions, goal.values, strict=True):
        row, elements = inside.places[position], inside.elements[position]
        if row is None or len(value) != len(set(map(repr, elements))):
            return
        for number, element in zip(row, elements, strict=True):
            try:
                part = value[element]
            except (KeyError, TypeError):
                return
            if number in wanted and not same(wanted[number], part):
                return
            wanted[number] = part
    if not wanted:
        return
    for body in islice(solve(inside.bank, Goal(tuple(wanted), tuple(wanted.values())), depth=1), _MOST):
        made = _loop(bank, inside, MAP_DICT, body, None)
        if made is not None:
            yield made


def _loop(bank: Bank, inside: Inside, kind: Loop, body: Term | None, where: Term | None) -> Term | None:
    """Return a comprehension with its values in the outer contexts; it is not added."""
    values = looped(inside, kind, body, where)
    if values is None:
        return None
    parts = (inside.source.cost, *(part.cost for part in (body, where) if part is not None))
    return Term(
        op=kind, args=(inside.source,), cost=sum(parts) + bank.cost_of(kind), kind=kind.gives or kind_of(values),
        values=values, partial=any(value is ERR for value in values), body=body, where=where, names=inside.names,
    )  # fmt: skip
