"""A repair as text: of what could not be ruled out, different kinds come first."""

from types import SimpleNamespace
from typing import Any, cast

from trialrun.compare.held_out import Near, Probe, Run
from trialrun.core.execution import Execution, Outcome
from trialrun.core.task import Case
from trialrun.report.repairs import _differences, _varied


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


def test_a_text_shows_different_kinds():
    probes = (*(probe(number, None, None) for number in range(5)), probe(5, "KeyError", None))
    found = cast(Any, SimpleNamespace(entry="f", examined=SimpleNamespace(differences=probes)))
    shown = list(_differences(found))
    assert [line.split()[0] for line in shown] == ["f(0)", "f(5)", "f(1)"] and "KeyError" in shown[1]
