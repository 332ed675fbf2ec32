"""Search for one task: from examples, and inputs whose results are not known, to the terms that fit all examples.

    variables, constants ─grow─▶ bank ─sources─▶ inner banks ─loops─▶ bank ─extend─▶ bank ─solve─▶ terms
                                                     └─ elementwise goals ─────────────────────────▶

Each step has a share of the effort; terms found on the way are checked by evaluation on every example. The cheapest
come first.

Leaves out: asking for more examples (`game.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.constants import constants, words_of
from trialrun.generate.enumerative.elementwise import elementwise, joined, joined_goals
from trialrun.generate.enumerative.finals import Wide
from trialrun.generate.enumerative.formulas import formulas
from trialrun.generate.enumerative.goals import DEEP, OPERATORS, Goal, compose, solve
from trialrun.generate.enumerative.iterate import Closed, Inside, closed_banks, look_inside, loops_of, sources
from trialrun.generate.enumerative.kinds import same
from trialrun.generate.enumerative.operators import NUMBERS, TEXTS, TRUTH
from trialrun.generate.enumerative.sequences import ITEMS, MAPS, SEQUENCES, SETS, TOTALS
from trialrun.generate.enumerative.terms import Operator, Term, attempt

Arguments = tuple[Any, ...]

_ALL: tuple[Operator, ...] = (*NUMBERS, *TRUTH, *TEXTS, *SEQUENCES)
_INSIDE = (*NUMBERS, *TRUTH, *TEXTS, *ITEMS, *SETS, *TOTALS, *MAPS[:3])
_DIRECT = 40
_FEW = 10
_MANY = 30
_LONG = 50
_PARTNERS = 24
_MOST_LEVEL = 99
_FURTHER = 2
_CLOSED = 0.12
_OF_PARTS = Wide(many=3000, few=400)
_OPEN = 0.12


@dataclass(frozen=True, slots=True)
class Example:
    """One input and the result that is wanted."""

    args: Arguments
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found."""

    terms: tuple[Term, ...]
    """Terms that fit all examples, cheapest first, no two alike on the inputs given."""
    kinds: str
    """Kinds of the variables."""
    effort: int
    """Values computed."""


def search(examples: Sequence[Example], others: Sequence[Arguments], name: str, effort: int) -> Found:
    """Return the terms that fit examples, by at most about so many computed values.

    `others` are inputs whose results are not known: terms that differ on them are kept apart. `name` is what the
    function is called.
    """
    chosen = representative(examples)
    contexts = [example.args for example in chosen] + list(others)
    bank = Bank(contexts, words_of(name))
    bank.limit = effort
    for place in range(len(contexts[0])):
        bank.variable(place)
    kinds = "".join(term.kind for term in bank.terms)
    values = [example.value for example in examples]
    for value, cost in constants([example.args for example in examples], values, name):
        bank.constant(value, cost)
    goal = Goal(tuple(range(len(chosen))), tuple(example.value for example in chosen))
    run = _Search(bank, goal, effort)
    found: dict[tuple[str, ...], Term] = {}
    for term in run.terms():
        if fits(term, examples):
            found.setdefault(_behaviour(term), term)
            if len(found) >= _DIRECT:
                break
    return Found(
        terms=tuple(sorted(found.values(), key=lambda term: term.cost)), kinds=kinds, effort=bank.spent
    )


def representative(examples: Sequence[Example]) -> list[Example]:
    """Return some of the examples: of each result the shortest ones first, fewer where results differ much.

    A search runs on these; what it finds is checked on all.
    """
    rows: dict[str, list[Example]] = {}
    for example in sorted(examples, key=lambda one: len(repr(one.args))):
        rows.setdefault(repr(example.value), []).append(example)
    count = _FEW if len(rows) > 4 else _MANY
    # A text changed letter by letter: what it does to each letter is seen best in a long one.
    found = [example for example in examples if _spells(example)][:1]
    while len(found) < min(count, len(examples)):
        for row in rows.values():
            if row and len(found) < count:
                found.append(row.pop(0))
    return found


def _spells(example: Example) -> bool:
    value = example.value
    return (
        isinstance(value, str)
        and len(value) > _LONG
        and any(isinstance(arg, str) and len(arg) == len(value) for arg in example.args)
    )


def fits(term: Term, examples: Sequence[Example]) -> bool:
    """Say whether a term gives the wanted result on every example, by evaluating it anew."""
    return all(same(attempt(term, example.args), example.value) for example in examples)


def _behaviour(term: Term) -> tuple[str, ...]:
    return tuple(map(repr, term.values))


class _Search:
    def __init__(self, bank: Bank, goal: Goal, effort: int) -> None:
        self.bank, self.goal, self.effort = bank, goal, effort
        self.insides: list[Inside] = []
        self.fresh: list[Term] = []

    def terms(self) -> Iterator[Term]:
        """Yield terms that meet the goal, stage by stage; a stage after one that found some is left out."""
        for stage in (self._grown, self._composed, self._looped, self._extended, self._decided):
            some = False
            if self.bank.spent >= self.effort and stage != self._decided:
                continue
            for term in islice(stage(), 60):
                some = True
                yield term
            if some:
                return

    def _grown(self) -> Iterator[Term]:
        """Grow the bank; a little further than to the first terms that fit."""
        last = _MOST_LEVEL
        for level in self.bank.grow(_ALL, self.effort // 5):
            if last == _MOST_LEVEL and self._direct():
                last = level + _FURTHER
            if level >= last:
                break
        yield from self._direct()

    def _direct(self) -> list[Term]:
        return self.bank.matching(self.goal.positions, self.goal.values, self.goal.kind)

    def _composed(self) -> Iterator[Term]:
        yield from formulas(self.bank, self.goal)
        yield from self._parts()
        yield from solve(self.bank, self.goal, decide=False, wide=DEEP)

    def _looped(self) -> Iterator[Term]:
        """Look inside the cheap iterables, shallow banks first."""
        chosen = sources(self.bank, 14)
        shared: dict[int, Closed] = {}
        for rank, (closed, group) in enumerate(closed_banks(self.bank, chosen)):
            for _ in closed.bank.grow(_INSIDE, int(self.effort * _CLOSED / (rank + 1))):
                pass
            self.bank.spent += closed.bank.spent
            shared |= {source.number: closed for source in group}
        for rank, source in enumerate(chosen):
            share = int(self.effort * _OPEN / (rank + 3))
            for bank in (shared.get(source.number), None):
                if bank is None and self.bank.spent >= self.effort:
                    continue
                inside = look_inside(self.bank, source, bank)
                if inside is None:
                    continue
                if bank is None:
                    for _ in inside.bank.grow(_INSIDE, share):
                        pass
                    self.bank.spent += inside.bank.spent
                self.insides.append(inside)
                yield from elementwise(self.bank, inside, self.goal)
                self.fresh += loops_of(self.bank, inside, share)
            found = self._direct()
            yield from found
            if found:
                return
        for separator, goal in joined_goals(self.goal):
            for parts in (
                *self.bank.matching(goal.positions, goal.values, goal.kind)[:4],
                *self._elementwise(goal),
            ):
                made = joined(self.bank, separator, parts)
                if made is not None:
                    yield made

    def _elementwise(self, goal: Goal) -> Iterator[Term]:
        for inside in self.insides:
            yield from elementwise(self.bank, inside, goal)

    def _extended(self) -> Iterator[Term]:
        """Apply operators to what the comprehensions gave, alone and beside cheap terms."""
        partners = list(islice(self.bank.of("ifbsISFBMtdz"), _PARTNERS))
        fresh = sorted(self.fresh, key=lambda term: term.cost)
        beside = Wide(many=4000, few=400, fresh=tuple(fresh))
        some = False
        for term in solve(self.bank, self.goal, decide=False, wide=beside):
            some = True
            yield term
        if some:
            return
        self.bank.extend(_ALL, fresh, partners, self.effort // 4)
        yield from solve(self.bank, self.goal, decide=False, wide=DEEP)

    def _parts(self) -> Iterator[Term]:
        """Yield lists or tuples of a fixed length whose items are found one by one."""
        values = self.goal.values
        lengths = {len(value) for value in values if isinstance(value, list | tuple)}
        if self.goal.kind not in "IFSBMAt" or len(lengths) != 1 or not 1 < next(iter(lengths)) <= 4:
            return
        items = []
        for place in range(next(iter(lengths))):
            goal = Goal(self.goal.positions, tuple(value[place] for value in values))
            options = [
                *islice(solve(self.bank, goal, decide=False, wide=_OF_PARTS), 4),
                *islice(formulas(self.bank, goal), 1),
            ]
            options = options or list(islice(solve(self.bank, goal, depth=1), 2))
            if not options:
                return
            items.append(min(options, key=lambda term: term.cost))
        op = gathering(len(items), tuples=isinstance(values[0], tuple))
        made = compose(self.bank, op, tuple(items))
        if made is not None:
            yield made

    def _decided(self) -> Iterator[Term]:
        yield from solve(self.bank, self.goal, depth=3)


def _tuple(*items: Any) -> tuple[Any, ...]:
    return items


def _list(*items: Any) -> list[Any]:
    return list(items)


def gathering(count: int, *, tuples: bool) -> Operator:
    """Return the operator that makes a list, or a tuple, of so many operands."""
    inner = ", ".join(f"{{{place}}}" for place in range(count))
    return Operator(
        name="gather", takes=("*",) * count, gives="", run=_tuple if tuples else _list,
        text=f"({inner})" if tuples else f"[{inner}]", wants=(1,) * count,
    )  # fmt: skip


__all__ = ["OPERATORS", "Example", "Found", "fits", "gathering", "search"]
