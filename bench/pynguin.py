"""Pynguin as a peer: tests that it makes for a module, and which other versions of that module they tell apart.

Pynguin is never a dependency. It runs in an environment of its own, outside the repository, and measures its search in
seconds of wall time; what its process tree used is read from the kernel. Its tests run against each version in a fork
with a limit on CPU time: a test that holds on the original and fails on another version kills it.

Leaves out: isolation beyond limits on memory and CPU time. Give it modules that are the benchmark's own, or that do
nothing but compute.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measuring import Usage, measure
from bench.peers import named_python

VARIABLE = "PYNGUIN_PYTHON"
INSTALL = """\
uv venv --python 3.13 /tmp/pynguin
uv pip install --python /tmp/pynguin/bin/python pynguin==0.48.0
export PYNGUIN_PYTHON=/tmp/pynguin/bin/python"""
MODULE = "under_test"
_MEMORY = 4 << 30
"""Bytes of address space that Pynguin may use."""

_RUNS_TESTS = '''
import json, os, resource, signal, sys, types
given = json.load(sys.stdin)

def held(source, tests):
    """Names of the tests that hold against one version."""
    module = types.ModuleType(given["module"])
    sys.modules[given["module"]] = module
    exec(compile(source, "under_test.py", "exec"), module.__dict__)
    names = {"__name__": "tests"}
    exec(compile(tests, "tests.py", "exec"), names)
    kept = []
    for name, test in list(names.items()):
        if not name.startswith("test_") or not callable(test):
            continue
        raises = any(mark.name == "xfail" for mark in getattr(test, "pytestmark", ()))
        signal.setitimer(signal.ITIMER_REAL, given["each_s"])
        try:
            test()
            if not raises:
                kept.append(name)
        except Late:
            pass
        except BaseException:
            if raises:
                kept.append(name)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return kept

class Late(BaseException):
    pass

def late(*_):
    raise Late

signal.signal(signal.SIGALRM, late)
for source in given["sources"]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        sys.stdout = sys.stderr = open(os.devnull, "w")
        try:
            told = held(source, given["tests"])
        except BaseException:
            told = []
        with open(write, "w") as out:
            json.dump(told, out)
        os._exit(0)
    os.close(write)
    with open(read) as told:
        text = told.read()
    os.waitpid(pid, 0)
    print(text or "[]")
'''


def python(given: str | None = None) -> str:
    """Return the interpreter that has pynguin 0.48. Raises `Missing` with the lines that make one."""
    return named_python("pynguin 0.48", VARIABLE, INSTALL, given)


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests that Pynguin made."""

    tests: str
    """Source; empty where it made none."""
    usage: Usage


def make_tests(interpreter: str, source: str, folder: Path, *, cpu_s: float, seed: int) -> Suite:
    """Let Pynguin make tests in at least so much CPU time, start-up included; return them and what that took.

    Its limit is on wall time: where the machine is busy and it got less CPU time, it starts again with a longer one.
    """
    search_s = max(1, round(cpu_s))
    for attempt in range(4):
        suite = _made(interpreter, source, folder / str(attempt), search_s, seed)
        if suite.usage.cpu_s >= cpu_s or suite.usage.status != 0:
            break
        search_s *= 2
    return suite


def _made(interpreter: str, source: str, folder: Path, search_s: int, seed: int) -> Suite:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{MODULE}.py").write_text(source, "utf-8")
    out = folder / "tests"
    command: list[str | Path] = ["prlimit", f"--as={_MEMORY}", interpreter, "-m", "pynguin"]
    command += ["--project-path", folder, "--module-name", MODULE]
    command += ["--output-path", out, "--maximum-search-time", str(search_s), "--seed", str(seed)]
    command += ["--assertion-generation", "SIMPLE", "--no-rich"]
    env = {"PYNGUIN_DANGER_AWARE": "1", "PYTHONHASHSEED": "0"}
    try:
        usage = measure(command, env=env, cwd=folder, timeout_s=20 * search_s + 60)
    except TimeoutError:
        usage = Usage(cpu_s=0.0, own_s=0.0, wall_s=20 * search_s + 60, status=-9, output="it did not end")
    made = out / f"test_{MODULE}.py"
    return Suite(made.read_text("utf-8") if made.exists() else "", usage)


def killed(
    interpreter: str, suite: str, original: str, others: Sequence[str], *, each_s: float = 1.0
) -> list[bool]:
    """Say of each other version whether a test that holds on the original fails on it."""
    if not suite:
        return [False] * len(others)
    given = {"module": MODULE, "tests": suite, "sources": [original, *others], "each_s": each_s}
    done = subprocess.run(
        [interpreter, "-c", _RUNS_TESTS],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        timeout=60 * (len(others) + 1),
    )
    first, *rest = [set(json.loads(line)) for line in done.stdout.splitlines()]
    return [not first <= held for held in rest]
