"""Prepared cases: encoded inputs, and the judgement of each answer, for checks that need no test code to run.

Two kinds of check come to this: plain cases, whose expected outcomes are given or the reference's, and test code that
is nothing but comparisons with constants (`lang/plain_asserts.py`). Everything here stays on the trusted side: what
goes to a job is `inputs`, nothing else.

Leaves out: whole programs (`programs.py`), running (`run/row.py`), the judgement (`verify/tests.py`).
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.compare import named_oracles as oracles
from trialrun.core import compare_values, values
from trialrun.core.execution import Execution, Outcome, require_real
from trialrun.core.parse_values import parse, render
from trialrun.core.task import Case, CaseCheck
from trialrun.lang.plain_asserts import PlainAssert
from trialrun.run.batch import encode_calls
from trialrun.run.reference import Expected
from trialrun.run.row import are_calls

_READ = 1 << 20
"""Largest value that is read for its text, in bytes."""
_COMPARED = 16 << 20
"""Largest value that is read to be compared, where the expected one is small."""
SHOWN = 300
"""Most characters of a value that evidence holds."""


@dataclass(frozen=True, slots=True)
class PreparedCases:
    """What to send, and how to judge what comes back; the i-th of everything belongs to the i-th call."""

    inputs: Sequence[bytes] | Sequence[Case]
    """Encoded calls, or cases of a whole program."""
    entries: tuple[str, ...]
    """Names that the calls use."""
    numbers: list[int]
    """Number of each case within its check."""
    agrees: Callable[[int, Execution], bool | None]
    """Whether the i-th execution is right; None where that cannot be known here."""
    shown: Callable[[int, Execution], tuple[str, str, str]]
    """Text of the i-th input, of what was expected and of what came."""
    collect: tuple[str, ...] = ()
    """Names of the files that a whole program has to leave."""
    exact: Sequence[bytes | None] | None = None
    """Canonical bytes that are right as the i-th answer, None where `agrees` has to say; none at all for a whole
    program."""

    @property
    def calls(self) -> Sequence[bytes]:
        """The inputs, of which the caller knows that they are encoded calls."""
        assert are_calls(self.inputs)
        return self.inputs


def prepare_cases(
    check: CaseCheck,
    entry: str,
    calls: Sequence[bytes],
    expected: Sequence[Expected],
    comparator: str,
    recall: Callable[[int], bytes],
) -> PreparedCases:
    """Prepare plain cases; `calls` are their encoded inputs. `recall` gives the i-th expected value, not at hand.

    Those whose expected answer was too large to be compared with are left out.
    """
    numbers = [number for number, outcome in enumerate(expected) if outcome.comparable]
    outcomes = [expected[number] for number in numbers]
    how = compare_values.Comparator(name=comparator, atol=check.atol)

    @functools.lru_cache(1)  # first to compare with, then to show
    def large(place: int) -> bytes:
        return recall(numbers[place])

    def equal(got: bytes, reference: bytes) -> bool | None:
        return compare_values.equal(got, reference, how, limit=_readable(reference))

    def agrees(place: int, execution: Execution) -> bool | None:
        wanted = outcomes[place]
        require_real(execution)
        if execution.outcome is not wanted.outcome:
            return False
        got, value = execution.value, wanted.value
        if got is not None and wanted.digest:
            if hashlib.sha256(got).digest() == wanted.digest:
                return True
            value = large(place)
        if got is None or value is None:
            return execution.exception == wanted.exception
        try:
            if check.oracle is None:
                return equal(got, value)
            args = check.cases[numbers[place]].args
            return oracles.judge(check.oracle, args, got, value, equal=equal, atol=check.atol)
        except values.Malformed:
            return False

    def shown(place: int, execution: Execution) -> tuple[str, str, str]:
        wanted = outcomes[place]
        value = large(place) if wanted.digest else wanted.value
        expected_text = text_of(value) if value is not None else (wanted.exception or "")
        return repr(check.cases[numbers[place]].args)[:SHOWN], expected_text, _answer_text(execution)

    decides = check.oracle is None
    exact = [_exact(wanted.value) if decides else None for wanted in outcomes]
    return PreparedCases([calls[number] for number in numbers], (entry,), numbers, agrees, shown, exact=exact)


def prepare_asserts(asserts: Sequence[PlainAssert], code: str) -> PreparedCases:
    """Prepare the asserts of test code. Equality is Python's, as in the test, whatever the run's comparator is."""
    calls = [encode_calls(demand.name, [Case(args=demand.args)])[0] for demand in asserts]
    expected = [values.encode(demand.expected) for demand in asserts]
    python = compare_values.Comparator(name="python")
    lines = code.splitlines()

    def agrees(place: int, execution: Execution) -> bool | None:
        if require_real(execution).outcome is not Outcome.RETURNED or execution.value is None:
            return False
        demand = asserts[place]
        try:
            if demand.relation == "equal":
                wanted = expected[place]
                return compare_values.equal(execution.value, wanted, python, limit=_readable(wanted))
            if demand.relation == "near":
                return _near(parse(execution.value, limit=_COMPARED), demand.expected, demand.tolerance)
            if demand.relation == "is":  # a constant that there is once
                return parse(execution.value, limit=_COMPARED) is demand.expected
            truth = _truth(parse(execution.value, limit=_COMPARED))
            return None if truth is None else truth is (demand.relation == "true")
        except values.Malformed:
            return False

    def shown(place: int, execution: Execution) -> tuple[str, str, str]:
        demand = asserts[place]
        return repr(demand.args)[:SHOWN], lines[demand.line - 1].strip()[:SHOWN], _answer_text(execution)

    names = tuple(dict.fromkeys(demand.name for demand in asserts))
    exact = [
        _exact(wanted) if demand.relation == "equal" else None
        for demand, wanted in zip(asserts, expected, strict=True)
    ]
    return PreparedCases(calls, names, list(range(len(calls))), agrees, shown, exact=exact)


def _exact(wanted: bytes | None) -> bytes | None:
    """Return bytes that are right as they are, None where equal ones would have to be looked at."""
    try:
        decides = wanted is not None and compare_values.bytes_decide(wanted, limit=_readable(wanted))
    except values.Malformed:
        decides = False
    return wanted if decides else None


def _readable(expected: bytes) -> int:
    """Return how large an answer may be to be read beside `expected`: reading takes many times its bytes of memory."""
    size = 2 * len(expected)
    return size if size > _COMPARED else _COMPARED


def _near(got: Any, expected: float, tolerance: float) -> bool | None:
    """Return what `abs(got - expected) < tolerance` gives for plain numbers; None for anything else."""
    if type(got) not in (bool, int, float):
        return None
    try:
        return bool(abs(got - expected) < tolerance)
    except OverflowError:
        return None


def _truth(low: Any) -> bool | None:
    """Return the truth of a lowered value; None where the object itself would have to be asked."""
    if low is None or type(low) in (bool, int, float, complex, str, bytes):
        return bool(low)
    if low[0] in (values.LIST, values.TUPLE, values.SET, values.FROZENSET, values.DICT):
        return len(low) > 1
    return None


def _answer_text(execution: Execution) -> str:
    return text_of(execution.value) if execution.value is not None else (execution.exception or "")


def text_of(value: bytes) -> str:
    """Return a value as bounded text, for evidence."""
    if len(value) > _READ:
        # Reading it all, to show its beginning, would take this process many seconds.
        return f"(a value of {len(value):,} bytes)"
    try:
        return render(value, limit=SHOWN)
    except values.Malformed:
        return "(malformed)"
