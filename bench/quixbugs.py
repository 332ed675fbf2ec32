"""QuixBugs: the defect of each of 40 programs shown by an input, beside Hypothesis, CrossHair and Pynguin.

    TRIALRUN_QUIXBUGS=… python -m bench.quixbugs [--cpu 5] [--only gcd --only sieve] [--without pynguin]

Each tool gets the right and the defective program and the same CPU seconds to search in, for each pair; what it takes
to start is not counted against it. trialrun, Hypothesis and CrossHair also get one sample input, the first of the
program's tests on which both agree (or, where they agree on none, the first): trialrun as a seed, the others for its
types, which the sources do not state. Pynguin, whose limit is on the clock, gets three times as many seconds; it makes
regression tests for the right program, which then run on the defective one.

A difference is `strict` where both end and return otherwise, `crash` where only one of them ends, or they raise
otherwise; `representation` where the values are equal but of other types. *Tries*: inputs that both ran on (tests, for
Pynguin).

Peers run in environments made for this and thrown away (`uv`); CrossHair in the one that trialrun makes for itself, in
the sandbox. Leaves out: whether an input is one that the program is meant for; the other tools' inputs are any of a
type.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, measure, store
from bench.peers import made_python
from trialrun.compare.crosshair import CrossHair
from trialrun.compare.differential import SEARCH, Differential
from trialrun.compare.outcomes import Rules
from trialrun.compare.pair import Pair as Sides
from trialrun.comparing import symbolic_sandbox
from trialrun.core.errors import Missing
from trialrun.core.values import encode
from trialrun.lang.drivers import function_subject
from trialrun.lang.subject import Subject
from trialrun.probe.proposer import Seed
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.datafiles import find_checkout
from trialrun.tasks.quixbugs import Pair, pairs
from trialrun.tasks.suites import QUIXBUGS_CHECKOUT

TOOLS = ("trialrun", "hypothesis", "crosshair", "pynguin")
PINS = {"hypothesis": "hypothesis==6.170.15", "pynguin": "pynguin==0.48.0"}
_RULES = Rules()

HYPOTHESIS = """
import base64, copy, json, os, random, signal, sys, time, types
from hypothesis import HealthCheck, Phase, find, settings, strategies as st
from trialrun.core.parse_values import decode
given = json.load(open(sys.argv[1]))
sample = decode(base64.b64decode(given["sample"]))[0][0]
began = time.process_time()
state = {"tries": 0, "kind": ""}

def load(source):
    module = types.ModuleType("target")
    exec(source, module.__dict__)
    return module.__dict__[given["entry"]]

fixed, buggy = load(given["fixed"]), load(given["buggy"])

def of(examples):
    kinds = {}
    for value in examples:
        kinds.setdefault(type(value), []).append(value)
    return st.one_of([of_kind(kind, some) for kind, some in kinds.items()]) if kinds else st.integers()

def of_kind(kind, some):
    if kind in ATOMS:
        return ATOMS[kind]
    inner = [item for value in some for item in value]
    if kind is tuple and len({len(value) for value in some}) == 1:
        return st.tuples(*[of(column) for column in zip(*some)])
    if kind is dict:
        return st.dictionaries(of(inner), of([item for value in some for item in value.values()]))
    if kind in (set, frozenset):
        return (st.sets if kind is set else st.frozensets)(of(inner))
    return st.lists(of(inner)) if kind is list else st.lists(of(inner)).map(kind)

ATOMS = {bool: st.booleans(), int: st.integers(), str: st.text(), type(None): st.none(),
         float: st.floats(allow_nan=False, allow_infinity=False)}

class Slow(Exception): pass

def slow(*_): raise Slow

def tell(*_):
    print(json.dumps({**state, "cpu_s": time.process_time() - began}), flush=True)
    os._exit(0)

signal.signal(signal.SIGVTALRM, slow)
signal.signal(signal.SIGPROF, tell)

def run(function, args):
    args = copy.deepcopy(args)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
    try:
        result = function(*args)
        if isinstance(result, types.GeneratorType):
            result = list(result)
            result = [list(x) if isinstance(x, types.GeneratorType) else x for x in result]
        return ("ok", result, args)
    except BaseException as error:
        return ("raised", type(error).__name__, None)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

def differs(args):
    state["tries"] += 1
    one, two = run(fixed, args), run(buggy, args)
    if one[0] == two[0] == "ok":
        if repr(one) != repr(two):
            same = one == two
            if not same:
                state["kind"] = "strict"
                tell()
            state["kind"] = state["kind"] or "representation"
    elif one[:2] != two[:2] and "ok" in (one[0], two[0]):
        state["kind"] = "crash"
    return False

signal.setitimer(signal.ITIMER_PROF, float(sys.argv[2]))
differs(sample)
quiet = settings(max_examples=10**7, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.generate])
strategy = st.tuples(*[of([value]) for value in sample])
for seed in range(1000):
    try:
        find(strategy, differs, settings=quiet, random=random.Random(seed))
    except Exception:
        pass
tell()
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one tool found on one program."""

    kind: str
    """Kind of the difference; empty where there is none."""
    tries: int
    cpu_s: float
    input: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One program, and the sample that tools get."""

    pair: Pair
    old: Subject
    new: Subject
    sample: Seed


def question(sandbox: Sandbox, pair: Pair) -> Question:
    """Return a pair with the first input of its tests on which both programs agree."""
    old, new = function_subject(pair.fixed, pair.entry), function_subject(pair.buggy, pair.entry)
    seeds = [Seed(case=case) for case in pair.seeds]
    with Sides((sandbox, sandbox), (old, new), _RULES, SEARCH) as sides:
        for seed in seeds:
            trials = sides.run([seed.case])
            if trials and trials[0].finding.kind is None and not trials[0].refused:
                return Question(pair, old, new, seed)
    return Question(pair, old, new, seeds[0])


def by_trialrun(sandbox: Sandbox, one: Question, cpu_s: float) -> Tried:
    """Search as `trialrun compare` does, without a model."""
    found = Differential(cpu_s=cpu_s).search(sandbox, one.old, one.new, [one.sample])
    if found.difference is None:
        return Tried("", found.inputs, found.cpu_s)
    return Tried(found.difference.kind, found.inputs, found.cpu_s, repr(found.difference.case.args)[:200])


def by_crosshair(sandbox: Sandbox, symbolic: Sandbox, one: Question, cpu_s: float) -> Tried:
    """Ask CrossHair for inputs, and run both programs on them."""
    asked = CrossHair(symbolic, one.old, one.new, seconds=cpu_s)
    batch = next(asked.propose([one.sample]), None) or []
    with Sides((sandbox, sandbox), (one.old, one.new), _RULES, SEARCH) as sides:
        for number, seed in enumerate(batch, 1):
            difference = sides.confirm(seed)
            if difference is not None:
                return Tried(difference.kind, number, asked.cpu_s, repr(seed.case.args)[:200])
    return Tried("", len(batch), asked.cpu_s)


def by_hypothesis(python: Path, one: Question, cpu_s: float) -> Tried:
    """Run Hypothesis with strategies of the sample's types, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "given.json")
        sample = base64_of(one.sample.case.args)
        given.write_text(
            json.dumps(
                {"fixed": one.pair.fixed, "buggy": one.pair.buggy, "entry": one.pair.entry, "sample": sample}
            )
        )
        src = str(Path(__file__).resolve().parent.parent / "src")
        used = measure(
            [python, "-c", HYPOTHESIS, given, str(cpu_s)],
            env={"PYTHONPATH": src, "PYTHONHASHSEED": "0"},
            cwd=Path(folder),
            timeout_s=600,
        )
    lines = [line for line in used.output.splitlines() if line.startswith('{"tries"')]
    if not lines:
        return Tried("", 0, used.cpu_s)  # it ended by itself: a program took the process with it
    told = json.loads(lines[-1])
    return Tried(told["kind"], told["tries"], told["cpu_s"])


def base64_of(args: tuple[Any, ...]) -> str:
    """Return arguments as text that a peer's process reads."""
    import base64

    return base64.b64encode(encode(args)).decode()


def by_pynguin(python: Path, one: Question, cpu_s: float) -> Tried:
    """Let Pynguin write tests for the right program; run them on both."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("fixed", "buggy", "tests"):
            (place / name).mkdir()
        for name, source in (("fixed", one.pair.fixed), ("buggy", one.pair.buggy)):
            (place / name / "target.py").write_text(source)
        flags = [
            "--project-path",
            place / "fixed",
            "--module-name",
            "target",
            "--output-path",
            place / "tests",
        ]
        flags += [
            "--maximum-search-time",
            str(int(3 * cpu_s)),
            "--assertion-generation",
            "SIMPLE",
            "--seed",
            "1",
        ]
        used = measure(
            [python.parent / "pynguin", *flags],
            env={"PYNGUIN_DANGER_AWARE": "1", "PYTHONHASHSEED": "0"},
            cwd=place,
            timeout_s=600,
        )
        before, after = (_outcomes(python, place, name) for name in ("fixed", "buggy"))
    changed = {
        name: after.get(name, "hang") for name, said in before.items() if after.get(name, "hang") != said
    }
    kinds = {"strict" if said == "AssertionError" else "crash" for said in changed.values()}
    kind = "strict" if "strict" in kinds else "crash" if kinds else ""
    return Tried(kind, len(before), used.cpu_s)


_REPORT = """
import json, sys
import pytest
class Keep:
    def __init__(self): self.said = {}
    def pytest_runtest_makereport(self, item, call):
        if call.when == "call":
            self.said[item.name] = call.excinfo.typename if call.excinfo else "passed"
            print("SAID" + json.dumps(self.said), flush=True)
pytest.main(["-q", "-p", "no:cacheprovider", sys.argv[1]], plugins=[Keep()])
"""


def _outcomes(python: Path, place: Path, name: str) -> dict[str, str]:
    """Return how each written test ends on one version; those after one that hangs have no entry."""
    environment = {**os.environ, "PYTHONPATH": str(place / name), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-c", _REPORT, str(place / "tests")]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, cwd=place, check=False
        ).stdout
    except subprocess.TimeoutExpired as late:
        done = (late.stdout or b"").decode("utf-8", "replace") if isinstance(late.stdout, bytes) else ""
    lines = [line.partition("SAID")[2] for line in done.splitlines() if "SAID" in line]
    return dict(json.loads(lines[-1])) if lines else {}


def summary(found: Sequence[dict[str, Any]], tools: Sequence[str]) -> dict[str, Any]:
    """Count what each tool found."""
    result: dict[str, Any] = {}
    for tool in tools:
        tried = [one[tool] for one in found]
        shown = [one for one in tried if one["kind"]]
        tries = sorted(one["tries"] for one in shown)
        result[tool] = {
            "exposed": len(shown),
            **{
                kind: sum(one["kind"] == kind for one in tried)
                for kind in ("strict", "crash", "representation")
            },
            "median_tries": tries[len(tries) // 2] if tries else None,
            "cpu_s": round(sum(one["cpu_s"] for one in tried), 1),
        }
    return result


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="QuixBugs, beside peers.")
    parser.add_argument("--cpu", type=float, default=5.0, help="CPU seconds of each tool for each program")
    parser.add_argument("--only", action="append", help="a program; may be repeated; nothing is stored")
    parser.add_argument("--without", action="append", default=[], choices=TOOLS)
    options = parser.parse_args()
    where = circumstances()
    tools = [tool for tool in TOOLS if tool not in options.without]
    chosen = [
        pair
        for pair in pairs(find_checkout(QUIXBUGS_CHECKOUT, name="quixbugs"))
        if not options.only or pair.name in options.only
    ]
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        pythons = {tool: made_python(Path(folder, tool), PINS[tool]) for tool in tools if tool in PINS}
        symbolic = symbolic_sandbox(print) if "crosshair" in tools else None
        for pair in chosen:
            one = question(sandbox, pair)
            tried: dict[str, Tried] = {"trialrun": by_trialrun(sandbox, one, options.cpu)}
            if "hypothesis" in tools:
                tried["hypothesis"] = by_hypothesis(pythons["hypothesis"], one, options.cpu)
            if symbolic is not None:
                tried["crosshair"] = by_crosshair(sandbox, symbolic, one, options.cpu)
            if "pynguin" in tools:
                tried["pynguin"] = by_pynguin(pythons["pynguin"], one, options.cpu)
            found.append({"program": pair.name, **{tool: asdict(what) for tool, what in tried.items()}})
            cells = (
                f"{tool} {what.kind or '-'} {what.tries} {what.cpu_s:.2f} s" for tool, what in tried.items()
            )
            print(f"{pair.name:<28} {' · '.join(cells)}", flush=True)
            if not options.only:
                store(
                    "quixbugs",
                    {"cpu_s": options.cpu, "tools": summary(found, tools), "programs": found},
                    where=where,
                )
        if symbolic is not None:
            symbolic.close()
    for tool, counted in summary(found, tools).items():
        print(tool, counted)
    if not found:
        raise Missing("no such program in the checkout", QUIXBUGS_CHECKOUT.get)
    return int(any(not one["trialrun"]["kind"] for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
