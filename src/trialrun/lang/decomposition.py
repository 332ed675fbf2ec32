"""A decomposed program: its nodes, where they come from in the original, and how one of them is given another text.

Leaves out: taking apart (`decompose.py`), the way back to the original text (`decompose_join.py`).
"""

import ast
import copy
from dataclasses import dataclass, replace

from trialrun.core.errors import UsageError, nearest
from trialrun.lang.decompose_exits import Kind, Mode
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.statement_names import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A function of a decomposed program."""

    name: str
    kind: Kind | str
    """`function` for one of the program's own."""
    origin: str
    """Function of the original program that it comes from."""
    lines: tuple[int, int]
    """First and last line of the original program that it stands for."""
    parameters: tuple[str, ...]
    results: tuple[str, ...] = ()
    """Live-out names that it gives back; of a function nothing is known."""
    mode: Mode = "return"
    goes_on: bool = True
    """Whether control may come to the end of the region."""
    call: str = ""
    """Statements that stand in its place; empty for a function of the program."""
    calls: tuple[str, ...] = ()
    """Nodes that it mentions."""

    @property
    def is_part(self) -> bool:
        """Whether it was cut out."""
        return self.kind != "function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What was left as it is, and why."""

    function: str
    """Empty where it is the whole program."""
    kind: str
    """Kind of the region; `function` or `program` for all of it."""
    lines: tuple[int, int]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """A program taken apart."""

    original: str
    base: str
    """The decomposed program as it came out."""
    source: str
    """The decomposed program with the texts that were put in place of nodes."""
    nodes: tuple[Node, ...] = ()
    """Callees before callers."""
    refused: tuple[Refusal, ...] = ()

    def node(self, name: str) -> Node:
        """Return a node by its name. Raises `UsageError` where there is none."""
        found = next((one for one in self.nodes if one.name == name), None)
        if found is None:
            raise UsageError(f"no node {name[:60]!r}{nearest(name[:60], [one.name for one in self.nodes])}")
        return found

    def text(self, name: str) -> str:
        """Return the text of a node's function. Raises `UsageError` where there is none."""
        first, last = self._span(name)
        return "\n".join(self.source.split("\n")[first:last]) + "\n"

    def own_lines(self, name: str) -> frozenset[int]:
        """Return the lines of the original that a node stands for, and none of the parts it calls does."""
        node = self.node(name)
        found = set(range(node.lines[0], node.lines[1] + 1))
        for part in self.nodes:
            inside = node.lines[0] <= part.lines[0] and part.lines[1] <= node.lines[1]
            if part.is_part and part.name in node.calls and inside:
                found -= set(range(part.lines[0], part.lines[1] + 1))
        return frozenset(found)

    def replaced(self, name: str, text: str) -> "Decomposition":
        """Return the decomposition with another text for a node's function.

        Raises `UsageError` for a text that does not parse, that defines anything else, or another signature: callers
        are not changed, so a changed signature would only break them.
        """
        self.node(name)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        tree = parse(text)
        if isinstance(tree, Unparseable):
            raise UsageError(f"the text for {name} does not parse: {tree.reason}")
        if len(tree.body) != 1 or not isinstance(tree.body[0], Function) or tree.body[0].name != name:
            raise UsageError(f"the text for {name} has to define {name} and nothing else")
        if signature(tree.body[0]) != signature(_function(self.source, name)):
            raise UsageError(f"{name} has another signature: its callers would not fit")
        first, last = self._span(name)
        lines = self.source.split("\n")
        made = [*lines[:first], *text.strip("\n").split("\n"), *lines[last:]]
        return replace(self, source="\n".join(made))

    @property
    def changed(self) -> tuple[str, ...]:
        """Nodes whose text was replaced by another one."""
        before, now = functions_of(self.base), functions_of(self.source)
        return tuple(
            one.name
            for one in self.nodes
            if one.name in now and ast.dump(before[one.name]) != ast.dump(now[one.name])
        )

    def _span(self, name: str) -> tuple[int, int]:
        return lines_of(_function(self.source, name))


def signature(node: Function) -> str:
    """Return what a caller can tell of a function: its kind, decorators, parameters and defaults."""
    bare = copy.deepcopy(node.args)
    for one in ast.walk(bare):
        if isinstance(one, ast.arg):
            one.annotation = None
    decorators = [ast.dump(one) for one in node.decorator_list]
    return f"{type(node).__name__} {decorators} {ast.dump(bare)}"


def functions_of(source: str) -> dict[str, Function]:
    """Return the functions of a program's top level by name, the last of several; none where it does not parse."""
    tree = parse(source)
    body = [] if isinstance(tree, Unparseable) else tree.body
    return {one.name: one for one in body if isinstance(one, Function)}


def _function(source: str, name: str) -> Function:
    found = functions_of(source).get(name)
    if found is None:
        raise UsageError(f"the program defines no {name}")
    return found


def lines_of(node: Function) -> tuple[int, int]:
    """Return the index of a definition's first line, and of the one behind it."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return first - 1, int(node.end_lineno or node.lineno)
