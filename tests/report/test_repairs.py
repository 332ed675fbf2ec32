"""A repair as text: of what could not be ruled out, different kinds come first."""

from trialrun.compare.held_out import Near, Probe, Run
from trialrun.core.execution import Execution, Outcome
from trialrun.core.task import Case
from trialrun.report.repairs import _varied


def probe(number: int, old: str | None, new: str | None) -> Probe:
    ends = [
        Execution(outcome=Outcome.RETURNED if name is None else Outcome.RAISED, exception=name)
        for name in (old, new)
    ]
    return Probe(Case(args=(number,)), Near.ALL, Run(ends[0]), Run(ends[1]))


def test_the_first_of_each_way_to_differ_comes_first():
    probes = [
        probe(0, None, None),
        probe(1, None, None),
        probe(2, "KeyError", None),
        probe(3, "KeyError", None),
        probe(4, "KeyError", "ValueError"),
        probe(5, "IndexError", None),
    ]
    assert [one.case.args[0] for one in _varied(probes)] == [0, 2, 4, 5, 1, 3]
    assert _varied([]) == []
