"""Template repair at small scale: planted faults of each class mended, localisation pays, nothing hidden is seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Execution, Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Check, Task
from trialrun.making import PublicRunner
from trialrun.models.scripted import Scripted
from trialrun.repair.templates import Templates
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

LIMITS = Limits(cpu_s=1.0)
CANARY = 770_077

FAULTS: dict[str, tuple[str, list[tuple[Any, ...]], list[tuple[Any, ...]]]] = {
    "comparison": (
        "def f(xs, n):\n    return [x for x in xs if x < n]\n",
        [([1, 2, 3], 2, [1, 2]), ([5], 2, [])],
        [([4, 4, 5], 4, [4, 4]), ([], 1, [])],
    ),
    "off by one in a range": (
        "def f(n):\n    total = 0\n    for i in range(1, n):\n        total += i\n    return total\n",
        [(3, 6), (1, 1)],
        [(10, 55), (0, 0)],
    ),
    "wrong variable": (
        "def f(a, b):\n    low = min(a, b)\n    high = max(a, b)\n    return high - high\n",
        [(3, 5, 2), (9, 1, 8)],
        [(4, 4, 0), (-2, 2, 4)],
    ),
    "missing negation": (
        "def f(words):\n    return [w for w in words if w.isdigit()]\n",
        [(["a", "1"], ["a"]), (["7"], [])],
        [(["x", "y", "3"], ["x", "y"])],
    ),
    "swapped arguments": (
        "def f(a, b):\n    if b == 0:\n        return a\n    return f(a % b, b)\n",
        [(12, 18, 6), (7, 0, 7)],
        [(100, 75, 25), (17, 5, 1)],
    ),
    "wrong first value": (
        "def f(xs):\n    best = 0\n    for x in xs:\n        best = max(best, x)\n    return best\n",
        [([-3, -1], -1), ([4, 2], 4), ([-6], -6)],
        [([-9, -8, -10], -8), ([0, 5], 5)],
    ),
    "missing guard": (
        "def f(xs):\n    return sum(xs) / len(xs)\n",
        [([2, 4], 3.0), ([], 0)],
        [([5], 5.0), ([1, 2, 3, 4], 2.5)],
    ),
    "return inside the loop": (
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append(2 * x)\n        return out\n",
        [([1, 2], [2, 4]), ([3], [6])],
        [([1, 2, 3, 4], [2, 4, 6, 8])],
    ),
    "missing statement": (
        "def f(xs):\n    seen = []\n    for x in xs:\n        if x in seen:\n            return True\n"
        "    return False\n",
        [([1, 1], True), ([1, 2], False)],
        [([3, 4, 3], True), ([], False), ([2, 1, 1], True)],
    ),
    "any for all": (
        "def f(n):\n    return n > 1 and any(n % d for d in range(2, n))\n",
        [(9, False), (5, True), (8, False)],
        [(15, False), (13, True), (25, False)],
    ),
    "missing wrap": (
        "def f(a, b):\n    return a - b\n",
        [(3, 5, 2), (5, 3, 2)],
        [(1, 10, 9), (-4, 4, 8)],
    ),
    "wrong connector": (
        "def f(y):\n    return y % 4 == 0 or (y % 100 != 0 or y % 400 == 0)\n",
        [(2000, True), (1900, False), (2023, False), (2024, True)],
        [(1700, False), (1600, True), (1996, True), (1999, False)],
    ),
    "missing default": (
        "def f(s):\n    d = {}\n    for c in s:\n        d[c] = d[c] + 1\n    return d\n",
        [("aab", {"a": 2, "b": 1}), ("", {})],
        [("xyzx", {"x": 2, "y": 1, "z": 1})],
    ),
    "wrong constant text": (
        "def f(n):\n    return 'even' if n % 2 == 0 else 'uneven'\n",
        [(3, "odd"), (4, "even")],
        [(7, "odd"), (0, "even")],
    ),
    "swapped statements": (
        "def f(n):\n    a, b = 0, 1\n    out = []\n    for _ in range(n):\n        a, b = b, a + b\n"
        "        out.append(a)\n    return out\n",
        [(3, [0, 1, 1]), (1, [0])],
        [(6, [0, 1, 1, 2, 3, 5])],
    ),
}
LONG = """\
def rare(xs):
    total = 0
    for x in xs:
        total += x * 3
    return total - len(xs)

def other(xs):
    best = xs[0]
    for x in xs[1:]:
        if x > best:
            best = x
    return best + 1

def f(kind, xs):
    if kind == "rare":
        a = rare(xs)
        b = a * 2 + 1
        return b - a
    if kind == "other":
        c = other(xs)
        d = c + len(xs)
        return d * 2
    e = len(xs)
    g = e {sign} 1
    return g
"""


@dataclass
class Spy:
    """A runner that passes on, and remembers what was screened."""

    inner: PublicRunner
    screened: list[str] = field(default_factory=list)

    def check(self, program: Program) -> Any:
        return self.inner.check(program)

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        return self.inner.run(program, cases, cpu_s=cpu_s)

    def trace(self, program: Program, case: Case, *level: Any, **limits: Any) -> Any:
        return self.inner.trace(program, case, *level, **limits)

    def screen(self, programs: Sequence[Program], case: Case, *, cpu_s: float) -> tuple[Execution, ...]:
        self.screened += [program.source for program in programs]
        return self.inner.screen(programs, case, cpu_s=cpu_s)


@dataclass
class Tried:
    """What came of a repair."""

    programs: list[Program]
    verdicts: list[Verdict]
    spy: Spy

    @property
    def candidates(self) -> int:
        return len(dict.fromkeys(self.spy.screened))


def _checked(name: str, rows: list[tuple[Any, ...]]) -> CaseCheck:
    return CaseCheck(
        name=name,
        cases=tuple(Case(args=row[:-1]) for row in rows),
        expected=tuple(row[-1] for row in rows),
    )


def _tried(
    sandbox: Sandbox,
    source: str,
    public: list[tuple[Any, ...]] | Check,
    hidden: list[tuple[Any, ...]],
    method: Templates | None = None,
    *,
    seed: int = 0,
    **limits: float,
) -> Tried:
    method = method or Templates()
    check = _checked("public", public) if isinstance(public, list) else public
    task = Task(
        id="Own/1",
        suite="own",
        statement="",
        entry="f",
        public_checks=(check,),
        hidden_checks=(_checked("hidden", hidden),),
    )
    judge, budget = Judge(sandbox, Rules(limits=LIMITS)), Budget(**limits)
    spy = Spy(PublicRunner(judge, task, budget))
    ctx = Context(model=Scripted(lambda *_: ""), runner=spy, budget=budget, seed=seed)
    wrong = Program.from_source(source, entry="f", maker="test")
    programs = list(method.repair(task.public(), wrong, (), ctx))
    assert all(program.parents == (wrong.id,) for program in programs)
    spy.screened = [text for text in spy.screened if text != source]
    return Tried(programs, [judge.judge(task, one)[0].verdict for one in programs], spy)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_mended_for_inputs_that_no_check_showed(sandbox: Sandbox, name: str) -> None:
    source, public, hidden = FAULTS[name]
    found = _tried(sandbox, source, public, hidden)
    assert found.verdicts == [Verdict.PASS], found.programs[0].source if found.programs else "nothing found"


def test_what_is_right_is_left_alone_and_what_no_edit_mends_too(sandbox: Sandbox) -> None:
    right = "def f(a):\n    return a + 1\n"
    assert not _tried(sandbox, right, [(1, 2)], [(2, 3)]).programs
    far = "def f(a):\n    return a\n"
    assert not _tried(sandbox, far, [(1, "q7"), (5, "zz"), (8, "u")], [(2, 3)], Templates(most=300)).programs


def test_two_faults_at_once_are_mended_where_pairs_are_tried(sandbox: Sandbox) -> None:
    source = "def f(xs):\n    n = 0\n    for x in xs:\n        if x > 0:\n            n -= 1\n    return n\n"
    public = [([1], 1), ([0], 1), ([-1], 0), ([0, 3, -2], 2)]
    hidden = [([5, 0, -7, 2], 3), ([], 0)]
    assert not _tried(sandbox, source, public, hidden, Templates(pairs=False)).programs
    assert _tried(sandbox, source, public, hidden, Templates(beside=3)).verdicts == [Verdict.PASS]


@pytest.mark.parametrize("priors", [True, False])
def test_with_localisation_a_plausible_program_is_met_earlier(sandbox: Sandbox, priors: bool) -> None:
    """Two of three branches never run when the program fails; `none` and no priors is blind resampling."""
    public = [("sum", [1, 2], 3), ("sum", [], 1), ("rare", [1], 3), ("other", [2], 8)]
    met: dict[str, list[int]] = {"ochiai": [], "none": []}
    for seed, sign in enumerate(("-", "*", "//", "%")):
        for formula, places in met.items():
            method = Templates(localise=formula, priors=priors, beside=1)  # type: ignore[arg-type]
            found = _tried(sandbox, LONG.format(sign=sign), public, public, method, seed=seed)
            (program,) = found.programs
            places.append(found.spy.screened.index(program.source))
    assert sum(met["ochiai"]) < 0.7 * sum(met["none"]), met


@pytest.mark.parametrize("method", [Templates(most=400), Templates(localise="none", priors=False, most=400)])
def test_the_same_seed_gives_the_same_programs_in_the_same_order(sandbox: Sandbox, method: Templates) -> None:
    source, public, hidden = FAULTS["wrong variable"]
    first, again = (_tried(sandbox, source, public, hidden, method, seed=3) for _ in range(2))
    assert first.spy.screened == again.spy.screened
    assert [one.id for one in first.programs] == [one.id for one in again.programs]
    other = _tried(sandbox, source, public, hidden, method, seed=4)
    assert other.spy.screened != first.spy.screened, "equals come in an order by chance"


def test_it_tries_no_more_than_it_may(sandbox: Sandbox) -> None:
    source, public, hidden = FAULTS["missing guard"]
    assert _tried(sandbox, source, public, hidden, Templates(most=10)).candidates <= 10
    spent = _tried(sandbox, source, public, hidden, cpu_s=0.02)
    assert not spent.programs and spent.candidates <= 64, "the task's budget ended before the first group"


def test_several_answers_are_plausible_and_each_another_program(sandbox: Sandbox) -> None:
    source, public, hidden = FAULTS["missing wrap"]
    found = _tried(sandbox, source, public[:1], hidden, Templates(answers=3))
    assert len({one.id for one in found.programs}) == 3


def test_checks_that_state_no_case_are_asked_for_each_candidate(sandbox: Sandbox) -> None:
    code = "for n in (2, 3):\n    assert f(n) == n + 1\n"
    check = AssertCheck(name="code", code=code, remote=("f",))
    found = _tried(sandbox, "def f(n):\n    return n - 1\n", check, [(9, 10)], Templates(beside=1))
    assert found.verdicts == [Verdict.PASS] and not found.spy.screened


def test_nothing_hidden_is_in_what_is_tried(sandbox: Sandbox) -> None:
    source, public, _ = FAULTS["missing guard"]
    found = _tried(sandbox, source, public, [([CANARY], float(CANARY))])
    assert found.spy.screened and not any(str(CANARY) in text for text in found.spy.screened)


LYING = """\
import sys

def _lie(source, entry, arguments):
    return {1: 17, 2: 39, 5: 7}[arguments[0]]

frame = sys._getframe()
while frame is not None:
    for one in list(frame.f_globals.values()):
        if getattr(one, "__name__", "").startswith("__trialrun"):
            one.__code__ = _lie.__code__
    frame = frame.f_back

def f(x):
    return x + 3
"""


def test_a_program_that_takes_over_the_screening_of_its_sisters_forms_no_verdict(sandbox: Sandbox) -> None:
    public = [(1, 17), (2, 39), (5, 7)]
    found = _tried(sandbox, LYING, public, public, Templates(most=60, pairs=False))
    assert not found.programs
    values = [
        one.value
        for one in found.spy.inner.screen(
            [Program.from_source(LYING, entry="f")] * 2, Case(args=(1,)), cpu_s=0.2
        )
    ]
    assert values[0] != values[1], "the lie works where versions share a process: this is why checks decide"
