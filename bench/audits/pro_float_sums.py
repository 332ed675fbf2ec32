"""MBPP Pro 36, 117, 260: the asserts expect the last digit of float sums as CPython before 3.12 adds them."""

import json

from bench import peers
from bench.audits.finding import Finding, Seen, show
from bench.audits.published import THIS, rows, under
from trialrun.tasks.suites import MBPP_PRO_FILE

FINDING = Finding(
    where="MBPP Pro (CodeEval-Pro 36f292e), rows 36, 117, 260",
    what="`sum` of floats is compensated since CPython 3.12 (python/cpython#100425), so the asserts, which compare "
    "floats with `==`, reject the rows' own solutions there; under 3.11 they pass",
    here="reports these three as failed on CPython ≥ 3.12 and names the defect",
)

SCRIPT = """
import json, sys
failed = {}
for row in json.load(sys.stdin):
    program = "".join(row[k] for k in ("raw_problem", "raw_solution", "new_problem", "new_solution"))
    space = {"__name__": "solution"}
    try:
        exec(program + "\\n" + row["test_code"], space)
    except AssertionError:
        failed[row["id"]] = "AssertionError"
    except Exception as error:
        failed[row["id"]] = repr(error)
total = sum([0.1] * 10)
print(json.dumps(["%d.%d" % sys.version_info[:2], failed, repr(total)]))
"""


def see() -> Seen:
    """Run all 378 rows' own solutions against their asserts, under CPython 3.11 and under this one."""
    stdin = json.dumps(rows(MBPP_PRO_FILE, "mbpp-pro"))
    found = [
        json.loads(under(python, SCRIPT, stdin).splitlines()[-1])
        for python in (peers.interpreter("3.11"), THIS)
    ]
    lines = tuple(
        f"CPython {version}: sum([0.1] * 10) = {total}; own solutions that fail: {', '.join(failed) or 'none'}"
        for version, failed, total in found
    )
    old, new = found
    return Seen(reproduced=not old[1] and sorted(new[1]) == ["117", "260", "36"], lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
