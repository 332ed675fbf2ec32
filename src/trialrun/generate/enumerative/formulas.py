"""Numbers that are a polynomial of a few numbers with simple coefficients: found by exact linear algebra.

The unknowns are numbers of the bank (variables first, then lengths, sums and the like). Sets of monomials are tried
from the smallest; a formula counts only where there are more examples than coefficients, by two at least.

Leaves out: floats that are not exact (their last digit depends on the order of the operations).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, islice
from math import lcm
from typing import Any

from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.goals import OPERATORS, Goal, compose, constant
from trialrun.generate.enumerative.terms import Term

_UNKNOWNS = 4
_SPARE = 2
_LARGEST = 1000


def formulas(bank: Bank, goal: Goal) -> Iterator[Term]:
    """Yield polynomials that meet a goal."""
    if goal.kind not in "if":
        return
    numbers = [
        term
        for term in islice(bank.of("i"), 40)
        if not term.constant and not any(term.values[place] is ... for place in goal.positions)
    ]
    variables = [term for term in numbers if term.op is None][:_UNKNOWNS]
    others = [term for term in numbers if term.op is not None][:6]
    groups = [variables, *([*variables[: _UNKNOWNS - 1], other] for other in others)]
    for group in groups:
        if not group:
            continue
        for degree in range(1, 5):
            monomials = [()] + [
                product
                for power in range(1, degree + 1)
                for product in combinations_with_replacement(range(len(group)), power)
            ]
            if len(monomials) + _SPARE > len(goal.positions):
                break
            found = _fitted(group, monomials, goal)
            if found is not None:
                term = _written(bank, group, monomials, found, float_wanted=goal.kind == "f")
                if term is not None and goal.met(term):
                    yield term
                    return


def _fitted(group: Sequence[Term], monomials: Sequence[tuple[int, ...]], goal: Goal) -> list[Fraction] | None:
    """Return the coefficients, None where there are none, or not one answer, or no simple ones."""
    rows: list[list[Fraction]] = []
    for position, wanted in zip(goal.positions, goal.values, strict=True):
        values = [term.values[position] for term in group]
        if wanted != wanted or wanted in (float("inf"), float("-inf")):
            return None
        row = []
        for product in monomials:
            value = Fraction(1)
            for place in product:
                value *= values[place]
            row.append(value)
        rows.append([*row, Fraction(wanted)])
    return _solved(rows, len(monomials))


def _solved(rows: list[list[Fraction]], width: int) -> list[Fraction] | None:
    """Solve linear equations by elimination; unknowns that the examples leave open are 0."""
    pivots: list[int] = []
    for column in range(width):
        done = len(pivots)
        pivot = next((row for row in range(done, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        scale = rows[done][column]
        rows[done] = [value / scale for value in rows[done]]
        for other in range(len(rows)):
            factor = rows[other][column]
            if other != done and factor:
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[done], strict=True)]
        pivots.append(column)
    if any(row[-1] for row in rows[len(pivots) :]):
        return None
    found = [Fraction(0)] * width
    for number, column in enumerate(pivots):
        found[column] = rows[number][-1]
    if any(abs(value.numerator) > _LARGEST or value.denominator > 24 for value in found) or not any(
        found[1:]
    ):
        return None
    return found


def _written(
    bank: Bank,
    group: Sequence[Term],
    monomials: Sequence[tuple[int, ...]],
    found: Sequence[Fraction],
    *,
    float_wanted: bool,
) -> Term | None:
    """Return the polynomial as a term, over one denominator."""
    denominator = lcm(*(value.denominator for value in found))
    total: Term | None = None
    for product, value in reversed(list(zip(monomials, found, strict=True))):
        number = int(value * denominator)
        if not number:
            continue
        part: Term | None = None if abs(number) == 1 and product else constant(bank, abs(number), 3)
        for place in product:
            part = group[place] if part is None else _two(bank, "mul", part, group[place])
            if part is None:
                return None
        if total is None:
            total = part if number > 0 or part is None else _one(bank, "neg", part)
        else:
            total = _two(bank, "add" if number > 0 else "sub", total, part)
        if total is None:
            return None
    if total is None or (denominator == 1 and not float_wanted):
        return total
    return _two(bank, "div" if float_wanted else "floordiv", total, constant(bank, denominator, 3))


def _two(bank: Bank, name: str, one: Any, other: Any) -> Term | None:
    return None if one is None or other is None else compose(bank, OPERATORS[name], (one, other))


def _one(bank: Bank, name: str, term: Term) -> Term | None:
    return compose(bank, OPERATORS[name], (term,))
