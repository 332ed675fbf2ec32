"""Repairs of expressions: for one expression of a function, what might have been meant in its place.

`rewrites(place, scope)` yields what to write there. Names and expressions that come in are those of the function
(`repair_scope.py`), of a like kind where kinds are known. The mutation operators are used too: a slip of the pen is
mended by another one.

Sources: Kim et al. 2013 (PAR, fix templates), Liu et al. 2019 (TBar, "Revisiting Template-based Automated Program
Repair"), Le Goues et al. 2012 (GenProg: statements and expressions of the program itself).
Leaves out: statements (`repair_statements.py`), the order of trying (`repair_operators.py`).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from trialrun.lang.edited_text import ATOMS
from trialrun.lang.mutation_operators import changes, is_sequence
from trialrun.lang.repair_forms import Rewrite, by_form, held
from trialrun.lang.repair_scope import SEQUENCES, Scope
from trialrun.lang.subtle_operators import subtle_changes

_SIMPLE = (ast.Name, ast.Call, ast.Subscript, ast.Attribute, ast.BinOp)
_SUMMED = (*_SIMPLE, ast.ListComp, ast.List)
_WRAPS: dict[str, tuple[str, ...]] = {
    "number": ("abs({})", "int({})", "str({})", "round({})", "max(0, {})", "float({})"),
    "text": ("{}.lower()", "{}.upper()", "{}.strip()", "{}[::-1]", "list({})", "int({})", "len({})"),
    "list": ("sorted({})", "set({})", "tuple({})", "len({})", "list({})", "{}[::-1]", "sum({})", "max({})"),
    "tuple": ("list({})", "sorted({})", "len({})", "{}[::-1]", "set({})", "max({})", "min({})"),
    "dict": ("list({})", "sorted({})", "len({})", "{}.items()", "{}.values()", "dict({})"),
    "set": ("list({})", "sorted({})", "len({})", "set({})", "tuple({})"),
    "": ("abs({})", "list({})", "sorted({})", "str({})", "int({})", "tuple({})", "set({})", "len({})"),
}
_MORE_WRAPS = {"list": ("min({})", "sorted(set({}))", "list(dict.fromkeys({}))"), "text": ("sorted({})",)}
_PAIRED_METHODS = {
    "append": ("extend", "remove"),
    "extend": ("append",),
    "update": ("add",),
    "add": ("update",),
    "remove": ("discard", "append"),
    "items": ("keys", "values"),
    "keys": ("items",),
    "values": ("items",),
    "isalpha": ("isalnum",),
    "isalnum": ("isalpha", "isdigit"),
    "isdigit": ("isalnum",),
    "strip": ("lstrip", "rstrip"),
    "index": ("find",),
    "find": ("index", "count"),
    "title": ("capitalize",),
    "sort": ("reverse",),
}
_WRITTEN_HERE = frozenset(("argument-swap", "call-deletion"))
"""Mutation operators whose like is among these, with the text of the parts as it is."""
_MOST_SLICED_BY = 4


@dataclass(frozen=True, slots=True)
class Place:
    """An expression or a statement, and what holds it."""

    node: ast.expr | ast.stmt
    holder: ast.AST
    field: str

    @property
    def is_value(self) -> bool:
        """Whether it is an expression whose value is used as a whole: no callee, nothing before a dot or bracket."""
        bare = isinstance(self.holder, ast.Attribute) or (
            isinstance(self.holder, ast.Subscript) and self.field == "value"
        )
        loaded = isinstance(getattr(self.node, "ctx", ast.Load()), ast.Load)
        odd = isinstance(self.node, ast.Slice | ast.Starred)
        return isinstance(self.node, ast.expr) and loaded and not bare and not odd and self.field != "func"

    @property
    def is_test(self) -> bool:
        """Whether it is a condition."""
        return (self.field == "test" and not isinstance(self.holder, ast.Assert)) or (
            isinstance(self.holder, ast.comprehension) and self.field == "ifs"
        )


def rewrites(place: Place, scope: Scope) -> Iterator[Rewrite]:
    """Yield what might have been meant in place of an expression, or (by mutation operators) of a statement."""
    node = place.node
    yield from _by_mutation(node, scope)
    if not isinstance(node, ast.expr):
        return
    if isinstance(node, ast.Name):
        yield from _names(node, place, scope)
    if isinstance(node, ast.Attribute):
        yield from _attributes(node, place, scope)
    if place.is_test:
        yield from _tests(node, scope)
    if place.is_value:
        kind = scope.kind_of(node)
        for make in (_offsets, _wraps, _slices, _donors, _combinations, _truths):
            yield from make(node, kind, scope)
        yield from by_form(node, scope)
        yield from _kept(place, kind, scope)


def _by_mutation(node: ast.AST, scope: Scope) -> Iterator[Rewrite]:
    flag = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    try:
        for change in (*changes(node), *subtle_changes(node, ())):
            if change.operator in _WRITTEN_HERE:
                continue
            new = ast.unparse(ast.fix_missing_locations(change.new))
            same = isinstance(change.new, ast.Compare) and isinstance(change.node, ast.Compare)
            if "'XX'" not in new:
                operator = "flag" if flag else change.operator
                yield Rewrite(operator, change.node, new, same or isinstance(change.new, ATOMS))
    except RecursionError:
        return


# -- names, attributes, conditions


def _names(node: ast.Name, place: Place, scope: Scope) -> Iterator[Rewrite]:
    if place.field == "func" and isinstance(place.holder, ast.Call):
        count = len(place.holder.args)
        for name, arity in scope.functions.items():
            if name != node.id and arity == count:
                yield Rewrite("callee", node, name, atomic=True)
        return
    if isinstance(node.ctx, ast.Store):
        if isinstance(place.holder, ast.Assign | ast.AugAssign):
            for name in scope.own:
                if name != node.id:
                    yield Rewrite("target", node, name, atomic=True)
        return
    if node.id in scope.names:
        for name in scope.alike(scope.kind_of(node)):
            if name != node.id:
                yield Rewrite("name", node, name, atomic=True)


def _attributes(node: ast.Attribute, place: Place, scope: Scope) -> Iterator[Rewrite]:
    value = scope.text.of(node.value)
    if place.field == "func":
        others: tuple[str, ...] = _PAIRED_METHODS.get(node.attr, ())
    else:
        others = scope.attributes
    for other in others:
        if other != node.attr:
            yield Rewrite("attribute", node, f"{value}.{other}", atomic=True)


def _tests(node: ast.expr, scope: Scope) -> Iterator[Rewrite]:
    own = scope.text.of(node)
    inner = own if isinstance(node, (*ATOMS, ast.Compare, ast.UnaryOp)) else f"({own})"
    constant = isinstance(node, ast.Constant)
    for condition in scope.conditions:
        if condition in own:
            continue
        yield Rewrite("constant-condition" if constant else "condition-instead", node, condition)
        if not constant:
            bracketed = f"({condition})" if " or " in condition or " and " in condition else condition
            yield Rewrite("condition-and", node, f"{inner} and {bracketed}")
            yield Rewrite("condition-or", node, f"{inner} or {bracketed}")
            if "not " in condition or " is " in condition:
                yield Rewrite("condition-or", node, f"{bracketed} or {inner}")
            else:
                yield Rewrite("condition-and", node, f"{bracketed} and {inner}")


def _kept(place: Place, kind: str, scope: Scope) -> Iterator[Rewrite]:
    """Yield what is assigned to a name together with what the name held: the larger one, the smaller one, the sum."""
    node, holder = place.node, place.holder
    if not isinstance(node, ast.expr) or not isinstance(holder, ast.Assign) or isinstance(node, ast.Constant):
        return
    for target in holder.targets:
        if isinstance(target, ast.Name) and kind in ("number", "list", "text", ""):
            own, held_before = scope.text.of(node), target.id
            if kind in ("number", ""):
                yield Rewrite("running", node, f"max({held_before}, {own})", atomic=True)
                yield Rewrite("running", node, f"min({held_before}, {own})", atomic=True)
            yield Rewrite("running", node, f"{held_before} + {held(node, scope)}", is_sum=True)


def _truths(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    """Yield conditions in place of a constant truth value that is returned or assigned."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        for condition in scope.conditions:
            yield Rewrite("truth", node, condition)


# -- numbers, sequences, anything


def _offsets(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    if kind not in ("number", "") or not isinstance(node, _SIMPLE) or is_sequence(node):
        return
    text = held(node, scope, first=True)
    for sign in "+-":
        yield Rewrite("offset", node, f"{text} {sign} 1", is_sum=True)
    if kind == "number":
        operand = held(node, scope)
        for new in (f"{operand} ** 2", f"{operand} * 2", f"{operand} // 2", f"-{operand}"):
            yield Rewrite("scale", node, new, is_sum=True)


def _wraps(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    if isinstance(node, ast.Constant | ast.Lambda) or kind in ("truth", "function", "none"):
        return
    for template in (*_WRAPS.get(kind, _WRAPS[""]), *_MORE_WRAPS.get(kind, ())):
        text = held(node, scope) if template.startswith("{}") else scope.text.of(node)
        yield Rewrite("wrap", node, template.format(text), atomic=True)
    for name, arity in scope.functions.items():
        if arity == 1 and not isinstance(node, ast.Call):
            yield Rewrite("call-insertion", node, f"{name}({scope.text.of(node)})", atomic=True)


def _slices(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    if kind not in SEQUENCES or not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return
    text = scope.text.of(node)
    for cut in ("1:", ":-1"):
        yield Rewrite("slice-insertion", node, f"{text}[{cut}]", atomic=True)
    for index in ("0", "-1"):
        yield Rewrite("index-insertion", node, f"{text}[{index}]", atomic=True)
    numbers = [name for name in scope.names if scope.kinds.get(name) == "number"]
    for name in numbers[:_MOST_SLICED_BY]:
        for cut in (f"{name}:", f":{name}", f"{name} + 1:", f":{name} + 1"):
            yield Rewrite("slice-insertion", node, f"{text}[{cut}]", atomic=True)
        yield Rewrite("index-insertion", node, f"{text}[{name}]", atomic=True)


def _donors(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    own = scope.text.of(node)
    for donor in scope.donors:
        if donor.text != own and (not kind or not donor.kind or donor.kind == kind):
            yield Rewrite("donor", node, donor.text, donor.atomic)


def _combinations(node: ast.expr, kind: str, scope: Scope) -> Iterator[Rewrite]:
    """Yield an expression together with another: a sum, a difference, the larger one, a longer list."""
    if not isinstance(node, _SUMMED) or kind not in ("number", "list", "text"):
        return
    own, first = scope.text.of(node), held(node, scope, first=True)
    names = [name for name in scope.own if scope.kinds.get(name, "") in (kind, "")]
    donors = [one.text for one in scope.donors if one.kind == kind and one.atomic]
    for near, other in (*((True, name) for name in names), *((False, text) for text in donors)):
        if other == own and kind != "number":
            continue
        combination, extreme = ("combination", "extreme") if near else ("far-combination",) * 2
        yield Rewrite(combination, node, f"{first} + {other}", is_sum=True)
        if kind != "number":
            yield Rewrite(combination, node, f"{other} + {held(node, scope)}", is_sum=True)
            continue
        yield Rewrite(combination, node, f"{first} - {other}", is_sum=True)
        yield Rewrite(combination, node, f"{held(node, scope)} * {other}", is_sum=True)
        yield Rewrite(extreme, node, f"max({other}, {own})", atomic=True)
        yield Rewrite(extreme, node, f"min({other}, {own})", atomic=True)
        yield Rewrite("remainder", node, f"{held(node, scope)} % {other}", is_sum=True)
    if kind == "list":
        for name in scope.names:
            if name != own and scope.kinds.get(name) != "list":
                yield Rewrite("combination", node, f"{first} + [{name}]", is_sum=True)
                yield Rewrite("combination", node, f"[{name}] + {held(node, scope)}", is_sum=True)
