"""The statement lists of a function, inner ones first, and how much is in them.

Leaves out: what lies in nested functions.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from trialrun.lang.decompose_exits import Kind
from trialrun.lang.statement_names import scope_of


@dataclass(slots=True)
class StatementList:
    """A statement list of a function."""

    body: list[ast.stmt]
    kind: Kind | Literal[""]
    """Kind of region that the whole list would be; empty where it is none."""
    in_loop: bool
    is_tail: bool
    line: int
    """Line of the statement that it belongs to."""


def statement_lists(
    owner: ast.AST, body: list[ast.stmt], *, tail: bool, kind: Kind | Literal[""], in_loop: bool
) -> Iterator[StatementList]:
    """Yield the statement lists in a statement list, and then itself: the inner ones first."""
    for place, statement in enumerate(list(body)):
        last = tail and place == len(body) - 1
        match statement:
            case ast.If():
                yield from statement_lists(
                    statement, statement.body, tail=last, kind="branch", in_loop=in_loop
                )
                is_elif = len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If)
                if statement.orelse:
                    other: Kind | Literal[""] = "" if is_elif else "branch"
                    yield from statement_lists(
                        statement, statement.orelse, tail=last, kind=other, in_loop=in_loop
                    )
            case ast.While() | ast.For() | ast.AsyncFor():
                yield from statement_lists(statement, statement.body, tail=False, kind="body", in_loop=True)
                if statement.orelse:
                    yield from statement_lists(
                        statement, statement.orelse, tail=False, kind="branch", in_loop=in_loop
                    )
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case _:
                lists = [value for _, value in ast.iter_fields(statement) if isinstance(value, list)]
                lists += [
                    one.body
                    for one in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
                ]
                for inner in lists:
                    if inner and isinstance(inner[0], ast.stmt):
                        yield from statement_lists(
                            statement, inner, tail=False, kind="branch", in_loop=in_loop
                        )
    yield StatementList(body, kind, in_loop, tail, int(getattr(owner, "lineno", 0)))


def weight_of(statements: Sequence[ast.stmt]) -> int:
    """Return the number of statements, those inside of others too; docstrings and `pass` do not count."""
    return sum(isinstance(one, ast.stmt) and not says_nothing(one) for one in scope_of(statements))


def says_nothing(node: ast.AST) -> bool:
    """Say whether a statement is `pass`, `...` or a text."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
