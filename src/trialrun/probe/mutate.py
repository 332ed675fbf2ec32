"""Changing working trees without changing their types.

One mutation goes down from the root, at each record to a field (by the number of leaves below it) and at each sequence
either changes the sequence or goes on to one item. Numbers move by one or two, to constants, magnitudes, borders, or
to a value seen elsewhere; strings gain, lose and repeat characters; sequences lose, repeat, move, sort, equalise
and grow items. A number that counts something is not changed itself: what it counts gets another length instead, unless
relations are to be broken. Cost: microseconds, and independent of the tree's size but for copying.

Leaves out: keeping relations (`keeping.repair`), choosing what to mutate (`corpus.py`).

Source: Mokav (2024), part A, steps 4 and 5; EvalPlus (2023), type-aware mutation.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trialrun.probe.keeping import resized
from trialrun.probe.shapes import (
    Bool,
    Choice,
    Const,
    Float,
    Int,
    Path,
    Record,
    Rule,
    Seq,
    Shape,
    Text,
    at,
    copied,
)
from trialrun.probe.typed import MAGNITUDES, MODEST, Maker, fits
from trialrun.probe.words import GAPS, reworded, words_of

_POOL = 64
"""Values of one type that are kept as ingredients, beside the constants."""


Fixed = frozenset[Path] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How a mutation goes down from a record."""

    indices: list[int]
    weights: list[int]
    """How often to go to each of these fields."""
    fixed: dict[int, Fixed]
    """Paths below each field that are not changed."""
    counted: list[Path]
    """What numbers of this record count."""


@dataclass(slots=True)
class Mutator:
    """Mutates working trees of one shape; holds the ingredients that it has seen."""

    maker: Maker
    pools: defaultdict[type, list[Any]] = field(default_factory=lambda: defaultdict(list))
    words: list[str] = field(default_factory=list)
    """Words of strings, as ingredients."""
    _plans: dict[tuple[int, Fixed], "_Plan"] = field(default_factory=dict)

    def learn(self, tree: Any) -> None:
        """Take the atoms of a tree as ingredients."""
        todo = [tree]
        while todo:
            part = todo.pop()
            if type(part) is list:
                todo += part[:50]
            elif len(pool := self.pools[type(part)]) < _POOL and part not in pool:
                pool.append(part)
                if type(part) is str and len(self.words) < _POOL:
                    new = (word for word in words_of(part) if word not in self.words)
                    self.words += dict.fromkeys(new)

    def mutate(self, shape: Shape, tree: Any, rng: Random, fixed: Fixed = frozenset()) -> Any:
        """Return the tree, changed in place where it is a list, after one mutation.

        `fixed`: paths of numbers below the shape that count something, which are not changed; None: change them too.
        """
        if isinstance(shape, Record):
            return self._in_record(shape, tree, rng, fixed)
        if isinstance(shape, Seq):
            if tree and not isinstance(shape.item, Const) and rng.random() < 0.5:
                index = rng.randrange(len(tree))
                tree[index] = self.mutate(
                    shape.item, tree[index], rng, None if fixed is None else frozenset()
                )
                return tree
            return self.sequence(shape, tree, rng)
        if isinstance(shape, Int):
            return self.integer(shape, tree, rng)
        if isinstance(shape, Text):
            return self.text(shape, tree, rng)
        if isinstance(shape, Float):
            return self.real(shape, tree, rng)
        if isinstance(shape, Bool):
            return not tree
        if isinstance(shape, Const):
            return rng.choice(shape.values)
        if not shape.options:
            return tree
        if rng.random() < 0.3:
            return self.maker.make(shape, rng)
        tree[1] = self.mutate(shape.options[tree[0]], tree[1], rng, fixed and frozenset())
        return tree

    def _in_record(self, shape: Record, tree: Any, rng: Random, fixed: Fixed) -> Any:
        plan = self._plan(shape, fixed)
        if plan.counted and rng.random() < 0.12:
            self._resize(shape, tree, rng.choice(plan.counted), rng)
            return tree
        if plan.indices:
            index = rng.choices(plan.indices, plan.weights)[0]
            tree[index] = self.mutate(shape.fields[index], tree[index], rng, plan.fixed[index])
        return tree

    def _plan(self, shape: Record, fixed: Fixed) -> "_Plan":
        known = self._plans.get((id(shape), fixed))
        if known is None:
            counts = [link for link in shape.links if link.rule is Rule.COUNT]
            below: dict[int, Fixed] = {}
            for index in range(len(shape.fields)):
                own = {*(fixed or ()), *(link.source for link in counts)}
                inner = frozenset(path[1:] for path in own if path[:1] == (index,))
                below[index] = None if fixed is None else inner
            leaves = {
                index: leaves_of(part, below[index] or frozenset()) for index, part in enumerate(shape.fields)
            }
            indices = [index for index, count in leaves.items() if count]
            known = _Plan(
                indices=indices,
                weights=[leaves[index] for index in indices],
                fixed=below,
                counted=[] if fixed is None else [link.target for link in counts],
            )
            self._plans[id(shape), fixed] = known
        return known

    def _resize(self, shape: Record, tree: Any, path: Path, rng: Random) -> None:
        """Give one of the sequences at a path another length."""
        holder = tree
        for step in path[:-1]:
            if step < 0 and not holder:
                return
            holder = holder[step if step >= 0 else rng.randrange(len(holder))]
        if not holder:
            return
        index = path[-1] if path[-1] >= 0 else rng.randrange(len(holder))
        target: Any = at(shape, path)
        length = self.length(len(holder[index]), rng)
        holder[index] = resized(target, holder[index], length, rng, self.maker.make)

    def length(self, now: int, rng: Random) -> int:
        """Return another length: one more or less, 1, 2, the double, or, rarely, a large one."""
        dice = rng.random()
        if dice < 0.45:
            length = max(0, now + rng.choice((-2, -1, 1, 1, 2)))
        elif dice < 0.6:
            length = rng.choice((1, 1, 2, 3))
        elif dice < 0.8:
            length = 2 * now + rng.choice((-1, 0, 1))
        elif dice < 0.97:
            length = rng.randint(1, 12)
        else:
            length = rng.choice((20, 50, 100))
        return min(length, self.maker.longest)

    # ------------------------------------------------------------------------------------------- values

    def integer(self, shape: Int, value: int, rng: Random) -> int:
        """Return another number in the shape's range."""
        dice = rng.random()
        if dice < 0.35:
            value += rng.choice((-1, 1, -1, 1, -2, 2))
        elif dice < 0.5 and self.maker.constants.ints:
            value = rng.choice(self.maker.constants.ints)
        elif dice < 0.62 and self.pools[int]:
            value = rng.choice(self.pools[int])
        elif dice < 0.72:
            value = shape.low if shape.low is not None else rng.choice((0, 1, -1, -value))
        elif dice < 0.82:
            value = rng.choice(MODEST)
        elif dice < 0.86:
            value = rng.choice(MAGNITUDES) * (-1 if shape.low is None and rng.random() < 0.3 else 1)
        elif dice < 0.92:
            value = rng.choice((2 * value, value // 2, value * 10, value // 10, value + 10))
        else:
            value = self.maker.integer(shape, rng, 9)
        return self.maker.fit(shape, value)

    def real(self, shape: Float, value: float, rng: Random) -> float:
        """Return another float in the shape's range."""
        dice = rng.random()
        if dice < 0.3:
            value += rng.choice((-1.0, 1.0, 0.5, -0.5))
        elif dice < 0.5:
            value *= 1 + rng.uniform(-0.5, 0.5)
        elif dice < 0.6 and self.pools[float]:
            value = rng.choice(self.pools[float])
        else:
            return self.maker.real(shape, rng)
        if shape.low is not None and value < shape.low:
            value = float(shape.low)
        return value if shape.places is None else round(value, shape.places)

    def text(self, shape: Text, text: str, rng: Random) -> str:
        """Return another string over the shape's alphabet."""
        if shape.grammar and rng.random() < 0.7:
            return self.maker.text(shape, rng, rng.choice((1, 2, 3, 4, 6, 10)))
        gaps = [gap for gap in GAPS if gap in shape.alphabet]
        if gaps and text and rng.random() < 0.35:
            known = rng.choice((*self.words, *self.maker.constants.texts[:_POOL], ""))
            may = all(char in shape.wide for char in known)
            changed = reworded(text, rng.choice(gaps), known if may else "", rng)
            return changed if len(changed) >= shape.least else text
        letters = self.maker.letters(shape, rng)
        dice = rng.random()
        spot = rng.randrange(len(text) + 1)
        if not text or dice < 0.2:
            return text[:spot] + rng.choice(letters) + text[spot:]
        spot = min(spot, len(text) - 1)
        if dice < 0.45:
            return text[:spot] + rng.choice(letters) + text[spot + 1 :]
        if dice < 0.6:
            return text[:spot] + text[spot + 1 :] if len(text) > shape.least else text
        return self._reshaped(shape, text, spot, rng)

    def _reshaped(self, shape: Text, text: str, spot: int, rng: Random) -> str:
        """Return a string changed in more than one place."""
        choice = rng.randrange(10)
        if choice == 0:
            return text[:spot] + text[spot] * rng.choice((2, 3)) + text[spot + 1 :]
        if choice == 1:
            end = rng.randint(spot, len(text))
            return text[:end] + text[spot:end] + text[end:]
        if choice == 2:
            return text[::-1]
        if choice == 3:
            swapped = text[:spot] + text[spot].swapcase() + text[spot + 1 :]
            return swapped if fits(shape, swapped) else text[::-1]
        if choice == 4:
            return text[: max(shape.least, spot)] or text
        if choice == 5:
            return text[0] * len(text)
        if choice == 6:
            return text[: len(text) - len(text) // 2] + text[: len(text) // 2][::-1]
        if choice == 7:
            other = rng.randrange(len(text))
            letters = list(text)
            letters[spot], letters[other] = letters[other], letters[spot]
            return "".join(letters)
        if choice == 8:
            pool = [*self.maker.constants.texts[:20], *self.pools[str][:20]]
            known = [other for other in pool if fits(shape, other)]
            return rng.choice(known) if known else text[::-1]
        return "".join(sorted(text)) if rng.random() < 0.5 else text + text

    def sequence(self, shape: Seq, items: list[Any], rng: Random) -> list[Any]:
        """Return the list, changed in place: items removed, repeated, moved, made, made equal, sorted."""
        if not items:
            return [self.maker.make(shape.item, rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        one, two = rng.randrange(len(items)), rng.randrange(len(items))
        dice = rng.random()
        if dice < 0.2:
            if len(items) > shape.least:
                del items[one]
        elif dice < 0.36:
            items.insert(rng.randrange(len(items) + 1), copied(items[one]))
        elif dice < 0.48:
            items.insert(rng.randrange(len(items) + 1), self.maker.make(shape.item, rng))
        elif dice < 0.58:
            items[one], items[two] = items[two], items[one]
        elif dice < 0.7:
            items[one] = copied(items[two])
        elif dice < 0.76:
            del items[max(shape.least, 1 + one) :]
        elif dice < 0.8:
            low, high = min(one, two), max(one, two) + 1
            items[high:high] = copied(items[low:high])[: max(0, self.maker.longest - len(items))]
        else:
            return self._rearranged(shape, items, one, rng)
        return items

    def _rearranged(self, shape: Seq, items: list[Any], one: int, rng: Random) -> list[Any]:
        """Return the list, changed in place as a whole."""
        dice = rng.random()
        if dice < 0.2:
            items.reverse()
        elif dice < 0.4 and isinstance(shape.item, Int | Text | Float):
            items.sort(reverse=rng.random() < 0.5)
        elif dice < 0.55:
            items[:] = [copied(items[one]) for _ in items]
        elif dice < 0.7:
            rng.shuffle(items)
        elif dice < 0.85 and isinstance(shape.item, Int):
            shift = rng.choice((-1, 1, 2, -items[one]))
            items[:] = [self.maker.fit(shape.item, item + shift) for item in items]
        else:
            return list(resized(shape, items, self.length(len(items), rng), rng, self.maker.make))
        return items


def leaves_of(shape: Shape, without: frozenset[Path]) -> int:
    """Return how many different things can be changed in a shape, leaving out the fields at some paths."""
    if () in without:
        return 0
    if isinstance(shape, Record):
        return sum(
            leaves_of(part, frozenset(path[1:] for path in without if path[:1] == (index,)))
            for index, part in enumerate(shape.fields)
        )
    if isinstance(shape, Seq):
        return 1 + leaves_of(shape.item, frozenset())
    if isinstance(shape, Const):
        return int(len(shape.values) > 1)
    if isinstance(shape, Choice):
        return int(bool(shape.options))
    return 1
