"""Where variables stand in a source: each name of each block, and when within the block its value is seen.

A trace knows values before and after a block. A variable in one of its statements held what it held *before* where no
statement of the block has written it yet, and what it held *after* from the last statement that writes it on; anything
*between* two writes is not known. A loop's target holds what the loop's body starts with.

Leaves out: names that the code itself never writes (globals, functions that it calls), names that a comprehension or a
lambda binds for itself, attributes.
"""

import ast
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from trialrun.lang.blocks import RUN, Block, Layout, bodies_of, first_line, written

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Token(NamedTuple):
    """One occurrence of a variable."""

    line: int
    column: int
    """From 0, as `ast` has it."""
    name: str
    code: int
    block: int
    """−1 for a parameter in the head of its function."""
    when: Literal["before", "between", "after"]
    statement_line: int
    """First line of the statement."""
    is_test: bool


def tokens_of(layout: Layout) -> Iterator[Token]:
    """Yield the variables of a source, block after block."""
    own: dict[int, set[str]] = {code.index: set(code.parameters) for code in layout.codes}
    for code in layout.codes:
        for one in _parameters(code.node) if code.kind == "function" else ():
            yield Token(one.lineno, one.col_offset, one.arg, code.index, -1, "after", code.line, False)
    for block in layout.blocks:
        own[block.code].update(block.names)
    for block in layout.blocks:
        found = _run(block) if block.role == RUN else _head(block, layout)
        yield from (token for token in found if token.name in own[token.code])


def _parameters(node: Any) -> list[ast.arg]:
    given = node.args
    optional = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *optional]


def _run(block: Block) -> Iterator[Token]:
    first: dict[str, int] = dict.fromkeys(block.leading, -1)
    last: dict[str, int] = dict(first)
    for place, statement in enumerate(block.statements):
        for name in written([statement]):
            first.setdefault(name, place)
            last[name] = place
    for place, statement in enumerate(block.statements):
        for node in _names(statement):
            is_store = not isinstance(node.ctx, ast.Load)
            if node.id not in last:
                when: Literal["before", "between", "after"] = "after" if is_store else "before"
            elif last[node.id] < place or (last[node.id] == place and is_store):
                when = "after"
            elif place < first[node.id] or (first[node.id] == place and not is_store):
                when = "before"
            else:
                when = "between"
            yield Token(
                node.lineno,
                node.col_offset,
                node.id,
                block.code,
                block.index,
                when,
                first_line(statement),
                False,
            )


def _head(block: Block, layout: Layout) -> Iterator[Token]:
    node = block.statements[0]
    line = first_line(node)
    for field in ("test", "iter", "subject", "items"):
        part = getattr(node, field, None)
        for inner in part if isinstance(part, list) else [part]:
            for name in _names(getattr(inner, "context_expr", inner)) if inner is not None else ():
                yield Token(
                    name.lineno, name.col_offset, name.id, block.code, block.index, "before", line, True
                )
    for body, leading, _ in bodies_of(node):
        starts = layout.bodies[id(body)]
        if leading and starts and isinstance(starts[0], Block):
            yield from _targets(node, starts[0], line)


def _targets(node: Any, body: Block, line: int) -> Iterator[Token]:
    """Yield the names that a loop or a `with` binds, as its body has them."""
    targets = [getattr(node, "target", None), *(one.optional_vars for one in getattr(node, "items", ()))]
    again = frozenset(written(body.statements))
    for target in targets:
        for name in _names(target) if target is not None else ():
            if not isinstance(name.ctx, ast.Load):
                when: Literal["between", "after"] = "between" if name.id in again else "after"
                yield Token(name.lineno, name.col_offset, name.id, body.code, body.index, when, line, True)


def _names(node: Any) -> Iterator[ast.Name]:
    """Yield the names in a statement or an expression that are variables of the code it belongs to."""
    waiting: list[tuple[Any, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        one, own = waiting.pop()
        if isinstance(one, ast.Name):
            if one.id not in own:
                yield one
            continue
        if isinstance(one, _SCOPES):
            continue
        if isinstance(one, _COMPREHENSIONS):
            bound = {
                inner.id
                for part in one.generators
                for inner in ast.walk(part.target)
                if isinstance(inner, ast.Name)
            }
            own = own | bound
        waiting += [(inner, own) for inner in reversed(list(ast.iter_child_nodes(one)))]
