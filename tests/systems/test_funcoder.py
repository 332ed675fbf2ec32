"""FunCoder: the tree, the two passes, the vote, and what the published code gets wrong (each a test here)."""

import re
from collections.abc import Callable, Sequence

import pytest

from trialrun import evaluate
from trialrun.compare.consensus import ENOUGH_S
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.parse_values import decode
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, PublicTask
from trialrun.core.values import encode
from trialrun.generate.funcoder import CONQUER, DIVIDE, FunCoder
from trialrun.models.protocol import Message, Request
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

fast = pytest.mark.fast
LIMITS = Limits(cpu_s=1.0, memory_mb=512)


class Running:
    """Runs programs in a sandbox; checks them by inputs with known answers."""

    def __init__(self, sandbox: Sandbox, known: Sequence[tuple[tuple[object, ...], object]] = ()) -> None:
        self.sandbox, self.known = sandbox, known
        self.ran: list[tuple[Program, Sequence[Case]]] = []

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        self.ran.append((program, cases))
        return run_fresh(self.sandbox, program, cases, LIMITS).executions

    def check(self, program: Program) -> tuple[Judgement, ...]:
        done = run_fresh(
            self.sandbox, program, [Case(args=args) for args, _ in self.known], LIMITS
        ).executions
        right = all(one.value == encode(answer) for one, (_, answer) in zip(done, self.known, strict=True))
        return (judgement(Verdict.PASS if right else Verdict.FAIL),)


class Same:
    """A runner for which all programs do the same."""

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        return tuple(Execution(outcome=Outcome.RETURNED, value=encode(1)) for _ in cases)

    def check(self, program: Program) -> tuple[Judgement, ...]:
        return (judgement(Verdict.PASS),)


def judgement(verdict: Verdict) -> Judgement:
    return Judgement(
        check="example", verdict=verdict, outcome=Outcome.RETURNED, strength=Strength.STRONG,
        visibility=Visibility.PUBLIC, judge="test", cases=1,
    )  # fmt: skip


def task_of(stub: str, *, checks: tuple[AssertCheck, ...] = ()) -> PublicTask:
    entry = re.match(r"def (\w+)", stub)
    return PublicTask(
        id="Own/1", suite="own", statement=stub, entry=entry[1] if entry else None, language="python", prefix=stub,
        public_checks=checks,
    )  # fmt: skip


SMALL = FunCoder(candidates=4, per_call=4, retries=2, cases=4)


def solved(
    script: Callable[[Request, int], str], stub: str, runner: object, method: FunCoder = SMALL, *, seed: int = 0,
    checks: tuple[AssertCheck, ...] = (), **limits: float,
) -> tuple[list[Program], Sequence[Request], list[str]]:  # fmt: skip
    model, notes = Scripted(script), list[str]()
    budget = Budget(**limits)
    ctx = Context(
        model=Metered(model, budget), runner=runner, budget=budget, seed=seed, progress=notes.append
    )
    return list(method.generate(task_of(stub, checks=checks), ctx)), model.requests, notes


def block(code: str) -> str:
    return f"```python\n{code}\n```"


def text_of(request: Request) -> str:
    return request.messages[-1].content


def wanted(request: Request) -> str:
    """Return the function that a request is about, and `calls` before it where calls are asked for."""
    text = text_of(request)
    name = re.search(r"must define `(\w+)`|calls of `(\w+)`", text)
    assert name
    return name[1] or f"calls {name[2]}"


def called(program: Program, sandbox: Sandbox, *args: object) -> object:
    (done,) = run_fresh(sandbox, program, [Case(args=args)], LIMITS).executions
    return decode(done.value)[0][0] if done.value is not None else done.ending


TOP = 'def top(x: int) -> int:\n    """Twice the square of x, plus one."""\n'
THREE_LEVELS = {
    "top": "def top(x: int) -> int:\n    return twice_square(x) + 1\n\n"
    'def twice_square(x: int) -> int:\n    """Return twice the square of x."""\n    pass',
    "twice_square": "def twice_square(x: int) -> int:\n    return 2 * square(x)\n\n"
    'def square(x: int) -> int:\n    """Return x times x."""\n    pass',
    "square": "def square(x: int) -> int:\n    return x * x",
}


def three_levels(request: Request, index: int) -> str:
    name = wanted(request)
    if name.startswith("calls "):
        return "\n".join(f"{name[6:]}({x})" for x in (0, 1, -3, 7))
    return block(THREE_LEVELS[name])


def test_a_tree_of_three_levels_comes_out_the_same_twice(sandbox):
    runs = [solved(three_levels, TOP, Running(sandbox), seed=5) for _ in range(2)]
    (first, asked, notes), (again, asked_again, notes_again) = runs
    assert [program.id for program in first] == [program.id for program in again]
    assert [request.key("m") for request in asked] == [request.key("m") for request in asked_again]
    assert notes == notes_again == [f"{name}: 5 candidates" for name in ("square", "twice_square", "top")]
    (program,) = first
    assert called(program, sandbox, 5) == 51 and program.maker == "generate/funcoder"
    assert program.source.count("def ") == 3 and "pass" not in program.source


def test_children_are_solved_first_and_their_code_is_in_the_parents_prompt(sandbox):
    _, asked, _ = solved(three_levels, TOP, Running(sandbox))
    order = [
        (wanted(request), DIVIDE in text_of(request), request.temperature, request.n) for request in asked
    ]
    assert order == [
        ("top", True, 0.2, 1), ("twice_square", True, 0.2, 1), ("square", True, 0.2, 1),
        ("square", False, 0.8, 4), ("calls square", False, 0.2, 1),
        ("twice_square", False, 0.8, 4), ("calls twice_square", False, 0.2, 1),
        ("top", False, 0.8, 4), ("calls top", False, 0.2, 1),
    ]  # fmt: skip
    conquering = {wanted(request): text_of(request) for request in asked if CONQUER in text_of(request)}
    assert "return x * x" not in conquering["square"]
    assert "return x * x" in conquering["twice_square"]
    assert "return 2 * square(x)" in conquering["top"] and "return x * x" in conquering["top"]
    assert all(
        "Twice the square of x, plus one." in text for name, text in conquering.items() if name == "top"
    )


@fast
def test_a_leaf_is_written_again():
    _, asked, _ = solved(
        lambda request, index: block(THREE_LEVELS["square"]), "def square(x: int) -> int:\n", Same()
    )
    assert [CONQUER in text_of(request) for request in asked] == [False, True, False]


@fast
def test_a_function_that_two_parents_want_is_written_once():
    answers = {
        "top": "def top(x):\n    return a(x) + b(x)\n\ndef a(x):\n    'A.'\n\ndef b(x):\n    'B.'",
        "a": "def a(x):\n    return shared(x)\n\ndef shared(x):\n    'Shared.'",
        "b": "def b(x):\n    return shared(x) + 1\n\ndef shared(x):\n    'Shared.'",
        "shared": "def shared(x):\n    return x",
    }
    (program,), asked, notes = solved(
        lambda request, index: block(answers[wanted(request).removeprefix("calls ")]), "def top(x):\n", Same()
    )
    assert [note.partition(":")[0] for note in notes] == ["shared", "a", "b", "top"]
    assert (
        sum(wanted(request) == "shared" for request in asked) == 2 and program.source.count("def shared") == 1
    )


@fast
def test_a_function_that_a_brother_wanted_and_solved_is_not_solved_again():
    answers = {
        "top": "def top(x):\n    return a(x) + b(x)\n\ndef a(x):\n    'A.'\n\ndef b(x):\n    'B.'",
        "a": "def a(x):\n    return b(x)\n\ndef b(x):\n    'B.'",
        "b": "def b(x):\n    return x",
    }
    _, _, notes = solved(
        lambda request, index: block(answers[wanted(request).removeprefix("calls ")]), "def top(x):\n", Same()
    )
    assert [note.partition(":")[0] for note in notes] == ["b", "a", "top"]


@fast
def test_below_the_limit_of_depth_a_branch_is_given_up():
    def endless(request: Request, index: int) -> str:
        name = wanted(request).removeprefix("calls ")
        return block(f"def {name}(x):\n    return {name}_(x)\n\ndef {name}_(x):\n    'Deeper.'")

    (program,), _, notes = solved(endless, "def f(x):\n", Same(), FunCoder(depth=3, candidates=1))
    assert [note.partition(":")[0] for note in notes] == ["f__", "f_", "f"]
    assert "def f__(" in program.source and "def f___(" not in program.source


@fast
def test_asking_ends_with_the_retries_and_a_draft_is_enough():
    def script(request: Request, index: int) -> str:
        return block("def f(x):\n    return x") if DIVIDE in text_of(request) else "I cannot."

    (program,), asked, notes = solved(script, "def f(x):\n", Same())
    assert (
        len(asked) == 1 + SMALL.retries + 1 and notes == ["f: 1 candidates"] and "return x" in program.source
    )
    programs, asked, _ = solved(lambda request, index: "I cannot.", "def f(x):\n", Same())
    assert len(asked) == 2 * SMALL.retries and [program.source for program in programs] == ["I cannot.\n"]


@fast
def test_other_parameters_than_asked_for_only_where_there_is_nothing_else():
    def script(request: Request, index: int) -> str:
        return block("def f(x):\n    return x" if index == 3 else "def f(x, y=1):\n    return x + y")

    (program,), _, notes = solved(script, "def f(x):\n", Same())
    assert notes == ["f: 2 candidates"] and "y=1" not in program.source
    (program,), _, notes = solved(
        lambda request, index: block("def f(x, y=1):\n    return x + y"), "def f(x):\n", Same()
    )
    assert notes == ["f: 9 candidates"] and "y=1" in program.source


@fast
def test_two_functions_with_different_helpers_of_one_name_do_not_meet():
    answers = {
        "top": "def top(x):\n    return a(x)\n\ndef a(x):\n    'A.'",
        "a": "def a(x):\n    return helper(x)\n\ndef helper(x):\n    return 1",
    }

    def script(request: Request, index: int) -> str:
        name = wanted(request)
        if name == "top" and index % 2:
            return block("def top(x):\n    return helper(a(x))\n\ndef helper(x):\n    return 2")
        return block(answers[name.removeprefix("calls ")])

    (program,), _, notes = solved(script, "def top(x):\n", Same())
    assert notes[-1] == "top: 5 candidates" and program.source.count("def helper") == 1


MAX_STUB = 'def largest(xs: list[int]) -> int:\n    """Return the largest of xs; 0 for none."""\n'
RIGHT = "def largest(xs):\n    return max(xs, default=0)"
ALSO_RIGHT = "def largest(xs):\n    return sorted(xs)[-1] if xs else 0"
WRONG = ("def largest(xs):\n    return xs[0] if xs else 0", "def largest(xs):\n    return min(xs, default=0)")
CALLS = "largest([1, 5, 2])\nprint(largest([]))\nassert largest([-1]) == -1\nlargest([3, 3, 9])\nlargest(xs)"


def poll(*answers: str) -> Callable[[Request, int], str]:
    """Divide by the first answer, conquer by the others."""

    def script(request: Request, index: int) -> str:
        if "calls of" in text_of(request):
            return CALLS
        return block(answers[0] if DIVIDE in text_of(request) else answers[1 + index])

    return script


def test_the_candidate_that_most_others_behave_like_wins_whatever_its_text(sandbox):
    (program,), _, _ = solved(
        poll(WRONG[0], RIGHT, WRONG[1], ALSO_RIGHT, "def largest(xs):\n    1 / 0"), MAX_STUB, Running(sandbox)
    )
    assert called(program, sandbox, [2, 8, 3]) == 8


def test_every_candidate_runs_the_models_calls_each_in_a_job_of_its_own(sandbox):
    runner = Running(sandbox)
    meddler = "def largest(xs):\n    import builtins\n    builtins.max = min\n    return 10 ** 6"
    (program,), _, _ = solved(poll(RIGHT, meddler, RIGHT + "\n", ALSO_RIGHT, WRONG[0]), MAX_STUB, runner)
    shown = {tuple(map(tuple, (case.args[0] for case in cases))) for _, cases in runner.ran}
    assert shown == {((1, 5, 2), (), (-1,), (3, 3, 9))}
    assert called(program, sandbox, [2, 8, 3]) == 8
    different = {program.id for program, _ in runner.ran}
    assert len(runner.ran) == 2 * len(different), "each different program twice, and no more"


def test_a_majority_that_fails_a_public_example_loses(sandbox):
    check = AssertCheck(name="example", code="assert largest([1, 5, 2]) == 5\n", remote=("largest",))
    script = poll(WRONG[0], *[WRONG[0] + "\n" * n for n in range(1, 3)], RIGHT, WRONG[1])
    (program,), _, _ = solved(script, MAX_STUB, Running(sandbox, [(([1, 5, 2],), 5)]), checks=(check,))
    assert called(program, sandbox, [2, 8, 3]) == 8
    (program,), _, _ = solved(script, MAX_STUB, Running(sandbox))
    assert called(program, sandbox, [2, 8, 3]) == 2, "without the example the majority wins"


NOTHING = "def largest(xs):\n    sorted(xs)"


def test_a_majority_that_returns_nothing_loses_against_two_that_agree_and_wins_the_published_vote(sandbox):
    script = poll(NOTHING, NOTHING + "[:]", NOTHING + "[1:]", RIGHT, ALSO_RIGHT)
    (program,), _, _ = solved(script, MAX_STUB, Running(sandbox))
    assert called(program, sandbox, [2, 8, 3]) == 8
    theirs = FunCoder(candidates=4, per_call=4, retries=2, cases=4, published=True)
    (program,), _, _ = solved(script, MAX_STUB, Running(sandbox), theirs)
    assert called(program, sandbox, [2, 8, 3]) is None


class Dicing:
    """A runner for which programs with a mark agree with each other at first, and not with themselves."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.allowed: set[float | None] = set()

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        self.ran.append(program.id)
        self.allowed.add(cpu_s)
        again = self.ran.count(program.id) - 1 if "# dice" in program.source else 7
        return tuple(
            Execution(outcome=Outcome.RETURNED, value=encode([again, place])) for place in range(len(cases))
        )

    def check(self, program: Program) -> tuple[Judgement, ...]:
        return ()


@fast
def test_candidates_that_do_not_agree_with_themselves_have_no_vote():
    dice = [f"def largest(xs):\n    return {n}  # dice" for n in range(3)]
    runner = Dicing()
    (program,), _, _ = solved(poll(*dice, RIGHT, ALSO_RIGHT), MAX_STUB, runner)
    assert "# dice" not in program.source
    assert runner.allowed == {ENOUGH_S}


def test_without_calls_of_the_model_they_are_made_by_type(sandbox):
    def script(request: Request, index: int) -> str:
        answer = poll(WRONG[0], RIGHT, ALSO_RIGHT, RIGHT, WRONG[1])(request, index)
        return "None come to mind." if "calls of" in text_of(request) else answer

    runner = Running(sandbox)
    (program,), _, _ = solved(script, MAX_STUB, runner)
    (cases,) = {repr(cases) for _, cases in runner.ran}
    assert cases.count("Case(") == SMALL.cases and "args=([" in cases
    assert called(program, sandbox, [2, 8, 3]) == 8


def test_a_whole_program_is_compared_on_texts(sandbox):
    sums = "import sys\nprint(sum(map(int, sys.stdin.read().split())))"
    other = "print(eval(input().replace(' ', '+')))"
    texts = "```\n1 2 3\n```\nand\n```\n7\n```"

    def script(request: Request, index: int) -> str:
        if "inputs for the program" in text_of(request):
            return texts
        return block(
            "print(6)" if DIVIDE in text_of(request) else [sums, other, "print(6)", sums + "\n#"][index]
        )

    (program,), _, _ = solved(
        script, "Add the numbers.", Running(sandbox), FunCoder(candidates=4, per_call=4, cases=2)
    )
    assert program.entry is None and program.source.strip() in (sums, other, sums + "\n#")


@fast
def test_the_budget_ends_the_asking_and_what_there_is_is_chosen_among():
    for calls in range(1, 8):
        programs, asked, _ = solved(three_levels, TOP, Same(), model_calls=calls)
        assert len(asked) == calls and len(programs) == 1 and "def top" in programs[0].source


@fast
def test_other_languages_are_refused():
    task = PublicTask(id="C/1", suite="c", statement="", entry="f", language="c", prefix="", public_checks=())
    ctx = Context(model=Scripted([]), runner=Same(), budget=Budget())
    with pytest.raises(UsageError, match=r"C/1 is c"):
        list(FunCoder().generate(task, ctx))


# -- the paper's claim, at small scale

PARTS = {
    "digits": (
        "return sum(map(int, str(abs(n))))",
        "return sum(map(int, str(abs(n))[1:]))",
        "return len(str(n))",
        "return n % 9",
    ),
    "prime": (
        "return n > 1 and all(n % d for d in range(2, n))",
        "return all(n % d for d in range(2, n))",
        "return n > 2 and n % 2 == 1",
        "return n > 1 and all(n % d for d in range(2, n - 1))[:0]",
    ),
}  # fmt: skip
GOOD_STUB = 'def good(n: int) -> bool:\n    """Say whether the sum of the digits of n is a prime number."""\n'
WHOLE = "def good(n):\n    return prime(digits(n))"
SHARE = 0.5
"""How often a part is written right."""


def chance(request: Request, index: int, what: str) -> int:
    """Draw a version of a part: the first, which is right, with the share above."""
    dice = int(request.key(f"{what} {index}")[:8], 16) / 0xFFFFFFFF
    return 0 if dice < SHARE else 1 + int((dice - SHARE) / (1 - SHARE) * 2.999)


def noisy(request: Request, index: int) -> str:
    name = wanted(request)
    if name.startswith("calls "):
        return "\n".join(f"{name[6:]}({n})" for n in (0, 1, 2, 7, 10, 29, 111, 98))
    if name in PARTS:
        return block(f"def {name}(n):\n    {PARTS[name][chance(request, index, name)]}")
    if DIVIDE in text_of(request):
        return block(
            WHOLE + "".join(f"\n\ndef {part}(n: int):\n    '''The {part} part.'''" for part in PARTS)
        )
    if "there already" in text_of(request):
        return block(WHOLE)
    parts = "\n".join(f"def {part}(n):\n    {PARTS[part][chance(request, index, part)]}" for part in PARTS)
    return block(f"{parts}\n{WHOLE}")


def is_right(program: Program, sandbox: Sandbox) -> bool:
    return [called(program, sandbox, n) for n in (0, 1, 2, 11, 12, 38, 49, 101)] == [
        False, False, True, True, True, True, True, True,
    ]  # fmt: skip


def test_functions_chosen_by_consensus_are_right_more_often_than_whole_answers(sandbox):
    """Parts right in half of the answers make wholes right in a quarter; voting on each part mends that."""
    method = FunCoder(candidates=10, per_call=10, cases=8, retries=1)
    ours = []
    for seed in range(4):
        (program,), _, _ = solved(noisy, GOOD_STUB, Running(sandbox), method, seed=seed)
        ours.append(is_right(program, sandbox))
    asked = (Message("user", "The answer must define `good`."),)
    alone = [noisy(Request(messages=asked, seed=seed), 0) for seed in range(20)]
    programs = [Program.from_source(text[len("```python\n") : -3], entry="good") for text in alone]
    share = sum(is_right(program, sandbox) for program in programs) / len(programs)
    assert share <= 0.4 and sum(ours) >= 3


def test_it_is_a_method_of_eval(tmp_path):
    (tmp_path / "own.jsonl").write_text(
        '{"id": "Own/1", "entry": "largest", "statement": "Return the largest; 0 for none.", '
        '"tests": "assert largest([2, 8, 3]) == 8\\nassert largest([]) == 0\\n", '
        '"public_tests": "assert largest([4]) == 4\\n"}\n'
    )
    model = Scripted(poll(WRONG[0], RIGHT, WRONG[1], ALSO_RIGHT, RIGHT + "\n#"))
    run = evaluate(str(tmp_path / "own.jsonl"), method=SMALL, model=model, output=tmp_path / "run")
    assert [str(record.verdict) for record in run.records] == ["pass"] and run.summary.usage.calls == 3
