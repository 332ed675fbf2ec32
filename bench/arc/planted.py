"""Wrong fillings for a hole: its right expression with one function or one constant exchanged for another of its kind.

Leaves out: whether a filling is wrong on the pairs of a task (`bench/anpl.py` runs it).
"""

import ast
import copy
import random
import typing
from collections.abc import Iterator

from bench.arc import dsl
from trialrun.lang.sketch import Sketch


def wrong_fillings(sketch: Sketch, hole: str, *, seed: str) -> Iterator[str]:
    """Yield bodies in an order drawn by a seed, each once."""
    (statement,) = ast.parse(sketch.body(hole)).body
    assert isinstance(statement, ast.Return) and statement.value is not None
    made = []
    nodes = list(ast.walk(statement.value))
    for place, node in enumerate(nodes):
        for other in _others(node):
            changed = copy.deepcopy(statement.value)
            _set(list(ast.walk(changed))[place], other)
            made.append(f"return {ast.unparse(changed)}")
    made = sorted(set(made) - {sketch.body(hole)})
    random.Random(seed).shuffle(made)
    yield from made


def _others(node: ast.AST) -> list[object]:
    """Return the names, or the constants, that could stand in place of a node."""
    if isinstance(node, ast.Name) and node.id in _KINDS:
        return [name for name, kind in _KINDS.items() if kind == _KINDS[node.id] and name != node.id]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return [value for value in range(1, 7) if value != node.value]
    return []


def _set(node: ast.AST, value: object) -> None:
    if isinstance(node, ast.Name):
        node.id = str(value)
    elif isinstance(node, ast.Constant):
        node.value = value  # type: ignore[assignment]


_KINDS = {
    name: tuple(str(kind) for kind in typing.get_type_hints(function).values())
    for name, function in vars(dsl).items()
    if callable(function) and not name.startswith("_") and getattr(function, "__module__", "") == dsl.__name__
}
"""Function → kinds of its parameters and of its result."""
