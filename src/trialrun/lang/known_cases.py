"""The cases that public checks state outright: arguments of the entry point, and what it has to return.

Leaves out: checks whose test code has to be run, tolerances, truth without a value (`assert f(x)`).
"""

from collections.abc import Iterable

from trialrun.core.task import AssertCheck, CaseCheck, Check
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.lang.sketch import Pair


def known_cases(checks: Iterable[Check]) -> tuple[Pair, ...]:
    """Return the pairs that checks state, in their order.

    >>> known_cases([AssertCheck(name="t", code="assert f(1, [2]) == 3", remote=("f",))])
    (Pair(args=(1, [2]), expected=3),)
    """
    found: list[Pair] = []
    for check in checks:
        if isinstance(check, CaseCheck) and check.expected is not None and check.oracle is None:
            pairs = zip(check.cases, check.expected, strict=True)
            found += [Pair(args=case.args, expected=expected) for case, expected in pairs]
        elif isinstance(check, AssertCheck):
            asserts = read_plain_asserts(check.code, check.remote) or ()
            found += [
                Pair(args=one.args, expected=one.expected)
                for one in asserts
                if one.relation in ("equal", "is")
            ]
    return tuple(found)
