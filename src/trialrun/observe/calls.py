"""The calls of a trace as a tree: who called whom, how often, and how the calls ended.

Calls of one function from one place of the tree are one node with counts. What a call costs here is its number of
events, not time.

Leaves out: time, calls of builtins and libraries (they have no events), arguments (`blocks.py`, `perfetto.py`).
"""

from dataclasses import dataclass, field

from trialrun.core.trace import Event, Trace
from trialrun.observe.blocks import function_name
from trialrun.observe.headings import headings
from trialrun.observe.steps import code_of_frame

SHOWN_NODES = 2_000
"""Nodes of the tree that `render` shows."""
DEEPEST = 40
"""Levels of the tree that are shown; a recursion goes deeper."""


@dataclass(slots=True)
class Node:
    """All calls of one function from one node."""

    code: int
    """Place in `Trace.codes`; −1 where it is not known."""
    depth: int
    calls: int = 0
    raised: int = 0
    unfinished: int = 0
    """Calls whose end is not in the trace."""
    events: int = 0
    """Events of these calls, those of calls inside not counted."""
    children: "dict[int, Node]" = field(default_factory=dict)
    """Code → calls that these calls made."""


def call_tree(trace: Trace) -> Node:
    """Return the root of the tree: a node of no code, whose children are the calls that nothing in the trace made.

    Calls below `DEEPEST` levels count where the level ends.
    """
    root = Node(code=-1, depth=0)
    codes = code_of_frame(trace)
    nodes: list[Node] = []
    for frame, parent in enumerate(trace.parents):
        above = nodes[parent] if 0 <= parent < frame else root
        if above.depth >= DEEPEST:
            above.calls += 1
            nodes.append(above)
            continue
        node = above.children.get(codes[frame])
        if node is None:
            node = above.children[codes[frame]] = Node(code=codes[frame], depth=above.depth + 1)
        node.calls += 1
        nodes.append(node)
    over = [0] * len(nodes)
    for number, frame in zip(trace.kind, trace.frame, strict=True):
        if not 0 <= frame < len(nodes):
            continue
        nodes[frame].events += 1
        if number in (Event.RETURN, Event.RAISE):
            over[frame] = number
    for node, end in zip(nodes, over, strict=True):
        node.raised += end == Event.RAISE
        node.unfinished += end == 0
    return root


def render(trace: Trace) -> str:
    """Return the tree as indented text, one node a line, children in the order of their first call."""
    out = [*headings(trace), f"{len(trace.parents):,} calls, {len(trace):,} events", ""]
    waiting = list(reversed(list(call_tree(trace).children.values())))
    shown = 0
    while waiting and shown < SHOWN_NODES:
        node = waiting.pop()
        shown += 1
        out.append("  " * (node.depth - 1) + _line(trace, node))
        waiting += reversed(list(node.children.values()))
    if waiting:
        out.append("… more of the tree is not shown")
    return "\n".join(out) + "\n"


def _line(trace: Trace, node: Node) -> str:
    parts = [f"{function_name(trace, node.code)} ×{node.calls:,}"]
    if node.depth >= DEEPEST:
        parts.append("and all that they called")
    if node.raised:
        parts.append(f"{node.raised:,} raised")
    if node.unfinished:
        parts.append(f"{node.unfinished:,} without an end here")
    return ", ".join([*parts, f"{node.events:,} events"])
