"""Where to count in a function so that all counts follow: blocks, their flow, and the fewest counters.

A block is code that runs from its first to its last instruction unless the run ends there. What leaves a block enters
another, so at every point of the flow graph arrivals equal departures. Take points as vertices and blocks as edges:
the counts of the blocks outside of a spanning tree determine those inside of it (Knuth and Stevenson, 1973). The tree
takes the blocks that probably run most, so the counters stand where they cost least.

The equations hold for calls that return. After a trap or an exit from inside a call, `exact` counters are what is
needed: one for each stretch that cannot be left half-way.

Leaves out: measured frequencies; depth of loops and branches is the only guess.
Source: D. E. Knuth, F. R. Stevenson, "Optimal measurement points for program frequency counts", BIT 13 (1973).
"""

from collections import defaultdict
from dataclasses import dataclass, field

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr
from trialrun.lang.wasm_typer import Typed

EXIT = -1
"""Successor of blocks that end the call."""
_LOOP_TURNS = 10.0
_ARM = 0.6
_LATER = 0.999
"""Within one loop a later block runs less often: something may leave before."""


@dataclass(slots=True)
class Block:
    """Instructions `first` to `last`, exclusive; none where two branches meet and nothing lies between."""

    first: int
    last: int
    label: bool
    """Whether branches go to its first instruction, a `loop` or an `end`."""
    loop: int
    """Index of the innermost `loop` around it; -1 for none."""
    weight: float
    """Guess of how often it runs, per call."""
    successors: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Flow:
    """The blocks of one function, in the order of its code."""

    blocks: tuple[Block, ...]
    begins: dict[int, int]
    """Block that execution enters by going on to an instruction, by the instruction's index."""
    reached: frozenset[int]

    def fallen(self, branch: int) -> int:
        """Return the block behind a two-way branch; nothing else leads there."""
        return self.begins[branch + 1]


def build_flow(typed: Typed) -> Flow:
    """Return the flow graph of a function."""
    builder = _Builder(typed)
    builder.cut()
    builder.connect()
    blocks = builder.blocks
    reached, waiting = {0}, [0]
    while waiting:
        for following in blocks[waiting.pop()].successors:
            if following != EXIT and following not in reached:
                reached.add(following)
                waiting.append(following)
    return Flow(tuple(blocks), builder.begins, frozenset(reached))


class _Builder:
    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        self.blocks: list[Block] = []
        self.begins: dict[int, int] = {}
        self.labels: dict[int, int] = {}
        """Block of each branch target."""
        self.open: list[list[int]] = []
        """Starts of the open blocks at the end of each block of the graph."""

    def cut(self) -> None:
        """Cut the code into blocks."""
        code, opened = self.typed.code, list[int]()
        ends = {end: start for start, end in self.typed.ends.items()}
        arms, loops = 0, list[int]()
        after_branch = True
        for place, instr in enumerate(code):
            start = ends.get(place)
            closes = start is not None and code[start].op != ops.LOOP
            label = instr.op == ops.LOOP or closes or place == len(code) - 1
            if after_branch and not (label and self._stopped()):
                self._begin(place, False, loops, arms)
            if start is not None:
                opened.pop()
                arms -= code[start].op == ops.IF
                if code[start].op == ops.LOOP:
                    loops.pop()
            if instr.op == ops.LOOP:
                loops.append(place)
            if label and (place or instr.op == ops.LOOP):
                self._begin(place, True, loops, arms)
            if instr.op in ops.STARTS:
                opened.append(place)
                arms += instr.op == ops.IF
            self.blocks[-1].last = place + 1
            self.open[-1] = list(opened)
            after_branch = instr.op in ops.TWO_WAY or instr.op in ops.STOPS or instr.op == ops.ELSE

    def _stopped(self) -> bool:
        """Say whether the block before cannot go on to the next instruction."""
        if not self.blocks or self.blocks[-1].last == 0:
            return False
        return self.typed.code[self.blocks[-1].last - 1].op in ops.STOPS

    def _begin(self, place: int, label: bool, loops: list[int], arms: int) -> None:
        weight = _LOOP_TURNS ** len(loops) * _ARM**arms * _LATER ** len(self.blocks)
        self.begins.setdefault(place, len(self.blocks))
        if label:
            self.labels[place] = len(self.blocks)
        self.blocks.append(Block(place, place, label, loops[-1] if loops else -1, weight))
        self.open.append([])

    def connect(self) -> None:
        """Find the successors of each block."""
        code, last = self.typed.code, len(self.typed.code) - 1
        for number, block in enumerate(self.blocks):
            if block.first == block.last:
                block.successors.append(number + 1)
                continue
            place = block.last - 1
            instr = code[place]
            if place == last or instr.op == ops.RETURN or instr.op in ops.TAIL_CALLS:
                block.successors.append(EXIT)
                continue
            if instr.op not in ops.STOPS and instr.op != ops.ELSE:
                block.successors.append(number + 1)
            block.successors += self._targets(place, instr, self.open[number])

    def _targets(self, place: int, instr: Instr, opened: list[int]) -> list[int]:
        if instr.op == ops.IF:
            otherwise = self.typed.elses.get(place)
            return [self.labels[self.typed.ends[place]] if otherwise is None else self.begins[otherwise + 1]]
        if instr.op == ops.ELSE:
            return [self.labels[self.typed.ends[opened[-1]]]]
        if instr.op == ops.BR_TABLE:
            return [self._target(depth, opened) for depth in sorted(set(instr.imm))]
        if instr.op in (ops.BR, ops.BR_IF, ops.BR_ON_NULL, ops.BR_ON_NON_NULL):
            return [self._target(instr.imm, opened)]
        return []

    def _target(self, depth: int, opened: list[int]) -> int:
        if depth >= len(opened):
            return self.labels[len(self.typed.code) - 1]
        start = opened[-1 - depth]
        return self.labels[start if self.typed.code[start].op == ops.LOOP else self.typed.ends[start]]


class _Union:
    """Sets of points that are one vertex."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}

    def find(self, point: int) -> int:
        root = point
        while (up := self.parent.setdefault(root, root)) != root:
            root = up
        while (up := self.parent[point]) != root:
            self.parent[point] = root
            point = up
        return root

    def join(self, one: int, two: int) -> bool:
        """Make two points one; say whether they were not."""
        one, two = self.find(one), self.find(two)
        self.parent[one] = two
        return one != two


@dataclass(frozen=True, slots=True)
class Placement:
    """Which blocks have a counter, and how the counts of all follow."""

    counted: tuple[int, ...]
    """Blocks with a counter."""
    arcs: dict[int, tuple[int, int]]
    """Vertices where each block begins and ends; the key -1 is the call itself, from its end to its beginning."""

    def solve(self, measured: dict[int, int], blocks: int) -> list[int]:
        """Return the counts of all blocks from those of the counted ones."""
        known = dict(measured)
        missing: dict[int, set[int]] = defaultdict(set)
        balance: dict[int, int] = defaultdict(int)
        """What has arrived at a vertex more often than it left, as far as is known."""
        for arc, (start, end) in self.arcs.items():
            if arc in known:
                balance[end] += known[arc]
                balance[start] -= known[arc]
            else:
                missing[start].add(arc)
                missing[end].add(arc)
        waiting = [vertex for vertex, arcs in missing.items() if len(arcs) == 1]
        while waiting:
            vertex = waiting.pop()
            if len(missing[vertex]) != 1:
                continue
            arc = missing[vertex].pop()
            start, end = self.arcs[arc]
            count = balance[vertex] if start == vertex else -balance[vertex]
            known[arc] = count
            balance[end] += count
            balance[start] -= count
            other = end if start == vertex else start
            missing[other].discard(arc)
            if len(missing[other]) == 1:
                waiting.append(other)
        return [known.get(number, 0) for number in range(blocks)]


def place_counters(flow: Flow) -> Placement:
    """Return the cheapest set of blocks whose counts determine all others, in calls that return."""
    union = _Union()
    blocks = flow.blocks
    for number in flow.reached:
        for following in blocks[number].successors:
            # Points: where block n begins is 2n, where it ends 2n + 1; where the call begins -2, where it ends -1.
            union.join(2 * number + 1, EXIT if following == EXIT else 2 * following)
    union.join(-2, 0)
    arcs = {number: (union.find(2 * number), union.find(2 * number + 1)) for number in flow.reached}
    arcs[-1] = (union.find(-1), union.find(-2))
    tree = _Union()
    counted = []
    order = sorted(flow.reached, key=lambda number: -blocks[number].weight)
    tree.join(*arcs[-1])
    for number in order:
        if not tree.join(*arcs[number]):
            counted.append(number)
    return Placement(tuple(sorted(counted)), arcs)
