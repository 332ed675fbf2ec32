"""From wanted values to terms of a bank: looked up, through an inverse, joined by and/or, or by a decision list.

A goal is a list of values that a term shall have at some contexts. Terms that are made here have values in all contexts
of the bank, like those in it.

Leaves out: lists and texts element by element (`elementwise.py`), formulas (`formulas.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from trialrun.generate.enumerative.bank import Bank, applied
from trialrun.generate.enumerative.decide import Decider
from trialrun.generate.enumerative.finals import Wide, finals
from trialrun.generate.enumerative.kinds import LISTS, kind_of, same
from trialrun.generate.enumerative.operators import BOTH, BRANCH, BY_NAME, EITHER, NEGATION
from trialrun.generate.enumerative.sequences import SEQUENCES
from trialrun.generate.enumerative.terms import ERR, Operator, Term

OPERATORS: dict[str, Operator] = {**BY_NAME, **{op.name: op for op in SEQUENCES}}
SHALLOW = Wide(many=1500, few=60)
DEEP = Wide(many=10_000, few=240)
_INVERTED = 4000
_JOINED = 4
"""Terms that are tried as one side of an inverse."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Values wanted at some contexts."""

    positions: tuple[int, ...]
    values: tuple[Any, ...]

    @property
    def kind(self) -> str:
        """Return the kind of the wanted values."""
        return kind_of(self.values)

    def met(self, term: Term) -> bool:
        """Say whether a term has these values."""
        return len(mask_of(term, self)) == len(self.positions)


def mask_of(term: Term, goal: Goal) -> list[int]:
    """Return the places (in the goal) at which a term has the wanted value."""
    return [
        place
        for place, (position, wanted) in enumerate(zip(goal.positions, goal.values, strict=True))
        if same(term.values[position], wanted)
    ]


def compose(bank: Bank, op: Operator, args: tuple[Term, ...]) -> Term | None:
    """Return an operator's term on operands, with its values in the bank's contexts; it is not added."""
    bank.spent += len(bank.contexts)
    values = applied_lazily(op, args)
    if values is None:
        return None
    cost = sum(arg.cost for arg in args) + bank.cost_of(op)
    partial = any(value is ERR for value in values)
    return Term(op=op, args=args, cost=cost, kind=op.gives or kind_of(values), values=values, partial=partial)


def applied_lazily(op: Operator, args: tuple[Term, ...]) -> list[Any] | None:
    """Return the values of an operator's term; of those that do not need all operands, as Python has it."""
    if op.name not in ("if", "and", "or"):
        return applied(op, args)
    values = []
    for operands in zip(*(arg.values for arg in args), strict=True):
        first = operands[0]
        if first is ERR:
            values.append(ERR)
        elif op.name == "if":
            values.append(operands[1] if first else operands[2])
        else:
            values.append(operands[1] if first is (op.name == "and") else first)
    return values


def constant(bank: Bank, value: Any, cost: int) -> Term:
    """Return a constant with its values in the bank's contexts; it is not added."""
    values = [value] * len(bank.contexts)
    return Term(op=None, args=(), cost=cost, kind=kind_of(values), values=values, literal=value)


def solve(
    bank: Bank, goal: Goal, *, depth: int = 1, decide: bool = True, wide: Wide = SHALLOW
) -> Iterator[Term]:
    """Yield terms that meet a goal: those of the bank, then ones made of two, then decision lists.

    `wide` says how many pairs are looked through.
    """
    kind = goal.kind
    yield from islice(bank.matching(goal.positions, goal.values, kind), 60)
    if kind == "b":
        yield from _of_truth(bank, goal)
    elif kind in "ifs" or kind in LISTS:
        yield from _inverted(bank, goal, kind)
    for op, args in finals(bank, goal.positions, goal.values, kind, wide):
        made = compose(bank, op, args)
        if made is not None and goal.met(made):
            yield made
    if kind != "b":
        yield from _of_two(bank, goal, wide)
    if decide:
        yield from Decider(bank, goal.positions, goal.values).lists(depth)


def _of_two(bank: Bank, goal: Goal, wide: Wide) -> Iterator[Term]:
    """Yield choices between two constants, where no more are wanted."""
    one = goal.values[0]
    others = [value for value in goal.values if not same(value, one)]
    if not others or any(not same(value, others[0]) for value in others):
        return
    truth = Goal(goal.positions, tuple(same(value, one) for value in goal.values))
    for condition in islice(solve(bank, truth, decide=False, wide=wide), 8):
        options = constant(bank, one, 5), constant(bank, others[0], 5)
        made = compose(bank, BRANCH, (condition, *options))
        if made is not None and goal.met(made):
            yield made


def _of_truth(bank: Bank, goal: Goal) -> Iterator[Term]:
    """Yield conjunctions and disjunctions of two truth values, and negations of them."""
    wanted = sum(1 << place for place, value in enumerate(goal.values) if value)
    full = (1 << len(goal.values)) - 1
    known: dict[tuple[int, int], Term] = {}
    for term in islice(bank.of("b"), 3000):
        true, false = _truth_masks(term, goal.positions)
        if true and false:
            known.setdefault((true, false), term)
            if true | false == full:
                known.setdefault((false, true), _negated(bank, term))
    rows = [(true, false, term) for (true, false), term in known.items()]
    found = 0
    for op in (BOTH, EITHER):
        # Of `and` both hold where it is wanted, and elsewhere the first fails or, where it holds, the second; of `or`
        # the mirror image.
        if op is BOTH:
            fit = [(false, true, term) for true, false, term in rows if true & wanted == wanted]
            decided = full & ~wanted
        else:
            fit = [
                (true, false, term) for true, false, term in rows if false & ~wanted & full == full & ~wanted
            ]
            decided = wanted
        for decides, leaves, first in fit:
            for other, _, second in fit:
                if (decides | (leaves & other)) & decided == decided and second is not first:
                    made = compose(bank, op, (first, second))
                    if made is not None and goal.met(made):
                        yield made
                        found += 1
                        if found % 12 == 0:
                            break
            if found >= 24:
                return
        several = _several(fit, decided)
        made = _chained(bank, op, several) if len(several) > 2 else None
        if made is not None and goal.met(made):
            yield made


def _several(fit: Sequence[tuple[int, int, Term]], decided: int) -> list[Term]:
    """Return a few terms that together decide what a conjunction has to; none where they do not."""
    taken: list[Term] = []
    left = decided
    while left and len(taken) < _JOINED:
        best = max(fit, key=lambda row: ((row[0] & left).bit_count(), -row[2].cost), default=None)
        if best is None or not best[0] & left:
            return []
        taken.append(best[2])
        left &= ~best[0]
    return [] if left else taken


def _chained(bank: Bank, op: Operator, terms: Sequence[Term]) -> Term | None:
    made: Term | None = terms[0]
    for term in terms[1:]:
        made = None if made is None else compose(bank, op, (made, term))
    return made


def _truth_masks(term: Term, positions: Sequence[int]) -> tuple[int, int]:
    true = false = 0
    for place, position in enumerate(positions):
        value = term.values[position]
        if value is True:
            true |= 1 << place
        elif value is False:
            false |= 1 << place
    return true, false


def _negated(bank: Bank, term: Term) -> Term:
    if term.op is NEGATION:
        return term.args[0]
    made = compose(bank, NEGATION, (term,))
    return term if made is None else made


def _inverted(bank: Bank, goal: Goal, kind: str) -> Iterator[Term]:
    """Yield terms of which one operand is in the bank and the other is what the goal leaves for it."""
    for name, kinds, rest in _INVERSES:
        if kind not in kinds:
            continue
        op = OPERATORS[name]
        found = 0
        for first in islice(bank.of(kinds), _INVERTED):
            bank.spent += len(goal.positions) // 2
            left = _left_over(first, goal, rest)
            if left is None:
                continue
            for second in bank.matching(goal.positions, left, kind_of(left))[:2]:
                made = compose(bank, op, (first, second))
                if made is not None and made.kind == kind and goal.met(made):
                    yield made
                    found += 1
            if found >= 12:
                break


def _left_over(first: Term, goal: Goal, rest: Callable[[Any, Any], Any]) -> list[Any] | None:
    left = []
    for position, wanted in zip(goal.positions, goal.values, strict=True):
        value = first.values[position]
        if value is ERR:
            return None
        try:
            other = rest(wanted, value)
        except (ArithmeticError, ValueError, TypeError):
            return None
        if other is None:
            return None
        left.append(other)
    return left


def _divided(wanted: Any, factor: Any) -> Any:
    if type(wanted) is int and type(factor) is int:
        return wanted // factor if factor and wanted % factor == 0 else None
    return wanted / factor if factor else None


def _behind(wanted: Any, start: Any) -> Any:
    return wanted[len(start) :] if type(wanted) is type(start) and wanted[: len(start)] == start else None


def _before(wanted: str, end: str) -> str | None:
    return wanted[: len(wanted) - len(end)] if wanted.endswith(end) else None


_INVERSES: tuple[tuple[str, str, Callable[[Any, Any], Any]], ...] = (
    ("add", "if", lambda wanted, value: wanted - value),
    ("sub", "if", lambda wanted, value: value - wanted),
    ("mul", "if", _divided),
    ("concat", "s", _behind),
    ("join_lists", LISTS, _behind),
)
"""(operator, kinds, (wanted, first operand) → second operand or None)."""
