"""Where to note that code ran, if only that is asked: marks that loops do not pay for without need.

A mark is a store of a constant. Blocks of which one runs whenever the other does (one dominates the other and is
postdominated by it) share a mark, which stands where it probably runs least: before a loop rather than in it. A block
that leads only to blocks that nothing else leads to needs none: it ran where one of those did.

As with counts (`wasm_flow.py`) this holds for calls that return; code from which the function's end cannot be reached
did not run then.

Leaves out: how often. Source: H. Agrawal, "Dominators, super blocks, and program coverage", POPL 1994.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.observe.wasm_flow import EXIT, Flow


@dataclass(frozen=True, slots=True)
class Marks:
    """Which blocks have a mark, and how it follows for the others whether they ran."""

    marked: tuple[int, ...]
    group: dict[int, int]
    """A number for each set of blocks that run together; blocks that never run in a call that returns have none."""
    of_group: dict[int, int]
    """The marked block of a group."""
    follows: dict[int, tuple[int, ...]]
    """Groups of which one ran where this one did, for groups without a mark."""

    def solve(self, hit: Sequence[int], blocks: int) -> list[bool]:
        """Return for each block whether it ran, given the marked blocks that did."""
        known = {number: block in hit for number, block in self.of_group.items()}

        def ran(number: int) -> bool:
            if number not in known:
                known[number] = any(ran(other) for other in self.follows[number])
            return known[number]

        return [block in self.group and ran(self.group[block]) for block in range(blocks)]


def place_marks(flow: Flow) -> Marks:
    """Return the marks of a function."""
    blocks = flow.blocks
    order = sorted(_ending(flow))
    if not order:
        return Marks((), {}, {}, {})
    before = {number: [p for p in order if number in blocks[p].successors] for number in order}
    after = {number: [s for s in blocks[number].successors if s in before] for number in order}
    leaves = {number for number in order if EXIT in blocks[number].successors}
    above = _dominators(order, before, {0})
    below = _dominators(order[::-1], after, leaves)
    group = {number: number for number in order}
    for number in order:
        for other in order:
            if other < number and above[number] >> other & 1 and below[other] >> number & 1:
                group[number] = group[other]
                break
    members: dict[int, list[int]] = {}
    for number in order:
        members.setdefault(group[number], []).append(number)
    follows: dict[int, tuple[int, ...]] = {}
    of_group: dict[int, int] = {}
    for number, inside in sorted(members.items(), key=lambda item: -min(blocks[n].weight for n in item[1])):
        found = _followers(inside, after, leaves, above, group)
        if found and not any(_reaches(follows, other, number) for other in found):
            follows[number] = found
        else:
            of_group[number] = min(inside, key=lambda n: blocks[n].weight)
    return Marks(tuple(sorted(of_group.values())), group, of_group, follows)


def _ending(flow: Flow) -> set[int]:
    """Return the blocks from which the end of the function can be reached."""
    found = {number for number in flow.reached if EXIT in flow.blocks[number].successors}
    changed = True
    while changed:
        more = {n for n in flow.reached - found if any(s in found for s in flow.blocks[n].successors)}
        changed = bool(more)
        found |= more
    return found


def _dominators(order: list[int], before: dict[int, list[int]], roots: set[int]) -> dict[int, int]:
    """Return, as bits, the blocks that every path from a root to a block passes, itself among them."""
    everything = sum(1 << number for number in order)
    found = {number: 1 << number if number in roots else everything for number in order}
    changed = True
    while changed:
        changed = False
        for number in order:
            if number in roots:
                continue
            bits = everything
            for other in before[number]:
                bits &= found[other]
            bits |= 1 << number
            if bits != found[number]:
                found[number], changed = bits, True
    return found


def _followers(
    inside: list[int],
    after: dict[int, list[int]],
    leaves: set[int],
    above: dict[int, int],
    group: dict[int, int],
) -> tuple[int, ...]:
    """Return groups of which one runs exactly where this group does, seen from one of its blocks; none if unknown."""
    for number in inside:
        ways = after[number]
        if number in leaves or not ways:
            continue
        if all(above[way] >> number & 1 and group[way] != group[number] for way in ways):
            return tuple(sorted({group[way] for way in ways}))
    return ()


def _reaches(follows: dict[int, tuple[int, ...]], start: int, goal: int) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        number = waiting.pop()
        if number == goal:
            return True
        for other in follows.get(number, ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
