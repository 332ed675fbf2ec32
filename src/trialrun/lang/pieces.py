"""Programs as pieces: what an answer writes of a function, what it leaves to other functions, and all put together.

An answer may call functions that it only declares (a signature, a docstring, no body): stubs, to be written later. Its
*piece* is everything else, without functions that are known from elsewhere already. `assembled` joins a piece with the
pieces that it needs, directly or through others, and with no more.

Leaves out: classes with methods to be written, names that are reached by other ways than by being read.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from trialrun.lang.scopes import Unparseable, names, parse
from trialrun.lang.signatures import Signature, read_signature
from trialrun.lang.statements import Statement, is_stub, statements

_FUTURE = "from __future__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What an answer writes of one function."""

    text: str
    """Its source, without stubs and without what is known already."""
    stubs: tuple[tuple[str, str], ...] = ()
    """(name, source) of the functions that it only declares, in order."""
    signature: Signature | None = None
    """Of the function itself; None for a whole program."""
    binds: tuple[tuple[str, str], ...] = ()
    """(name, source) of what it defines beside the function, imports apart."""


def split(source: str, entry: str | None, known: Collection[str] = ()) -> Piece | None:
    """Return the piece in a program, or None where it does not parse or does not write `entry`.

    Definitions of `known` names are left out: they are written elsewhere.

    >>> piece = split("def f(x):\\n    return g(x)\\n\\ndef g(x):\\n    'Double x.'\\n", "f")
    >>> piece.text, piece.stubs
    ('def f(x):\\n    return g(x)\\n', (('g', "def g(x):\\n    'Double x.'\\n"),))
    """
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    own: list[Statement] = []
    stubs: dict[str, str] = {}
    for found in statements(source, tree):
        name = next(iter(found.binds), "") if found.is_definition else ""
        if name and name != entry and (name in known or _declares(found)):
            if name not in known:
                stubs.setdefault(name, found.text + "\n")
        else:
            own.append(found)
    written = {name for found in own if not is_stub(found.node) for name in found.binds}
    if not own or (entry is not None and entry not in written):
        return None
    return Piece(
        text="".join(f"{found.text}\n" for found in own),
        stubs=tuple((name, text) for name, text in stubs.items() if name not in written),
        signature=None if entry is None else read_signature(tree, entry),
        binds=tuple(
            (name, found.text)
            for found in own
            if not found.is_import
            for name in sorted(found.binds)
            if name != entry
        ),
    )


def _declares(found: Statement) -> bool:
    return isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef) and is_stub(found.node)


def needed(text: str, others: Mapping[str, str]) -> list[str]:
    """Return the names in `others` (name → source of its piece) that a text needs, those that need no more first."""
    order: list[str] = []
    seen: set[str] = set()
    waiting = [(name, False) for name in reversed(_free(text))]
    while waiting:
        name, done = waiting.pop()
        if done:
            order.append(name)
        elif name in others and name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(inner, False) for inner in reversed(_free(others[name]))]
    return order


def assembled(text: str, others: Mapping[str, str]) -> str:
    """Return the program of a piece: its text, after the pieces among `others` that it needs.

    >>> assembled("def f(x):\\n    return g(x)\\n", {"g": "def g(x):\\n    return x\\n", "h": "def h(): pass\\n"})
    'def g(x):\\n    return x\\n\\n\\ndef f(x):\\n    return g(x)\\n'
    """
    parts = [*(others[name] for name in needed(text, others)), text]
    lines = [line for part in parts for line in part.splitlines() if line.startswith(_FUTURE)]
    bodies = [
        "\n".join(line for line in part.splitlines() if not line.startswith(_FUTURE)).strip("\n")
        for part in parts
    ]
    first = ["\n".join(dict.fromkeys(lines))] if lines else []
    return "\n\n\n".join([*first, *bodies]) + "\n"


def _free(text: str) -> list[str]:
    found = names(text)
    return [] if isinstance(found, Unparseable) else list(found.free)
