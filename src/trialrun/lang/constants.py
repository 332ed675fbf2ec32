"""Constants of program texts: numbers, strings and characters that programs compare with, from their syntax trees.

Whole numbers come with both neighbours, strings also in pieces (words, parts of an f-string). Docstrings are no
constants. The order is that of the sources, the first occurrence counting, so it is the same in every process.
Texts that do not parse give nothing; of huge ones the first nodes count.

Leaves out: values that are computed, names, other languages than Python.
"""

import ast
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trialrun.lang.scopes import Unparseable, parse

NODES = 20_000
"""Syntax tree nodes that are looked at, a source."""
MOST = 200
"""Constants of one type that are kept."""
LONGEST = 200
"""Characters of a string that is kept."""
_LARGEST = 10**40


@dataclass(frozen=True, slots=True)
class Constants:
    """What one or several sources hold, by type; each in order of first appearance, without repeats."""

    ints: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    chars: tuple[str, ...] = ()
    """Single characters: strings of one character, and the characters of short strings."""


NOTHING = Constants()


def mine(sources: Iterable[str]) -> Constants:
    """Return the constants of several sources.

    >>> mine(['def f(s):\\n    "Doc 7."\\n    return s == "YES" or s[0] in "+-" or len(s) > 10'])
    Constants(ints=(0, -1, 1, 10, 9, 11), floats=(), texts=('YES', '+-'), chars=('Y', 'E', 'S', '+', '-'))
    """
    ints: dict[int, None] = {}
    floats: dict[float, None] = {}
    texts: dict[str, None] = {}
    chars: dict[str, None] = {}
    for value in itertools.chain.from_iterable(map(_values, sources)):
        if type(value) is int and abs(value) <= _LARGEST:
            ints |= dict.fromkeys((value, value - 1, value + 1))
        elif type(value) is float and math.isfinite(value):
            floats[value] = None
        elif type(value) is str and value and len(value) <= LONGEST:
            texts[value] = None
            words = value.split()
            texts |= dict.fromkeys(words)
            if len(value) <= 12:
                chars |= dict.fromkeys(value)
    return Constants(_first(ints), _first(floats), _first(texts), _first(chars))


def _first[Value](found: dict[Value, None]) -> tuple[Value, ...]:
    return tuple(itertools.islice(found, MOST))


def _values(source: str) -> Iterator[object]:
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return
    documentation: set[int] = set()
    for node in itertools.islice(_in_order(tree), NODES):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documentation.add(id(node.value))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = node.operand.value if isinstance(node.operand, ast.Constant) else None
            if isinstance(value, int | float) and type(value) is not bool:
                yield -value
        elif isinstance(node, ast.Constant) and id(node) not in documentation:
            yield node.value
        elif (power := _power(node)) is not None:
            yield power


def _power(node: ast.AST) -> int | None:
    """Return the value of `10**9`, `1 << 20` and the like, which stand for one number."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift)):
        return None
    base, exponent = node.left, node.right
    if not (isinstance(base, ast.Constant) and isinstance(exponent, ast.Constant)):
        return None
    one, two = base.value, exponent.value
    if type(one) is not int or type(two) is not int or not 0 <= two <= 130 or not 0 <= one <= 1000:
        return None
    return one**two if isinstance(node.op, ast.Pow) else one << two


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield nodes in the order of the source, without recursion: nesting is the source's choice."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(list(ast.iter_child_nodes(node)))
