"""Find what parses in a text that as a whole does not: a program among prose, one that was cut off.

A `Parser` keeps count of how much it has read, so that no text, however hostile, costs more than a fixed amount:
once that is spent, nothing parses any more.

Leaves out: mending a text so that it parses (`lang/mend.py`).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.statements import bound, is_stub, returns

MAX_PARSED = 4_000_000
"""Characters that one `Parser` reads at most."""
_OPENERS = ("def ", "class ", "import ", "from ", "async def ", "@")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that parses."""

    source: str
    tree: ast.Module

    def defines(self, entry: str) -> bool:
        """Tell whether the top level binds `entry`."""
        return any(entry in bound(node) for node in self.tree.body)

    def really_defines(self, entry: str) -> bool:
        """Tell whether it binds `entry` to more than a stub (a docstring, `pass`, `...`)."""
        return any(entry in bound(node) and not is_stub(node) for node in self.tree.body)

    def gives_back(self, entry: str) -> bool:
        """Tell whether some definition of `entry` itself returns or yields."""
        return any(
            entry in bound(node) and any(map(returns, getattr(node, "body", ()))) for node in self.tree.body
        )


class Parser:
    """Parses texts until its allowance is spent; remembers what it has parsed."""

    def __init__(self, allowance: int = MAX_PARSED) -> None:
        self._left = allowance
        self._known: dict[str, Parsed | Unparseable] = {}

    def parsed(self, source: str) -> Parsed | None:
        """Parse a program; None where it is none, a `return` outside of functions included."""
        found = self._parse(source)
        return None if isinstance(found, Unparseable) else found

    def longest_start(self, source: str, *, within: bool) -> Parsed | None:
        """Return the longest beginning of a text, in whole lines, that parses and is not empty.

        Without `within` the cut is made between top-level statements only; with it, inside a function too, after
        the last whole statement.
        """
        lines = source.rstrip().split("\n")
        end = len(lines)
        while end > 0:
            text = "\n".join(lines[:end]) + "\n"
            found = self._parse(text)
            if not isinstance(found, Unparseable):
                return found if found.tree.body else None
            if self._left <= 0:
                return None
            at = min(end - 1, max((found.line or end) - 1, 0))
            if within:
                end = _shorter(lines, end, at)
            else:
                while at > 0 and (
                    not lines[at].strip() or lines[at].startswith((" ", "\t", ")", "]", "}", "#", "el"))
                ):
                    at -= 1
                end = at
        return None

    def parts(self, source: str) -> Iterator[Parsed]:
        """Yield the parts of a text that are programs, in order, passing over the prose between them."""
        lines = source.split("\n")
        at = 0
        while at < len(lines) and self._left > 0:
            found = None
            if lines[at].startswith(_OPENERS) or _looks_assigned(lines[at]):
                found = self.longest_start("\n".join(lines[at:]), within=False)
            if found is None:
                at += 1
            else:
                yield found
                at += found.source.count("\n")

    def _parse(self, source: str) -> Parsed | Unparseable:
        if source not in self._known:
            if self._left <= 0:
                return Unparseable("too much to read")
            self._left -= len(source) + 100
            tree = parse(source)
            if isinstance(tree, Unparseable):
                self._known[source] = tree
            elif any(map(returns, tree.body)):
                line = next(node.lineno for node in tree.body if returns(node))
                self._known[source] = Unparseable("a return outside of any function", line)
            else:
                self._known[source] = Parsed(source, tree)
        return self._known[source]


def _shorter(lines: list[str], end: int, error: int) -> int:
    """Return how many lines to try next: those before the error where it lies in the later half, else one less."""
    end = error if error < end - 1 and error >= end // 2 else end - 1
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end


def _looks_assigned(line: str) -> bool:
    name, equals, _ = line.partition("=")
    return bool(equals) and name.split(":")[0].strip().isidentifier()
