"""Small edits of one node, as texts of the whole program: what a slip of the pen might have been.

Edits are made in the original text, on the lines that the node stands for and no part of it does; so what comes out is
a program that nobody took apart, with one small change. Lines that failing runs share with few passing ones come first.

Leaves out: edits of two places, which edit is right.
"""

from collections.abc import Iterator, Mapping

from trialrun.core.errors import UsageError
from trialrun.lang.decomposition import Decomposition
from trialrun.lang.mutants import Mutant, mutants


def edits(source: str, function: str) -> list[Mutant]:
    """Return the programs that one small edit of a function of the top level makes of a text."""
    return mutants(source, function, subtle=True)


def node_edits(made: Decomposition, name: str, scores: Mapping[int, float]) -> Iterator[str]:
    """Yield the programs that small edits of a node make of the original; `scores` are of the original's lines."""
    node = made.node(name)
    lines = made.own_lines(name)
    try:
        found = edits(made.original, node.origin)
    except UsageError:
        return
    own = [one for one in found if one.line in lines]
    yield from (one.source for one in sorted(own, key=lambda one: -scores.get(one.line, 0.0)))
