"""One operator on top of what a bank holds, checked against a goal at once: most pairs fail at the first context.

So a level that would be too dear to keep is looked through for the goal alone.

Leaves out: operators of three operands; those that have an inverse (`goals.py` looks the other operand up).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank, fits
from trialrun.generate.enumerative.kinds import NUMBER, same
from trialrun.generate.enumerative.operators import NUMBERS, TEXTS, TRUTH
from trialrun.generate.enumerative.sequences import SEQUENCES
from trialrun.generate.enumerative.terms import ERR, Operator, Term

_INVERSE = ("add", "sub", "mul", "concat", "join_lists")
_FOUND = 10
_ALL = tuple(
    op for op in (*NUMBERS, *TRUTH, *TEXTS, *SEQUENCES) if op.name not in _INVERSE and len(op.takes) < 3
)


def finals(
    bank: Bank, positions: Sequence[int], values: Sequence[Any], kind: str, *, many: int, few: int
) -> Iterator[tuple[Operator, tuple[Term, ...]]]:
    """Yield operators and operands that give the wanted values at some contexts.

    Operators of one operand are tried on the `many` cheapest terms, those of two on pairs of the `few` cheapest of each
    side.
    """
    wanted = _turned(list(zip(positions, values, strict=True)))
    for op in _ALL:
        if not _may_give(op, kind):
            continue
        found = 0
        for number, args in enumerate(_operands(bank, op, many, few)):
            if number % 4 == 0:  # mostly one value, and that not kept
                bank.spent += 1
                if bank.spent >= bank.limit:
                    return
            if _gives(op, args, wanted):
                yield op, args
                found += 1
                if found == _FOUND:
                    break


def _may_give(op: Operator, kind: str) -> bool:
    if op.gives:
        return op.gives == kind or (op.gives in NUMBER and kind in NUMBER) or kind == "x"
    return kind not in "b"


def _operands(bank: Bank, op: Operator, many: int, few: int) -> Iterator[tuple[Term, ...]]:
    if len(op.takes) == 1:
        for term in islice(bank.of(op.takes[0]), many):
            yield (term,)
        return
    lefts, rights = (list(islice(bank.of(takes), few)) for takes in op.takes)
    for left in lefts:
        for right in rights:
            if fits(op, left, right):
                yield left, right


def _gives(op: Operator, args: tuple[Term, ...], wanted: Sequence[tuple[int, Any]]) -> bool:
    run = op.run
    try:
        if len(args) == 1:
            (values,) = (arg.values for arg in args)
            for position, value in wanted:
                if values[position] is ERR or not _alike(run(values[position]), value):
                    return False
            return True
        lefts, rights = (arg.values for arg in args)
        for position, value in wanted:
            left, right = lefts[position], rights[position]
            if left is ERR or right is ERR or not _alike(run(left, right), value):
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
