"""CodeChain: the rounds, what is kept, what stands in the next prompt, and what the published code gets wrong."""

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
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, PublicTask
from trialrun.core.values import encode
from trialrun.generate.codechain import REVISE, CodeChain
from trialrun.models.protocol import Request
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

fast = pytest.mark.fast
LIMITS = Limits(cpu_s=1.0, memory_mb=512)
STUB = (
    'def score(words: list[str]) -> int:\n    """Number of different words that read the same backwards."""\n'
)
TASK = PublicTask(
    id="Own/1", suite="own", statement=STUB, entry="score", language="python", prefix=STUB,
    public_checks=(AssertCheck(name="example", code="assert score(['aa', 'ab', 'aa']) == 1\n", remote=("score",)),),
)  # fmt: skip


class Running:
    """Runs programs in a sandbox; a program passes where it gives 1 for the example."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.checked: list[str] = []

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        return run_fresh(self.sandbox, program, cases, LIMITS).executions

    def check(self, program: Program) -> tuple[Judgement, ...]:
        self.checked.append(program.id)
        (done,) = self.run(program, [Case(args=(["aa", "ab", "aa"],))])
        return (judgement(Verdict.PASS if done.value == encode(1) else Verdict.FAIL),)


class Marked:
    """A runner for which programs pass that say so, and each does what its text says."""

    def __init__(self) -> None:
        self.allowed: set[float | None] = set()

    def run(
        self, program: Program, cases: Sequence[Case], *, cpu_s: float | None = None
    ) -> tuple[Execution, ...]:
        self.allowed.add(cpu_s)
        return tuple(Execution(outcome=Outcome.RETURNED, value=encode(program.source)) for _ in cases)

    def check(self, program: Program) -> tuple[Judgement, ...]:
        return (judgement(Verdict.PASS if "# right" in program.source else Verdict.FAIL),)


def judgement(verdict: Verdict) -> Judgement:
    return Judgement(
        check="example", verdict=verdict, outcome=Outcome.RETURNED, strength=Strength.STRONG,
        visibility=Visibility.PUBLIC, judge="test", cases=1,
    )  # fmt: skip


def chained(
    script: Callable[[Request, int], str],
    runner: object,
    method: CodeChain,
    *,
    seed: int = 0,
    **limits: float,
) -> tuple[list[Program], Sequence[Request], list[str]]:
    model, notes = Scripted(script), list[str]()
    budget = Budget(**limits)
    ctx = Context(
        model=Metered(model, budget), runner=runner, budget=budget, seed=seed, progress=notes.append
    )
    return list(method.generate(TASK, ctx)), model.requests, notes


def text_of(request: Request) -> str:
    return request.messages[-1].content


def shown(request: Request) -> list[str]:
    """Return the names of the functions that a prompt shows from earlier rounds."""
    _, there, rest = text_of(request).partition(REVISE)
    return re.findall(r"^def (\w+)", rest.partition("\n```\n\n")[0], re.MULTILINE) if there else []


def block(code: str) -> str:
    return f"```python\n{code}\n```"


BACKWARDS = "def backwards(word: str) -> bool:\n    '''A palindrome?'''\n    return word == word[::-1]"
MIRRORED = "def mirrored(w: str) -> bool:\n    '''Palindrome?'''\n    return list(w) == list(reversed(w))"
HALF = (
    "def half(word: str) -> bool:\n    '''First letter against second.'''\n    return word[:1] == word[1:2]"
)
GOOD = f"{BACKWARDS}\n\ndef score(words: list[str]) -> int:\n    return len({{w for w in words if backwards(w)}})"
GOOD_TOO = (
    f"{MIRRORED}\n\ndef score(words: list[str]) -> int:\n    return sum(mirrored(w) for w in set(words))"
)
LUCKY = f"{HALF}\n\ndef score(words: list[str]) -> int:\n    return len({{w for w in words if half(w)}})"
BAD = f"{BACKWARDS}\n\ndef score(words: list[str]) -> int:\n    return sum(map(backwards, words))"
WORSE = "def score(words: list[str]) -> int:\n    return len(words)"
SMALL = CodeChain(rounds=2, per_round=4, per_call=4, groups=3, cases=4)


@fast
def test_rounds_calls_seeds_and_groups_are_those_of_the_paper():
    def script(request: Request, index: int) -> str:
        kinds = "".join(f"def f{n}(x):\n    return {n}, x\n\n" for n in range(7))
        return block(f"{kinds}def score(words): # right\n    return {index}")

    _, asked, notes = chained(script, Marked(), CodeChain())
    assert len(asked) == 24 and all(request.n == 5 for request in asked)
    assert len({request.seed for request in asked}) == 24
    assert [len(shown(request)) for request in asked[::4]] == [0, 5, 4, 3, 2, 1]
    assert len(notes) == 6


def test_the_next_prompt_shows_functions_of_passing_programs_grouped_by_what_they_do(sandbox):
    answers = [GOOD, GOOD_TOO, LUCKY, BAD]
    method = CodeChain(rounds=2, per_round=4, per_call=4, groups=4, cases=12)
    (program,), asked, _ = chained(lambda request, index: block(answers[index]), Running(sandbox), method)
    names = sorted(shown(asked[1]))
    assert names in (["backwards", "half", "score", "score"], ["half", "mirrored", "score", "score"])
    assert len(shown(asked[2])) == 3
    assert "sum(map(" not in text_of(asked[1]), "a failing program's function is shown"
    assert program.source.strip() in (GOOD, GOOD_TOO), "most of those that pass do the same"


def test_where_nothing_passes_all_are_kept(sandbox):
    answers = [BAD, WORSE, WORSE + "\n#", "no code"]
    programs, asked, notes = chained(lambda request, index: block(answers[index]), Running(sandbox), SMALL)
    assert notes == [f"round {number}: 0 programs pass" for number in range(3)]
    assert shown(asked[1]) and len(programs) == 1


@fast
def test_a_program_that_comes_again_is_checked_and_counted_once():
    checked = []

    class Counting(Marked):
        def check(self, program):
            checked.append(program.id)
            return super().check(program)

    _, _, notes = chained(
        lambda request, index: block("def score(words): # right\n    return 1"), Counting(), SMALL
    )
    assert len(checked) == 1 and notes == [f"round {number}: 1 programs pass" for number in range(3)]


@fast
def test_a_task_that_passed_once_stays_passed():
    """The later rounds bring nothing but failing programs; the answer is still one that passes."""

    def script(request: Request, index: int) -> str:
        return block("def score(words):\n    return 1" + ("" if REVISE in text_of(request) else "  # right"))

    (program,), _, notes = chained(script, Marked(), SMALL)
    assert "# right" in program.source and notes[-1] == "round 2: 1 programs pass"


@fast
def test_what_is_compared_is_run_no_longer_than_that_is_worth():
    def script(request: Request, index: int) -> str:
        return block(f"def score(words):\n    return {index}  # right")

    runner = Marked()
    chained(script, runner, SMALL)
    assert runner.allowed == {ENOUGH_S}


@fast
def test_a_replayed_run_of_five_rounds_never_loses_a_task():
    """Whatever the rounds bring: with more of them no task that was solved is lost."""

    def script(request: Request, index: int) -> str:
        dice = int(request.key(str(index))[:4], 16) % 10
        return block(f"def score(words):\n    return {dice}" + ("  # right" if dice == 7 else ""))

    for seed in range(6):
        solved = []
        for rounds in range(6):
            method = CodeChain(rounds=rounds, per_round=2, per_call=2, cases=1)
            runs = [chained(script, Marked(), method, seed=seed) for _ in range(2)]
            assert [program.id for program in runs[0][0]] == [program.id for program in runs[1][0]]
            assert [one.key("m") for one in runs[0][1]] == [one.key("m") for one in runs[1][1]]
            solved.append("# right" in runs[0][0][0].source)
        assert solved == sorted(solved), "never from solved to unsolved"


@fast
def test_the_budget_ends_the_rounds():
    for calls in range(1, 5):
        programs, asked, _ = chained(
            lambda request, index: block(f"def score(words):\n    return {index}"),
            Marked(),
            SMALL,
            model_calls=calls,
        )
        assert len(asked) == min(calls, 3) and len(programs) == 1


@fast
def test_other_languages_are_refused():
    task = PublicTask(id="C/1", suite="c", statement="", entry="f", language="c", prefix="", public_checks=())
    with pytest.raises(UsageError, match=r"C/1 is c"):
        list(CodeChain().generate(task, Context(model=Scripted([]), runner=Marked(), budget=Budget())))


def test_programs_get_better_where_good_functions_are_shown(tmp_path):
    """The paper's claim at small scale: a model that uses what it is shown passes more often, round by round."""

    def script(request: Request, index: int) -> str:
        dice = int(request.key(str(index))[:4], 16) % 10
        if shown(request):
            return block(GOOD if dice < 7 else LUCKY)
        return block(GOOD_TOO if dice < 2 else LUCKY if dice < 5 else WORSE)

    rows = (
        '{"id": "Own/1", "entry": "score", "statement": "Count different palindromes.", '
        "\"public_tests\": \"assert score(['aa', 'ab', 'aa']) == 1\\n\", "
        "\"tests\": \"assert score(['abca', 'aba', '']) == 2\\n\"}\n"
    )
    (tmp_path / "own.jsonl").write_text(rows)
    right = []
    for rounds in (0, 2):
        for seed in range(2):
            method = CodeChain(rounds=rounds, per_round=4, per_call=4, groups=3, cases=4)
            run = evaluate(
                str(tmp_path / "own.jsonl"), method=method, model=Scripted(script), seed=seed,
                output=tmp_path / f"run{rounds}{seed}",
            )  # fmt: skip
            right.append(str(run.records[0].verdict) == "pass")
    assert sum(right[2:]) >= sum(right[:2]) and all(right[2:])
