"""One operator on top of what a bank holds, checked against a goal at once: most pairs fail at the first context.

So a level that would be too dear to keep is looked through for the goal alone.

Leaves out: operators of three operands; those that have an inverse (`goals.py` looks the other operand up).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from trialrun.generate.enumerative.bank import VARIED, Bank, is_rare
from trialrun.generate.enumerative.kinds import NUMBER, same
from trialrun.generate.enumerative.operators import NUMBERS, TEXTS, TRUTH
from trialrun.generate.enumerative.sequences import SEQUENCES
from trialrun.generate.enumerative.terms import ERR, Operator, Term

_INVERSE = ("add", "sub", "mul", "concat", "join_lists")
_FOUND = 10
_BESIDE = 50
_CHEAP = 6
"""Pairs that are as cheap as one value that is kept."""
_ALL = tuple(
    op for op in (*NUMBERS, *TRUTH, *TEXTS, *SEQUENCES) if op.name not in _INVERSE and len(op.takes) < 3
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """How far to look."""

    many: int
    """The cheapest terms that operators of one operand are tried on."""
    few: int
    """The cheapest terms of each side for those of two."""
    fresh: tuple[Term, ...] = ()
    """Where there are any, one operand is one of these, cheapest first."""


def finals(
    bank: Bank, positions: Sequence[int], values: Sequence[Any], kind: str, wide: Wide
) -> Iterator[tuple[Operator, tuple[Term, ...]]]:
    """Yield operators and operands that give the wanted values at some contexts."""
    wanted = _turned(list(zip(positions, values, strict=True)))
    for op in _ALL:
        if is_rare(op, bank) or not _may_give(op, kind):
            continue
        sides = [_taken(bank, takes, wide) for takes in op.takes]
        tried: Iterator[tuple[Term, ...]]
        if len(sides) == 1:
            tried = _single(bank, op, sides[0], wanted)
        elif wide.fresh:
            cheap = [list(islice(bank.of(takes), _BESIDE)) for takes in op.takes]
            tried = chain(
                _pairs(bank, op, sides[0][: wide.few], cheap[1], wanted),
                _pairs(bank, op, cheap[0], sides[1][: wide.few], wanted),
            )
        else:
            tried = _pairs(bank, op, sides[0][: wide.few], sides[1][: wide.few], wanted)
        for args in islice(tried, _FOUND):
            yield op, args
        if bank.spent >= bank.limit:
            return


def _taken(bank: Bank, takes: str, wide: Wide) -> list[Term]:
    if wide.fresh:
        return [term for term in wide.fresh if takes == "*" or term.kind in takes][: wide.many]
    return list(islice(bank.of(takes), max(wide.many, wide.few)))


def _may_give(op: Operator, kind: str) -> bool:
    if op.gives:
        return op.gives == kind or (op.gives in NUMBER and kind in NUMBER) or kind == "x"
    return kind not in "b"


def _single(
    bank: Bank, op: Operator, terms: Sequence[Term], wanted: Sequence[tuple[int, Any]]
) -> Iterator[tuple[Term, ...]]:
    bank.spent += len(terms) // _CHEAP
    for term in terms:
        if not term.constant and _gives(op, (term,), wanted):
            yield (term,)


def _pairs(
    bank: Bank, op: Operator, left: Sequence[Term], right: Sequence[Term], wanted: Sequence[tuple[int, Any]]
) -> Iterator[tuple[Term, ...]]:
    """Yield the pairs of operands that give what is wanted; the first context rules out most."""
    position, value = wanted[0]
    lefts, rights = (
        [(term, term.values[position]) for term in terms if term.values[position] is not ERR]
        for terms in (left, right)
    )
    run = op.run
    once = op.symmetric and left == right
    for number, (first, one) in enumerate(lefts):
        if first.constant and op.name in VARIED:
            continue
        bank.spent += len(rights) // _CHEAP
        if bank.spent >= bank.limit:
            return
        for second, other in rights[number:] if once else rights:
            try:
                if run(one, other) != value:
                    continue
            except Exception:  # whatever an operator meets in values that it was not made for
                continue
            if not (first.constant and second.constant) and _gives(op, (first, second), wanted):
                yield first, second


def _gives(op: Operator, args: tuple[Term, ...], wanted: Sequence[tuple[int, Any]]) -> bool:
    run = op.run
    columns = [arg.values for arg in args]
    try:
        for position, value in wanted:
            operands = [column[position] for column in columns]
            if ERR in operands or not _alike(run(*operands), value):
                return False
    except Exception:  # whatever an operator meets in values that it was not made for
        return False
    return True


def _alike(one: Any, other: Any) -> bool:
    if one is other:
        return True
    return bool(one == other) and same(one, other)


def _turned(wanted: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Return the wanted values with different ones first: two that differ rule out most terms."""
    first: list[tuple[int, Any]] = []
    rest: list[tuple[int, Any]] = []
    seen: list[Any] = []
    for position, value in wanted:
        new = not any(same(value, other) for other in seen)
        (first if new else rest).append((position, value))
        if new:
            seen.append(value)
    return first + rest
