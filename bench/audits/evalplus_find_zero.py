"""evalplus 0.3.1 cannot pass HumanEval/32: its oracle accepts the value and does not record the pass."""

import json

from bench.audits.finding import Finding, Seen, show
from bench.peers import evalplus

FINDING = Finding(
    where="evalplus 0.3.1, `evalplus/eval/__init__.py`, `unsafe_execute`, HumanEval/32",
    what="the special oracle of `find_zero` asserts and then continues past the two lines that record the pass, so no "
    "program passes, the canonical one included, and HumanEval(+) is at most 163/164 = 0.994 there",
    here="counts an accepted value as passed",
    upstream="evalplus pull request 201 (noticed 2024-10-25), fixed after the release by 6eb1e19 (2024-11-01)",
)

SCRIPT = """
import json
from evalplus.data import get_human_eval_plus
from evalplus.eval import untrusted_check
from evalplus.eval._special_oracle import _poly
from evalplus.gen.util import trusted_exec
if __name__ == "__main__":
    task = get_human_eval_plus()["HumanEval/32"]
    code = task["prompt"] + task["canonical_solution"]
    out, times = trusted_exec(code, task["base_input"], "find_zero", record_time=True)
    roots = sum(abs(_poly(*args, x)) <= task["atol"] for args, x in zip(task["base_input"], out))
    status, details = untrusted_check(
        "humaneval", code, task["base_input"], "find_zero", out, task["atol"], times, fast_check=True)
    print(json.dumps([len(task["base_input"]), roots, status, len(details)]))
"""


def see() -> Seen:
    """Give the peer its own canonical solution on the base inputs."""
    inputs, roots, status, recorded = json.loads(evalplus(SCRIPT))
    lines = (
        f"canonical solution, {inputs} base inputs: its own oracle accepts {roots} of them",
        f"evalplus's verdict: {status}, with {recorded} inputs recorded",
    )
    return Seen(reproduced=roots == inputs and status == "fail" and recorded == 0, lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
