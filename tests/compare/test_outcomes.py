"""What counts as a difference between two executions."""

import pytest

from trialrun.compare.difference import Kind
from trialrun.compare.outcomes import SAME, Rules, compare_executions
from trialrun.core import values
from trialrun.core.compare_values import Comparator
from trialrun.core.execution import Execution, Outcome


def returned(value, *, stdout=b"", arguments=None, **more):
    after = None if arguments is None else values.encode_graph([arguments, value])[0]
    return Execution(
        outcome=Outcome.RETURNED, value=values.encode(value), stdout=stdout, arguments=after, **more
    )


def raised(name, message=""):
    return Execution(outcome=Outcome.RAISED, exception=name, message=message)


TIMEOUT = Execution(outcome=Outcome.TIMEOUT)


@pytest.mark.parametrize(
    ("old", "new", "kind", "what"),
    [
        (returned(3), returned(4), Kind.STRICT, "value"),
        (returned([1, 2]), returned([2, 1]), Kind.STRICT, "value"),
        (returned(3), returned("3"), Kind.STRICT, "value"),
        (returned((1, 2)), returned([1, 2]), Kind.STRICT, "value"),
        (returned(1), returned(1.0), Kind.REPRESENTATION, "value"),
        (returned(True), returned(1), Kind.REPRESENTATION, "value"),
        (returned(0.0), returned(-0.0), Kind.REPRESENTATION, "value"),
        (returned("Yes"), returned("YES "), Kind.REPRESENTATION, "value"),
        (returned(["a b"]), returned(["A  b"]), Kind.REPRESENTATION, "value"),
        (returned("ab"), returned("a b"), Kind.STRICT, "value"),
        (returned(None, stdout=b"3\n"), returned(None, stdout=b"4\n"), Kind.STRICT, "stdout"),
        (returned(None, stdout=b"YES\n"), returned(None, stdout=b"Yes"), Kind.REPRESENTATION, "stdout"),
        (returned(None, arguments=[[1]]), returned(None, arguments=[[2]]), Kind.STRICT, "arguments"),
        (returned(0, files=(("a", b"1"),)), returned(0, files=(("a", b"2"),)), Kind.STRICT, "files"),
        (returned(1), raised("ValueError"), Kind.CRASH, "outcome"),
        (raised("ValueError"), returned(1), Kind.CRASH, "outcome"),
        (returned(1), TIMEOUT, Kind.CRASH, "outcome"),
        (raised("ValueError"), TIMEOUT, Kind.CRASH, "outcome"),
        (raised("ValueError"), raised("TypeError"), Kind.CRASH, "exception"),
    ],
)
def test_differences(old, new, kind, what):
    assert compare_executions(old, new, Rules()) == (kind, what)
    assert compare_executions(new, old, Rules()) == (kind, what)


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (returned([float("nan")]), returned([float("nan")]), Rules()),
        (returned({1: 2, 3: 4}), returned({3: 4, 1: 2}), Rules()),
        (raised("ValueError", "a"), raised("ValueError", "b"), Rules()),
        (raised("ValueError"), raised("KeyError"), Rules(exceptions="all")),
        (TIMEOUT, TIMEOUT, Rules()),
        (returned(1.0), returned(1.0 + 1e-9), Rules(comparator=Comparator(name="approx", atol=1e-6))),
        (returned([1, 2]), returned([2, 1]), Rules(comparator=Comparator(name="multiset"))),
        (returned(None, stdout=b"a"), returned(None, stdout=b"b"), Rules(stdout=False)),
        (returned(None, arguments=[[1]]), returned(None, arguments=[[2]]), Rules(arguments=False)),
    ],
)
def test_no_differences(old, new, rules):
    assert compare_executions(old, new, rules) == SAME


def test_messages_count_where_they_are_asked_for():
    rules = Rules(exceptions="message")
    assert compare_executions(raised("E", "a"), raised("E", "b"), rules) == (Kind.CRASH, "exception")


def test_what_cannot_be_compared_is_told_and_is_no_difference():
    opaque = returned([object()])
    finding = compare_executions(opaque, opaque, Rules())
    assert finding.kind is None and "value" in finding.what
    fault = Execution(outcome=Outcome.INFRASTRUCTURE)
    assert compare_executions(fault, returned(1), Rules()).kind is None


def test_bytes_that_are_no_value_differ_from_a_value():
    assert (
        compare_executions(returned(1), Execution(outcome=Outcome.RETURNED, value=b"\xff"), Rules()).kind
        is Kind.STRICT
    )


def test_which_error_a_wrong_type_meets_first_counts_only_where_it_is_asked_for():
    wrong, other = raised("TypeError"), raised("ValueError")
    assert compare_executions(wrong, other, Rules()).kind is Kind.CRASH
    lenient = Rules(wrong_types=False)
    assert compare_executions(wrong, other, lenient) == SAME
    assert compare_executions(other, wrong, lenient).kind is Kind.CRASH
    assert compare_executions(wrong, returned(1), lenient).kind is Kind.CRASH
