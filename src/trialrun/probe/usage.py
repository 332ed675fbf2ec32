"""Shapes of parameters that nothing describes: by how the function's body uses them, and by their names.

Each use is a small vote for a shape (`p.split` is a string, `p % 2` a number, `for x in p` a list); the shape with most
votes wins, the first named in a tie. Items of a list are looked at too: `for x in p: x.upper()` is a list of strings,
and `isinstance(x, int)` says that not all of them are numbers.

Leaves out: uses in functions that the parameter is handed to, attributes of user-defined classes.
"""

import ast
import itertools
import re
from collections import Counter
from collections.abc import Sequence

from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import definition_of
from trialrun.probe.shapes import UNKNOWN, Choice, Const, Float, Int, Record, Seq, Shape, Text

_NODES = 4000
_STRINGS = frozenset(name for name in dir(str) if not name.startswith("_")) - {"count", "index"}
_LISTS = frozenset(("append", "sort", "extend", "insert", "reverse", "pop", "remove"))
_DICTS = frozenset(("items", "keys", "values", "get", "setdefault"))
_COUNTING = frozenset(("range", "abs", "bin", "hex", "chr", "divmod", "isqrt", "sqrt", "gcd", "factorial"))
_TAKING_LISTS = frozenset(
    ("sum", "max", "min", "sorted", "enumerate", "reversed", "zip", "len", "map", "set", "list")
)

INTS = Seq(item=Int())
_TYPES: dict[str, Shape] = {
    "int": Int(), "float": Float(), "str": Text(), "list": Seq(item=Int()), "tuple": Seq(item=Int(), kind="tuple"),
}  # fmt: skip
_GUESSES: dict[str, Shape] = {
    "number": Int(), "text": Text(), "list": INTS, "matrix": Seq(item=INTS),
    "words": Seq(item=Text()), "dict": Seq(item=Record(fields=(Text(), Int())), kind="dict"),
}  # fmt: skip


def shape_by_use(source: str, function: str, parameter: str) -> Shape:
    """Return the shape that a function's body treats a parameter as, or `UNKNOWN`.

    >>> shape_by_use("def f(p):\\n    return p.split(',')", "f", "p") == Text()
    True
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return UNKNOWN
    body = definition_of(tree, function)
    if body is None:
        return UNKNOWN
    nodes = list(itertools.islice(ast.walk(body), _NODES))
    votes = _votes(nodes, parameter)
    if not votes:
        return UNKNOWN
    best = votes.most_common(1)[0][0]
    return _items(nodes, parameter) if best == "list" else _GUESSES[best]


def _items(nodes: list[ast.AST], parameter: str) -> Shape:
    """Return the shape of a list by how the names that run over it are used."""
    names = {
        node.target.id
        for node in nodes
        if isinstance(node, ast.For | ast.comprehension)
        and isinstance(node.target, ast.Name)
        and _is(node.iter, parameter)
    }
    tested = _tested(nodes, names)
    if tested:
        return Seq(item=Choice(options=tested))
    votes: Counter[str] = Counter()
    for name in sorted(names):
        votes += _votes(nodes, name)
    if not votes:
        return INTS
    best = votes.most_common(1)[0][0]
    return Seq(item=_GUESSES[best])


def _tested(nodes: list[ast.AST], names: set[str]) -> tuple[Shape, ...]:
    """Return the shapes of items that a body tells apart by `isinstance`: the types named, and what is left.

    What is left are the texts that the body looks things up by, where it has some (`{"+": 1}`, `x in ("a", "b")`).
    """
    found: dict[str, Shape] = {}
    texts: dict[str, None] = {}
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), kinds]) if name in names:
                named = [kind.id for kind in ast.walk(kinds) if isinstance(kind, ast.Name)]
                found |= {kind: _TYPES[kind] for kind in named if kind in _TYPES}
            case ast.Dict(keys=keys):
                texts |= dict.fromkeys(_texts(keys))
            case ast.Compare(comparators=[ast.Tuple() | ast.List() | ast.Set() as known]):
                texts |= dict.fromkeys(_texts(known.elts))
    if not found:
        return ()
    rest: Shape = Int()
    if "str" not in found and texts:
        rest = Const(values=tuple(texts))
    elif "int" in found or "float" in found:
        rest = Text()
    return tuple(dict.fromkeys((*found.values(), rest)))


def _texts(nodes: Sequence[ast.expr | None]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _votes(nodes: list[ast.AST], name: str) -> Counter[str]:
    votes: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Attribute) and _is(node.value, name):
            for kind, known in (("text", _STRINGS), ("list", _LISTS), ("dict", _DICTS)):
                if node.attr in known:
                    votes[kind] += 3
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if any(_is(argument, name) for argument in node.args):
                if called in _COUNTING:
                    votes["number"] += 2
                elif called in _TAKING_LISTS:
                    votes["list"] += 1
                elif called == "ord":
                    votes["text"] += 2
        elif isinstance(node, ast.For | ast.comprehension) and _is(node.iter, name):
            votes["list"] += 2
        elif isinstance(node, ast.Subscript) and _is(node.value, name):
            votes["list"] += 1
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Subscript)
            and _is(node.value.value, name)
        ):
            votes["matrix"] += 3
        elif isinstance(node, ast.BinOp) and (_is(node.left, name) or _is(node.right, name)):
            other = node.right if _is(node.left, name) else node.left
            string = isinstance(other, ast.Constant | ast.JoinedStr) and not _is_number(other)
            votes["text" if string else "number"] += 1
        elif isinstance(node, ast.Compare):
            _vote_on_comparison(node, name, votes)
    return votes


def _vote_on_comparison(node: ast.Compare, name: str, votes: Counter[str]) -> None:
    operands = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if isinstance(operator, ast.In | ast.NotIn):
            if _is(right, name):
                votes[
                    "text" if isinstance(left, ast.Constant) and isinstance(left.value, str) else "list"
                ] += 1
            continue
        other = right if _is(left, name) else left if _is(right, name) else None
        if isinstance(other, ast.Constant):
            votes["text" if isinstance(other.value, str) else "number"] += 2 * (other.value is not None)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


_BY_NAME: tuple[tuple[str, Shape], ...] = (
    (r"matrix|grid|board|table|rows|mat|edges|intervals|points|pairs", Seq(item=INTS)),
    (r"words|strings|strs|names|lines|tokens|texts", Seq(item=Text())),
    (r"xs|ys|nums|numbers|arr|array|lst|l|list\w*|a|items|values|seq\w*|data|prices|heights|weights", INTS),
    (r"s|t|st|string|text|word|str\d?|name|line|sentence|pattern|prefix|message|path|key|char|c", Text()),
    (r"d|dict\w*|mapping|counts|graph", _GUESSES["dict"]),
    (r"eps\w*|rate|ratio|prob\w*|threshold|price|alpha|tol\w*|weight", Float()),
)


def shape_by_name(name: str) -> Shape:
    """Return the shape that a parameter's name suggests; a whole number where it suggests nothing."""
    plain = name.lower().strip("_")
    return next((shape for pattern, shape in _BY_NAME if re.fullmatch(pattern, plain)), Int())
