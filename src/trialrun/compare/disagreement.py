"""Inputs on which several programs, all of which pass the checks, do different things: what could not be ruled out.

Every program runs on every input in a job of its own. Programs that did the same, as far as can be seen, form a group;
where an input leaves one group, it says nothing.

Leaves out: which group is right (nobody here knows), looking for inputs (`held_out.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.compare.held_out import RULES
from trialrun.compare.outcomes import are_alike
from trialrun.core.execution import Execution, Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Group:
    """Programs that did the same on one input."""

    programs: tuple[int, ...]
    """Their places."""
    did: Execution
    """What the first of them did."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An input on which programs differ."""

    case: Case
    groups: tuple[Group, ...]


def disagreements(
    sandbox: Sandbox, programs: Sequence[Program], cases: Sequence[Case], limits: Limits
) -> tuple[tuple[Disagreement, ...], float]:
    """Return the cases on which programs differ, the smallest first, and the CPU seconds of all jobs."""
    done = [run_fresh(sandbox, program, cases, limits) for program in programs]
    found = []
    for place, case in enumerate(cases):
        groups = _groups([one.executions[place] for one in done])
        if len(groups) > 1:
            found.append(Disagreement(case, groups))
    found.sort(key=lambda one: len(repr(one.case.args)))
    return tuple(found), sum(one.cpu_s for one in done)


def _groups(executions: Sequence[Execution]) -> tuple[Group, ...]:
    members: list[list[int]] = []
    for place, execution in enumerate(executions):
        for group in members:
            if are_alike(executions[group[0]], execution, RULES):
                group.append(place)
                break
        else:
            members.append([place])
    return tuple(Group(tuple(group), executions[group[0]]) for group in members)
