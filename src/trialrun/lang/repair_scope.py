"""What a repair may write in a function: the names that it sees, of what kind they are, and expressions that it holds.

A *kind* is coarse (`number`, `text`, `list`, …) and comes from what the names held in recorded runs, where the caller
has some, or else from the text: constants, calls of well-known functions, what a name is assigned. Of a name or an
expression whose kind nobody knows the kind is the empty text, and it stands for any.

`Plastic surgery` (Barr et al. 2014): most of what a repair needs is in the program already, so *donors* are taken from
the function itself. Leaves out: attributes of classes elsewhere, types of items.
"""

import ast
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from trialrun.lang.edited_text import ATOMS, Text, children, stays
from trialrun.lang.signatures import Function

Kinds = Mapping[str, Mapping[str, frozenset[str]]]
"""Qualified name of a function → name in it → types that it held in recorded runs."""
_KIND_OF_TYPE = {
    "int": "number",
    "float": "number",
    "bool": "truth",
    "str": "text",
    "list": "list",
    "tuple": "tuple",
    "dict": "dict",
    "defaultdict": "dict",
    "Counter": "dict",
    "OrderedDict": "dict",
    "set": "set",
    "frozenset": "set",
    "deque": "list",
    "function": "function",
}
_KIND_OF_CALL = {
    **dict.fromkeys(("len", "sum", "abs", "int", "float", "round", "pow", "ord", "count", "index"), "number"),
    **dict.fromkeys(("find", "gcd", "sqrt", "floor", "ceil"), "number"),
    **dict.fromkeys(("any", "all", "bool", "isinstance", "startswith", "endswith", "isalpha"), "truth"),
    **dict.fromkeys(("isdigit", "isupper", "islower"), "truth"),
    **dict.fromkeys(("str", "join", "lower", "upper", "strip", "replace", "chr", "swapcase"), "text"),
    **dict.fromkeys(("list", "sorted", "split", "splitlines"), "list"),
    "dict": "dict",
    "set": "set",
    "frozenset": "set",
    "tuple": "tuple",
}
_KIND_OF_NODE: dict[type[ast.expr], str] = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Tuple: "tuple",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.JoinedStr: "text",
    ast.Compare: "truth",
    ast.Lambda: "function",
}
SEQUENCES = frozenset(("list", "text", "tuple", ""))
"""Kinds that can be sliced."""
CONTAINERS = SEQUENCES | {"dict", "set"}
"""Kinds that have a length and are false when empty."""
_MOST_DONORS = 40
_MOST_NAMES = 12
_LONGEST_DONOR = 40


@dataclass(frozen=True, slots=True)
class Donor:
    """An expression of a function, as text."""

    text: str
    kind: str
    atomic: bool
    """Whether it needs no brackets anywhere."""


@dataclass(frozen=True)
class Scope:
    """One function (or the module), as a place to be repaired."""

    node: Function | ast.Module
    text: Text
    outer: "Scope | None" = None
    runs: Kinds = field(default_factory=dict)
    qualname: str = ""
    values: tuple[Any, ...] = ()
    """Results that are expected of the entry point, for guards."""
    strings: tuple[str, ...] = ()
    """Texts that the task mentions."""

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the function's parameters, in order; none of a module."""
        if isinstance(self.node, ast.Module):
            return ()
        given = self.node.args
        starred = [one for one in (given.vararg, given.kwarg) if one is not None]
        named = (*given.posonlyargs, *given.args, *given.kwonlyargs, *starred)
        return tuple(one.arg for one in named if one.arg not in ("self", "cls"))

    @cached_property
    def own(self) -> tuple[str, ...]:
        """Parameters and variables of the function itself, in the order of the text."""
        found = dict.fromkeys(self.parameters)
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.setdefault(node.id)
        return tuple(found)

    @cached_property
    def few(self) -> tuple[str, ...]:
        """The first of its own names: what is made of two names at once grows with their square."""
        return self.own[:_MOST_NAMES]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Variables that the function sees: its own, and those around it."""
        around = self.outer.names if self.outer is not None else ()
        return tuple(dict.fromkeys((*self.own, *around)))[: 3 * _MOST_NAMES]

    @cached_property
    def functions(self) -> Mapping[str, int]:
        """Functions that the function sees, by name, with how many positional arguments they take."""
        found = dict(self.outer.functions) if self.outer is not None else {}
        for node in self.node.body:
            if isinstance(node, Function):
                found[node.name] = len(node.args.posonlyargs) + len(node.args.args)
        return found

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the function that may be changed, without functions and classes in it."""
        return tuple(itertools.chain.from_iterable(map(_walk, self.node.body)))

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Statements of the function, in the order of the text."""
        return tuple(node for node in self.nodes if isinstance(node, ast.stmt) and not stays(node))

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that are read or written, calls of methods apart."""
        called = {id(node.func) for node in self.nodes if isinstance(node, ast.Call)}
        own = [node.attr for node in self.nodes if isinstance(node, ast.Attribute) and id(node) not in called]
        around = self.outer.attributes if self.outer is not None else ()
        return tuple(dict.fromkeys((*own, *around)))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Kind of each name that the function sees."""
        found = dict(self.outer.kinds) if self.outer is not None else {}
        recorded = self.runs.get(self.qualname, {})
        assigned = {name: self._assigned(name) for name in self.own if name not in recorded}
        for name in self.own:
            kinds = {_KIND_OF_TYPE.get(one, one) for one in recorded.get(name, ()) if one != "NoneType"}
            known = kinds.pop() if len(kinds) == 1 else ""
            found[name] = known if name in recorded else assigned[name]
        return found

    def _assigned(self, name: str) -> str:
        kinds = set()
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    kinds.add(self._plain_kind(value))
                case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                    kinds.add(self._plain_kind(value))
                case ast.For(target=ast.Name(id=target), iter=ast.Call(func=ast.Name(id="range"))) if (
                    target == name
                ):
                    kinds.add("number")
        kinds.discard("")
        return kinds.pop() if len(kinds) == 1 else ""

    def _plain_kind(self, node: ast.expr) -> str:
        return "" if isinstance(node, ast.Name) else self.kind_of(node, known={})

    def kind_of(self, node: ast.expr, known: Mapping[str, str] | None = None) -> str:
        """Return the kind of an expression, as far as its text tells."""
        known = self.kinds if known is None else known
        match node:
            case ast.Name(id=name):
                return "function" if name in self.functions else known.get(name, "")
            case ast.Constant(value=value):
                return "none" if value is None else _KIND_OF_TYPE.get(type(value).__name__, "")
            case ast.UnaryOp(op=ast.Not()):
                return "truth"
            case ast.UnaryOp(operand=operand):
                return self.kind_of(operand, known)
            case ast.BinOp(left=left, op=op, right=right):
                kinds = {self.kind_of(left, known), self.kind_of(right, known)} - {""}
                if isinstance(op, ast.Add | ast.Mult | ast.Mod) and kinds - {"number", "truth"}:
                    return next(iter(kinds - {"number", "truth"})) if len(kinds) <= 2 else ""
                return "number" if kinds <= {"number", "truth"} and (kinds or _is_arithmetic(op)) else ""
            case ast.BoolOp(values=[*_, last]):
                return self.kind_of(last, known)
            case ast.IfExp(body=body):
                return self.kind_of(body, known)
            case ast.Subscript(value=value, slice=ast.Slice()):
                return self.kind_of(value, known)
            case ast.Subscript(value=value) if self.kind_of(value, known) == "text":
                return "text"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                return _KIND_OF_CALL.get(name, "") if name not in self.functions else ""
        return _KIND_OF_NODE.get(type(node), "")

    # -- what may be written

    def alike(self, kind: str) -> Iterator[str]:
        """Yield the names that may be of a kind."""
        for name in self.names:
            if not kind or self.kinds.get(name, "") in ("", kind):
                yield name

    @cached_property
    def donors(self) -> tuple[Donor, ...]:
        """Expressions of the function that are more than a name and not long, without repeats."""
        found: dict[str, Donor] = {}
        for node in self.nodes:
            if not isinstance(node, ast.expr) or isinstance(node, _NO_DONORS):
                continue
            if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or not _has_name(node):
                continue
            text = self.text.of(node)
            if len(text) <= _LONGEST_DONOR and "\n" not in text:
                found.setdefault(text, Donor(text, self.kind_of(node), isinstance(node, ATOMS)))
        return tuple(itertools.islice(found.values(), _MOST_DONORS))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Conditions on the names: emptiness, zero, comparisons of two numbers; and those that the function has."""
        found: dict[str, None] = {}
        for name in self.few:
            kind = self.kinds.get(name, "")
            if kind == "truth" or kind in CONTAINERS:
                found |= dict.fromkeys((name, f"not {name}"))
            if kind == "" or kind not in _KIND_OF_TYPE.values():
                found |= dict.fromkeys((f"{name} is None", f"{name} is not None"))
            if kind == "number":
                found |= dict.fromkeys(f"{name} {sign} 0" for sign in ("==", "!=", "<", ">"))
            elif kind in CONTAINERS and kind:
                found[f"len({name}) == 1"] = None
        numbers = [name for name in self.few if self.kinds.get(name) == "number"]
        for one, other in itertools.combinations(numbers, 2):
            found |= dict.fromkeys(f"{one} {sign} {other}" for sign in ("<", ">", "==", "!="))
        found |= dict.fromkeys(one.text for one in self.donors if one.kind == "truth")
        return tuple(found)

    @property
    def simple(self) -> Sequence[ast.stmt]:
        """Statements that may be written once more elsewhere."""
        return [node for node in self.statements if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr)]


_NO_DONORS = (
    *(ast.Name, ast.Constant, ast.Slice, ast.Starred, ast.Lambda, ast.JoinedStr, ast.FormattedValue),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Yield, ast.YieldFrom, ast.NamedExpr),
)


def _walk(root: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it in the order of the text; a function or a class in it is passed over."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef) or stays(node):
            continue
        yield node
        waiting += reversed([child for _, child in children(node)])


def _has_name(node: ast.AST) -> bool:
    return any(isinstance(inner, ast.Name) for inner in ast.walk(node))


def _is_arithmetic(op: ast.operator) -> bool:
    return isinstance(op, ast.Sub | ast.FloorDiv | ast.Div | ast.Pow)
