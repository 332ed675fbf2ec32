"""LDB's files: visible tests are public, hidden ones are not; seeds and runs are read with bounds."""

import gzip
import json

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.lang.known_cases import known_cases
from trialrun.tasks import datafiles
from trialrun.tasks.ldb import load_runs, load_seeds, tasks
from trialrun.tasks.suites import SUITES

ROW = {
    "task_id": "HumanEval/10",
    "prompt": "def one(x):\n",
    "entry_point": "one",
    "canonical_solution": "    return 1\n",
    "test": "def check(candidate):\n    assert candidate(21) == 1\n",
    "given_tests": ["assert one(2) == 1", "assert one([]) is None"],
}
SEED = {"task_id": "HumanEval/10", "entry_point": "one", "solution": "def one(x): ...", "is_solved": False}
RUN = {
    "task_id": "HumanEval/10",
    "entry_point": "one",
    "seed": "a",
    "implementations": ["a", "b"],
    "is_passing": True,
    "is_solved": True,
    "debug_iter": 1,
}


def put(path, rows):
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


@pytest.mark.fast
def test_visible_asserts_are_public_and_the_hidden_test_is_not():
    (first, second) = tasks([ROW, {**ROW, "task_id": "HumanEval/9"}], SUITES["humaneval-ldb"])
    assert (first.id, second.id) == ("HumanEval/9", "HumanEval/10")
    public = first.public()
    assert [check.code for check in public.public_checks] == [f"{test}\n" for test in ROW["given_tests"]]
    assert len({check.name for check in public.public_checks}) == 2
    assert [pair.args for pair in known_cases(public.public_checks)] == [(2,), ([],)]
    assert "21" not in repr(public) and "21" in first.hidden_checks[0].code


@pytest.mark.fast
def test_seeds_and_runs_are_read_in_order(tmp_path):
    place = put(tmp_path / "s", [SEED, {**SEED, "task_id": "HumanEval/9"}])
    assert [seed.task_id for seed in load_seeds(place)] == ["HumanEval/9", "HumanEval/10"]
    (run,) = load_runs(put(tmp_path / "r", [{**RUN, "more": 1}]))
    assert run.programs == ("a", "b") and run.debug_iter == 1


@pytest.mark.fast
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**RUN, "implementations": []}, "line 2: not a StoredRun"),
        ({**RUN, "implementations": ["x" * ((1 << 20) + 1)]}, "line 2: not a StoredRun"),
        ({**RUN, "implementations": "text"}, "line 2: not a StoredRun"),
        ({"task_id": "HumanEval/1"}, "line 2: not a StoredRun"),
        (RUN, "line 2: a second row of 'HumanEval/10'"),
    ],
)
def test_rows_of_another_form_are_refused_with_their_line(tmp_path, row, message):
    with pytest.raises(UsageError, match=message):
        load_runs(put(tmp_path / "r", [RUN, row]))


@pytest.mark.fast
@pytest.mark.parametrize("read", [load_seeds, load_runs])
def test_absent_data_says_where_it_belongs(read, tmp_path, monkeypatch):
    monkeypatch.setenv(datafiles.ENVIRONMENT, str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(Missing, match="humaneval-ldb") as caught:
        read()
    assert "ldb/humaneval_gpt35" in caught.value.install


@pytest.mark.data
def test_the_published_files_fit_each_other(load):
    made = {task.id: task for task in load("humaneval-ldb").tasks}
    seeds, runs = load_seeds(), load_runs()
    assert [seed.task_id for seed in seeds] == [run.task_id for run in runs] == list(made)
    assert sum(seed.is_solved for seed in seeds) == 121 and sum(run.is_solved for run in runs) == 136
    for seed, run in zip(seeds, runs, strict=True):
        assert seed.source == run.seed and len(run.programs) == max(1, run.debug_iter + 1)
        assert seed.entry_point == run.entry_point == made[seed.task_id].entry
    assert sum(len(task.public_checks) for task in made.values()) == 460
    assert sum(bool(known_cases(task.public_checks)) for task in made.values()) > 150
