"""Making a text smaller while it still shows what it shows: first whole lines, then parts of its tree.

Written as a generator of smaller texts that is told of each whether it still shows it; the text is run elsewhere.
Lines go in runs, long runs first (delta debugging); then, where the language has a parser, parts that may be left out
are left out, and parts are replaced by a smaller part of the same kind. It ends when no single step is accepted, or
after `MOST` texts.

Leaves out: renaming and simplifying what cannot be cut.

Source: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002; Misherghi, Su, "HDD", 2006.
"""

from collections.abc import Generator, Iterator

from trialrun.lang.trees import Node, Parse, Tree

MOST = 2000
"""Texts to try at most."""


def reduce_text(text: str, parse: Parse | None = None, most: int = MOST) -> Generator[str, bool, str]:
    """Yield smaller texts; send whether each still shows it. Returns the smallest that did."""
    tried = {text}
    progress = True
    while progress:
        progress = False
        for steps in (_lines, _parts):
            stepping = True
            while stepping:  # each accepted step begins anew on what is left
                stepping = False
                for smaller in steps(text, parse):
                    if len(smaller) >= len(text) or smaller in tried:
                        continue
                    if len(tried) > most:
                        return text
                    tried.add(smaller)
                    if (yield smaller):
                        text, stepping, progress = smaller, True, True
                        break
    return text


def _lines(text: str, parse: Parse | None) -> Iterator[str]:
    """Yield the text without a run of its lines, long runs first."""
    lines = text.splitlines(keepends=True)
    length = len(lines) // 2
    while length:
        for first in range(0, len(lines), length):
            yield "".join(lines[:first] + lines[first + length :])
        length //= 2


def _parts(text: str, parse: Parse | None) -> Iterator[str]:
    """Yield the text with one part of its tree left out, or replaced by a part of that part; large parts first."""
    tree = parse(text) if parse is not None else None
    if tree is None:
        return
    nodes = sorted(tree.root.walk(), key=lambda node: node.start - node.end)
    for node in nodes:
        for first, end in node.runs:
            yield from (_without(tree, node, place) for place in range(first, end) if end - first > 1)
        if node.kind:
            inner = [part for part in node.walk() if part is not node and part.kind == node.kind]
            yield from (_put(tree, node, tree.text(part)) for part in sorted(inner, key=_size))
    leaves: dict[str, Node] = {}
    for node in reversed(nodes):
        if node.kind and not node.children:
            leaves.setdefault(node.kind, node)
    for node in nodes:
        if node.children and node.kind in leaves:
            yield _put(tree, node, tree.text(leaves[node.kind]))


def _size(node: Node) -> int:
    return node.end - node.start


def _put(tree: Tree, node: Node, new: bytes) -> str:
    return (tree.data[: node.start] + new + tree.data[node.end :]).decode("utf-8", "replace")


def _without(tree: Tree, parent: Node, place: int) -> str:
    """Return the text without one child of a run, and without what separates it from its neighbour."""
    node = parent.children[place]
    last = place + 1 == len(parent.children)
    start = parent.children[place - 1].end if last and place else node.start
    end = node.end if last else parent.children[place + 1].start
    return (tree.data[:start] + tree.data[end:]).decode("utf-8", "replace")
