"""From a program that defines a hole to the statements that fill it: everything it needs goes inside the hole.

The program may bring imports, constants and functions beside the hole; what the sketch defines already is left to the
sketch, the rest comes first in the body. Where its parameters have other names, or it has decorators, the whole
function goes inside and is called. The statements are written anew from the syntax tree, so that indenting them changes
no text inside them.

Leaves out: `global` statements that mean the program's own names; of several definitions of the hole all but the last.
"""

import ast

from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function
from trialrun.lang.sketch import Hole, Sketch
from trialrun.lang.statements import bound, is_main, is_stub


def body_of(source: str, hole: Hole, sketch: Sketch) -> str | None:
    """Return the statements that fill a hole; None where the source does not define it by more than a stub.

    >>> from trialrun.lang.sketch import read_sketch
    >>> sketch = read_sketch("def twice(x): ...")
    >>> body_of("import math\\ndef twice(y):\\n    return 2 * y\\n", sketch.hole("twice"), sketch)
    'import math\\n\\ndef twice(y):\\n    return 2 * y\\nreturn twice(x)'
    >>> body_of("def twice(x):\\n    'Doc.'\\n    return 2 * x\\n", sketch.hole("twice"), sketch)
    'return 2 * x'
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    nodes = [node for node in tree.body if isinstance(node, Function) and node.name == hole.name]
    if not nodes or is_stub(nodes[-1]):
        return None
    node = nodes[-1]
    taken = _names_of(sketch)
    beside = [
        other
        for other in tree.body
        if other not in nodes and bound(other) and not bound(other) & taken and not is_main(other)
    ]
    try:
        if node.decorator_list or _plain(node) != hole.parameters or isinstance(node, ast.AsyncFunctionDef):
            statements: list[ast.stmt] = [*beside, node]
            end = f"\nreturn {hole.name}({', '.join(hole.parameters)})"
        else:
            statements, end = [*beside, *_undocumented(node.body)], ""
        return ast.unparse(ast.Module(body=statements, type_ignores=[])).strip("\n") + end
    except (RecursionError, ValueError):
        return None


def _names_of(sketch: Sketch) -> set[str]:
    tree = parse(sketch.source)
    return set() if isinstance(tree, Unparseable) else {name for node in tree.body for name in bound(node)}


def _plain(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """Return the parameters of a function that has positional ones alone; of another, nothing that a hole has."""
    given = node.args
    if given.vararg or given.kwarg or given.kwonlyargs:
        return ("*",)
    return tuple(one.arg for one in (*given.posonlyargs, *given.args))


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if documented and len(body) > 1 else body
