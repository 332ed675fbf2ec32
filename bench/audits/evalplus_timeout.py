"""evalplus 0.3.1: a time limit given by its environment variable ends the run with a TypeError."""

from bench.audits.finding import Finding, Seen, show
from bench.peers import evalplus

FINDING = Finding(
    where="evalplus 0.3.1 (and head 26d6d00), `evalplus/eval/__init__.py`, `untrusted_check`",
    what="`EVALPLUS_TIMEOUT_PER_TASK` is read as text and compared with a number: setting it is a TypeError",
    here="limits are numbers, checked when they are given",
)

SCRIPT = """
import os
os.environ["EVALPLUS_TIMEOUT_PER_TASK"] = "60"
from evalplus.eval import untrusted_check
if __name__ == "__main__":
    try:
        print(untrusted_check("humaneval", "def f(): return 1", [[]], "f", [1], 0, [0.1])[0])
    except TypeError as error:
        print("TypeError:", error)
"""


def see() -> Seen:
    """Set the variable to 60 and judge one trivial program."""
    printed = evalplus(SCRIPT).strip()
    return Seen(reproduced=printed.startswith("TypeError"), lines=(f"with the variable at 60: {printed}",))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
