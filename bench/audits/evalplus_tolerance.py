"""evalplus 0.3.1: the tolerance given to one float result stays for all later inputs of the task."""

import json

from bench.audits.finding import Finding, Seen, show
from bench.peers import evalplus

FINDING = Finding(
    where="evalplus 0.3.1 (and head 26d6d00), `evalplus/eval/__init__.py`, `unsafe_execute`",
    what="`atol = 1e-6` is set in the loop over inputs when an expected value is a float and never taken back, so "
    "later results of other types are compared within 1e-6 + 1e-7·|expected|: the order of inputs decides",
    here="decides the tolerance for each input by itself",
)

SCRIPT = """
import json
from evalplus.eval import untrusted_check
if __name__ == "__main__":
    code = "def f(i):\\n    return [0.5, 10**9 + 50][i]\\n"
    verdicts = []
    for order in ([0, 1], [1, 0]):
        expected = [[0.5, 10**9][i] for i in order]
        status, details = untrusted_check(
            "humaneval", code, [[i] for i in order], "f", expected, 0, [0.1, 0.1])
        verdicts.append([status, [bool(d) for d in details]])
    print(json.dumps(verdicts))
"""


def see() -> Seen:
    """Give the peer 1,000,000,050 for 1,000,000,000, once after a float and once before it."""
    after, before = json.loads(evalplus(SCRIPT))
    lines = (
        f"expected [0.5, 10**9], got [0.5, 10**9 + 50]: {after[0]} {after[1]}",
        f"the same two inputs in the other order: {before[0]} {before[1]}",
    )
    return Seen(reproduced=after[0] == "pass" and before[0] == "fail", lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
