"""What a comparison that found nothing is worth: a line is `compared` only where something was learned."""

import pytest

from trialrun.compare.difference import Compared, Comparison, Coverage
from trialrun.compare.differential import NOT_LOADED, UNSTEADY
from trialrun.compare.ledger import Ledger, State, line_of
from trialrun.core.judgement import Verdict

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ({"inputs": 9, "why": "nothing left to try"}, State.COMPARED, "nothing left to try"),
        ({"inputs": 9, "refused": 8}, State.COMPARED, ""),
        ({"inputs": 9, "refused": 4, "undecided": 4, "unobserved": ("a value",)}, State.COMPARED, ""),
        ({"inputs": 0}, State.SKIPPED, "no input could be made"),
        ({"inputs": 9, "refused": 9}, State.SKIPPED, "refused all 9"),
        (
            {"inputs": 9, "undecided": 9, "unobserved": ("a value",)},
            State.SKIPPED,
            "can be compared: a value",
        ),
        (
            {"inputs": 9, "refused": 4, "undecided": 5, "unobserved": ("it",)},
            State.SKIPPED,
            "can be compared",
        ),
        ({"inputs": 9, "outside": 99}, State.COMPARED, ""),
        ({"outside": 99, "why": "nothing left to try"}, State.SKIPPED, "predicate accepted none of 99"),
        ({"inputs": 9, "why": UNSTEADY}, State.SKIPPED, "nondeterministic"),
        ({"inputs": 9, "why": NOT_LOADED}, State.SKIPPED, "does not load"),
    ],
)
def test_lines_without_a_difference(facts, state, reason):
    comparison = Comparison(verdict=Verdict.UNKNOWN, **facts)
    line = line_of(Compared(name="f", file="a.py", line=1, comparison=comparison))
    assert line.state is state and reason in line.reason
    assert Ledger(lines=(line,)).fails(["skipped"]) is (state is State.SKIPPED)
    assert not Ledger(lines=(line,)).fails(["differ"])


def test_what_cannot_be_read_is_skipped_too():
    ledger = Ledger(lines=(), unreadable=(("a.py", "syntax error"),))
    assert ledger.fails(["skipped"]) and not ledger.fails(["differ", "low-coverage"])


def test_the_lower_coverage_of_the_two_counts():
    covered = {"old_coverage": Coverage(taken=4, total=4), "new_coverage": Coverage(taken=1, total=4)}
    comparison = Comparison(verdict=Verdict.UNKNOWN, inputs=9, **covered)
    line = line_of(Compared(name="f", file="a.py", line=1, comparison=comparison))
    assert line.coverage == 0.25 and Ledger(lines=(line,)).fails(["low-coverage"])
