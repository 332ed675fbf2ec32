"""Honest programs that look suspicious: no false alarm, beside hostile ones or not."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from tests.attacks.honest import HONEST, PROGRAMS, STDIN, Honest
from tests.attacks.judging import WIDE, judge, run_whole

from trialrun.run.sandbox import Sandbox

EVERY = int(os.environ.get("TRIALRUN_HONEST_EVERY", "1"))
"""Every so many-th honest program is judged: those of an ordinary user are a third; `bench/attacks.py` takes all."""


@pytest.mark.parametrize("program", HONEST[::EVERY], ids=lambda program: program.name)
def test_honest(program: Honest, sandbox: Sandbox) -> None:
    for task in program.tasks():
        result = judge(sandbox, task, program.source, WIDE)
        assert result.accepted, (task.id, result)


@pytest.mark.parametrize("program", HONEST[::EVERY], ids=lambda program: program.name)
def test_honest_as_a_whole_program(program: Honest, sandbox: Sandbox) -> None:
    plain = plainly(program.program())
    if plain.status != 0:
        pytest.skip("ends early when it is run as a program")
    limits = replace(WIDE, output_kb=8192)
    result = run_whole(sandbox, program.program(), plain.stdout.strip(), limits)
    assert result.accepted, result


@pytest.mark.parametrize(("name", "source", "prints"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_whole_program(name: str, source: str, prints: str, sandbox: Sandbox) -> None:
    result = run_whole(sandbox, source, prints, WIDE)
    assert result.accepted, result


@dataclass(frozen=True, slots=True)
class Plain:
    """What a plain interpreter made of a program."""

    status: int
    stdout: str
    stderr: str


_AS_MODULE = """
import sys, types
scope = types.ModuleType("solution")
sys.modules["solution"] = scope
sources = open(sys.argv.pop(1), newline="").read().split("\\x1e")
for source in sources: exec(compile(source, "solution.py", "exec", dont_inherit=True), scope.__dict__)
"""


@cache
def plainly(*sources: str) -> Plain:
    """Run one source as a script, or several one after the other in a module `solution`, without any judge."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "solution.py"
        file.write_text("\x1e".join(sources), encoding="utf-8", newline="")
        done = subprocess.run(
            [sys.executable, *(["-c", _AS_MODULE] if len(sources) > 1 else []), str(file)],
            input=STDIN,
            env={**os.environ, "TZ": "UTC", "PYTHONUTF8": "1"},
            cwd=directory,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    return Plain(done.returncode, done.stdout, done.stderr[-500:])


def test_a_plain_interpreter_agrees() -> None:
    """The expectations are Python's own: program and test in one process, without any judge."""
    with ThreadPoolExecutor(4) as pool:
        done = pool.map(lambda program: (program.name, plainly(program.source, program.test)), HONEST)
        wrong = {name: plain.stderr for name, plain in done if plain.status != 0}
        assert not wrong
        scripts = list(pool.map(lambda program: (program, plainly(program[1])), PROGRAMS))
    for (name, _, prints), plain in scripts:
        assert (plain.status, plain.stdout.strip()) == (0, prints), (name, plain)


def test_there_are_enough() -> None:
    assert len(HONEST) + len(PROGRAMS) >= 300
    assert len({program.name for program in HONEST}) == len(HONEST)
    assert len({name for name, _, _ in PROGRAMS}) == len(PROGRAMS)
    assert len({program.source for program in HONEST}) == len(HONEST)
