"""Decision lists: terms that are right at some contexts each, under conditions that tell these apart.

For every set of contexts at which some term is right the cheapest such term is kept, for every condition the set at
which it holds. A list `A if p else B if q else C` is put together from the top: p must hold only where A is right, and
the rest is decided likewise. Constants are terms, too: the wanted values themselves.

Source: EUSolver (Alur et al. 2017), with exact search of short lists in place of a decision tree learner.

Leaves out: conditions that are themselves made on purpose; those of the bank have to do.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.kinds import kind_of, same
from trialrun.generate.enumerative.operators import BRANCH, BY_NAME
from trialrun.generate.enumerative.terms import ERR, Term

_TERMS = 20_000
_CONDITIONS = 3000
_LISTS = 8
_TRIED = 60
"""First conditions whose rest is decided in turn."""


class Decider:
    """Finds decision lists for wanted values at some contexts of a bank."""

    def __init__(self, bank: Bank, positions: Sequence[int], values: Sequence[Any]) -> None:
        self.bank, self.positions, self.values = bank, positions, values
        self.full = (1 << len(positions)) - 1
        self._right = self._right_somewhere()
        self._conditions = self._told_apart()
        self._known: dict[tuple[int, int], tuple[int, Any] | None] = {}

    def lists(self, depth: int) -> Iterator[Term]:
        """Yield decision lists with up to so many conditions, the cheapest of each first condition."""
        found: dict[int, tuple[int, Any]] = {}
        for conditions in range(1, depth + 1):
            options = sorted(self._options(self.full, conditions), key=lambda option: option[0])
            for number, option in enumerate(options[:_LISTS]):
                found.setdefault(number + 100 * conditions, option)
            if found:
                break
        for _, plan in found.values():
            yield self._built(plan)

    def _options(self, rest: int, depth: int) -> Iterator[tuple[int, Any]]:
        """Yield (cost, plan) for the contexts `rest`: a first condition, a term for it, and a plan for the others."""
        tried = []
        for holds, condition, cost in self._conditions:
            here = holds & rest
            if here in (0, rest):
                continue
            term = self._covering(here)
            if term is None:
                continue
            tried.append((here, condition, cost + term.cost, term))
        if depth == 1:
            for here, condition, cost, term in tried:
                other = self._covering(rest & ~here)
                if other is not None:
                    yield cost + other.cost + 3, (condition, term, other)
            return
        tried.sort(key=lambda row: row[2] - 3 * row[0].bit_count())
        for here, condition, cost, term in tried[:_TRIED]:
            best = self._best(rest & ~here, depth - 1)
            if best is not None:
                yield cost + best[0] + 3, (condition, term, best[1])

    def _best(self, rest: int, depth: int) -> tuple[int, Any] | None:
        key = (rest, depth)
        if key not in self._known:
            term = self._covering(rest)
            options = [(term.cost, term)] if term is not None else list(self._options(rest, depth))
            self._known[key] = min(options, key=lambda option: option[0], default=None)
        return self._known[key]

    def _covering(self, here: int) -> Term | None:
        """Return the cheapest term that is right at all of these contexts."""
        for mask, term in self._right:
            if mask & here == here:
                return term
        return None

    def _right_somewhere(self) -> list[tuple[int, Term]]:
        """Return (contexts at which it is right, term), cheapest first, none worse in both than another."""
        wanted = list(zip(self.positions, self.values, strict=True))
        kinds = {kind_of([value]) for value in self.values}
        masks: dict[int, Term] = {}
        for value in self._distinct():
            mask = sum(1 << place for place, (_, other) in enumerate(wanted) if same(value, other))
            often = mask.bit_count()
            cost = _cost_of(value) + (4 if often == 1 else 0)
            values = [value] * len(self.bank.contexts)
            masks[mask] = Term(
                op=None, args=(), cost=cost, kind=kind_of(values), values=values, literal=value
            )
        for term in islice(self.bank.of("*"), _TERMS):
            if term.kind not in kinds and not (term.kind == "f" and "i" in kinds):
                continue
            mask = 0
            values = term.values
            for place, (position, value) in enumerate(wanted):
                got = values[position]
                if got == value and got is not ERR and same(got, value):
                    mask |= 1 << place
            if mask and (mask not in masks or masks[mask].cost > term.cost):
                masks[mask] = term
        kept: list[tuple[int, Term]] = []
        for mask, term in sorted(masks.items(), key=lambda row: row[1].cost):
            if not any(other & mask == mask for other, _ in kept):
                kept.append((mask, term))
        return kept

    def _distinct(self) -> list[Any]:
        found: list[Any] = []
        for value in self.values:
            if len(found) < 12 and not any(same(value, other) for other in found):
                found.append(value)
        return found

    def _told_apart(self) -> list[tuple[int, tuple[Term, bool], int]]:
        """Return (contexts where it holds, (condition, whether it is negated), cost) of conditions without errors."""
        kept: dict[int, tuple[tuple[Term, bool], int]] = {}
        for term in islice(self.bank.of("b"), _CONDITIONS):
            mask = 0
            for place, position in enumerate(self.positions):
                value = term.values[position]
                if value is ERR:
                    break
                mask |= value << place
            else:
                for holds, negated in ((mask, False), (self.full & ~mask, True)):
                    cost = term.cost + (3 if negated else 0)
                    if holds and (holds not in kept or kept[holds][1] > cost):
                        kept[holds] = ((term, negated), cost)
        for term, mask in self._single_values():
            if mask not in kept:
                kept[mask] = ((term, False), term.cost)
        return [(mask, condition, cost) for mask, (condition, cost) in kept.items()]

    def _single_values(self) -> Iterator[tuple[Term, int]]:
        """Yield conditions that a variable has one of its values: what functions treat apart from the rest."""
        for variable in self.bank.terms:
            if variable.place < 0 or variable.kind not in "is":
                continue
            for literal in dict.fromkeys(variable.values[position] for position in self.positions):
                values = [value == literal for value in variable.values]
                given = Term(
                    op=None,
                    args=(),
                    cost=6,
                    kind=variable.kind,
                    values=[literal] * len(values),
                    literal=literal,
                )
                mask = sum(1 << place for place, position in enumerate(self.positions) if values[position])
                cost = variable.cost + given.cost + 4
                yield Term(op=BY_NAME["eq"], args=(variable, given), cost=cost, kind="b", values=values), mask

    def _built(self, plan: Any) -> Term:
        if isinstance(plan, Term):
            return plan
        (condition, negated), term, rest = plan
        other = self._built(rest)
        one, two = (other, term) if negated else (term, other)
        values = [
            ERR if holds is ERR else first if holds else second
            for holds, first, second in zip(condition.values, one.values, two.values, strict=True)
        ]
        return Term(
            op=BRANCH,
            args=(condition, one, two),
            cost=condition.cost + one.cost + two.cost + 3,
            kind=kind_of(values),
            values=values,
            partial=any(value is ERR for value in values),
        )


def _cost_of(value: Any) -> int:
    """Return the cost of a constant that was seen as a result."""
    if value is None or type(value) is bool or value in (0, 1, -1, "", [], (), {}):
        return 3
    return 5 if type(value) is str else 6 + min(6, len(repr(value)) // 2)
