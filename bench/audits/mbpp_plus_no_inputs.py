"""MBPP+ v0.2.0, Mbpp/793: the plus inputs are an empty object, so evalplus passes any program there."""

import json

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, rows
from bench.peers import evalplus
from trialrun.tasks.suites import MBPP_PLUS_FILE

FINDING = Finding(
    where="MBPP+ v0.2.0, Mbpp/793, fields `plus_input` and `contract`",
    what="`plus_input` is `{}` where every other row has a list: there is no plus test, and evalplus 0.3.1 passes any "
    "program on none; the contract calls `isinstance(i, (int, arr))`, a TypeError for items that are no int",
    here="reads it as no plus inputs; the three base inputs decide",
)

SCRIPT = """
import json
from evalplus.data import get_mbpp_plus
from evalplus.eval import untrusted_check
if __name__ == "__main__":
    task = get_mbpp_plus()["Mbpp/793"]
    wrong = "def last(arr, x):\\n    return -5\\n"
    status, details = untrusted_check("mbpp", wrong, task["plus_input"], "last", [], task["atol"], [])
    print(json.dumps([status, len(details)]))
"""


def see() -> Seen:
    """Find rows without plus inputs; give the peer a wrong program; run the contract."""
    odd = [task for task in rows(MBPP_PLUS_FILE, "mbpp+") if not isinstance(task["plus_input"], list)]
    status, cases = json.loads(evalplus(SCRIPT))
    task = odd[0]
    contract = error_of(f"def f(arr, x):\n{task['contract']}\n", "f([1.5], 1)")
    lines = (
        *(f"{found['task_id']}: plus_input is {found['plus_input']!r}" for found in odd),
        f"evalplus 0.3.1, a program that always returns -5, plus tests: {status} on {cases} inputs",
        f"its contract on f([1.5], 1): {contract or 'no error'}",
    )
    holds = [found["task_id"] for found in odd] == ["Mbpp/793"] and (status, cases) == ("pass", 0)
    return Seen(reproduced=holds and "TypeError" in (contract or ""), lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
