"""Other ways to write the same function: names drawn anew, and small refactorings, each meant to keep behaviour.

Refactorings are an `if` with its branches exchanged, a comparison read from the right, `x += y` written out, a result
named before it is returned, a list comprehension as `list(...)`, a loop that counts along. None is safe in all cases
(`+=` changes a list in place): whoever uses these has to compare what they do.

Leaves out: rewrites that take an idea, such as another algorithm.
"""

import ast
import builtins
import keyword
import random

WORDS = (
    "alpha", "bundle", "cargo", "delta", "ember", "field", "grain", "harbor", "index_of", "jolt", "kernel",
    "ledger", "marker", "node", "offset", "packet", "quota", "record", "slot", "token_of", "unit", "vector",
    "weight", "xs", "yield_of", "zone", "item", "value", "current", "entry", "part", "piece", "row", "col",
    "left", "right", "acc", "total", "count",
)  # fmt: skip
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


def renamed(source: str, entry: str, rng: random.Random) -> tuple[str, str]:
    """Return a source with other names for its functions, arguments and variables, and the entry point's new name."""
    tree = ast.parse(source)
    own: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            own[node.name] = ""
        elif isinstance(node, ast.arg):
            own[node.arg] = ""
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own[node.id] = ""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for name in list(own):
        if name in imported or (name.startswith("__") and name.endswith("__")):
            del own[name]
    fresh = [word for word in WORDS if not hasattr(builtins, word) and not keyword.iskeyword(word)]
    fresh += [f"{one}_{two}" for one in fresh[:12] for two in fresh[12:]]
    drawn = rng.sample(fresh, len(own))
    names = dict(zip(own, drawn, strict=True))
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                node.id = names.get(node.id, node.id)
            case ast.FunctionDef():
                node.name = names.get(node.name, node.name)
            case ast.arg():
                node.arg = names.get(node.arg, node.arg)
            case ast.keyword(arg=str(name)):
                node.arg = names.get(name, name)
            case ast.Global() | ast.Nonlocal():
                node.names = [names.get(name, name) for name in node.names]
    return ast.unparse(tree), names.get(entry, entry)


def refactored(source: str, rng: random.Random) -> str:
    """Return a source with some of the refactorings, each drawn where it is possible."""
    tree = _Refactoring(rng).visit(_without_docstrings(ast.parse(source)))
    return ast.unparse(ast.fix_missing_locations(tree))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None and len(node.body) > 1:
            del node.body[0]
    return tree


class _Refactoring(ast.NodeTransformer):
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def _drawn(self) -> bool:
        return self._rng.random() < 0.7

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        elif_ = len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
        if not node.orelse or elif_ or not self._drawn():
            return node
        return ast.If(test=ast.UnaryOp(ast.Not(), node.test), body=node.orelse, orelse=node.body)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        flipped = _FLIPPED.get(type(node.ops[0]))
        if len(node.ops) != 1 or flipped is None or not self._drawn():
            return node
        return ast.Compare(left=node.comparators[0], ops=[flipped()], comparators=[node.left])

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name) or not self._drawn():
            return node
        read = ast.Name(node.target.id, ast.Load())
        return ast.Assign(targets=[node.target], value=ast.BinOp(read, node.op, node.value))

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if node.value is None or isinstance(node.value, ast.Name | ast.Constant) or not self._drawn():
            return node
        return [
            ast.Assign(targets=[ast.Name("answer", ast.Store())], value=node.value),
            ast.Return(ast.Name("answer", ast.Load())),
        ]

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        if not self._drawn():
            return node
        return ast.Call(
            func=ast.Name("list", ast.Load()), args=[ast.GeneratorExp(node.elt, node.generators)], keywords=[]
        )

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        if not self._drawn():
            return node
        pair = ast.Tuple([ast.Name("place_", ast.Store()), node.target], ast.Store())
        along = ast.Call(func=ast.Name("enumerate", ast.Load()), args=[node.iter], keywords=[])
        return ast.For(target=pair, iter=along, body=node.body, orelse=node.orelse)
