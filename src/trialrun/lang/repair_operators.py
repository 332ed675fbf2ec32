"""Repair operators: all small edits of a Python program that may mend it, each at its place and with a prior.

    repairs(source)   expressions (`repair_expressions.py`) and statements (`repair_statements.py`) of every function
    Edit              pieces of the text and what to write there; the rest of the text stays as it is
    applied           the text with an edit, or with two that do not touch

The *prior* says how likely an edit is, before anything was run: each operator has a weight, and those that could write
many things at one place share it. Weights are ours: what is a slip of the pen comes first, what is new text last.

Leaves out: where to look first (`repair/localisation.py`), whether an edit mends anything.
"""

import ast
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.lang.edited_text import INTERPOLATIONS, Text, children, is_tight, stays
from trialrun.lang.repair_expressions import Place, rewrites
from trialrun.lang.repair_forms import Rewrite
from trialrun.lang.repair_scope import Kinds, Scope
from trialrun.lang.repair_statements import Piece, patches
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function

WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(
        ("comparison", "index", "slice", "range", "connector", "offset", "constant-condition"), 1.0
    ),
    **dict.fromkeys(("constant", "arithmetic", "operand-swap", "argument-swap", "call-swap", "name"), 0.8),
    **dict.fromkeys(("not-insertion", "not-deletion", "augmented-assignment", "unary-deletion"), 0.6),
    **dict.fromkeys(("any-comparison", "any-arithmetic", "callee", "attribute", "ordering", "running"), 0.5),
    **dict.fromkeys(("operand-removal", "break-continue", "dedentation", "indentation"), 0.5),
    **dict.fromkeys(("statement-swap", "initial", "slice-insertion", "wrap", "condition-or"), 0.4),
    **dict.fromkeys(("condition-and", "donor", "combination", "guard", "unwrap", "target", "truth"), 0.3),
    **dict.fromkeys(("statement-form", "statement-copy", "growth", "assignment", "call-insertion"), 0.3),
    **dict.fromkeys(("condition-instead", "default", "text-constant", "yield", "extreme", "keyword"), 0.3),
    **dict.fromkeys(("statement-deletion", "operand-deletion", "step", "return-insertion"), 0.2),
    **dict.fromkeys(("unary-insertion", "scale", "conditional-swap", "argument-removal", "remainder"), 0.2),
    **dict.fromkeys(
        ("unconditional", "far-combination", "argument-deletion", "index-insertion", "other-iteration"), 0.15
    ),
    **dict.fromkeys(("loop-guard", "flag", "any-constant", "return", "condition"), 0.1),
    "example-guard": 0.06,
}
"""How likely each operator is to mend, relative to the others."""
_OTHER = 0.2
_NOTHING_NEW = 0.01
_SHOWN = 60
_MOST = 30_000
"""Edits of one text, about: more than any search tries."""
_LOOSER_THAN_SUMS = (ast.Compare, ast.BoolOp, ast.IfExp, ast.comprehension, ast.ListComp, ast.Yield)


@dataclass(frozen=True, slots=True)
class Edit:
    """One small change of a text."""

    operator: str
    line: int
    """Line of the change, from 1."""
    what: str
    """`a < b -> a <= b`."""
    prior: float
    """How likely it is, relative to others; above 0, at most 1."""
    pieces: tuple[Piece, ...]
    """Parts of the text and what is written there, in the order of the text."""

    @property
    def description(self) -> str:
        """Return line and change: `line 3: a < b -> a <= b`."""
        return f"line {self.line}: {self.what}"

    @property
    def size(self) -> int:
        """Return how much it writes and takes away, in bytes."""
        return sum(len(new) + end - begin for begin, end, new in self.pieces)

    def touches(self, other: "Edit") -> bool:
        """Say whether two edits change the same part of the text, or one at the edge of the other."""
        return any(a[0] <= b[1] and b[0] <= a[1] for a in self.pieces for b in other.pieces)


def applied(source: str, *edits: Edit) -> str:
    """Return a text with edits that do not touch one another.

    >>> [found] = [one for one in repairs("def f(a):\\n    return a > 0\\n") if one.what == "a > 0 -> a >= 0"]
    >>> applied("def f(a):\\n    return a > 0\\n", found)
    'def f(a):\\n    return a >= 0\\n'
    """
    data = plain(source).encode()
    for begin, end, new in sorted((piece for edit in edits for piece in edit.pieces), reverse=True):
        data = data[:begin] + new.encode() + data[end:]
    return data.decode()


def plain(source: str) -> str:
    """Return a text with newlines as they are counted here."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def repairs(
    source: str,
    *,
    runs: Kinds | None = None,
    values: Sequence[Any] = (),
    strings: Sequence[str] = (),
) -> list[Edit]:
    """Return the edits of a text, in its order; no two write the same, and none writes what is there.

    `runs` are the types that names held in recorded runs, `values` results that are expected of it, `strings` texts
    that its task mentions. Of a text that does not parse there are none.
    """
    source = plain(source)
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return []
    try:
        text = Text(source)
        module = Scope(tree, text, None, runs or {}, "", tuple(values), tuple(strings))
        found: dict[tuple[Piece, ...], Edit] = {}
        for scope in (module, *_inside(module)):
            if len(found) >= _MOST:
                break
            for edit in _of(scope):
                before = found.get(edit.pieces)
                if before is None or before.prior < edit.prior:
                    found[edit.pieces] = edit
    except (RecursionError, UnicodeEncodeError):
        return []
    return sorted(found.values(), key=lambda edit: edit.pieces[0][:2])


def _inside(scope: Scope, prefix: str = "") -> Iterator[Scope]:
    """Yield the functions in a scope, and those in them; `prefix` qualifies their names."""
    waiting: list[tuple[ast.AST, str]] = [(node, prefix) for node in scope.node.body]
    while waiting:
        node, before = waiting.pop(0)
        if isinstance(node, ast.ClassDef):
            waiting += [(inner, f"{before}{node.name}.") for inner in node.body]
        elif isinstance(node, Function):
            name = f"{before}{node.name}"
            inner = Scope(node, scope.text, scope, scope.runs, name, scope.values, scope.strings)
            yield inner
            yield from _inside(inner, f"{name}.<locals>.")
        else:
            waiting += [(inner, before) for inner in ast.iter_child_nodes(node)]


def _of(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of one scope, the weight of an operator shared among those that it makes at one place."""
    shared: dict[tuple[str, int], list[Edit]] = {}
    for edit in itertools.islice(_unshared(scope), _MOST):
        shared.setdefault((edit.operator, edit.pieces[0][0]), []).append(edit)
    for (operator, _), edits in shared.items():
        prior = max(WEIGHTS.get(operator, _OTHER) / math.sqrt(len(edits)), _NOTHING_NEW)
        for edit in edits:
            yield Edit(edit.operator, edit.line, edit.what, prior, edit.pieces)


def _unshared(scope: Scope) -> Iterator[Edit]:
    for place in _places(scope):
        for rewrite in rewrites(place, scope):
            edit = _written(rewrite, place, scope)
            if edit is not None:
                yield edit
    for patch in patches(scope):
        yield Edit(patch.operator, patch.line, patch.what, 1.0, tuple(sorted(patch.pieces)))


def _places(scope: Scope) -> Iterator[Place]:
    """Yield the expressions and statements of a scope with what holds them; texts in messages are passed over."""
    waiting: list[tuple[Place, bool]] = [
        (Place(node, scope.node, "body"), True) for node in reversed(scope.node.body)
    ]
    while waiting:
        place, texts = waiting.pop()
        node = place.node
        if isinstance(node, (*(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),)) or stays(node):
            continue
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if isinstance(node, ast.expr | ast.stmt | ast.comprehension) and (texts or not is_text):
            yield place
        texts = texts and not isinstance(node, (ast.Raise, *INTERPOLATIONS))
        below = [(Place(child, node, name), texts) for name, child in children(node)]  # type: ignore[arg-type]
        waiting += reversed(below)


def _written(rewrite: Rewrite, place: Place, scope: Scope) -> Edit | None:
    """Return a rewrite as an edit; None where it writes what is there."""
    node, text = rewrite.node, scope.text
    old = text.of(node)
    holder = place.holder if node is place.node else place.node
    loose = rewrite.atomic or (rewrite.is_sum and isinstance(holder, _LOOSER_THAN_SUMS))
    new = text.fitted(node, rewrite.text, brackets=is_tight(holder, node) and not loose)
    if new == old:
        return None
    begin, end = text.span(node)
    return Edit(rewrite.operator, node.lineno, f"{_short(old)} -> {_short(new)}", 1.0, ((begin, end, new),))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
