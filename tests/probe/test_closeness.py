"""Loosened shapes: what seeds share is left, their types are not."""

import pytest

from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject
from trialrun.probe.closeness import loosened
from trialrun.probe.domain import domains_of
from trialrun.probe.portfolio import growing_for
from trialrun.probe.proposer import Feedback, Seed
from trialrun.probe.shapes import Order

pytestmark = pytest.mark.fast

SEEDS = [Seed(case=Case(args=args)) for args in (([1, 2, 5], 3, "ab", 2.5), ([2, 7, 8, 9], 4, "abc", 1.0))]


def test_empty_negative_and_any_order_are_allowed():
    (domain,) = domains_of(SEEDS)
    learnt, loose = domain.shape.fields, loosened(domain.shape).fields
    assert (learnt[0].least, learnt[0].order, learnt[0].item.low) == (1, Order.UP, 1)
    assert (loose[0].least, loose[0].order, loose[0].item.low) == (0, Order.ANY, None)
    assert domain.shape.links and not loosened(domain.shape).links
    assert (learnt[1].low, loose[1].low) == (1, None)
    assert (learnt[2].least, loose[2].least, loose[2].alphabet) == (1, 0, "abc")
    assert (learnt[3].low, loose[3].low) == (0.0, None)


def test_growing_leaves_what_the_seeds_share_and_keeps_their_types():
    subject = function_subject("def f(xs, n, s, x):\n    return n\n", "f")
    batches = growing_for(subject, SEEDS, seed=1).propose(SEEDS)
    batch, found = next(batches), []
    while len(found) < 1000:
        found += [one.case.args for one in batch]
        batch = batches.send([Feedback()] * len(batch))
    assert any(not xs for xs, *_ in found) and any(not s for _, _, s, _ in found)
    assert any(xs != sorted(xs) for xs, *_ in found) and any(n < 0 for _, n, *_ in found)
    assert any(len(xs) != n for xs, n, *_ in found) and sum(len(xs) == n for xs, n, *_ in found) > 200
    assert {tuple(map(type, args)) for args in found} == {(list, int, str, float)}
    assert {type(x) for xs, *_ in found for x in xs} == {int}
