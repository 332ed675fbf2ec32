"""Peers of the differential search on pairs of the contest set: plain Hypothesis and Pynguin, at equal CPU.

Hypothesis searches texts of the sample's layout: every integer of the sample becomes any integer (not below zero where
the sample has none below zero), every other word a text of its letters. In the variant *counts kept*, integers that
tell the number of words of the next line, of lines that follow, or the length of the next word stay as they are, so
that programs can read what they get. Each pair has the CPU time that this project's search may use, import not counted.

Pynguin makes tests for the right program's function form, and a test that fails on the wrong one is a difference. It
gets at least the CPU time of the others, start-up included, and mostly more, since its limit is in whole seconds.

    python -m bench.differential --peers 40           runs both beside the search, on the same pairs

Leaves out: Hypothesis's own isolation of what it runs: the programs are this repository's.
"""

import argparse
import json
import os
import re
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench import pynguin
from bench.contest_forms import Failed, compiled, function_form
from bench.contest_pairs import Pair
from bench.measuring import measure
from trialrun.core.errors import Missing

VARIANTS = ("types", "counts kept")
_EACH_S = 0.1
"""CPU seconds of one call, as in the search."""
_INTEGER = re.compile(r"-?\d+$")


class Late(BaseException):
    """A call took too long, or the budget is used up."""


def counts_of(lines: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Return places (line, word) of integers that count what follows them."""
    found = set()
    for row, words in enumerate(lines):
        for place, word in enumerate(words):
            if not _INTEGER.match(word):
                continue
            number = int(word)
            below = lines[row + 1] if row + 1 < len(lines) else []
            following = len(lines) - row - 1
            if number > 0 and (
                number in (len(below), following, following / 2, following / 3)
                or (len(below) == 1 and number == len(below[0]))
            ):
                found.add((row, place))
    return found


def texts(sample: str, variant: str) -> Any:
    """Return the Hypothesis strategy of one sample."""
    from hypothesis import strategies as st

    lines = [line.split() for line in sample.splitlines()]
    kept = counts_of(lines) if variant == "counts kept" else set()
    numbers = [int(word) for words in lines for word in words if _INTEGER.match(word)]
    low = 0 if all(number >= 0 for number in numbers) else None
    rows = []
    for row, words in enumerate(lines):
        parts: list[Any] = []
        for place, word in enumerate(words):
            if (row, place) in kept:
                parts.append(st.just(word))
            elif _INTEGER.match(word):
                parts.append(st.integers(min_value=low).map(str))
            else:
                least, most = (len(word), len(word)) if variant == "counts kept" else (1, 20)
                parts.append(st.text(alphabet=sorted(set(word)), min_size=least, max_size=most))
        rows.append(st.tuples(*parts).map(" ".join))
    return st.tuples(*rows).map(lambda found: "".join(f"{line}\n" for line in found))


def outcome(call: Callable[[list[str]], list[str]], text: str) -> tuple[str, ...] | str:
    """Return the words that a program prints, or how it ended otherwise."""
    signal.setitimer(signal.ITIMER_VIRTUAL, _EACH_S)
    try:
        lines = call(text.split("\n")[:-1])
        return tuple(word.lower() for line in lines for word in line.split())
    except Failed:
        return "raised"
    except Late:
        return "timeout"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def hypothesis_search(pair: Pair, variant: str, cpu_s: float, seed: int) -> dict[str, Any]:
    """Search one pair in this process; return the kind of the difference, inputs and CPU seconds."""
    import hypothesis

    right, wrong = compiled(pair.right), compiled(pair.wrong)
    tried, weak = 0, ""
    began = time.process_time()

    class Enough(Exception):
        """Found, or the budget is used up."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=10**7,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
    )
    @hypothesis.given(texts(pair.problem.sample, variant))
    def look(text: str) -> None:
        nonlocal tried, weak
        if time.process_time() - began > cpu_s:
            raise Enough("")
        tried += 1
        one, two = outcome(right, text), outcome(wrong, text)
        if one != two:
            if not isinstance(one, str) and not isinstance(two, str):
                raise Enough("strict")
            weak = "crash"

    kind = ""
    try:
        look()
    except Enough as enough:
        kind = str(enough)
    except Exception as error:  # Hypothesis reports a failure that it cannot repeat in its own way
        kind = "strict" if "strict" in str(error) else ""
    return {"kind": kind or weak, "inputs": tried, "cpu_s": round(time.process_time() - began, 3)}


def forked(work: Callable[[], dict[str, Any]], cpu_s: float) -> dict[str, Any]:
    """Do some work in a fork with a limit on CPU time and memory; return its result, empty where it came to none."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        told: dict[str, Any] = {}
        try:
            used = time.process_time()
            resource.setrlimit(resource.RLIMIT_CPU, (int(used + 3 * cpu_s + 2),) * 2)
            resource.setrlimit(resource.RLIMIT_AS, (2 << 30,) * 2)
            signal.signal(signal.SIGVTALRM, _late)
            told = work()
        finally:
            with open(write, "w", encoding="utf-8") as out:
                out.write(json.dumps(told))
            os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as source:
        text = source.read()
    os.waitpid(pid, 0)
    result: dict[str, Any] = json.loads(text or "{}")
    return result


def _late(*_: object) -> None:
    raise Late


def search_pairs(arguments: argparse.Namespace) -> None:
    """Search pairs from a file with Hypothesis; write one line of JSON a pair (in the process that is measured)."""
    import hypothesis  # noqa: F401 — once, before the forks

    from bench.differential import read_pair

    with open(arguments.found, "w", encoding="utf-8") as out:
        for line in Path(arguments.pairs).read_text("utf-8").splitlines():
            pair = read_pair(line)

            def work(pair: Pair = pair) -> dict[str, Any]:
                return hypothesis_search(pair, arguments.variant, arguments.cpu, arguments.seed)

            out.write(json.dumps(forked(work, arguments.cpu)) + "\n")


def run_hypothesis(pairs: Sequence[Pair], variant: str, cpu_s: float, seed: int) -> dict[str, Any]:
    """Return what Hypothesis finds on pairs, and what that took."""
    from bench.differential import write_pairs

    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder, "pairs"), Path(folder, "found")
        write_pairs(pairs, given)
        command = [sys.executable, "-m", "bench.differential_peers", "--pairs", given, "--found", told]
        command += ["--variant", variant, f"--cpu={cpu_s}", f"--seed={seed}"]
        usage = measure(command, timeout_s=6 * 3600)
        if usage.status != 0:
            raise SystemExit(f"Hypothesis failed:\n{usage.output}")
        found = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    return _row([one.get("kind", "") for one in found], usage.cpu_s) | {
        "inputs_median": statistics.median([one["inputs"] for one in found if one.get("kind")] or [0])
    }


def run_pynguin(interpreter: str, pairs: Sequence[Pair], cpu_s: float, seed: int) -> dict[str, Any]:
    """Return what Pynguin's tests find on pairs; a right program's tests are made once for all its pairs."""
    kinds, spent, suites = [], 0.0, {}
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            form = function_form(pair.right)
            if form not in suites:
                place = Path(folder, str(len(suites)))
                suites[form] = pynguin.make_tests(interpreter, form, place, cpu_s=cpu_s, seed=seed)
                spent += suites[form].usage.cpu_s
            (found,) = pynguin.killed(interpreter, suites[form].tests, form, [function_form(pair.wrong)])
            kinds.append("different" if found else "")
    return _row(kinds, spent) | {
        "suites": len(suites),
        "cpu_s_a_suite": round(spent / max(1, len(suites)), 3),
        "without_tests": sum(not suite.tests for suite in suites.values()),
    }


def _row(kinds: Sequence[str], cpu_s: float) -> dict[str, Any]:
    return {
        "pairs": len(kinds),
        "different": sum(map(bool, kinds)),
        "strict": kinds.count("strict"),
        "crash": kinds.count("crash"),
        "share_different": round(sum(map(bool, kinds)) / max(1, len(kinds)), 4),
        "cpu_s_per_pair": round(cpu_s / max(1, len(kinds)), 3),
    }


def beside(arguments: argparse.Namespace, pairs: Sequence[Pair], found: Sequence[Any]) -> dict[str, Any]:
    """Run the peers on evenly spaced pairs; print and return their figures beside those of the search."""
    step = max(1, len(pairs) // arguments.peers)
    places = list(range(0, len(pairs), step))[: arguments.peers]
    some = [pairs[place] for place in places]
    rows: dict[str, Any] = {}
    for first in range(0, len(found), len(pairs)):  # one stretch of results a form
        ours = [found[first + place] for place in places]
        rows[f"trialrun, {ours[0].form}"] = _row([one.kind for one in ours], sum(one.cpu_s for one in ours))
    for variant in VARIANTS:
        rows[f"Hypothesis, {variant}"] = run_hypothesis(some, variant, arguments.cpu, arguments.seed)
    try:
        interpreter = pynguin.python(arguments.pynguin)
        rows["Pynguin 0.48"] = run_pynguin(interpreter, some, arguments.cpu, arguments.seed)
    except Missing as missing:
        print(f"without Pynguin: {missing}")
    for name, row in rows.items():
        print(f"{name:<28} {row}")
    return rows


def main() -> int:
    """Search pairs from a file with Hypothesis."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--found", required=True)
    parser.add_argument("--variant", choices=VARIANTS, default=VARIANTS[0])
    parser.add_argument("--cpu", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=0)
    search_pairs(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
