"""QuixBugs: what is read from a checkout, and that the right programs pass where the defective ones fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, CaseCheck
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program
from trialrun.tasks import quixbugs, registry
from trialrun.tasks.datafiles import locate_checkout
from trialrun.tasks.suites import QUIXBUGS_CHECKOUT

LIMITS = Limits(cpu_s=2.0, wall_s=8.0, memory_mb=512)
GRAPHS = (
    *(
        "breadth_first_search",
        "depth_first_search",
        "detect_cycle",
        "minimum_spanning_tree",
        "reverse_linked_list",
    ),
    *("shortest_path_length", "shortest_path_lengths", "shortest_paths", "topological_ordering"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def checkout() -> Path:
    place = locate_checkout(QUIXBUGS_CHECKOUT)
    if place is None:
        pytest.skip(f"{QUIXBUGS_CHECKOUT.variable} names no checkout: {QUIXBUGS_CHECKOUT.get}")
    return place


# -- without the real one


@pytest.mark.fast
def test_what_is_missing_is_said_with_the_command_that_brings_it(monkeypatch, tmp_path):
    monkeypatch.delenv("TRIALRUN_QUIXBUGS", raising=False)
    with pytest.raises(Missing, match="names no directory") as caught:
        registry.load("quixbugs")
    assert "git clone https://github.com/jkoppel/QuixBugs" in caught.value.install
    monkeypatch.setenv("TRIALRUN_QUIXBUGS", str(tmp_path))
    with pytest.raises(Missing, match="holds no correct_python_programs"):
        registry.load("quixbugs")
    state = next(found for found in registry.available() if found.name == "quixbugs")
    assert not state.present and "git clone" in state.get


def little(root: Path) -> Path:
    """Write a checkout of two programs that we made up."""
    files = {
        "correct_python_programs/twice.py": "def twice(n):\n    return n + n\n",
        "python_programs/twice.py": "def twice(n):\n    return n * n\n\n'''\nTwice\n\nInput: a number\n'''\n",
        "python_testcases/test_twice.py": "import pytest\n",
        "json_testcases/twice.json": "[[2], 4]\n[5, 10]\n\n",
        "correct_python_programs/flatten.py": "def flatten(xs):\n    for x in xs: yield from x\n",
        "python_programs/flatten.py": "def flatten(xs):\n    for x in xs: yield x\n",
        "python_testcases/test_flatten.py": "import pytest\n",
        "json_testcases/flatten.json": "[[[[1], [2]]], [1, 2]]\n",
        "correct_python_programs/node.py": "class Node: pass\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.fast
def test_tasks_and_pairs_of_a_checkout(tmp_path):
    found = registry.load("quixbugs", path=little(tmp_path))
    flatten, twice = found.tasks
    assert (twice.id, twice.entry, twice.statement) == (
        "QuixBugs/twice",
        "twice",
        'def twice(n):\n"""\nTwice\n\nInput: a number\n"""\n',
    )
    (check,) = twice.hidden_checks
    assert isinstance(check, CaseCheck)
    assert ([case.args for case in check.cases], check.expected) == ([(2,), (5,)], (4, 10))
    assert isinstance(flatten.hidden_checks[0], AssertCheck)
    assert flatten.hidden_checks[0].code == "assert list(flatten(*[[[1], [2]]])) == [1, 2]\n"
    (_, pair) = quixbugs.pairs(tmp_path)
    assert (pair.entry, [case.args for case in pair.seeds]) == ("twice", [(2,), (5,)])
    assert "n + n" in pair.fixed and "n * n" in pair.buggy and pair.fixed_driver is None
    assert registry.load("quixbugs", path=tmp_path).sha256 == found.sha256
    (tmp_path / "python_programs" / "twice.py").write_text("def twice(n): return 3\n")
    assert registry.load("quixbugs", path=tmp_path).sha256 != found.sha256


@pytest.mark.fast
def test_a_checkout_that_is_no_such_thing(tmp_path):
    (tmp_path / "correct_python_programs").mkdir()
    with pytest.raises(UsageError, match="no program with tests"):
        registry.load("quixbugs", path=tmp_path)
    little(tmp_path)
    (tmp_path / "json_testcases" / "twice.json").write_text("[[2], 4]\n[[2]\n")
    with pytest.raises(UsageError, match="line 2"):
        registry.load("quixbugs", path=tmp_path)


# -- with the real one


@pytest.mark.data
def test_forty_programs(checkout):
    tasks = registry.load("quixbugs").tasks
    assert len(tasks) == 40
    assert all(task.statement.startswith(f"def {task.entry}(") and '"""' in task.statement for task in tasks)
    asserting = {task.entry for task in tasks if isinstance(task.hidden_checks[0], AssertCheck)}
    assert asserting == {*GRAPHS, "flatten", "kheapsort"}
    shared = {task.entry for task in tasks if getattr(task.hidden_checks[0], "same_process", None)}
    assert shared == set(GRAPHS) - {"minimum_spanning_tree", "shortest_path_lengths", "shortest_paths"}
    cases = [case for task in tasks for check in task.hidden_checks for case in getattr(check, "cases", ())]
    assert len(cases) == 242 - 2 - 7 - 4  # two slow ones, and two programs with asserts


@pytest.mark.data
def test_right_programs_return_on_every_seed(checkout, sandbox):
    for pair in quixbugs.pairs(checkout):
        calls = encode_calls(pair.entry, pair.seeds)
        program = Program.from_source(pair.fixed, entry=pair.entry)
        executions = list(run_cases(sandbox, program, calls, LIMITS))
        assert {execution.outcome for execution in executions} == {Outcome.RETURNED}, pair.name
        compile(pair.buggy, pair.name, "exec")
        assert pair.entry in pair.buggy


@pytest.mark.data
def test_drivers_of_the_graph_programs_print_what_differs(checkout, sandbox):
    driven = [pair for pair in quixbugs.pairs(checkout) if pair.fixed_driver is not None]
    assert sorted(pair.name for pair in driven) == sorted(GRAPHS)
    for pair in driven:
        fixed, buggy = (
            run_program(sandbox, Program.from_source(source or ""), LIMITS)
            for source in (pair.fixed_driver, pair.buggy_driver)
        )
        assert fixed.outcome is Outcome.RETURNED and fixed.stdout, (pair.name, fixed)
        assert (buggy.outcome, buggy.stdout) != (fixed.outcome, fixed.stdout), pair.name
