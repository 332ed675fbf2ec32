"""Honest programs that look suspicious: no false alarm, beside hostile ones or not."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.attacks.honest import HONEST, PROGRAMS, Honest
from tests.attacks.judging import WIDE, judge, run_whole

from trialrun.core.task import AssertCheck
from trialrun.run.sandbox import Sandbox


@pytest.mark.parametrize("program", HONEST, ids=lambda program: program.name)
def test_honest(program: Honest, sandbox: Sandbox) -> None:
    for task in program.tasks():
        result = judge(sandbox, task, program.source, WIDE)
        assert result.accepted, (task.id, result)


@pytest.mark.parametrize(("name", "source", "prints"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_whole_program(name: str, source: str, prints: str, sandbox: Sandbox) -> None:
    result = run_whole(sandbox, source, prints, WIDE)
    assert result.accepted, result


def test_a_plain_interpreter_agrees() -> None:
    """The expectations are Python's own: program and test in one process, without any judge."""
    with ThreadPoolExecutor(4) as pool:
        for name, error in pool.map(_plainly, HONEST):
            assert not error, (name, error)


def _plainly(program: Honest) -> tuple[str, str]:
    check = program.tasks()[0].hidden_checks[0]
    assert isinstance(check, AssertCheck)
    code = (
        "import sys, types\nscope = types.ModuleType('solution')\nsys.modules['solution'] = scope\n"
        "sources = sys.stdin.read().split('\\f')\n"
        "for source in sources: exec(compile(source, 's', 'exec', dont_inherit=True), scope.__dict__)\n"
    )
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=f"{program.source}\f{check.code}",
            env={**os.environ, "TZ": "UTC", "PYTHONUTF8": "1"},
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    return program.name, "" if done.returncode == 0 else done.stderr[-500:]


def test_there_are_enough() -> None:
    assert len(HONEST) + len(PROGRAMS) >= 60
    assert len({program.name for program in HONEST}) == len(HONEST)
