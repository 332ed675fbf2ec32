"""`Probe`: what is to be known of a program while it runs, and where; and which back ends can find it out.

A probe is a place, a kind of event and an action. Probes come in sets (`Probes`): one more or one less makes another
set, and sets add up. A set says nothing of how it is carried out: `back_ends` chooses, by what each of them can do.

    rewrite      a probe in the program's text at the end of each block: blocks, calls, returns, with values
    monitoring   `sys.monitoring`, Python 3.12 and newer: lines, calls, returns, branches; a probe that only asks
    whether
                 something happened removes itself when it did, and costs nothing from then on
    settrace     `sys.settrace`: lines, calls, returns on any version; slow, and what the others are compared with

With no probe at all the program runs as it is. WebAssembly modules have probes of their own (`wasm_probe.py`).

Leaves out: changing a set while the program runs, but for probes that remove themselves; the operand stack; writing to
variables.
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trialrun.core.errors import UsageError


class Kind(enum.StrEnum):
    """What a probe waits for."""

    LINE = "line"
    BLOCK = "block"
    CALL = "call"
    RETURN = "return"
    """A call ends by returning."""
    BRANCH = "branch"
    """A conditional jump goes one of its ways."""


class Action(enum.StrEnum):
    """What a probe does when that happens."""

    COVER = "cover"
    """Keep that it happened; remove itself."""
    COUNT = "count"
    """Count how often."""
    LOG = "log"
    """Keep it in its order among all that is logged."""
    REFERENCES = "references"
    """Log it with references to the values that it made: as they are in the end."""
    VALUES = "values"
    """Log it with bounded summaries of the values that it made."""


class Capability(enum.Flag):
    """What a back end can do."""

    LINES = enum.auto()
    BLOCKS = enum.auto()
    CALLS = enum.auto()
    RETURNS = enum.auto()
    BRANCHES = enum.auto()
    ORDER = enum.auto()
    """It keeps the order of events."""
    VALUES = enum.auto()
    REMOVAL = enum.auto()
    """A probe that has seen enough goes away while the program runs, and costs nothing from then on."""
    LAMBDAS = enum.auto()
    """Lambdas and generator expressions count as functions."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a program's text. By default: everywhere."""

    function: str = ""
    """Qualified name of a function or class body, `<module>` for the module's own code; empty for all."""
    line: int = 0
    """One line of it, where the kind is `line`; 0 for all."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to be known."""

    kind: Kind
    action: Action
    location: Location = Location()


@dataclass(frozen=True, slots=True)
class BackEnd:
    """One way of finding out."""

    name: str
    can: Capability
    oldest: tuple[int, int]
    """First version of Python that has it."""


_C = Capability
REWRITE = BackEnd("rewrite", _C.BLOCKS | _C.CALLS | _C.RETURNS | _C.ORDER | _C.VALUES, (3, 9))
MONITORING = BackEnd(
    "monitoring",
    _C.LINES | _C.CALLS | _C.RETURNS | _C.BRANCHES | _C.ORDER | _C.REMOVAL | _C.LAMBDAS,
    (3, 12),
)
SETTRACE = BackEnd("settrace", _C.LINES | _C.CALLS | _C.RETURNS | _C.ORDER | _C.LAMBDAS, (3, 9))
BACK_ENDS = (REWRITE, MONITORING, SETTRACE)
_NEEDED = {
    Kind.LINE: _C.LINES,
    Kind.BLOCK: _C.BLOCKS,
    Kind.CALL: _C.CALLS,
    Kind.RETURN: _C.RETURNS,
    Kind.BRANCH: _C.BRANCHES,
}
LOGGED = (Action.LOG, Action.REFERENCES, Action.VALUES)
"""Actions whose result is a trace; the others' are numbers."""
_WITH_VALUES = (Action.REFERENCES, Action.VALUES)


@dataclass(frozen=True, slots=True)
class Probes:
    """A set of probes.

    >>> cover = Probes.of(Probe(Kind.LINE, Action.COVER))
    >>> both = cover.insert(Probe(Kind.CALL, Action.COUNT, Location("f")))
    >>> len(both), both.remove(Probe(Kind.LINE, Action.COVER)) | cover == both
    (2, True)
    """

    probes: frozenset[Probe] = frozenset()

    @classmethod
    def of(cls, *probes: Probe) -> "Probes":
        """Return a set of these."""
        return cls(frozenset(probes))

    def insert(self, probe: Probe) -> "Probes":
        """Return the set with one more."""
        return Probes(self.probes | {probe})

    def remove(self, probe: Probe) -> "Probes":
        """Return the set with one less."""
        return Probes(self.probes - {probe})

    def __or__(self, other: "Probes") -> "Probes":
        return Probes(self.probes | other.probes)

    def __len__(self) -> int:
        return len(self.probes)

    def __iter__(self) -> Iterator[Probe]:
        return iter(sorted(self.probes, key=lambda probe: (probe.kind, probe.action, repr(probe.location))))


def needed(probe: Probe) -> Capability:
    """Return what a back end has to be able to do for a probe.

    >>> needed(Probe(Kind.BLOCK, Action.VALUES)) == Capability.BLOCKS | Capability.VALUES | Capability.ORDER
    True
    """
    wanted = _NEEDED[probe.kind]
    if probe.action in LOGGED:
        wanted |= _C.ORDER
    return wanted | _C.VALUES if probe.action in _WITH_VALUES else wanted


def back_end_for(probe: Probe, python: tuple[int, int], among: Iterable[BackEnd] = BACK_ENDS) -> BackEnd:
    """Return the cheapest back end that can carry a probe out under a version of Python. Raises `UsageError`.

    >>> back_end_for(Probe(Kind.LINE, Action.COVER), (3, 13)).name
    'monitoring'
    >>> back_end_for(Probe(Kind.LINE, Action.LOG), (3, 9)).name
    'settrace'
    """
    wanted = needed(probe)
    able = [one for one in among if wanted in one.can and one.oldest <= python]
    if not able:
        newer = [one for one in among if wanted in one.can]
        which = f"Python {newer[0].oldest[0]}.{newer[0].oldest[1]} and newer" if newer else "no back end"
        raise UsageError(f"a probe for {probe.kind}, {probe.action}: {which} can do that")
    # What is asked once is cheapest where a probe can remove itself; what is asked of calls is dear in the text.
    order = {"monitoring": 0, "rewrite": 1, "settrace": 2}
    if probe.action in LOGGED:
        order["rewrite"] = -1
    return min(able, key=lambda one: order[one.name])
