"""QuixBugs's graph programs as functions of plain values: how their nodes are built, and inputs to start from.

Three of the nine take dicts from edges to weights and need nothing. For the others a few lines stand below the
program: they build its nodes from lists of numbers, call it, and give back plain values. Inputs that name no node raise
alike for both versions of a program.

Leaves out: upstream's own test graphs (they are in its tests, which `quixbugs.py` reads).
"""

from dataclasses import dataclass
from typing import Any

_REACHES = """
def reaches(successors, start, goal):
    nodes = [Node(number) for number in range(len(successors))]
    for node, targets in zip(nodes, successors):
        node.successors = [nodes[target] for target in targets]
    return {name}(nodes[start], nodes[goal])
"""
_HAS_CYCLE = """
def has_cycle(length, back):
    nodes = [Node(number) for number in range(length)]
    for node, after in zip(nodes, nodes[1:]):
        node.successor = after
    if nodes and back is not None:
        nodes[-1].successor = nodes[back]
    return {name}(nodes[0] if nodes else None)
"""
_REVERSED = """
def reversed_values(values):
    node = None
    for value in reversed(values):
        node = Node(value, node)
    node, found = {name}(node), []
    while node is not None and len(found) <= len(values):
        found.append(node.value)
        node = node.successor
    return found
"""
_DISTANCE = """
def distance(edges, start, goal):
    nodes = {{}}
    lengths = {{}}
    for number in [start, goal, *(end for edge in edges for end in edge[:2])]:
        nodes.setdefault(number, Node(number, None, []))
    for one, other, length in edges:
        if (nodes[one], nodes[other]) not in lengths:
            nodes[one].successors.append(nodes[other])
        lengths[nodes[one], nodes[other]] = length
    return {name}(lengths, nodes[start], nodes[goal])
"""
_ORDER = """
def order(outgoing):
    nodes = [Node(number, None, [], [], [], []) for number in range(len(outgoing))]
    for node, targets in zip(nodes, outgoing):
        for target in targets:
            node.outgoing_nodes.append(nodes[target])
            nodes[target].incoming_nodes.append(node)
    return [node.value for node in {name}(nodes)]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """How one graph program is called with plain values."""

    program: str
    """Name of the program."""
    entry: str = ""
    """Function of ours that calls it; empty where it is called itself."""
    code: str = ""
    """Source of that function."""
    seeds: tuple[tuple[Any, ...], ...]
    """Arguments to start a search from."""

    def adapted(self, source: str, node: str) -> str:
        """Return a program's source with what calls it, and the class of nodes, below it."""
        if not self.code:
            return source
        return f"{source}\n\n{node}\n{self.code.format(name=self.program)}"


_LINKS = ([[1, 2], [3], [3], []], 0, 3), ([[1], [2], [0]], 0, 2)
_WEIGHTS = {("a", "b"): 3, ("b", "c"): -1, ("a", "c"): 4, ("c", "d"): 2}

GRAPHS = {
    graph.program: graph
    for graph in (
        Graph(program="breadth_first_search", entry="reaches", code=_REACHES, seeds=_LINKS),
        Graph(program="depth_first_search", entry="reaches", code=_REACHES, seeds=_LINKS),
        Graph(program="detect_cycle", entry="has_cycle", code=_HAS_CYCLE, seeds=((3, 1), (2, 0), (5, None))),
        Graph(
            program="minimum_spanning_tree",
            seeds=(({(1, 2): 10, (2, 3): 15},), ({(1, 2): 6, (1, 3): 1, (2, 4): 2},)),
        ),
        Graph(
            program="reverse_linked_list",
            entry="reversed_values",
            code=_REVERSED,
            seeds=(([],), ([1, 2, 3],)),
        ),
        Graph(
            program="shortest_path_length",
            entry="distance",
            code=_DISTANCE,
            seeds=(([[0, 1, 3], [1, 2, 4], [0, 2, 9]], 0, 2), ([[0, 1, 5]], 0, 1)),
        ),
        Graph(
            program="shortest_path_lengths", seeds=((2, {(0, 1): 3}), (3, {(0, 1): 3, (1, 2): -2, (0, 2): 5}))
        ),
        Graph(program="shortest_paths", seeds=(("a", {("a", "b"): 1}), ("a", _WEIGHTS))),
        Graph(
            program="topological_ordering",
            entry="order",
            code=_ORDER,
            seeds=(([[1], []],), ([[1, 2], [2], []],)),
        ),
    )
}
"""By program."""
