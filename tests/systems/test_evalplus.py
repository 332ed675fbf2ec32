"""EvalPlus (arXiv:2305.01210): own solutions pass both checks; what its grader gets wrong is right here.

The defects themselves are shown with the peer's code by `python -m bench.audits`; the whole sets by `bench.load`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trialrun.cli import execute
from trialrun.core.errors import Missing
from trialrun.core.judgement import Strength, Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.flow import evaluate
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache
from trialrun.tasks import registry
from trialrun.verify.tests import Judge, Rules

Verdicts = Callable[..., Verdict]


@pytest.fixture
def verdict(sandbox: Sandbox, tmp_path: Path) -> Verdicts:
    def judge(
        source: str, inputs: list[Any], expected: Any, *, comparator: str = "upstream", **check: Any
    ) -> Verdict:
        """Judge a function `f` on plain cases; `expected` is a list of values, or a reference's source."""
        values = {} if isinstance(expected, str) else {"expected": tuple(expected)}
        cases = CaseCheck(
            name="base", cases=tuple(Case(args=(value,)) for value in inputs), **values, **check
        )
        reference = expected if isinstance(expected, str) else None
        task = Task(id="T/0", suite="t", statement="", entry="f", hidden_checks=(cases,), reference=reference)
        judged = Judge(sandbox, Rules(comparator=comparator), BlobCache(tmp_path)).judge(
            task, Program.from_source(source, entry="f")
        )
        return judged[0].verdict

    return judge


def subset(name: str, ids: tuple[str, ...], path: Path) -> list[tuple[str, Verdict]]:
    try:
        registry.load(name)
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])
    run = evaluate(name, method="reference", task=ids, output=path)
    return [(record.task_id, record.verdict) for record in run.records]


@pytest.mark.data
def test_own_solutions_pass_humaneval_plus(tmp_path: Path) -> None:
    ids = tuple(f"HumanEval/{number}" for number in range(0, 164, 16))
    assert subset("humaneval+", ids, tmp_path / "run") == [(task, Verdict.PASS) for task in ids]


@pytest.mark.data
def test_own_solutions_pass_mbpp_plus_with_restored_inputs_and_special_oracles(tmp_path: Path) -> None:
    restored = (
        "Mbpp/2",
        "Mbpp/63",
        "Mbpp/75",
        "Mbpp/106",
        "Mbpp/124",
        "Mbpp/252",
        "Mbpp/278",
        "Mbpp/580",
        "Mbpp/722",
    )
    special = ("Mbpp/558", "Mbpp/579", "Mbpp/581", "Mbpp/737", "Mbpp/769", "Mbpp/787", "Mbpp/793")
    ids = tuple(sorted(restored + special, key=lambda name: int(name[5:])))
    assert subset("mbpp+", ids, tmp_path / "run") == [(task, Verdict.PASS) for task in ids]


@pytest.mark.data
def test_find_zero_passes(tmp_path: Path) -> None:
    assert subset("humaneval+", ("HumanEval/32",), tmp_path / "run") == [("HumanEval/32", Verdict.PASS)]


@pytest.mark.data
def test_a_row_without_plus_inputs_is_decided_by_its_base_inputs(tmp_path: Path) -> None:
    subset("mbpp+", ("Mbpp/793",), tmp_path / "own")
    samples = tmp_path / "samples.jsonl"
    samples.write_text(
        '{"task_id": "Mbpp/793", "solution": "def last(arr, x):\\n    return -5\\n"}\n', "utf-8"
    )
    run = evaluate("mbpp+", samples=samples, task=("Mbpp/793",), output=tmp_path / "wrong")
    assert [record.verdict for record in run.records] == [Verdict.FAIL]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["float first", "float last"])
def test_tolerance_does_not_leak_from_one_input_to_the_next(
    verdict: Verdicts, order: tuple[int, int]
) -> None:
    expected = [[0.5, 10**9][i] for i in order]
    assert verdict("def f(i): return [0.5, 10**9 + 50][i]", list(order), expected) is Verdict.FAIL
    assert verdict("def f(i): return [0.5 + 1e-9, 10**9][i]", list(order), expected) is Verdict.PASS


@pytest.mark.parametrize("answer", ["1", "1.0", "True"])
def test_upstream_equality_takes_1_for_true_and_strict_does_not(verdict: Verdicts, answer: str) -> None:
    source = f"def f(x): return {answer}"
    assert verdict(source, [0], [1]) is Verdict.PASS
    strict = verdict(source, [0], [1], comparator="strict")
    assert strict is (Verdict.PASS if answer == "1" else Verdict.FAIL)


def test_the_reference_never_sees_an_input_that_the_candidate_changed(verdict: Verdicts) -> None:
    reference = "def f(xs): return len(xs)"
    changing = "def f(xs):\n    n = len(xs)\n    xs.clear()\n    return n\n"
    shared = [1, 2, 3]
    assert verdict(changing, [shared, shared], reference) is Verdict.PASS
    assert shared == [1, 2, 3]


def test_an_oracle_that_accepts_any_answer_is_weak(sandbox: Sandbox, tmp_path: Path) -> None:
    check = CaseCheck(name="base", cases=(Case(args=(1, 2)),), expected=(True,), oracle="any-answer")
    task = Task(id="Mbpp/164", suite="mbpp+", statement="", entry="f", hidden_checks=(check,))
    program = Program.from_source("def f(a, b): return 'anything'", entry="f")
    judgement = Judge(sandbox, Rules(), BlobCache(tmp_path)).judge(task, program)[0]
    assert (judgement.verdict, judgement.strength) == (Verdict.PASS, Strength.WEAK)


@pytest.mark.parametrize("limit", ["soon", "-1", "nan"])
def test_a_time_limit_given_as_text_is_parsed_or_refused_at_once(limit: str, tmp_path: Path) -> None:
    command = ["eval", "starter", "--method", "reference", "--output", str(tmp_path / "run")]
    assert execute([*command, f"--cpu-limit={limit}"]) == 2
    assert execute([*command, "--cpu-limit=5", "--limit=1"]) == 0
