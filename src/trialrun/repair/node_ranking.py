"""Which node of a decomposed program to look at first.

A node's score is Ochiai's suspiciousness of its most suspicious block, lowered where the node did in failing runs only
what it also did in passing ones (its calls, arguments and results). A node that fails a pair of its own comes first:
what it received there was right, and what it gave was not. Ties keep the order of the nodes, callees first: where
every run fails, all blocks that ran are alike, and the innermost part is as good a guess as there is.

Leaves out: which edit to try (`edit_search.py`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from trialrun.lang.decomposition import Decomposition
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence
from trialrun.repair.node_checks import NodeRuns, unseen

_LEAST = 0.5
"""What is left of the score of a node that did nothing new in any failing run."""


class Suspicion(NamedTuple):
    """A node and how suspicious it is."""

    node: str
    score: float
    """0 to 1 by spectrum and calls; 1 is added where it fails a pair of its own."""


def rank(
    made: Decomposition,
    evidence: Evidence,
    runs: NodeRuns | None = None,
    failing: Mapping[str, int] | None = None,
) -> tuple[Suspicion, ...]:
    """Return all nodes, the most suspicious first.

    `evidence` is of the decomposed program, `failing` counts the pairs of their own that nodes fail.
    """
    blocks = _by_node(evidence)
    found = []
    for node in made.nodes:
        score = max(blocks.get(node.name, ()), default=0.0)
        if runs is not None:
            score *= _LEAST + (1 - _LEAST) * unseen(runs, node.name)
        found.append(Suspicion(node.name, score + ((failing or {}).get(node.name, 0) > 0)))
    return tuple(sorted(found, key=lambda one: -one.score))


def _by_node(evidence: Evidence) -> dict[str, list[float]]:
    """Return the scores of each function's blocks, those of functions inside it among them."""
    found: dict[str, list[float]] = {}
    if evidence.traces:
        trace = evidence.traces[0]
        for block, score in suspiciousness(evidence.spectrum()).items():
            if 0 <= block < len(trace.blocks):
                name = trace.codes[trace.blocks[block].code].name
                found.setdefault(name.partition(".")[0], []).append(score)
    return found
