"""An engine over a corpus: programs are made of the parts of other programs, without a model.

Every program of the corpus is parsed once (`lang/trees.py`) and its parts are known by kind. A new program is one of
the corpus, or one that behaved in a new way, with 1 to 3 edits: a part replaced by another of its kind (or, in
brackets, of its family), one of a run of parts (statements, arguments) deleted or doubled, or a number or text changed.
A part brings the declarations that it needs. The prompt is a weighting of the corpus. Of the strategies, new starts
from the corpus, mutate from the last example, combine takes the parts from the example before that, and equivalent
renames an identifier throughout (or mutates, where there is none).

Leaves out: any promise that a renamed program means the same (a name may be one that the language knows).
"""

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from trialrun.core.errors import UsageError
from trialrun.lang.trees import BRACKETED, Node, Parse, Tree
from trialrun.probe.engine import Prompt, Strategy, draw_weights, read_weights

_EDITS = 3
_RUN_EDIT = 0.3
"""How often an edit deletes or doubles one of a run, and"""
_LEAF_EDIT = 0.15
"""how often it changes a part that has no parts, a number or a text."""
_GROWN = 0.5
"""How often a new program starts from, or takes parts from, one that behaved in a new way."""
_FAMILY = 0.25
"""How often a part may be of another kind of the same family, where it has one."""
_TRIES = 20
"""Attempts at an edit before a program stays as it is."""
_KEPT = 1024
"""Examples whose trees are kept."""


@dataclass(frozen=True)
class Splice:
    """Programs from the parts of a corpus."""

    corpus: tuple[str, ...]
    """Programs; those without a tree are left aside."""
    parse: Parse
    id: str = "splice"
    _sources: "tuple[_Source, ...]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        trees = [tree for text in self.corpus if (tree := self.parse(text)) is not None]
        if not trees:
            raise UsageError(f"none of the {len(self.corpus)} programs of the corpus parses")
        object.__setattr__(self, "_sources", tuple(_Source.of(tree) for tree in trees))

    def distil(self, documentation: str, draw: int, seed: int) -> str | None:
        """Return a weighting of the corpus; the documentation says nothing about that."""
        return draw_weights(len(self._sources), draw, seed)

    def generate(self, prompt: Prompt, examples: Sequence[str], n: int, seed: int) -> list[str]:
        """Return `n` programs."""
        weights = list(itertools.accumulate(read_weights(prompt.distilled, len(self._sources))))
        given = [source for text in examples if (source := _read(self.parse, text)) is not None]
        return [
            self._program(prompt.strategy, given, weights, Random(f"splice {seed} {number}"))
            for number in range(n)
        ]

    def _program(
        self, strategy: Strategy, given: "list[_Source]", weights: list[float], chance: Random
    ) -> str:
        def drawn() -> _Source:
            if given and chance.random() < _GROWN:
                return chance.choice(given)
            return chance.choices(self._sources, cum_weights=weights)[0]

        base = drawn() if strategy is Strategy.NEW or not given else given[-1]
        if strategy is Strategy.EQUIVALENT and given and base.names:
            return _renamed(base.tree, chance.choice(base.names), chance)
        partner = given[-2] if strategy is Strategy.COMBINE and len(given) > 1 else None
        edits: list[_Edit] = []
        for _ in range(chance.randint(1, _EDITS)):
            for _ in range(_TRIES):
                edit = _edit(base, partner or drawn(), chance)
                if edit is not None and all(edit.end <= one.start or edit.start >= one.end for one in edits):
                    edits.append(edit)
                    break
        return _applied(base.tree, edits)


@dataclass(frozen=True, slots=True)
class _Source:
    """A program and those of its parts that can be moved or replaced."""

    tree: Tree
    nodes: list[Node]
    kinds: dict[str, list[Node]]
    families: dict[str, list[Node]]
    runs: list[tuple[Node, int, int]]
    names: list[bytes]

    @classmethod
    def of(cls, tree: Tree) -> "_Source":
        source = cls(
            tree, [], {}, {}, [], sorted({tree.text(node) for node in tree.root.walk() if node.is_name})
        )
        for node in tree.root.walk():
            source.runs.extend((node, first, end) for first, end in node.runs)
            if node.kind and node is not tree.root:
                source.nodes.append(node)
                source.kinds.setdefault(node.kind, []).append(node)
                if node.family:
                    source.families.setdefault(node.family, []).append(node)
        return source


@functools.lru_cache(_KEPT)
def _read(parse: Parse, text: str) -> _Source | None:
    tree = parse(text)
    return None if tree is None else _Source.of(tree)


@dataclass(frozen=True, slots=True)
class _Edit:
    """One replacement in the base, and where the new part is from."""

    start: int
    end: int
    new: bytes
    donor: Tree | None = None


def _edit(base: _Source, donor: _Source, chance: Random) -> _Edit | None:
    """Return an edit of the base, or None where there is none of the kind that was drawn."""
    if base.runs and chance.random() < _RUN_EDIT:
        return _run_edit(base.tree, *chance.choice(base.runs), chance)
    if not base.nodes:
        return None
    old = chance.choice(base.nodes)
    if not old.children and not old.is_name and chance.random() < _LEAF_EDIT:
        return _Edit(old.start, old.end, _changed(base.tree.text(old), chance))
    wide = bool(old.family) and chance.random() < _FAMILY
    choices = donor.families.get(old.family) if wide else donor.kinds.get(old.kind)
    if not choices:
        return None
    new = chance.choice(choices)
    text = donor.tree.text(new)
    if text == base.tree.text(old):
        return None
    text = _indented(text, _indent(donor.tree.data, new.start), _indent(base.tree.data, old.start))
    if old.family == BRACKETED and new.kind != old.kind:
        text = b"(" + text + b")"
    return _Edit(old.start, old.end, text, donor.tree)


def _run_edit(tree: Tree, parent: Node, first: int, end: int, chance: Random) -> _Edit | None:
    """Delete or double one of a run, with the text that stands between it and its neighbour."""
    place = chance.randrange(first, end)
    node = parent.children[place]
    if chance.random() < 0.5:
        if end - first == 1:
            return None
        if place + 1 < end:
            return _Edit(node.start, parent.children[place + 1].start, b"")
        return _Edit(parent.children[place - 1].end, node.end, b"")
    if place + 1 < end:
        between = tree.data[node.end : parent.children[place + 1].start]
    elif place > first:
        between = tree.data[parent.children[place - 1].end : node.start]
    else:
        return None
    return _Edit(node.start, node.start, tree.text(node) + between)


def _changed(text: bytes, chance: Random) -> bytes:
    """Return the text of a leaf with a number or a character changed; its quotes stay."""
    if text.isdigit() and len(text) < 20:
        return b"%d" % max(0, chance.choice((0, 1, int(text) - 1, int(text) + 1, 10 * int(text), 1 << 31)))
    quoted = len(text) > 1 and text[:1] == text[-1:] and text[:1] in (b'"', b"'")
    place = chance.randint(1, len(text) - 1) if quoted else chance.randrange(len(text) + 1)
    until = min(place + chance.randrange(2), len(text) - quoted)
    new = bytes([chance.randrange(32, 127)]) if chance.random() < 0.5 else text[max(0, place - 1) : place]
    return text[:place] + new + text[until:]


def _applied(base: Tree, edits: list[_Edit]) -> str:
    """Return the text with the edits made, and with what the parts in it need declared before it."""
    data = base.data
    declarations = _needed(base, edits)
    if declarations:
        edits = [*edits, _Edit(base.prelude, base.prelude, declarations)]
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        data = data[: edit.start] + edit.new + data[edit.end :]
    return data.decode("utf-8", "replace")


def _needed(base: Tree, edits: list[_Edit]) -> bytes:
    """Return the declarations of names in new parts that the base does not declare itself, in their own order."""
    wanted: dict[str, bytes] = {}
    for edit in edits:
        donor = edit.donor
        if donor is None or donor is base or not donor.declares:
            continue
        names = _words(edit.new)
        needed: set[str] = set()
        for name, text in reversed(list(donor.declares.items())):
            if name in names:
                needed.add(name)
                names |= _words(text)  # a definition uses what was declared before it
        wanted |= {
            name: text
            for name, text in donor.declares.items()
            if name in needed and name not in base.declares
        }
    return b"".join(text + b"\n" for text in wanted.values())


def _words(text: bytes) -> set[str]:
    return set(re.findall(r"[^\s()]+", text.decode("utf-8", "replace")))


def _renamed(tree: Tree, old: bytes, chance: Random) -> str:
    """Return the text with one identifier called otherwise wherever it stands."""
    new = old + b"_%d" % chance.randrange(10)
    pattern = rb"(?<![\w.!$@])" + re.escape(old) + rb"(?![\w!$@])"
    return re.sub(pattern, lambda _: new, tree.data).decode("utf-8", "replace")


def _indent(data: bytes, place: int) -> bytes:
    """Return the blanks at the beginning of the line that a place is in."""
    line = data[data.rfind(b"\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _indented(text: bytes, old: bytes, new: bytes) -> bytes:
    """Return a part with all its lines but the first moved from one indentation to another."""
    if old == new or b"\n" not in text:
        return text
    first, *rest = text.split(b"\n")
    return b"\n".join([first, *(new + line.removeprefix(old) if line.strip() else line for line in rest)])
