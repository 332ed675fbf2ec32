"""`Bank`: the terms of one scope, cheapest first, one for each behaviour; it grows from the bottom up.

A scope is a list of contexts, values of the variables. Two terms with the same values in all contexts are one, the
cheaper; so contexts whose wanted result is not known serve to keep terms apart. Effort is counted in values computed,
not in seconds, so that the same task gives the same bank everywhere.

Leaves out: comprehensions (`iterate.py`), what is wanted (`goals.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trialrun.generate.enumerative.kinds import key_of, kind_of
from trialrun.generate.enumerative.terms import ERR, Operator, Term

_MOST_COST = 40
_LONGEST = 1000
_RARE = 3.5
VARIED = ("mod", "divisible", "shift", "floordiv")
"""Operators whose left operand varies in what people write."""


class Bank:
    """Terms by kind and cost."""

    def __init__(self, contexts: Sequence[tuple[Any, ...]], words: frozenset[str] = frozenset()) -> None:
        """`words` are those of the wanted function's name: operators that they speak of are cheaper."""
        self.contexts = contexts
        self.words = words
        self.spent = 0
        """Values computed so far."""
        self.limit = 10**12
        """Where looking for pairs ends."""
        self.terms: list[Term] = []
        self.constants: list[tuple[Any, int]] = []
        self._at: dict[str, list[list[Term]]] = defaultdict(lambda: [[] for _ in range(_MOST_COST + 1)])
        self._seen: set[tuple[str, bytes]] = set()
        self._indexes: dict[tuple[int, ...], tuple[int, dict[bytes, list[Term]]]] = {}

    def variable(self, place: int, cost: int = 2) -> Term | None:
        """Add the variable at a place of the contexts."""
        return self.add(None, (), cost, [context[place] for context in self.contexts], place=place)

    def constant(self, value: Any, cost: int) -> Term | None:
        """Add a constant."""
        self.constants.append((value, cost))
        return self.add(None, (), cost, [value] * len(self.contexts), literal=value)

    def cost_of(self, op: Any) -> int:
        """Return what an operator costs here, in halves."""
        cost: int = round(2 * op.cost)
        return max(2, cost - 1) if self.words and not self.words.isdisjoint(op.words) else cost

    def add(
        self, op: Any, args: tuple[Term, ...], cost: int, values: list[Any], *, gives: str = "", **more: Any
    ) -> Term | None:
        """Add a term, or return None where it has no use: no value anywhere, or those of a cheaper one."""
        kind = gives or kind_of(values)
        if kind == "x" or cost > _MOST_COST:
            return None
        if kind not in "ifbn" and _longest(values) > _LONGEST:
            return None
        key = key_of(values, kind)
        if key is None or (kind, key) in self._seen:
            return None
        self._seen.add((kind, key))
        partial = ERR in values
        number = len(self.terms)
        term = Term(
            op=op, args=args, cost=cost, kind=kind, values=values, number=number, partial=partial, **more
        )
        self.terms.append(term)
        self._at[kind][cost].append(term)
        return term

    def of(self, kinds: str, most: int = _MOST_COST) -> Iterator[Term]:
        """Yield the terms of some kinds, cheapest first, up to a cost."""
        known = list(self._at) if kinds == "*" else [kind for kind in kinds if kind in self._at]
        for cost in range(most + 1):
            for kind in known:
                yield from self._at[kind][cost]

    def grow(self, operators: Sequence[Operator], effort: int, most: int = _MOST_COST) -> Iterator[int]:
        """Add terms level by level until `effort` values were computed, or a cost is reached; yield each level."""
        end = self.spent + effort
        usual = [op for op in operators if not is_rare(op, self)]
        for level in range(3, most + 1):
            for op in usual:
                cost = self.cost_of(op)
                for args in list(self._operands(op, level - cost)):
                    if self.spent >= end:
                        return
                    self.apply(op, args, level)
            yield level

    def _operands(self, op: Operator, cost: int) -> Iterator[tuple[Term, ...]]:
        """Yield the operands of an operator that cost so much together."""
        if cost < 2 * len(op.takes):
            return
        if len(op.takes) == 1:
            for term in self._exactly(op.takes[0], cost):
                if not term.constant:
                    yield (term,)
        elif len(op.takes) == 2:
            for first in range(2, cost - 1):
                rights = self._exactly(op.takes[1], cost - first)
                if rights:
                    for left in self._exactly(op.takes[0], first):
                        for right in rights:
                            if fits(op, left, right):
                                yield left, right
        else:
            for first in range(2, cost - 3):
                for left in self._exactly(op.takes[0], first):
                    for second in range(2, cost - first - 1):
                        for middle in self._exactly(op.takes[1], second):
                            for right in self._exactly(op.takes[2], cost - first - second):
                                if middle is not right and not left.constant:
                                    yield left, middle, right

    def _exactly(self, kinds: str, cost: int) -> list[Term]:
        known = list(self._at) if kinds == "*" else [kind for kind in kinds if kind in self._at]
        if len(known) == 1:
            return self._at[known[0]][cost]
        return [term for kind in known for term in self._at[kind][cost]]

    def apply(self, op: Operator, args: tuple[Term, ...], cost: int) -> Term | None:
        """Add an operator's term on operands; None where it is of no use."""
        self.spent += len(self.contexts)
        values = applied(op, args)
        return None if values is None else self.add(op, args, cost, values, gives=op.gives)

    def extend(
        self, operators: Iterable[Operator], fresh: Sequence[Term], partners: Sequence[Term], effort: int
    ) -> list[Term]:
        """Apply operators to fresh terms, alone and beside partners; return what came of it."""
        end = self.spent + effort
        found: list[Term] = []
        for term in fresh:
            for op in operators:
                for args in _around(op, term, partners):
                    if self.spent >= end:
                        return found
                    made = self.apply(op, args, sum(arg.cost for arg in args) + self.cost_of(op))
                    if made is not None:
                        found.append(made)
        return found

    def matching(self, positions: tuple[int, ...], wanted: Sequence[Any], kind: str) -> list[Term]:
        """Return the terms whose values at some contexts are those wanted, cheapest first."""
        key = key_of(list(wanted), kind)
        found = [] if key is None else self.index(positions, kind).get(key, [])
        return sorted(found, key=lambda term: term.cost)

    def index(self, positions: tuple[int, ...], kind: str) -> dict[bytes, list[Term]]:
        """Return terms of one kind by the key of their values at some contexts."""
        name = (*positions, ord(kind))
        done, table = self._indexes.get(name, (0, {}))
        for term in self.terms[done:]:
            if term.kind == kind:
                values = [term.values[place] for place in positions]
                key = key_of(values, kind)
                if key is not None:
                    table.setdefault(key, []).append(term)
        self._indexes[name] = (len(self.terms), table)
        return table


def _longest(values: Sequence[Any]) -> int:
    return max((len(value) for value in values if value is not ERR), default=0)


def is_rare(op: Operator, bank: Bank) -> bool:
    """Say whether an operator is one to try only where the function's name speaks of it, and does not."""
    return op.cost >= _RARE and bank.words.isdisjoint(op.words)


def fits(op: Operator, left: Term, right: Term) -> bool:
    """Say whether two operands are worth an operator: not two constants, nor both ways where that is the same."""
    if (right.constant and left.constant) or (left.constant and op.name in VARIED):
        return False
    return (
        not op.symmetric
        or left is right
        or (left.cost, left.number) <= (right.cost, right.number)
        or left.constant
    )


def _around(op: Operator, term: Term, partners: Sequence[Term]) -> Iterator[tuple[Term, ...]]:
    """Yield the operands of an operator of which one is a term."""
    takes = op.takes
    if len(takes) == 1 and _takes(takes[0], term):
        yield (term,)
    elif len(takes) == 2:
        for partner in partners:
            if _takes(takes[0], term) and _takes(takes[1], partner):
                yield term, partner
            if not op.symmetric and _takes(takes[1], term) and _takes(takes[0], partner):
                yield partner, term


def _takes(kinds: str, term: Term) -> bool:
    return kinds == "*" or term.kind in kinds


def applied(op: Operator, args: tuple[Term, ...]) -> list[Any] | None:
    """Return the values of an operator on operands, one a context, or None where there are none at all."""
    run = op.run
    if not any(arg.partial for arg in args):
        try:
            return list(map(run, *(arg.values for arg in args)))
        except Exception:  # in one of the contexts: each by itself, below
            pass
    values = []
    some = False
    for operands in zip(*(arg.values for arg in args), strict=True):
        value = ERR
        if ERR not in operands:
            try:
                value = run(*operands)
                some = True
            except Exception:  # whatever an operator meets in values that it was not made for
                value = ERR
        values.append(value)
    return values if some else None
