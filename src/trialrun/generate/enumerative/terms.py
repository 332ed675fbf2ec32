"""`Term`: an expression of the language: a variable, a constant, an operator or a comprehension over terms.

A term has a cost, the kind of its values, and its value in each context that it was enumerated in. `evaluate` gives its
value in any other context, `write` its Python text; both come from the same operator, and a test holds them together.
A value that could not be computed is `ERR`.

Leaves out: choosing terms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ERR = ...
"""In place of a value: the evaluation raised. `marshal` can write it, unlike an object of ours."""

CONDITION, OR, AND, NOT, COMPARE, BITS, XOR, BITAND, SHIFT, SUM, PRODUCT, SIGN, POWER, ATOM = range(14)
"""How tightly a text binds, from the loosest; `BITS` is that of `|`."""


class Undefined(Exception):
    """A term has no value in a context."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operator:
    """A function of values with its Python text."""

    name: str
    takes: tuple[str, ...]
    """For each operand the kinds that it may have, one letter each (`kinds.py`); `*`: any."""
    gives: str
    """Kind of the result; empty: as the values are."""
    run: Callable[..., Any]
    """May raise anything that a wrong operand leads to, and `Undefined` for what would be too large."""
    text: str
    """`{0}`, `{1}` stand for the operands."""
    binds: int = ATOM
    wants: tuple[int, ...] = (0, 0, 0)
    """How tightly each operand's text has to bind."""
    cost: float = 2
    words: tuple[str, ...] = ()
    """Words in a function's name that make this operator likelier."""
    needs: tuple[str, ...] = ()
    """Import lines, and names of helpers, that the text needs."""
    symmetric: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A comprehension, or a function of one: `items` are the values of its body where its condition held."""

    name: str
    finish: Callable[[Sequence[Any], Sequence[Any]], Any]
    """(values of the body, the elements they belong to) → value; either may hold `ERR`."""
    text: str
    """`{body}`, `{names}`, `{source}`, `{where}` and `{0}`, a separator, are filled in."""
    gives: str
    body: str
    """Kinds that the body may have; empty: there is none."""
    cost: float = 2
    words: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    ordered: bool = True
    """Whether the order of the elements matters (a set has none)."""


@dataclass(slots=True, eq=False)
class Term:
    """One expression."""

    op: "Operator | Loop | None"
    args: "tuple[Term, ...]"
    cost: int
    """In halves of an operator's cost."""
    kind: str
    values: list[Any]
    """One a context; `ERR` where it has none."""
    number: int = -1
    """Its place in the bank."""
    partial: bool = False
    """Whether any of them is `ERR`."""
    place: int = -1
    """Of a variable, its place in the context; −1 for anything else."""
    literal: Any = None
    """Of a constant, its value."""
    body: "Term | None" = None
    """Of a comprehension (whose only operand is the source), what is computed for each element,"""
    where: "Term | None" = None
    """under which condition,"""
    names: tuple[str, ...] = ()
    """and what its elements are called."""

    @property
    def constant(self) -> bool:
        """Whether it is a constant."""
        return self.op is None and self.place < 0


def evaluate(term: Term, context: tuple[Any, ...]) -> Any:
    """Return the value of a term where the variables are those of `context`. Raises what its operators raise."""
    op = term.op
    if op is None:
        return context[term.place] if term.place >= 0 else term.literal
    if isinstance(op, Operator):
        if op.name == "if":
            chosen = 1 if evaluate(term.args[0], context) else 2
            return evaluate(term.args[chosen], context)
        if op.name in ("and", "or"):
            first = evaluate(term.args[0], context)
            return evaluate(term.args[1], context) if first is (op.name == "and") else first
        return op.run(*[evaluate(arg, context) for arg in term.args])
    bodies, kept = [], []
    for element in evaluate(term.args[0], context):
        inner = context + (tuple(element) if len(term.names) > 1 else (element,))
        if term.where is None or evaluate(term.where, inner):
            kept.append(element)
            bodies.append(element if term.body is None else attempt(term.body, inner))
    result = op.finish(bodies, kept)
    if result is ERR:
        raise Undefined
    return result


def attempt(term: Term, context: tuple[Any, ...]) -> Any:
    """Return the value of a term in a context, `ERR` where it has none."""
    try:
        return evaluate(term, context)
    except Exception:  # whatever an operator meets in values that it was not made for
        return ERR


def write(term: Term, names: Sequence[str], wants: int = 0) -> str:
    """Return the Python text of a term whose variables have these names, in brackets where it has to bind tighter."""
    text, binds = _written(term, list(names))
    return f"({text})" if binds < wants else text


def _written(term: Term, names: list[str]) -> tuple[str, int]:
    op = term.op
    if op is None:
        if term.place >= 0:
            return names[term.place], ATOM
        text = repr(term.literal)
        return text, SIGN if text.startswith("-") else ATOM
    if isinstance(op, Operator):
        parts = [write(arg, names, wants) for arg, wants in zip(term.args, op.wants, strict=False)]
        return op.text.format(*parts), op.binds
    bound = [fresh(name, names) for name in term.names]
    inner = names + bound
    listed = ", ".join(bound)
    body = listed if term.body is None else write(term.body, inner)
    if term.body is None and len(bound) > 1:
        body = f"({listed})"
    where = f" if {write(term.where, inner, OR)}" if term.where is not None else ""
    source = write(term.args[0], names, OR)
    text = op.text.format(repr(term.literal), body=body, names=listed, source=source, where=where)
    return text, ATOM


def fresh(name: str, taken: Sequence[str]) -> str:
    """Return a name like this one that is not taken."""
    number = 1
    wanted = name
    while wanted in taken:
        number += 1
        wanted = f"{name}{number}"
    return wanted


def needed(term: Term) -> dict[str, None]:
    """Return what the text of a term needs: import lines and names of helpers, in order."""
    found: dict[str, None] = {}
    todo = [term]
    while todo:
        one = todo.pop()
        if one.op is not None:
            found |= dict.fromkeys(one.op.needs)
        todo += [*one.args, *(part for part in (one.body, one.where) if part is not None)]
    return found


def size(term: Term) -> int:
    """Return the number of nodes of a term."""
    parts = (*term.args, *(part for part in (term.body, term.where) if part is not None))
    return 1 + sum(map(size, parts))
