"""Programs whose CPU time is 0.5 to 2 times their limit: no wrong verdict, `unknown` only where the page says so.

    python -m bench.near_limits [--limit 0.5] [--busy 0,4,20] [--repeats 3]

Each program burns a known share of its CPU limit in one call, by its own account of the kernel's clock, and answers
rightly. Below the limit it must pass, above it fail as a timeout, and only between 0.7 and 1.3 times the limit may the
verdict be `unknown`. Judged through cases (values compared outside) and through test code (a tester process), beside
each number of busy loops. Exit 0 where all of that holds.

Leaves out: shares within 3 % of the limit, where a few hundred microseconds of ours decide.
"""

import argparse
import collections
from typing import Any

from bench.load import busy_loops
from bench.measuring import circumstances, store
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Check, Task
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

SHARES = (0.5, 0.6, 0.65, 0.75, 0.85, 0.95, 1.05, 1.15, 1.25, 1.35, 1.5, 2.0)

BURN = """
import time
def f(x):
    end = time.thread_time() + {seconds}
    while time.thread_time() < end: pass
    return x * x
"""

CHECKS: dict[str, Check] = {
    "cases": CaseCheck(name="cases", cases=(Case(args=(3,)),), expected=(9,)),
    "test code": AssertCheck(name="tests", code="for x in [3]:\n    assert f(x) == 9\n", remote=("f",)),
}


def main() -> int:
    """Run, print a table, store; exit 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--limit", type=float, default=0.5, help="CPU seconds a case")
    parser.add_argument("--busy", default="0,4,20", help="numbers of busy loops beside the runs")
    parser.add_argument("--repeats", type=int, default=3, help="how often each program is judged")
    options = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {"limit_s": options.limit, "repeats": options.repeats, "levels": {}}
    wrong: list[str] = []
    for busy in [int(number) for number in options.busy.split(",")]:
        with busy_loops(busy), Sandbox() as sandbox:
            counts = {}
            for share in SHARES:
                judgements = _judged(sandbox, share, options.limit, options.repeats)
                counts[share] = collections.Counter(str(found.verdict) for found in judgements)
                wrong += [
                    f"{busy} busy loops, {share} × the limit: {found.verdict}, {found.outcome}"
                    for found in judgements
                    if not is_right(found, share)
                ]
                shown = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts[share].items()))
                print(f"{busy:>3} busy loops  {share:>5.2f} × the limit  {shown}", flush=True)
            result["levels"][str(busy)] = {str(share): dict(count) for share, count in counts.items()}
    result["wrong"] = wrong
    path = store("near_limits", result, where=where)
    for line in wrong:
        print(f"WRONG: {line}")
    print(f"{len(wrong)} wrong verdicts; stored in {path.name}")
    return 1 if wrong else 0


def _judged(sandbox: Sandbox, share: float, limit: float, repeats: int) -> list[Judgement]:
    judge = Judge(sandbox, Rules(limits=Limits(cpu_s=limit)))
    program = Program.from_source(BURN.format(seconds=share * limit), entry="f")
    found: list[Judgement] = []
    for style, check in CHECKS.items():
        task = Task(id=style, suite="bench", statement="", entry="f", hidden_checks=(check,))
        for _ in range(repeats):
            found += judge.judge(task, program)
    return found


def is_right(found: Judgement, share: float) -> bool:
    """Say whether a verdict is right for a program that burns that share of its limit.

    >>> from types import SimpleNamespace as Found
    >>> timeout = Found(verdict=Verdict.FAIL, outcome=Outcome.TIMEOUT)
    >>> is_right(timeout, 1.5), is_right(timeout, 0.95)
    (True, False)
    """
    if found.verdict is Verdict.UNKNOWN:
        return 0.7 <= share < 1.3
    if share < 1:
        return found.verdict is Verdict.PASS
    return found.verdict is Verdict.FAIL and found.outcome is Outcome.TIMEOUT


if __name__ == "__main__":
    raise SystemExit(main())
