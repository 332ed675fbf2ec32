"""HumanEval+ v0.1.10, HumanEval/32: since CPython 3.12 the canonical solution misses its own tolerance."""

import json
from pathlib import Path

from bench import peers
from bench.audits.finding import Finding, Seen, show
from bench.audits.published import THIS, row, under
from trialrun.tasks.suites import HUMANEVAL_PLUS_FILE

FINDING = Finding(
    where="HumanEval+ v0.1.10, HumanEval/32 `find_zero`",
    what="the canonical solution is Newton's method from 0 with 1,000 steps, and on some inputs the last digit of a "
    "sum decides where it ends: since CPython 3.12 adds floats more exactly (python/cpython#100425) it ends on 7 of "
    "the 888 inputs outside its own tolerance of 1e-4, under 3.11 on none",
    here="accepts the reference's own answer there and any root within rounding, and names the defect",
)

SCRIPT = """
import json, sys
task, oracle = json.load(sys.stdin)
space, judge = {}, {}
exec(oracle, judge)
exec(task["prompt"] + task["canonical_solution"], space)
inputs = task["base_input"] + task["plus_input"]
worst, missed = 0.0, 0
for (coefficients,) in inputs:
    distance = abs(judge["_poly"](coefficients, space["find_zero"](list(coefficients))))
    worst, missed = max(worst, distance), missed + (distance > task["atol"])
print(json.dumps(["%d.%d" % sys.version_info[:2], len(inputs), missed, worst, task["atol"]]))
"""


def see() -> Seen:
    """Judge the canonical solution by the peer's own oracle file, under CPython 3.11 and under this one."""
    place = peers.evalplus("import evalplus.eval._special_oracle as oracle; print(oracle.__file__)").strip()
    task = row(HUMANEVAL_PLUS_FILE, "humaneval+", "task_id", "HumanEval/32")
    stdin = json.dumps([task, Path(place).read_text("utf-8")])
    found = [json.loads(under(python, SCRIPT, stdin)) for python in (peers.interpreter("3.11"), THIS)]
    lines = tuple(
        f"CPython {version}: {missed} of {count} inputs miss {atol:g}; farthest from zero: {worst:.3g}"
        for version, count, missed, worst, atol in found
    )
    return Seen(reproduced=found[0][2] == 0 and found[1][2] > 0, lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
