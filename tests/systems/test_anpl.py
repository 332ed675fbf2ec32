"""ANPL (arXiv:2305.18498): a sketch's holes are filled one by one, found by their inputs and outputs, and mended."""

import re
from dataclasses import replace

import pytest

from trialrun.core import values
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Limits
from trialrun.core.judgement import Judgement, Outcome, Strength, Verdict, Visibility
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, CaseCheck, PublicTask, Task
from trialrun.core.trace import Level
from trialrun.generate.anpl import Anpl, sketch_in
from trialrun.lang.known_cases import known_cases
from trialrun.lang.sketch import MARK, Pair, cases_of, read_sketch
from trialrun.models.scripted import Scripted, asked_text
from trialrun.models.wrap import Metered
from trialrun.observe.tracer import Recording, trace_case
from trialrun.repair.anpl import AnplRepair, holes_of
from trialrun.repair.oracle_user import OracleUser
from trialrun.repair.session import Decompose, Edit, Give, Rewrite, Session, interact
from trialrun.repair.session import Scripted as ScriptedUser
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

SKETCH = '''"""Summarise readings."""
def clean(xs: list) -> list:
    """Drop what is negative."""

def top(xs: list) -> list:
    """Return the two largest, the largest first.

    >>> top([1, 3, 2])
    [3, 2]
    """

def total(xs: list) -> int:
    """Add up."""

def unused(xs: list) -> list:
    """Never called."""

def main(xs):
    kept = clean(xs)   # odd   spacing stays
    return total(top(kept)) + 0 * len(top(xs) + [1])
'''
RIGHT = {
    "clean": "def clean(xs):\n    return [x for x in xs if x >= 0]\n",
    "top": "def top(xs):\n    return sorted(xs, reverse=True)[:2]\n",
    "total": "def total(xs):\n    return sum(xs)\n",
    "unused": "def unused(xs):\n    return xs\n",
}
WRONG_CLEAN = "def clean(xs):\n    return [x for x in xs if x > 1]\n"
PAIRS = (Pair(args=([1, -5, 4, 0],), expected=5), Pair(args=([1, 1],), expected=2))
CANARY = 987654321
TASK = Task(
    id="own/1",
    suite="own",
    statement="Add up the two largest readings that are not negative.",
    entry="main",
    prefix=SKETCH,
    public_checks=(CaseCheck(name="cases", cases=cases_of(PAIRS)[0], expected=cases_of(PAIRS)[1]),),
    hidden_checks=(AssertCheck(name="tests", code=f"assert main([{CANARY}]) == {CANARY}", remote=("main",)),),
    reference=f"def main(xs):\n    return {CANARY}\n",
)


class Runner:
    """Runs in the sandbox; judges by the public checks' plain cases."""

    def __init__(self, sandbox: Sandbox, task: PublicTask) -> None:
        self.sandbox, self.pairs = sandbox, known_cases(task.public_checks)

    def run(self, program, cases):
        return run_fresh(self.sandbox, program, cases, Limits(cpu_s=5)).executions

    def trace(self, program, case, level=Level.SUMMARIES):
        return trace_case(self.sandbox, program, case, Limits(cpu_s=5), Recording(level=level))

    def check(self, program):
        cases, expected = cases_of(self.pairs)
        right = [
            one.value == values.encode(wanted)
            for one, wanted in zip(self.run(program, cases), expected, strict=True)
        ]
        verdict = Verdict.PASS if all(right) else Verdict.FAIL
        return (
            Judgement(
                check="cases",
                verdict=verdict,
                outcome=Outcome.RETURNED,
                strength=Strength.STRONG,
                visibility=Visibility.PUBLIC,
                judge="test",
                cases=len(right),
            ),
        )


def wanted(request):
    """Return the name of the hole that a prompt asks for."""
    return re.findall(r"must define `(\w+)`", asked_text(request))[-1]


def context(sandbox, script, task=TASK, **limits):
    inner = Scripted(script)
    budget = Budget(**limits)
    ctx = Context(model=Metered(inner, budget), runner=Runner(sandbox, task.public()), budget=budget, seed=5)
    return ctx, inner


def right(request, index):
    return f"```python\n{RIGHT[wanted(request)]}```"


def program_of(fillings):
    sketch = read_sketch(SKETCH)
    for name, text in fillings.items():
        sketch = sketch.filled(name, text.split("\n", 1)[1].replace("\n    ", "\n").strip())
    return Program.from_source(sketch.source, entry="main")


WRONG = program_of({**RIGHT, "clean": WRONG_CLEAN})
"""Right but for one hole."""


# --------------------------------------------------------------------------------------------- compiling


def test_each_hole_is_a_task_of_its_own_and_the_sketch_stays(sandbox):
    ctx, model = context(sandbox, right)
    (made,) = Anpl().generate(TASK.public(), ctx)
    assert [wanted(request) for request in model.requests] == ["clean", "top", "total", "unused"]
    assert read_sketch(made.source).skeleton == read_sketch(SKETCH).skeleton
    assert ctx.runner.check(made)[0].verdict is Verdict.PASS
    assert made.parents == (Program.from_source(SKETCH, entry="main").id,)


def test_a_hole_with_cases_is_sampled_until_it_satisfies_them(sandbox):
    tops = iter(["def top(xs):\n    return xs[:2]\n", "no code at all", RIGHT["top"]])

    def script(request, index):
        return next(tops) if wanted(request) == "top" else right(request, index)

    ctx, model = context(sandbox, script)
    (made,) = Anpl().generate(TASK.public(), ctx)
    asked = [wanted(request) for request in model.requests]
    assert asked == ["clean", "top", "top", "top", "total", "unused"]
    assert len({request.seed for request in model.requests}) == len(asked)
    assert "sorted" in made.source


def test_the_budget_ends_it_and_open_holes_stay_open(sandbox):
    ctx, model = context(sandbox, right, model_calls=2)
    (made,) = Anpl().generate(TASK.public(), ctx)
    assert len(model.requests) == 2
    assert [hole.name for hole in read_sketch(made.source).open] == ["total", "unused"]


def test_without_a_sketch_the_model_writes_one(sandbox):
    def script(request, index):
        return SKETCH if "Write a sketch" in asked_text(request) else right(request, index)

    task = replace(TASK, prefix="def main(xs):\n    'Add up.'\n")
    assert sketch_in(task.public()) is None and sketch_in(TASK.public()) is not None
    ctx, model = context(sandbox, script, task)
    (made,) = Anpl().generate(task.public(), ctx)
    assert len(model.requests) == 5 and ctx.runner.check(made)[0].verdict is Verdict.PASS


def test_hidden_values_are_in_no_prompt_and_no_public_ones_in_a_hole_s_task(sandbox):
    ctx, model = context(sandbox, right)
    list(Anpl().generate(TASK.public(), ctx))
    list(AnplRepair().repair(TASK.public(), WRONG, (), ctx))
    told = "".join(repr(request) for request in model.requests)
    assert len(model.requests) > 4 and str(CANARY) not in told


# -------------------------------------------------------------------------------- without a model

LIBRARY = '''from typing import Literal
Digit = Literal[0, 1, 2]

def back(xs: list) -> list:
    return xs[::-1]

def more(xs: list, by: Digit) -> list:
    return [x + by for x in xs]

def both(xs: list, ys: list) -> list:
    return [a + b for a, b in zip(xs, ys)]

def step(xs: list) -> list:
    """Add the reversed list, and two."""

def main(xs):
    return sorted(step(xs))
'''


def test_a_hole_is_filled_from_its_pairs_by_search(sandbox):
    pair = Pair(args=([1, 2, 5],), expected=[8, 6, 8])
    check = CaseCheck(name="step", cases=cases_of((pair,))[0], expected=cases_of((pair,))[1])
    task = replace(TASK, prefix=LIBRARY, public_checks=(*TASK.public_checks, check))
    ctx, model = context(sandbox, right, task)
    (made,) = Anpl(fill_by="search").generate(task.public(), ctx)
    assert not model.requests
    assert read_sketch(made.source).body("step") == "return more(both(xs, back(xs)), 2)"


def test_or_from_cases_of_the_whole(sandbox):
    pairs = (Pair(args=([1, 2, 5],), expected=[6, 8, 8]), Pair(args=([0, 3],), expected=[5, 5]))
    check = CaseCheck(name="cases", cases=cases_of(pairs)[0], expected=cases_of(pairs)[1])
    task = replace(TASK, prefix=LIBRARY, public_checks=(check,))
    ctx, _ = context(sandbox, right, task)
    (made,) = Anpl(fill_by="search").generate(task.public(), ctx)
    assert ctx.runner.check(made)[0].verdict is Verdict.PASS


def test_a_search_ends_with_its_budget(sandbox):
    pairs = (Pair(args=([1, 2, 5],), expected="never"),)
    check = CaseCheck(name="cases", cases=cases_of(pairs)[0], expected=cases_of(pairs)[1])
    task = replace(TASK, prefix=LIBRARY, public_checks=(check,))
    ctx, _ = context(sandbox, right, task)
    (made,) = Anpl(fill_by="search", terms=50).generate(task.public(), ctx)
    assert made.source == LIBRARY


# --------------------------------------------------------------------------------------------- repairing


def session(sandbox, program, script=right, task=TASK, **limits):
    ctx, model = context(sandbox, script, task, **limits)
    return Session(task=task.public(), ctx=ctx, sketch=read_sketch(program.source), fill=Anpl()), model


def test_the_wrong_hole_is_mended_and_all_others_are_frozen(sandbox):
    ctx, _ = context(sandbox, right)
    (made,) = AnplRepair().repair(TASK.public(), WRONG, (), ctx)
    before, after = read_sketch(WRONG.source), read_sketch(made.source)
    assert after.skeleton == before.skeleton
    names = [hole.name for hole in before.holes]
    assert [name for name in names if before.hash(name) != after.hash(name)] == ["clean"]
    assert made.parents == (WRONG.id,) and made.maker == "repair/anpl"


def test_what_passes_is_left_alone(sandbox):
    ctx, model = context(sandbox, right)
    assert not list(AnplRepair().repair(TASK.public(), program_of(RIGHT), (), ctx))
    assert not model.requests


def test_a_hole_that_is_never_reached_is_reported_so(sandbox):
    found = {one.hole: one for one in session(sandbox, WRONG)[0].suspects()}
    assert not found["unused"].reached and not any(found["unused"].calls)
    assert all(found[name].reached for name in ("clean", "top", "total"))
    assert session(sandbox, WRONG)[0].suspects()[-1].hole == "unused", (
        "nothing is known of it: not first, not cleared"
    )


def test_a_hole_whose_result_nobody_uses_comes_behind_those_that_matter(sandbox):
    source = (
        WRONG.source.replace("    return total(", "    sums = total(").rstrip()
        + "\n    unused(xs)\n    return sums\n"
    )
    found = session(sandbox, Program.from_source(source, entry="main"))[0].suspects()
    assert found[-1].hole == "unused" and found[-1].reached and not found[-1].matters
    assert all(one.matters for one in found[:-1])


def test_a_program_without_marks_has_its_functions_for_holes():
    sketch = holes_of(Program.from_source("def f(x): return 1\nasync def g(): return 2\n"))
    assert sketch is not None and [hole.name for hole in sketch.holes] == ["f", "g"]
    assert holes_of(Program.from_source("x = 1\n")) is holes_of(Program.from_source("def f(")) is None


# ------------------------------------------------------------------------------------------------- a user


def test_a_user_gives_a_pair_and_the_hole_is_sampled_until_it_fits(sandbox):
    answers = iter([WRONG_CLEAN, WRONG_CLEAN, RIGHT["clean"]])
    made, model = session(sandbox, WRONG, lambda request, index: next(answers))
    give = Give("clean", (Pair(args=([1, -1],), expected=[1]),))
    assert interact(made, ScriptedUser([give]), most=3)
    assert made.questions == 1 and len(model.requests) == 3
    assert made.sketch.skeleton == read_sketch(SKETCH).skeleton


def test_a_right_hole_is_left_alone_whatever_is_said_of_it(sandbox):
    made, model = session(sandbox, WRONG)
    before = made.sketch
    made.apply(Give("top", (Pair(args=([1, 2, 3],), expected=[3, 2]),)))
    assert made.sketch == before and not model.requests and not made.solved


def test_a_user_rewrites_decomposes_and_edits(sandbox):
    made, model = session(sandbox, WRONG)
    made.apply(Rewrite("clean", "Keep what is at least zero."))
    assert "at least zero" in asked_text(model.requests[0]) and made.solved
    made, model = session(sandbox, WRONG, lambda request, index: "def ok(x):\n    return x >= 0\n")
    parts = "def ok(x):\n    '''Say whether to keep it.'''\n\ndef clean(xs):\n    return [x for x in xs if ok(x)]\n"
    made.apply(Decompose("clean", parts))
    assert made.solved and [hole.name for hole in made.sketch.holes] == ["ok", "top", "total", "unused"]
    made, model = session(sandbox, WRONG)
    made.apply(Edit(SKETCH.replace("clean(xs)   #", "[x for x in xs if x >= 0]   #")))
    assert made.solved and not model.requests, "the other holes keep what fills them"


def test_an_edit_of_a_program_without_marks_keeps_its_functions_as_holes(sandbox):
    made, model = session(sandbox, WRONG)
    unmarked = WRONG.source.replace(f"    {MARK}\n", "")
    made.sketch = read_sketch(unmarked, [hole.name for hole in made.sketch.holes])
    made.apply(Edit(unmarked.replace("clean(xs)   #", "[x for x in xs if x >= 0]   #")))
    assert [hole.name for hole in made.sketch.holes] == ["clean", "top", "total", "unused"]
    assert made.solved and not model.requests


@pytest.mark.parametrize("order", ["guided", "ranked", "random"])
def test_an_oracle_s_answers_mend_the_hole(sandbox, order):
    made, _ = session(sandbox, WRONG)
    user = OracleUser(reference=program_of(RIGHT), order=order, seed=3)
    assert interact(made, user, most=9)
    assert 1 <= made.questions <= 3 and "unused" not in user.asked
    assert made.pairs["clean"][0] == Pair(args=([1, -5, 4, 0],), expected=[1, 4, 0])


def test_guided_questions_bisect(sandbox):
    names = [f"step{i}" for i in range(7)]
    stubs = "".join(f"def {name}(x: int) -> int:\n    '''Step.'''\n\n" for name in names)
    calls = "".join(f"    x = {name}(x)\n" for name in names)
    source = f"{stubs}def main(x):\n{calls}    return x\n"
    right_one = read_sketch(source)
    for name in names:
        right_one = right_one.filled(name, "return x + 1")
    pairs = (Pair(args=(0,), expected=7),)
    check = CaseCheck(name="cases", cases=cases_of(pairs)[0], expected=cases_of(pairs)[1])
    task = replace(TASK, prefix=source, public_checks=(check,))
    for place, name in enumerate(names):
        wrong = Program.from_source(right_one.filled(name, "return x + 2").source, entry="main")
        made, _ = session(
            sandbox, wrong, lambda request, index: f"def {wanted(request)}(x):\n    return x + 1\n", task
        )
        user = OracleUser(reference=Program.from_source(right_one.source, entry="main"))
        assert interact(made, user, most=9) and made.questions <= 3, place


def test_a_wrong_argument_points_to_the_hole_that_made_it(sandbox):
    names = ["one", "two", "three", "four"]
    stubs = "".join(f"def {name}(x: int) -> int:\n    'Part.'\n\n" for name in names)
    last = "def last(a, b, c, d):\n    'All.'\n\ndef main(x):\n    return last(one(x), two(x), three(x), four(x))\n"
    source = stubs + last
    right_one = read_sketch(source).filled("last", "return [a, b, c, d]")
    for place, name in enumerate(names):
        right_one = right_one.filled(name, f"return x + {place}")
    pairs = (Pair(args=(10,), expected=[10, 11, 12, 13]),)
    check = CaseCheck(name="cases", cases=cases_of(pairs)[0], expected=cases_of(pairs)[1])
    task = replace(TASK, prefix=source, public_checks=(check,))
    for place, name in enumerate(names):
        wrong = Program.from_source(right_one.filled(name, "return x + 9").source, entry="main")
        answer = f"def {name}(x):\n    return x + {place}\n"
        made, _ = session(sandbox, wrong, lambda request, index, answer=answer: answer, task)
        user = OracleUser(reference=Program.from_source(right_one.source, entry="main"))
        assert interact(made, user, most=9) and user.asked == ["last", name]


def test_hostile_recordings_change_no_verdict(sandbox):
    """A program that forges its record misleads the ranking, and nothing else."""
    forged = WRONG.source.replace(
        "def main(xs):\n",
        "def main(xs):\n    if '__trialrun_recorder__' in globals():\n"
        "        __trialrun_recorder__.rows[:] = [('clean', 5, [], 'returned', '', 0)] * 3\n",
    )
    made, _ = session(sandbox, Program.from_source(forged, entry="main"))
    assert not made.solved and not any(any(one.calls) for one in made.suspects())


def test_values_of_every_plain_type_cross_as_pairs(sandbox):
    value = [None, True, 1.5, "é", b"b", (1, (2,)), {"k": {1}}, frozenset({2})]
    source = "def same(x): ...\n\ndef main(x):\n    return same(x)\n"
    filled = read_sketch(source).filled("same", "return x").source
    pairs = (Pair(args=(value,), expected=value),)
    check = CaseCheck(name="cases", cases=cases_of(pairs)[0], expected=cases_of(pairs)[1])
    made, _ = session(
        sandbox, Program.from_source(filled, entry="main"), task=replace(TASK, public_checks=(check,))
    )
    ((calls,),) = (one.calls for one in made.suspects())
    assert calls[0].args == (value,) and calls[0].value == value
    assert parse(values.encode(value)) is not None
