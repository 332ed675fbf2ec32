"""MGDebugger (arXiv:2410.01215): parts of a program are repaired from the leaves upwards, and joined again."""

import re
from typing import Any

import pytest

from trialrun.core.behaviour import behaviour_key
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import Missing
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Task
from trialrun.lang.decompose import decompose
from trialrun.lang.sketch import Pair
from trialrun.making import PublicRunner
from trialrun.models.protocol import Request
from trialrun.models.scripted import Scripted, asked_text
from trialrun.models.wrap import Metered
from trialrun.repair.evidence import evidence_of
from trialrun.repair.mgdebugger import MgDebugger
from trialrun.repair.node_checks import derived_checks, node_runs, read_inferred
from trialrun.repair.node_ranking import rank
from trialrun.repair.simulation import divergence
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.verify.tests import Judge, Rules

CANARY = 987654321
RIGHT = '''\
def f(xs, low):
    """Add up the squares of what is at least low, and count the rest."""
    total = 0  # so far
    for x in xs:
        if x >= low:
            square = x * x
            total += square
    rest = 0
    for x in xs:
        if x < low:
            rest += 1
            low += 0
    return total, rest
'''
WRONG = RIGHT.replace("square = x * x", "square = x + x")
CHECKS = ("assert f([1, 2], 1) == (5, 0)", "assert f([3], 5) == (0, 1)", "assert f([4, 0, 3], 3) == (25, 1)")
BODY = "f__branch_6"


def task_of(*asserts: str) -> Task:
    checks = tuple(
        AssertCheck(name=f"visible {number}", code=f"{one}\n", remote=("f",))
        for number, one in enumerate(asserts)
    )
    hidden = (AssertCheck(name="tests", code=f"assert f([{CANARY}], 1) == {CANARY}\n", remote=("f",)),)
    return Task(
        id="own/1", suite="own", statement="Do it.", entry="f", public_checks=checks, hidden_checks=hidden
    )


TASK = task_of(*CHECKS)
LIMITS = Limits(cpu_s=2.0)


class Bench:
    """One context with a scripted model, and what was asked and said in it."""

    def __init__(
        self, sandbox: Sandbox, script: Any = "", task: Task = TASK, seed: int = 0, **limits: float
    ) -> None:
        self.model, self.task, self.notes = Scripted(script), task, list[str]()
        budget = Budget(**limits)
        judge = Judge(sandbox, Rules(limits=LIMITS, comparator="strict"))
        self.ctx = Context(
            model=Metered(self.model, budget),
            runner=PublicRunner(judge, task, budget),
            budget=budget,
            seed=seed,
            progress=self.notes.append,
        )

    def repaired(self, source: str, method: MgDebugger | None = None) -> list[Program]:
        program = Program.from_source(source, entry="f")
        return list((method or MgDebugger()).repair(self.task.public(), program, (), self.ctx))

    @property
    def asked(self) -> list[str]:
        return [asked_text(one) for one in self.model.requests]


def part_of(text: str) -> str:
    """Return the name of the function that a question asks to repair; empty for another question."""
    found = re.search(r"Repair the function `(\w+)`", text)
    return found[1] if found else ""


def code_of(text: str, name: str) -> str:
    """Return the text of a function as a question shows it."""
    return re.search(rf"The function `{name}`:\n\n```python\n(.*?)\n```", text, re.DOTALL)[1]  # type: ignore[index]


def mending(request: Request, _index: int) -> str:
    """Answer right: infer a true check of the faulty part, and mend what it is shown."""
    text = asked_text(request)
    name = part_of(text)
    if not name:
        asked = re.search(r"`assert (\w+)\(", text)
        return f"assert {BODY}(0, 3) == 9" if asked and asked[1] == BODY else "Nothing is known."
    return f"```python\n{code_of(text, name).replace('x + x', 'x * x')}\n```"


# ---------------------------------------------------------------------------------------- the algorithm


def test_the_faulty_part_is_repaired_and_the_original_changes_there_alone(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, mending)
    (made,) = bench.repaired(WRONG)
    assert made.source == RIGHT, "comments and layout outside of the region stay"
    assert made.maker == "repair/mgdebugger" and made.parents == (Program.from_source(WRONG, entry="f").id,)
    assert [part_of(text) for text in bench.asked if part_of(text)] == [BODY]


def test_what_passes_is_left_alone(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, mending)
    assert not bench.repaired(RIGHT) and not bench.asked


def test_the_real_run_of_the_part_on_its_failing_pair_is_shown(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, mending)
    bench.repaired(WRONG)
    question = next(text for text in bench.asked if part_of(text) == BODY)
    assert f"`{BODY}(0, 3)` should return `9`" in question
    assert "square=6" in question and "block by block" in question and "step by step" not in question
    for shown in ("simulated", "none"):
        bench = Bench(sandbox, mending)
        bench.repaired(WRONG, MgDebugger(run_shown=shown))
        question = next(text for text in bench.asked if part_of(text) == BODY)
        assert "square=6" not in question and ("step by step" in question) is (shown == "simulated")


def test_a_simulated_run_is_measured_against_the_real_one(sandbox: Sandbox) -> None:
    def script(request: Request, index: int) -> str:
        return "x = 3\nsquare = 9\n- `total` = 6\n" + mending(request, index)

    bench = Bench(sandbox, script)
    bench.repaired(WRONG, MgDebugger(run_shown="simulated"))
    assert f"{BODY}: 1 of 3 simulated values differ from the run" in bench.notes
    trace = bench.ctx.runner.trace(Program.from_source(RIGHT, entry="f"), Case(args=([2], 1)))
    assert divergence("total = 4\nunknown = 1\n```\ntotal = 9\n```\nline 3: total = 7", trace) == (2, 1)
    assert divergence("\x00" * 1000 + "total = " + "[" * 5000, trace).share == 0.0


def test_restarts_begin_with_the_original_and_end(sandbox: Sandbox) -> None:
    def script(request: Request, index: int) -> str:
        name = part_of(asked_text(request))
        if not name:
            return mending(request, index)
        text = code_of(asked_text(request), name)
        return f"```python\n{text.replace('x + x', 'x * 7').replace('rest = 0', 'rest = 5')}\n```"

    bench = Bench(sandbox, script)
    assert not bench.repaired(WRONG, MgDebugger(restarts=3, attempts=2))
    parts = [part_of(text) for text in bench.asked if part_of(text)]
    assert parts == [BODY, BODY, "f", "f", "f__loop_4", "f__loop_4"] * 3, (
        "the last one is the most suspicious left"
    )
    shown = [code_of(text, BODY) for text in bench.asked if part_of(text) == BODY]
    assert len(set(shown)) == 1 and "x + x" in shown[0]
    assert len({request.seed for request in bench.model.requests}) == len(bench.model.requests)


def test_a_part_without_failing_checks_is_repaired_by_suspicion(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, mending)
    (made,) = bench.repaired(WRONG, MgDebugger(infer=False))
    assert made.source == RIGHT
    assert [part_of(text) for text in bench.asked] == ["f", "f", "f", BODY]
    assert f"fails calls `{BODY}(0, 1)`" in bench.asked[-1] and "should return" not in bench.asked[-1]
    assert not Bench(sandbox, mending).repaired(WRONG, MgDebugger(infer=False, suspects=0, restarts=1))


@pytest.mark.parametrize("calls", [0, 1, 2, 5])
def test_restarts_and_attempts_never_exceed_the_budget(sandbox: Sandbox, calls: int) -> None:
    bench = Bench(sandbox, lambda request, index: "no idea", model_calls=calls)
    assert not bench.repaired(WRONG) and len(bench.asked) == calls


def test_it_asks_and_answers_the_same_again(sandbox: Sandbox) -> None:
    runs = []
    for _ in range(2):
        bench = Bench(sandbox, mending, seed=4)
        runs.append(
            ([one.id for one in bench.repaired(WRONG)], [one.key("m") for one in bench.model.requests])
        )
    assert runs[0] == runs[1]
    assert str(CANARY) not in "".join(bench.asked)


def test_a_program_without_functions_is_one_node(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, lambda request, index: f"```python\n{RIGHT}```")
    (made,) = bench.repaired("f = lambda xs, low: (0, 0)\n")
    assert made.source == RIGHT and "The program:" in bench.asked[0]


@pytest.mark.parametrize(("suite", "step"), [("humaneval+", 5), ("quixbugs", 1)])
def test_published_programs_taken_apart_do_what_they_did(sandbox: Sandbox, suite: str, step: int) -> None:
    """A part of the corpus of `bench/mgdebugger.py`, which runs all of it on more inputs."""
    try:
        tasks = registry.load(suite).tasks[::step]
    except Missing as error:
        pytest.skip(str(error))
    apart = 0
    for task in tasks:
        checks = [one for one in task.hidden_checks if isinstance(one, CaseCheck)]
        made = decompose(task.reference or "")
        if not checks or not any(node.is_part for node in made.nodes):
            continue
        apart += 1
        keys = [
            behaviour_key(
                run_fresh(
                    sandbox, Program.from_source(text, entry=task.entry), checks[0].cases[:3], LIMITS
                ).executions
            )
            for text in (task.reference or "", made.source)
        ]
        assert keys[0] == keys[1], f"{task.id}\n{made.source}"
    assert apart > 5


# ------------------------------------------------------------------- what the published code gets wrong


def test_a_changed_signature_is_refused_and_the_callers_stay_whole(sandbox: Sandbox) -> None:
    """Published, the merge replaces a name by itself: callers keep the old signature, and break."""

    def script(request: Request, index: int) -> str:
        if part_of(asked_text(request)) == BODY:
            return f"```python\ndef {BODY}(total, x, more=0):\n    return total + x * x\n```"
        return mending(request, index)

    bench = Bench(sandbox, script)
    assert not bench.repaired(WRONG, MgDebugger(restarts=1))
    assert sum("another signature" in note for note in bench.notes) == 3
    assert all("more=0" not in text for text in bench.asked)


def test_a_part_that_cannot_be_repaired_keeps_its_text(sandbox: Sandbox) -> None:
    """Published, the last attempt stays, although the text says that the original does."""

    def script(request: Request, index: int) -> str:
        text = asked_text(request)
        name = part_of(text)
        if name == BODY:
            return f"```python\ndef {BODY}(total, x):\n    return 77\n```"
        if name == "f":  # repaired without the part
            return f"```python\n{RIGHT}```"
        return mending(request, index)

    bench = Bench(sandbox, script)
    (made,) = bench.repaired(WRONG)
    assert "77" not in made.source and [part_of(text) for text in bench.asked].count(BODY) == 3
    assert "x * x" in made.source and bench.ctx.runner.check(made)


def test_three_failed_decompositions_end_in_a_mechanical_one(sandbox: Sandbox) -> None:
    """Published, a variable is undefined then."""

    def script(request: Request, index: int) -> str:
        apart = "Take this program apart" in asked_text(request)
        return "def other(: pass" if apart else mending(request, index)

    bench = Bench(sandbox, script)
    (made,) = bench.repaired(WRONG, MgDebugger(decompose="model"))
    assert made.source == RIGHT
    apart = [request for request in bench.model.requests if "Take this program apart" in asked_text(request)]
    assert len(apart) == 3 and {request.temperature for request in apart} == {0.8}


def test_a_model_may_take_the_program_apart(sandbox: Sandbox) -> None:
    apart = (
        "def squares(xs, low):\n    return sum(x + x for x in xs if x >= low)\n\n"
        "def f(xs, low):\n    return squares(xs, low), sum(x < low for x in xs)\n"
    )

    def script(request: Request, index: int) -> str:
        text = asked_text(request)
        if "Take this program apart" in text:
            return f"```python\n{apart}```"
        name = part_of(text)
        if not name:
            return "assert squares([3], 1) == 9"
        return f"```python\n{code_of(text, name).replace('x + x', 'x * x')}\n```"

    bench = Bench(sandbox, script)
    (made,) = bench.repaired(WRONG, MgDebugger(decompose="model"))
    assert made.source == apart.replace("x + x", "x * x")


def gathered(bench: Bench, source: str) -> Any:
    made = decompose(source)
    program = Program.from_source(made.source, entry="f")
    evidence = evidence_of(bench.ctx.runner, bench.task.public(), program)
    return made, program, evidence, node_runs(bench.ctx.runner, program, made, evidence)


def test_a_failing_run_gives_no_expected_values(sandbox: Sandbox) -> None:
    bench = Bench(sandbox)
    made, program, evidence, runs = gathered(bench, WRONG)
    assert evidence.failed == (True, False, True)
    checks = derived_checks(bench.ctx.runner, program, made, runs)
    assert runs.failing(BODY) and not runs.passing(BODY)
    assert not checks[BODY].pairs, "the part ran in failing runs alone"
    rest = next(node.name for node in made.nodes if node.lines[0] == 11)
    assert checks[rest].derived == (Pair(args=(5, 0), expected=(5, 1)),)
    assert not checks["f"].derived, "the entry point has the public checks"


def test_asserts_of_a_model_are_no_vote_against_an_execution() -> None:
    """Published, the majority of one generated set of tests decides."""
    derived = (Pair(args=(0, 3), expected=9),)
    answer = "assert g(0, 3) == 6\n" * 5 + "assert g(1, 1) == 2\nassert g(1) == 1\nassert h(1, 1) == 5\n"
    assert read_inferred(answer, "g", 2, derived, 10) == (Pair(args=(1, 1), expected=2),)
    assert len(read_inferred("\n".join(f"assert g({i}, 1) == 1" for i in range(9)), "g", 2, (), 4)) == 4


def test_pairs_that_depend_on_more_than_arguments_are_no_checks(sandbox: Sandbox) -> None:
    source = "seen = []\n\n" + RIGHT.replace("square = x * x", "square = seen and x * x or 0").replace(
        "total = 0  # so far", "total = 0\n    seen.append(1)"
    )
    bench = Bench(sandbox)
    made, program, evidence, runs = gathered(bench, source)
    assert not any(evidence.failed) and len(runs.passing(BODY.replace("6", "9"))) == 4
    checks = derived_checks(bench.ctx.runner, program, made, runs)
    assert not checks[BODY.replace("6", "9")].pairs and sum(len(one.pairs) for one in checks.values()) > 3


# ------------------------------------------------------------------------------------- without a model


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("square = x * x", "square = x + x"),
        ("x >= low", "x > low"),
        ("rest += 1", "rest += 2"),
        ("rest = 0", "rest = 1"),
    ],
)
def test_small_edits_repair_without_a_model(sandbox: Sandbox, old: str, new: str) -> None:
    bench = Bench(sandbox)
    (made,) = bench.repaired(RIGHT.replace(old, new), MgDebugger(propose="operators"))
    assert not bench.asked
    assert made.source.count("\n") == RIGHT.count("\n") and "# so far" in made.source
    assert all(bench.ctx.runner.check(made))


def test_the_number_of_edits_and_the_cpu_time_are_bounded(sandbox: Sandbox) -> None:
    impossible = task_of("assert f([1, 2], 1) == 'never'")
    bench = Bench(sandbox, task=impossible)
    assert not bench.repaired(WRONG, MgDebugger(propose="operators", edits=7))
    jobs = bench.ctx.budget.spent()["cpu_s"]
    again = Bench(sandbox, task=impossible, cpu_s=jobs / 2)
    assert not again.repaired(WRONG, MgDebugger(propose="operators"))
    assert again.ctx.budget.spent()["cpu_s"] <= jobs / 2


def test_edits_come_first_and_the_model_where_none_helps(sandbox: Sandbox) -> None:
    bench = Bench(sandbox, mending)
    assert bench.repaired(WRONG, MgDebugger(propose="both")) and not bench.asked
    two = WRONG.replace("rest += 1", "rest += len(xs) - len(xs) + 4")
    bench = Bench(sandbox, lambda request, index: f"```python\n{RIGHT}```")
    assert bench.repaired(two, MgDebugger(propose="both", edits=3)) and bench.asked


def test_the_faulty_part_comes_first_by_its_blocks_and_calls(sandbox: Sandbox) -> None:
    made, _, evidence, runs = gathered(Bench(sandbox), WRONG)
    ranked = rank(made, evidence, runs)
    assert ranked[0].node == BODY and ranked[0].score > ranked[-1].score
    last = ranked[-1].node
    assert rank(made, evidence, runs, {last: 1})[0].node == last, (
        "a part that fails a pair of its own comes first"
    )
