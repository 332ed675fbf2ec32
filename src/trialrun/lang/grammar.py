"""Grammars as data: texts by derivation, and the derivation of a text.

A derivation that has become deep takes the shortest ways to an end. Reading goes back wherever it was wrong, in the
order of the alternatives, and gives up after a bounded number of steps. Alternatives are weighted: all of a grammar's
are numbered, in the order in which they are written.

Leaves out: left recursion (refused), context: what a grammar cannot say, such as declared names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from trialrun.core.errors import UsageError
from trialrun.lang.grammar_notation import All, Chars, Form, Literal, OneOf, Reader, Ref, Repeat
from trialrun.lang.trees import Node

_STEPS = 50_000
"""Steps of reading a text, after which it counts as one that the grammar does not make."""
_NEVER = 1 << 30


class _TooFar(Exception):
    """Reading took too many steps."""


@dataclass(frozen=True)
class Grammar:
    """Rules by name; the first is where derivations start. Raises `UsageError` for text that is no such grammar."""

    text: str
    rules: dict[str, Form] = field(init=False, repr=False)
    start: str = field(init=False)
    alternatives: int = field(init=False)
    """How many alternatives there are in all rules."""
    _depths: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        reader = Reader(self.text)
        rules = reader.rules()
        set_ = object.__setattr__
        set_(self, "rules", rules)
        set_(self, "start", next(iter(rules)))
        set_(self, "alternatives", reader.alternatives)
        set_(self, "_depths", dict.fromkeys(rules, _NEVER))
        for _ in rules:
            for name, form in rules.items():
                self._depths[name] = min(self._depths[name], 1 + self._depth(form))
        endless = [name for name, depth in self._depths.items() if depth >= _NEVER]
        if endless:
            raise UsageError(f"the rule {endless[0]!r} of the grammar never comes to an end")
        for name in rules:
            if name in self._leftmost(rules[name], set()):
                raise UsageError(f"the rule {name!r} of the grammar is left-recursive: write it with * or +")

    def derive(self, name: str, chance: Random, weights: Sequence[float], deepest: int) -> str:
        """Return a text of one rule."""
        return self._derive(Ref(name), chance, weights, deepest)

    def read(self, text: str) -> Node | None:
        """Return the derivation of a text, its nodes called by their rules; None where none is found in time."""
        try:
            for end, nodes in _Match(self, text).form(Ref(self.start), 0):
                if end == len(text):
                    return nodes[0]
        except (_TooFar, RecursionError):
            pass
        return None

    def _derive(self, form: Form, chance: Random, weights: Sequence[float], left: int) -> str:
        match form:
            case Literal(text):
                return text
            case Chars(chars):
                return chance.choice(chars)
            case Ref(name):
                return self._derive(self.rules[name], chance, weights, left - 1)
            case All(parts):
                return "".join(self._derive(part, chance, weights, left) for part in parts)
            case OneOf(options, first):
                open_ = [place for place, option in enumerate(options) if self._depth(option) <= left]
                if not open_:
                    shortest = min(map(self._depth, options))
                    open_ = [place for place, option in enumerate(options) if self._depth(option) == shortest]
                drawn = chance.choices(open_, [weights[first + place] + 1e-9 for place in open_])[0]
                return self._derive(options[drawn], chance, weights, left)
            case Repeat(part, least, most):
                count = least if self._depth(part) > left else chance.randint(least, most)
                return "".join(self._derive(part, chance, weights, left) for _ in range(count))

    def _depth(self, form: Form) -> int:
        """Return how many rules deep the shortest derivation is."""
        match form:
            case Ref(name):
                return self._depths[name]
            case All(parts):
                return max(map(self._depth, parts), default=0)
            case OneOf(options, _):
                return min(map(self._depth, options))
            case Repeat(part, least, _):
                return self._depth(part) if least else 0
        return 0

    def _leftmost(self, form: Form, seen: set[str]) -> set[str]:
        """Return the rules that a derivation may begin with."""
        match form:
            case Ref(name):
                if name in seen:
                    return {name}
                seen.add(name)
                return {name} | self._leftmost(self.rules[name], seen)
            case All(parts):
                found: set[str] = set()
                for part in parts:
                    found |= self._leftmost(part, seen)
                    if not self._may_be_empty(part, frozenset()):
                        break
                return found
            case OneOf(options, _):
                return set().union(*(self._leftmost(option, seen) for option in options))
            case Repeat(part, _, _):
                return self._leftmost(part, seen)
        return set()

    def _may_be_empty(self, form: Form, inside: frozenset[str]) -> bool:
        match form:
            case Literal(text):
                return not text
            case Ref(name):
                return name not in inside and self._may_be_empty(self.rules[name], inside | {name})
            case All(parts):
                return all(self._may_be_empty(part, inside) for part in parts)
            case OneOf(options, _):
                return any(self._may_be_empty(option, inside) for option in options)
            case Repeat(part, least, _):
                return least == 0 or self._may_be_empty(part, inside)
        return False


class _Match:
    """Reads a text by a grammar, trying alternatives in their order."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        self._rules, self._text, self._left = grammar.rules, text, _STEPS

    def form(self, form: Form, place: int) -> Iterator[tuple[int, tuple[Node, ...]]]:
        """Yield (end, nodes) for every way to read a form from a place on."""
        self._left -= 1
        if self._left < 0:
            raise _TooFar
        match form:
            case Literal(text):
                if self._text.startswith(text, place):
                    yield place + len(text), ()
            case Chars(chars):
                if place < len(self._text) and self._text[place] in chars:
                    yield place + 1, ()
            case Ref(name):
                for end, nodes in self.form(self._rules[name], place):
                    yield end, (Node(name, place, end, nodes),)
            case All(parts):
                yield from self._parts(parts, place)
            case OneOf(options, _):
                for option in options:
                    yield from self.form(option, place)
            case Repeat(part, least, _):
                yield from self._repeat(part, least, place)

    def _parts(self, parts: "tuple[Form, ...]", place: int) -> Iterator[tuple[int, tuple[Node, ...]]]:
        if not parts:
            yield place, ()
            return
        for end, nodes in self.form(parts[0], place):
            for last, more in self._parts(parts[1:], end):
                yield last, nodes + more

    def _repeat(self, part: Form, least: int, place: int) -> Iterator[tuple[int, tuple[Node, ...]]]:
        for end, nodes in self.form(part, place):
            if end > place:
                for last, more in self._repeat(part, max(0, least - 1), end):
                    yield last, nodes + more
        if least == 0:
            yield place, ()
