"""`trialrun.run` and the command: programs × cases, as they come; `eval` with cases apart and shuffled."""

import json
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import trialrun
from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.parse_values import render
from trialrun.core.task import Case

ADD = "def f(x):\n    return x + 1\n"
COUNT = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "add.py").write_text(ADD)
    (tmp_path / "count.py").write_text(COUNT)
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps({"args": [n]}) + "\n" for n in (5, 6, 7)))
    return tmp_path


def values_of(cells):
    return [(cell.program, cell.case, render(cell.execution.value)) for cell in cells]


def test_the_function_is_found_again_and_again(place):
    assert trialrun.run("add.py", call="f(1)").outcome is Outcome.RETURNED
    assert render(trialrun.run("add.py", call="f(1)").value) == "2"
    from trialrun import run

    assert values_of(run(["count.py"], cases=[Case(args=(1,))], entry="f")) == [(0, 0, "1")]
    from trialrun.run.batch import run_cases  # the package is where it was

    assert callable(run_cases)


def test_several_programs_on_a_file_of_cases(place):
    paths = ["add.py", place / "count.py"]
    cells = values_of(trialrun.run(paths, cases="cases.jsonl", entry="f"))
    assert cells == [(0, 0, "6"), (0, 1, "7"), (0, 2, "8"), (1, 0, "1"), (1, 1, "2"), (1, 2, "3")]
    apart = values_of(trialrun.run(paths, cases="cases.jsonl", entry="f", isolate="case"))
    assert apart[3:] == [(1, 0, "1"), (1, 1, "1"), (1, 2, "1")]


@pytest.mark.parametrize(
    ("paths", "how", "message"),
    [
        (["add.py"], {}, "need cases"),
        ("add.py", {"isolate": "case"}, "need cases"),
        (["add.py"], {"cases": [Case(args=(1,))]}, "say of what"),
        (["add.py"], {"cases": [Case(stdin="1")], "entry": "f"}, "are not called"),
        (["add.py"], {"cases": [Case(args=(1,))], "call": "f(1)"}, "part of the cases"),
        (["add.py"], {"cases": [Case(files=(("../x", b""),))]}, r"has a part '\.\.'"),
        (["absent.py"], {"cases": [Case(args=(1,))], "entry": "f"}, "cannot read absent.py"),
        (["add.py"], {"cases": "absent.jsonl", "entry": "f"}, "cannot read absent.jsonl"),
        (["add.py"], {"cases": [Case(args=(1,))], "entry": "f", "workers": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_meant_is_said_at_once(place, paths, how, message):
    with pytest.raises(UsageError, match=message):
        trialrun.run(paths, **how)


def test_lines_of_json(place, capsys):
    assert execute(["run", "add.py", "count.py", "--entry", "f", "--cases", "cases.jsonl", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["program"], line["case"], line["value"]) for line in lines] == [
        ("add.py", 0, "6"), ("add.py", 1, "7"), ("add.py", 2, "8"),
        ("count.py", 0, "1"), ("count.py", 1, "2"), ("count.py", 2, "3"),
    ]  # fmt: skip


def test_orders_and_isolation(place, capsys):
    asked = ["run", "count.py", "--entry", "f", "--cases", "cases.jsonl"]
    assert execute([*asked, "--isolate", "case", "--shuffle", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == [f"count.py · {n} · returned 1" for n in range(3)] != lines
    (place / "bad.py").write_text("def f(x): return [][x - 5] if x == 7 else x")
    assert execute(["run", "bad.py", "bad.py", *asked[2:], "--fail-fast"]) == 1
    ends = [line.split(" · ")[1] for line in capsys.readouterr().out.splitlines()]
    assert ends == ["0", "1", "2", "2"]
    assert execute([*asked, "--fail-fast", "--shuffle", "1"]) == 2
    assert execute(["run", "add.py", "count.py"]) == 2
    assert execute(["run", "add.py", "--isolate", "case"]) == 2


def test_scripts_with_arguments_and_files(place, capsys):
    (place / "script.py").write_text(
        "import sys\nprint(input() + sys.argv[1])\nopen('t', 'w').write('é')\nopen('b', 'wb').write(b'\\xff')\n"
        "assert open('in').read() == '1'\n"
    )
    (place / "runs.jsonl").write_text('{"stdin": "a", "argv": ["b"], "files": {"in": "1"}}\n')
    assert execute(["run", "script.py", "--cases", "runs.jsonl", "--files", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["stdout"] == "ab\n" and found["files"] == {"b": {"base64": "/w=="}, "t": "é"}


def test_an_interrupt_leaves_no_process(place):
    (place / "hang.py").write_text("import time\ndef f(x):\n    if x > 5: time.sleep(600)\n    return x\n")
    command = [sys.executable, "-m", "trialrun", "run", "hang.py", "hang.py", "--workers", "2"]
    script = "import sys; from trialrun.cli import main; sys.argv[0] = 'trialrun'; main()"
    command[1:3] = ["-c", script]
    process = subprocess.Popen(
        [*command, "--entry", "f", "--cases", "cases.jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert b"returned 5" in process.stdout.readline()
    below = children_of(process.pid)
    assert below
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors == b"error: interrupted\n"
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]


def children_of(pid):
    return [
        int(child)
        for place in Path(f"/proc/{pid}/task").iterdir()
        for child in (place / "children").read_text().split()
    ]


TASK = {
    "id": "next",
    "entry": "f",
    "statement": "",
    "cases": [{"args": [n], "expected": n + 1} for n in range(5)],
}


def test_eval_sees_state_between_cases_where_each_has_its_own_job(place, capsys):
    (place / "tasks.jsonl").write_text(json.dumps(TASK))
    solution = "answers = iter(range(1, 6))\ndef f(x):\n    return next(answers)\n"
    (place / "samples.jsonl").write_text(json.dumps({"task_id": "next", "solution": solution}))
    verdicts = {}
    for name, flags in {
        "together": [],
        "apart": ["--isolate", "case"],
        "shuffled": ["--shuffle", "1"],
    }.items():
        asked = [
            "eval",
            "tasks.jsonl",
            "--samples",
            "samples.jsonl",
            "--output",
            name,
            "--no-report",
            "--json",
        ]
        assert execute([*asked, *flags]) == 0
        capsys.readouterr()
        (record,) = (json.loads(line) for line in (place / name / "records.jsonl").read_text().splitlines())
        verdicts[name] = record["verdict"]
    assert verdicts == {"together": "pass", "apart": "fail", "shuffled": "fail"}
    recorded = [tomllib.loads((place / name / "config.toml").read_text())["verdict"] for name in verdicts]
    assert [(found["isolate"], found["shuffle"]) for found in recorded] == [
        ("program", ""), ("case", ""), ("program", "1"),
    ]  # fmt: skip
    resumed = ["eval", "tasks.jsonl", "--samples", "samples.jsonl", "--output", "apart", "--resume", "--json"]
    assert execute([*resumed, "--no-report"]) == 2, "another isolation is another run"


def test_eval_of_whole_programs(place, capsys):
    cases = [{"stdin": "2\n", "expected": {"stdout": "4"}}, {"stdin": "3\n", "expected": {"stdout": "6"}}]
    task = {"id": "double", "statement": "", "cases": cases, "reference": "print(2 * int(input()))"}
    (place / "tasks.jsonl").write_text(json.dumps(task))
    assert execute(["eval", "tasks.jsonl", "--method", "reference", "--json", "--no-report"]) == 0
    assert json.loads(capsys.readouterr().out)["pass@1"] == 1.0
