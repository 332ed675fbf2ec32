"""`trialrun probe`: tests and cases that tell a function from its mutants, and what is told instead of written."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from trialrun import cli
from trialrun.core.errors import UsageError
from trialrun.core.task import Case
from trialrun.probing import Settings, probe
from trialrun.tasks.cases import read_cases

SOURCE = '''
class Account:
    """Money."""
    def __init__(self, owner: str, balance: int = 0):
        self.owner, self.balance = owner, balance

    def withdraw(self, amount: int) -> bool:
        if amount > self.balance or amount <= 0:
            return False
        self.balance -= amount
        return True


def share(points: int, best: int, names: list[str]) -> list[str]:
    """Say how good a result is.

    >>> share(50, 100, ["x"])
    ['x: C']
    """
    if best <= 0:
        raise ValueError("best")
    if 100 * points >= 90 * best:
        mark = "A"
    else:
        mark = "B" if 2 * points > best else "C"
    names.sort()
    return [f"{name}: {mark}" for name in names]
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "marks.py"
    path.write_text(SOURCE)
    return path


def failures(test: Path) -> int:
    """Load a file of plain tests and count those that fail; none of them may need a fixture."""
    for name in [name for name in sys.modules if name.endswith("_under_test")]:
        del sys.modules[name]
    spec = importlib.util.spec_from_file_location("written", test)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    count = 0
    for name, function in vars(module).items():
        if name.startswith("test_"):
            try:
                function()
            except BaseException:
                count += 1
    return count


@pytest.mark.parametrize("name", ["share", "Account.withdraw"])
def test_written_tests_pass_on_the_program_and_fail_on_every_mutant_killed(file, tmp_path, name, capsys):
    test = tmp_path / "tests" / "test_marks.py"
    test.parent.mkdir()
    assert cli.execute(["probe", f"{file}:{name}", "--emit-test", str(test), "--time", "20s", "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert document["killed"] > 0.9 * document["mutants"] > 15 and document["branches"]["taken"] >= 4
    text = test.read_text()
    assert "trialrun" not in text and len(document["suite"]) <= 12
    assert failures(test) == 0
    (found,) = probe(f"{file}:{name}", settings=Settings(cpu_s=20.0))
    assert found.killed == document["killed"]
    killed = [mutant for kept in found.suite for mutant in kept.kills]
    assert len(killed) == found.killed
    for mutant in killed:
        file.write_text(mutant.source)
        assert failures(test) > 0, mutant.description


def test_a_suite_may_have_a_size(file, capsys):
    command = ["probe", f"{file}:Account.withdraw", "--time", "10s", "--inputs", "200", "--json"]
    assert cli.execute([*command, "--suite", "9"]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert len(document["suite"]) == 9 and any(not one["kills"] for one in document["suite"])
    assert len({one["input"] for one in document["suite"]}) == 9
    assert cli.execute([*command, "--suite", "1"]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert len(document["suite"]) == 1 and document["suite"][0]["kills"]
    assert cli.execute([*command, "--suite", "0"]) == 2


def test_errors_become_raises_and_every_function_is_probed(file, tmp_path, capsys):
    test = tmp_path / "test_marks.py"
    assert cli.execute(["probe", str(file), "--emit-test", str(test), "--time", "10s"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("share: ") and "mutants killed by" in shown.out
    assert "tests in" in shown.err
    assert "with pytest.raises(ValueError)" in test.read_text()


def test_cases_say_what_json_can_say_and_the_rest_is_told(file, tmp_path, capsys):
    cases = tmp_path / "cases.jsonl"
    assert cli.execute(["probe", f"{file}:share", "--cases", str(cases), "--time", "10s"]) == 0
    told = capsys.readouterr().err
    read = read_cases(cases)
    assert read and all(isinstance(case, Case) and len(case.args) == 3 for case in read)
    space: dict = {}
    exec(SOURCE, space)
    for line in cases.read_text().splitlines():
        stated = json.loads(line)
        assert space["share"](*stated["args"]) == stated["expected"]
    assert "no case for" in told and "it raises ValueError" in told


def test_what_has_no_steady_or_sayable_answer_is_left_out_and_told(tmp_path, capsys):
    path = tmp_path / "odd.py"
    path.write_text(
        "import random\n\ndef f(x: int):\n"
        "    if x > 2:\n        return random.random()\n    if x < 0:\n        return (n for n in [x, object()])\n"
        "    return x + 1\n"
    )
    test = tmp_path / "test_odd.py"
    assert cli.execute(["probe", f"{path}:f", "--emit-test", str(test), "--time", "10s"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "left out (" in told and "it depends on the clock or on chance" in told
    assert failures(test) == 0 and "random" not in test.read_text()


def test_the_same_seed_gives_the_same_suite(file):
    def suite(seed):
        (found,) = probe(f"{file}:share", settings=Settings(cpu_s=60.0, inputs=300, seed=seed))
        return [kept.case for kept in found.suite], found.killed

    assert suite(1) == suite(1)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch.py"], "cannot read nosuch.py"),
        (["marks.py:shar"], "did you mean 'share'"),
        (["marks"], "neither file.py nor file.py:function"),
        (["marks.py", "--time", "soon"], "no length of time"),
        (["marks.py", "--inputs", "0"], "--inputs is 0"),
        (["empty.py"], "defines no function"),
        (["broken.py:f"], "no Python that can be read"),
    ],
)
def test_what_cannot_be_meant_is_said(file, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(file.parent)
    (file.parent / "empty.py").write_text("x = 1\n")
    (file.parent / "broken.py").write_text("def f(:\n")
    assert cli.execute(["probe", *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_file_that_does_not_load_says_why(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("import nosuch_module\ndef f(x): return x\n")
    with pytest.raises(UsageError, match="does not load in the sandbox: ModuleNotFoundError"):
        next(probe(str(path)))


def test_a_precondition_keeps_inputs_away(tmp_path, file):
    condition = tmp_path / "fine.py"
    condition.write_text("def fine(points, best, names): return best > 0 and 0 <= points <= best\n")
    (found,) = probe(f"{file}:share", assume=f"{condition}:fine", settings=Settings(cpu_s=20.0, inputs=300))
    assert found.refused["precondition"] > 0
    for kept in found.suite:
        points, best, _ = kept.case.args
        assert 0 <= points <= best > 0
