"""The game against an oracle: examples in, questions out, programs submitted, counterexamples learnt from.

1. The recorded calls are the first examples; a few more inputs are asked before anything is searched, since ten truth
   values fit too much: where a text is taken, all letters first.
2. Search. While terms are left that differ, ask where they differ most; once they agree, ask where a wrong one would
   show. An answer that no term gives starts the search again, with all examples.
3. Submit the cheapest. A counterexample is one more example. The last submission stands.

A call that the hidden function refuses by an exception is no example: what it does there does not count.

Leaves out: functions whose calls differ in their number of arguments (the most frequent number is taken).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, Literal

from trialrun.core.budget import Budget
from trialrun.core.execution import Outcome
from trialrun.core.oracle import CALLS, Answer, Check, Holds, Oracle, Refused
from trialrun.core.task import Case
from trialrun.generate.enumerative.emit import parameters, program_text
from trialrun.generate.enumerative.inputs import alphabets, best_split, proposals, telling
from trialrun.generate.enumerative.kinds import NotPlain, demand_plain, plain
from trialrun.generate.enumerative.search import Arguments, Example, Found, fits, search

Ask = Literal["split", "random", "none"]

_OTHERS = 3
_POOL = 80


@dataclass(slots=True, kw_only=True)
class Game:
    """What is known of one hidden function."""

    oracle: Oracle
    budget: Budget
    entry: str
    effort: int
    """Values that all searches together may compute."""
    ask: Ask = "split"
    """How inputs are chosen: where the terms differ, at random, or not at all."""
    first: int = 6
    """Calls before the first search."""
    seed: int = 0
    examples: list[Example] = field(default_factory=list)
    asked: list[Arguments] = field(default_factory=list)
    """All inputs whose answer is known, refused ones among them."""
    found: Found | None = None
    spent: int = 0
    """Values computed so far."""
    _stream: Iterator[Arguments] = field(default_factory=lambda: iter(()), init=False)
    _pool: list[Arguments] = field(default_factory=list, init=False)
    _rng: Random = field(default_factory=Random, init=False)

    def play(self) -> Iterator[str]:
        """Yield each submission's source; the game is over where no more come."""
        self._take_recorded()
        if not self.examples:
            return
        self._stream = proposals(self.asked, seed=self.seed)
        self._rng = Random(f"bottom-up {self.seed}")
        if self.ask != "none":
            for args in (*alphabets(self.examples), *self._drawn(self.first))[: self.first]:
                self._query(args)
        while not self.oracle.ended:
            self._converge()
            if self.found is None or not self.found.terms:
                return
            source = program_text(self.found.terms[0], self.entry, parameters(self.found.kinds))
            yield source

    def learn(self, check: Check | Refused) -> None:
        """Take note of what a check said."""
        if isinstance(check, Check) and check.holds is Holds.DIFFERENT and check.case is not None:
            assert check.expected is not None
            if not self._note(check.case.args, check.expected) and self.found is not None:
                # The difference is in what these examples cannot say: the submitted term is out.
                self.found = Found(
                    terms=self.found.terms[1:], kinds=self.found.kinds, effort=self.found.effort
                )

    def _take_recorded(self) -> None:
        recorded = self.oracle.recorded()
        arity = Counter(len(case.args) for case, _ in recorded)
        usual = max(arity, key=lambda count: (arity[count], count), default=0)
        for case, answer in recorded:
            if len(case.args) == usual:
                self._note(case.args, answer)

    def _note(self, args: Arguments, answer: Answer) -> bool:
        """Take note of an answer; say whether it is an example that the terms can learn from."""
        self.asked.append(args)
        if answer.outcome is not Outcome.RETURNED or answer.value is None or answer.stdout:
            return False
        try:
            demand_plain(args)
            self.examples.append(Example(args, plain(answer.value)))
        except NotPlain:
            return False
        return True

    def _query(self, args: Arguments) -> bool:
        """Ask for one call; say whether it was answered."""
        if self.budget.left(CALLS) < 1:
            return False
        answers = self.oracle.query([Case(args=args)])
        if isinstance(answers, Refused):
            return False
        self._note(args, answers[0])
        return True

    def _drawn(self, count: int) -> list[Arguments]:
        return list(islice(self._stream, count))

    def _converge(self) -> None:
        """Search and ask until the terms agree and calls are used up."""
        while True:
            if self.found is not None:
                kept = tuple(term for term in self.found.terms if fits(term, self.examples))
                self.found = Found(terms=kept, kinds=self.found.kinds, effort=self.found.effort)
            if self.found is None or not self.found.terms:
                if self.spent >= 0.9 * self.effort:
                    return
                self._search()
                if not self.found or not self.found.terms:
                    return  # what fits none of fewer examples does not fit more of them
            if self.ask == "none" or not self._ask():
                return

    def _search(self) -> None:
        others = [] if self.ask == "none" else self._pooled()[:_OTHERS]
        left = self.effort - self.spent
        self.found = search(self.examples, others, self.entry, max(left // 2, 1))
        self.spent += max(self.found.effort, self.effort // 20)

    def _pooled(self) -> list[Arguments]:
        self._pool += self._drawn(_POOL - len(self._pool))
        return self._pool

    def _ask(self) -> bool:
        """Ask one more call; say whether there was one to ask."""
        if self.budget.left(CALLS) < 1 or self.found is None:
            return False
        pool = self._pooled()
        place: int | None = 0 if pool else None
        if self.ask == "split":
            place = best_split(self.found.terms, pool)
            if place is None:
                seen = [example.value for example in self.examples]
                place = telling(self.found.terms[0], pool, seen, self._rng)
        return place is not None and self._query(pool.pop(place))


def submissions(game: Game, check: Callable[[str], Check | Refused]) -> Iterator[str]:
    """Play a game to its end; yield every program that was submitted."""
    for source in game.play():
        yield source
        game.learn(check(source))


def examples_of(cases: Sequence[Case], expected: Sequence[Any]) -> list[Example]:
    """Return cases with known results as examples."""
    return [Example(case.args, value) for case, value in zip(cases, expected, strict=True)]
