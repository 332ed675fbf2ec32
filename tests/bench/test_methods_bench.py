"""The benchmarks of methods and of self-invoking tasks count what is there, finished or not."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
from bench.first_passing import FirstPassing
from bench.methods import VANILLA, OutOfTime, _beside, counted, method_of, scripted, work
from bench.self_invoking import planted, summed

from trialrun.core.task import AssertCheck, Task
from trialrun.models.protocol import Message, ModelError, Request
from trialrun.observe.edges import no_edges
from trialrun.verify.dependence import Proof

OPTIONS = {"model": "scripted", "right": 0.5, "tokens": 2000, "answer": 128, "samples": 3, "limit": 2}


def ran(
    output: Path, id: str, capsys: pytest.CaptureFixture[str], until: float = float("inf")
) -> dict[str, object]:
    assert work(Namespace(**OPTIONS, work=[id, "starter"], output=output, until=until)) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_that_was_stopped_goes_on_and_counts_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = ran(tmp_path / "whole", VANILLA, capsys)
    assert whole["tasks"] == 2 and whole["samples"] == 6 and whole["calls"] == 2 and whole["tokens"] > 0
    stopped = ran(tmp_path / "run", VANILLA, capsys, until=0.0)
    assert stopped["tasks"] == 0 and "run it again" in str(stopped["stopped"])
    again = ran(tmp_path / "run", VANILLA, capsys)
    assert {k: v for k, v in again.items() if k != "wall_s"} == {
        k: v for k, v in whole.items() if k != "wall_s"
    }
    assert counted(tmp_path / "run", "")["correct"] == whole["correct"]


@pytest.mark.fast
def test_equal_tokens_are_counted_by_what_a_vanilla_sample_costs() -> None:
    vanilla = {"tokens": 1000, "samples": 20, "correct": [[10, 5], [10, 0]]}
    row = {"tokens": 800, "tasks": 2}
    _beside(row, vanilla)
    assert (row["equal_tokens_k"], row["vanilla_k"], row["vanilla_pass_at_1"]) == (8.0, 8, 0.25)
    assert row["vanilla_pass_at_k"] == 0.5
    _beside(empty := {"tokens": 0, "tasks": 0}, vanilla)
    assert "vanilla_k" not in empty


@pytest.mark.fast
def test_the_scripted_model_is_right_as_often_as_asked() -> None:
    asked = [
        Request(messages=(Message("user", "def double(x): write it"),), seed=seed) for seed in range(200)
    ]
    for right, low, high in ((0.0, 0, 0), (1.0, 200, 200), (0.5, 70, 130)):
        model = scripted("starter", right)
        texts = [model.complete(request).texts[0] for request in asked]
        assert (
            low <= sum(text == scripted("starter", 1.0).complete(asked[0]).texts[0] for text in texts) <= high
        )


@pytest.mark.fast
def test_methods_keep_their_defaults_but_for_the_length_of_an_answer() -> None:
    assert method_of(VANILLA, 64, 5).n == 5 and method_of("generate/funcoder", 64, 5).max_tokens == 64
    assert isinstance(method_of("generate/first_passing", 64, 5), FirstPassing)
    with pytest.raises(ModelError, match="run it again"):
        OutOfTime(scripted("starter", 1.0), 0.0).complete(Request(prompt="x"))


@pytest.mark.fast
def test_planted_cheats_pass_the_asserts_and_hold_no_use_of_the_base() -> None:
    given = "def base(n):\n    return n + 1\n\n\n"
    new = "def each_base(items):\n    return [base(item) for item in items]\n"
    tests = "assert each_base([1]) == [2]\nassert each_base([2, 3]) == [3, 4]\n"
    check = AssertCheck(name="tests", code=tests, remote=("each_base",))
    task = Task(
        id="t",
        suite="s",
        statement="",
        entry="each_base",
        prefix=given + "def each_base(items):\n",
        hidden_checks=(check,),
        reference=given + new,
    )
    for name, source in planted(task, "base").items():
        space: dict[str, object] = {}
        exec(source, space)
        exec(tests, space)
        exec("base = None", space)  # a cheat works without it, or has it only to throw its results away
        exec(tests, space)
        assert name in ("written again", "ignored", "constant")


@pytest.mark.fast
def test_proofs_are_summed() -> None:
    edges = no_edges(3)
    called = type(edges)(cases=3, reached=3, count=3, arguments=(), paths=1)
    found = summed(
        {
            "a": Proof(calls=edges),
            "b": Proof(calls=called, killed=3, alive=("line 1",)),
            "c": Proof(calls=called, alive=("line 1",)),
            "d": Proof(calls=edges, fault="why"),
        }
    )
    assert found["breaking_the_base_breaks_the_task"] == 1 and found["never_call_the_base"] == ["a"]
    assert found["nothing_notices_a_broken_base"] == ["c"] and found["unproven"] == {"d": "why"}
    assert (found["noticed"], found["mutants_that_differ"]) == (3, 5)
