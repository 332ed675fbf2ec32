"""Domains: what the seeds say inputs look like, as a shape with facts, and how a working tree becomes a case.

A case is read as arguments, as text on standard input, as a list of input lines, or as several lines in one string.
Several domains of one set of seeds are hypotheses: each has a weight, which falls while programs refuse its inputs.

Leaves out: shapes of arguments without seeds (`arguments.py`).
"""

import contextlib
import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.core.task import Case
from trialrun.core.values import TooLarge, encode
from trialrun.lang.signatures import Signature
from trialrun.probe.arguments import shapes_of_arguments
from trialrun.probe.facts import learn, without_trust
from trialrun.probe.formats import formats_of
from trialrun.probe.proposer import Seed
from trialrun.probe.shapes import Mismatch, Shape, build, read, render
from trialrun.probe.text import INTEGER


class Layout(enum.StrEnum):
    """Where a case has its input."""

    ARGUMENTS = "arguments"
    STDIN = "stdin"
    LINES = "lines"
    """One argument: a list of lines."""
    STRING = "string"
    """One argument: a text of several lines."""
    SPREAD = "spread"
    """One argument a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A shape, the seeds' working trees, and how to write a case."""

    shape: Shape
    layout: Layout
    trees: tuple[Any, ...]
    weight: float = 1.0
    """How plausible it is against the other domains of the same seeds."""
    ending: str = ""
    """What stands after the last line of a text."""

    def case(self, tree: Any) -> Case:
        """Return the case of a working tree; it shares nothing mutable with the tree."""
        if self.layout is Layout.ARGUMENTS:
            return Case(args=build(self.shape, tree))
        text = render(self.shape, tree)
        if self.layout is Layout.STDIN:
            return Case(stdin=text + self.ending)
        if self.layout is Layout.STRING:
            return Case(args=(text + self.ending,))
        lines = text.split("\n")
        return Case(args=(lines,)) if self.layout is Layout.LINES else Case(args=tuple(lines))


def key_of(case: Case) -> str | bytes:
    """Return what two cases share exactly where they are the same input: `1`, `1.0`, `True`, `"1"` are four."""
    if case.stdin is not None:
        return case.stdin
    try:
        return encode(case.args)
    except (TooLarge, RecursionError):
        return repr(case.args)


def domains_of(
    seeds: Sequence[Seed], signature: Signature | None = None, sources: Sequence[str] = ()
) -> list[Domain]:
    """Return the domains that the seeds (or else the signature) suggest, the most plausible first."""
    cases = [seed.case for seed in seeds]
    layout = _layout(cases, signature)
    found = _text_domains(cases, layout) if layout is not Layout.ARGUMENTS else []
    if found and not (layout is Layout.LINES and _may_be_words(cases)):
        return found
    if layout is Layout.STDIN:
        return []
    weight = 0.7 if found else 1.0
    for shape in shapes_of_arguments([case.args for case in cases], signature, sources):
        trees = []
        for case in cases:
            with contextlib.suppress(Mismatch):
                trees.append(read(shape, case.args))
        learnt = learn(shape, trees)
        found.append(Domain(shape=learnt, layout=Layout.ARGUMENTS, trees=tuple(trees), weight=weight))
    return found


def _layout(cases: Sequence[Case], signature: Signature | None) -> Layout:
    if not cases:
        return Layout.ARGUMENTS
    if all(case.stdin is not None for case in cases):
        return Layout.STDIN
    args = [case.args for case in cases]
    if all(len(arg) == 1 and type(arg[0]) is list for arg in args) and _are_lines(
        [arg[0] for arg in args], signature
    ):
        return Layout.LINES
    if all(len(arg) == 1 and type(arg[0]) is str for arg in args) and any("\n" in arg[0] for arg in args):
        return Layout.STRING
    if _variadic(signature) and _are_lines([list(arg) for arg in args], None):
        return Layout.SPREAD
    return Layout.ARGUMENTS


_LINES_NAMES = frozenset(("lines", "inputs", "input_lines", "inp", "stdin", "data", "input"))


def _are_lines(lists: list[list[Any]], signature: Signature | None) -> bool:
    """Say whether lists of strings are lines of input: a number among their tokens, or the parameter's name."""
    if not all(type(line) is str for lines in lists for line in lines) or not all(lists):
        return False
    if signature is not None and signature.parameters and signature.parameters[0].name in _LINES_NAMES:
        return True
    if all(len(lines) == 1 for lines in lists):
        return True
    return any(INTEGER.fullmatch(token) for lines in lists for line in lines for token in line.split())


def _may_be_words(cases: Sequence[Case]) -> bool:
    """Say whether lines could just as well be a list of words: none has blanks or is a number."""
    lines = [line for case in cases for line in case.args[0]]
    return not any(" " in line or INTEGER.fullmatch(line) for line in lines)


def _variadic(signature: Signature | None) -> bool:
    return signature is not None and [parameter.variadic for parameter in signature.parameters] == ["*"]


def _text_domains(cases: Sequence[Case], layout: Layout) -> list[Domain]:
    texts = [_text(case, layout) for case in cases]
    endings = {text[len(text.rstrip("\n")) :] for text in texts}
    ending = endings.pop() if len(endings) == 1 else "\n"
    ways = formats_of(texts)
    if not ways:  # no way to read all of them: read them one by one
        ways = [way for text in texts[:4] for way in formats_of([text], 1)]
    best = min((way.cost for way in ways), default=0.0)
    found: list[Domain] = []
    for way in ways:
        shape = learn(way.shape, way.trees)
        if all(without_trust(shape) != without_trust(other.shape) for other in found):
            found.append(
                Domain(
                    shape=shape,
                    layout=layout,
                    trees=way.trees,
                    weight=math.exp(2.0 * (best - way.cost)),
                    ending=ending if layout in (Layout.STDIN, Layout.STRING) else "",
                )
            )
    return found


def _text(case: Case, layout: Layout) -> str:
    if case.stdin is not None:
        return case.stdin
    return (
        str(case.args[0])
        if layout is Layout.STRING
        else "\n".join(case.args[0] if layout is Layout.LINES else case.args)
    )
