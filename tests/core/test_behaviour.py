"""The behaviour key changes with everything a program did, and is undefined where that is not known."""

import itertools

import pytest

from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Outcome
from trialrun.core.values import ITEMS, encode

pytestmark = pytest.mark.fast


def ran(value=1, **more):
    facts = {"outcome": Outcome.RETURNED, "value": encode(value), "arguments": encode([0]), "stdout": b"out"}
    return Execution(**(facts | more))


def test_the_same_behaviour_has_the_same_key():
    assert behaviour_key([ran(), ran(2)]) == behaviour_key([ran(cpu_s=1.0, stderr=b"x", message="y"), ran(2)])
    assert len(behaviour_key([ran()])) == 64


@pytest.mark.parametrize(
    "other",
    [
        ran(1.0), ran(True), ran(arguments=encode([1])), ran(arguments=None), ran(stdout=b""), ran(value=None),
        ran(outcome=Outcome.RAISED, exception="ValueError"), ran(exception=""),
        ran(files=(("a", b""),)), ran(files=(("a\udcff", b""),)),
    ],
)  # fmt: skip
def test_every_part_counts(other):
    assert behaviour_key([other]) != behaviour_key([ran()])


def test_exception_types_count_and_messages_do_not():
    raised = [
        Execution(outcome=Outcome.RAISED, exception=name, message=message)
        for name, message in [("ValueError", "a"), ("ValueError", "b"), ("KeyError", "a")]
    ]
    keys = [behaviour_key([e]) for e in raised]
    assert keys[0] == keys[1] != keys[2]


def test_order_and_number_of_cases_count():
    keys = [behaviour_key(e) for e in ([ran(1), ran(2)], [ran(2), ran(1)], [ran(1)], [ran(1), ran(1)])]
    assert len(set(keys)) == 4


def test_parts_cannot_run_into_each_other():
    cut = [
        ran(stdout=b"ab", exception="c"),
        ran(stdout=b"a", exception="bc"),
        ran(stdout=b"", exception="abc"),
    ]
    cut += [ran(stdout=b"+1:x", exception=None), ran(stdout=b"", exception="-")]
    cut += [ran(stdout=b"a+b", exception="c"), ran(stdout=b"a", exception="b+c")]
    for a, b in itertools.combinations(cut, 2):
        assert behaviour_key([a]) != behaviour_key([b])


def test_arguments_and_stdout_may_be_left_out():
    a, b = ran(arguments=encode([1]), stdout=b"1"), ran(arguments=encode([2]), stdout=b"2")
    assert behaviour_key([a], arguments=False, stdout=False) == behaviour_key(
        [b], arguments=False, stdout=False
    )
    assert behaviour_key([a], arguments=False) != behaviour_key([b], arguments=False)
    assert behaviour_key([a], stdout=False) != behaviour_key([b], stdout=False)


@pytest.mark.parametrize(
    "unclear",
    [
        ran(len), ran([{"a": (len,)}]), ran(arguments=encode([len])), ran(iter(range(ITEMS + 1))),
        Execution(outcome=Outcome.TIMEOUT), Execution(outcome=Outcome.INFRASTRUCTURE),
        Execution(outcome=Outcome.SKIPPED),
        Execution(outcome=Outcome.RETURNED, value=b"junk"),
    ],
)  # fmt: skip
def test_undefined_where_one_case_is_not_known(unclear):
    assert behaviour_key([unclear]) is None
    assert behaviour_key([ran(), unclear, ran()]) is None


def test_opaque_arguments_do_not_matter_where_arguments_do_not_count():
    assert behaviour_key([ran(arguments=encode([len]))], arguments=False) is not None


def test_no_cases_no_key():
    assert behaviour_key([]) is None
