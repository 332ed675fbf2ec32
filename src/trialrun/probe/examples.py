"""Seeds from documentation: `>>> f([1, 2])`, `f(1) -> 2`, `f("a") == "b"` in docstrings and comments, plain asserts.

Arguments must be literals. Nothing is run.

Leaves out: examples that build objects or use names; expected results.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from trialrun.core.task import Case
from trialrun.lang.literal_calls import read_arguments
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Signature
from trialrun.probe.domain import key_of
from trialrun.probe.proposer import Origin, Seed

_MOST = 40
_LONGEST = 20_000
"""Characters of a docstring that are looked at."""


def examples_of(signature: Signature, source: str) -> list[Seed]:
    """Return the example calls of a function in its docstring and in its module's comments and asserts.

    >>> documented = Signature(name="f", docstring=">>> f([1], 2)\\n3\\n\\nf(4, 5) -> 9")
    >>> [seed.case.args for seed in examples_of(documented, "")]
    [([1], 2), (4, 5)]
    """
    seeds: dict[Any, Seed] = {}
    for args in _calls(signature, source):
        case = Case(args=args)
        seeds.setdefault(key_of(case), Seed(case=case, origin=Origin.EXAMPLE))
        if len(seeds) == _MOST:
            break
    return list(seeds.values())


def calls_in(text: str, signature: Signature) -> Iterator[tuple[Any, ...]]:
    """Yield the arguments of the calls of a function by literals that stand anywhere in a text.

    >>> list(calls_in("Try f(1, b=2), then f(x).", Signature(name="f", parameters=())))
    []
    >>> list(calls_in("assert f([1]) == 2; print(f( 'a)' ))", Signature(name="f")))
    [([1],), ('a)',)]
    """
    yield from _in_prose(text, signature.name.rpartition(".")[2], signature)


def _calls(signature: Signature, source: str) -> Iterator[tuple[Any, ...]]:
    name = signature.name.rpartition(".")[2]
    yield from _in_prose(signature.docstring[:_LONGEST], name, signature)
    tree = parse(source)
    if not isinstance(tree, Unparseable):
        for node in tree.body:
            if isinstance(node, ast.Assert):
                yield from _in_tree(node, name, signature)
    comments = "\n".join(line for line in source[:200_000].splitlines() if line.lstrip().startswith("#"))
    yield from _in_prose(comments, name, signature)


def _in_prose(text: str, name: str, signature: Signature) -> Iterator[tuple[Any, ...]]:
    for found in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", text):
        call = _balanced(text, found.start(), found.end())
        tree = parse(call) if call else None
        if tree is not None and not isinstance(tree, Unparseable):
            yield from _in_tree(tree, name, signature)


def _balanced(text: str, start: int, at: int) -> str:
    """Return the call that starts at `start`, to its closing bracket, or nothing."""
    depth, quote = 1, ""
    for end in range(at, min(len(text), at + 2000)):
        char = text[end]
        if quote:
            quote = "" if char == quote and text[end - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return text[start : end + 1]
    return ""


def _in_tree(tree: ast.AST, name: str, signature: Signature) -> Iterator[tuple[Any, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            args = _literal(node, signature)
            if args is not None:
                yield args


def _literal(node: ast.Call, signature: Signature) -> tuple[Any, ...] | None:
    """Return the positional arguments of a call, keywords in their places, or None where one is no literal."""
    positional = [part.name for part in signature.parameters if not part.keyword_only and not part.variadic]
    read = read_arguments(node)
    if read is None:
        return None
    args, named = read.positional, read.named
    for parameter in positional[len(args) :]:
        if parameter not in named:
            break
        args.append(named.pop(parameter))
    required = sum(
        part.default is None and not part.variadic and not part.keyword_only for part in signature.parameters
    )
    return None if named or len(args) < required else tuple(args)
