"""Functions of one Python file: what each is, once all that does not run is taken away, and what it uses.

A function is known by its qualified name. All definitions under one name count as one (the getter and the setter of a
property, the branches of an `if`), since any of them may be the one that is called. Its *text* is the syntax tree
without comments, docstrings, annotations and positions, so texts are equal exactly where only such things differ. What
a function uses of its module (constants, imports, helpers, classes) and of its class (attributes, bases) is one level
deep, by name.

Leaves out: names made by `exec`, star imports or `setattr`; what other modules hold.
"""

import ast
import io
import re
import symtable
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from trialrun.lang.scopes import Unparseable, guarded, parse
from trialrun.lang.signatures import Function
from trialrun.lang.statements import bound, is_main

_MARK = re.compile(r"#\s*trialrun:\s*intended\b[:\s]*(.*)")
_NAMELESS = "_"
"""Stands for a function's own name, so that a renamed function keeps its text."""


@dataclass(slots=True, kw_only=True)
class Defined:
    """One function of a file."""

    qualname: str
    line: int
    """Line of its last definition."""
    text: str = ""
    """Normalised source; equal where nothing that runs differs."""
    uses: frozenset[str] = frozenset()
    """Names of its module that it reads."""
    attributes: frozenset[str] = frozenset()
    """Attributes that it reads of its first parameter or of its class."""
    owner: str = ""
    """Qualified name of the class around it; empty for a plain function."""
    intended: str | None = None
    """Reason given at the mark `# trialrun: intended`, perhaps empty; None without the mark."""


@dataclass(slots=True)
class File:
    """What a file defines."""

    functions: dict[str, Defined] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Module names other than functions and classes → normalised text of the statements that bind them."""
    classes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Class → its attributes, normalised; under the empty name its bases, keywords and decorators."""


def read_functions(source: str) -> File | Unparseable:
    """Return what a file defines, or why it cannot be parsed."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return tree
    table = guarded(source, lambda: symtable.symtable(source, "<text>", "exec"))
    if isinstance(table, Unparseable):
        return table
    found = File()
    try:
        _read_body(tree.body, "", found, _globals(table), _marks(source))
    except RecursionError:
        return Unparseable("nested too deeply")
    bound_here = {name for node in _flat(tree.body) for name in bound(node)}
    found.names = {name: text for name, text in found.names.items() if name in bound_here}
    return found


def _read_body(
    body: Iterable[ast.stmt],
    owner: str,
    found: File,
    globals_of: dict[tuple[str, int], frozenset[str]],
    marks: dict[int, str],
) -> None:
    prefix = f"{owner}." if owner else ""
    for node in _flat(body):
        if isinstance(node, Function):
            if not _is_overload(node):
                used = globals_of.get((node.name, node.lineno), frozenset())
                _add(found, prefix + node.name, owner, node, used, _mark_at(node, marks))
        elif isinstance(node, ast.ClassDef):
            name = prefix + node.name
            head = [*node.decorator_list, *node.bases, *node.keywords]
            found.classes[name] = {"": "\n".join(ast.unparse(part) for part in head)}
            _read_body(node.body, name, found, globals_of, marks)
        elif _is_lambda(node):
            name = prefix + next(iter(bound(node)))
            _add(found, name, owner, node, frozenset(_read(node)), _mark_at(node, marks))
        elif not is_main(node):
            places = found.classes[owner] if owner else found.names
            for name in bound(node) or _read(node):  # `TABLE.update(…)` is part of what TABLE is
                places[name] = places.get(name, "") + normal(node, keep_annotations=bool(owner)) + "\n"


def _add(
    found: File, qualname: str, owner: str, node: ast.stmt, used: frozenset[str], mark: str | None
) -> None:
    known = found.functions.setdefault(qualname, Defined(qualname=qualname, line=0, owner=owner))
    known.line = node.lineno
    known.text += normal(node) + "\n"
    known.uses |= used
    known.attributes |= _attributes(node, owner)
    known.intended = mark if mark is not None else known.intended


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, and in place of conditions, guards and blocks those inside them."""
    for node in body:
        inner = [
            part
            for name in ("body", "orelse", "finalbody", "handlers")
            for part in getattr(node, name, ())
            if isinstance(part, ast.stmt | ast.ExceptHandler)
        ]
        defines = any(isinstance(part, Function | ast.ClassDef) for part in ast.walk(node))
        if isinstance(node, Function | ast.ClassDef) or not (inner and defines):
            yield node
        else:
            for part in inner:
                yield from _flat(part.body if isinstance(part, ast.ExceptHandler) else [part])


def _read(node: ast.stmt) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether a definition is for type checkers alone."""
    return any(ast.unparse(one).rpartition(".")[2] == "overload" for one in node.decorator_list)


def _is_lambda(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
    )


# ------------------------------------------------------------------------------------------ normal form


def normal(node: ast.AST, *, keep_annotations: bool = False) -> str:
    """Return the text of a syntax tree without what does not run; a function's own name is left out.

    >>> one = ast.parse("def f(x: int) -> int:\\n    'text'\\n    return x  # why").body[0]
    >>> normal(one)
    'def _(x):\\n    return x'
    """
    return ast.unparse(_Normaliser(node, keep_annotations).visit(ast.parse(ast.unparse(node)).body[0]))


class _Normaliser(ast.NodeTransformer):
    """Takes annotations, docstrings and other idle constants out of a fresh tree."""

    def __init__(self, root: ast.AST, keep_annotations: bool) -> None:
        self._keep = keep_annotations
        self._name = root.name if isinstance(root, Function) else None
        self._outermost = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if self._outermost and self._name is not None:
            node.name = _NAMELESS
        self._outermost = False
        node.returns = None
        node.type_comment = None
        self.generic_visit(node)
        node.body = _busy(node.body)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == self._name:
            node.id = _NAMELESS
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = _busy(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if self._keep:
            return node
        self.generic_visit(node)
        if node.value is None:
            return ast.Pass()
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)


def _busy(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return a body without `pass`, docstrings and other constants that stand for themselves."""
    kept = [
        node
        for node in body
        if not isinstance(node, ast.Pass)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return kept or [ast.Pass()]


# ---------------------------------------------------------------------------------------------- what it uses


def _globals(table: symtable.SymbolTable) -> dict[tuple[str, int], frozenset[str]]:
    """Return the module names that each function outside other functions reads, by name and line."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        if str(inner.get_type()) == "function":
            found[inner.get_name(), inner.get_lineno()] = frozenset(_read_globals(inner))
        else:  # a class, or the scope of type parameters
            waiting += inner.get_children()
    return found


def _read_globals(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _read_globals(inner)


def _attributes(node: ast.stmt, owner: str) -> frozenset[str]:
    """Return the attributes that a method reads of its first parameter, of its class by name, or of `super()`."""
    if not owner:
        return frozenset()
    holders = {owner.rpartition(".")[2], "__class__"}
    if isinstance(node, Function):
        holders |= {arg.arg for arg in (*node.args.posonlyargs, *node.args.args)[:1]}
    return frozenset(
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute)
        and isinstance(inner.value, ast.Name)
        and inner.value.id in holders
    )


# ----------------------------------------------------------------------------------------------------- marks


def _marks(source: str) -> dict[int, str]:
    """Return the reason of each mark `# trialrun: intended` by the line that it stands on, or above."""
    marks = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT and (found := _MARK.match(token.string)):
                alone = not token.line[: token.start[1]].strip()
                # A mark on a line of its own belongs to what follows; keyed there, it is no mark of what precedes.
                marks[token.start[0] + alone] = found[1].strip()
    except (tokenize.TokenError, SyntaxError):
        pass
    return marks


def _mark_at(node: ast.stmt, marks: dict[int, str]) -> str | None:
    """Return the reason of a mark at a definition: at its decorators or parameters, or above the first of them."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    head = (
        [part for part in ast.walk(node.args) if hasattr(part, "end_lineno")]
        if isinstance(node, Function)
        else []
    )
    last = max([node.lineno, *(part.end_lineno for part in head)])
    return next((marks[line] for line in range(first, last + 1) if line in marks), None)
