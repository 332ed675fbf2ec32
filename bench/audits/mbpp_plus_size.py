"""MBPP+ v0.2.0, Mbpp/255: on one plus input the right answer has 128 million items."""

import math

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import row
from trialrun.tasks.suites import MBPP_PLUS_FILE

FINDING = Finding(
    where="MBPP+ v0.2.0, Mbpp/255, plus input 85",
    what="the answer is a list of 1,663,740 tuples of 77 strings (128 million references); on four other inputs it has "
    "6 million: the input tests the machine's memory, and sits at the edge of any time limit",
    here="says that the answer is too large to compare, and leaves the input out of the verdict",
)

LARGE = 2_000_000


def see() -> Seen:
    """Count the items of every right answer: C(n + r − 1, r) tuples of length r."""
    task = row(MBPP_PLUS_FILE, "mbpp+", "task_id", "Mbpp/255")
    sizes = {}
    for case, (items, length) in enumerate(task["plus_input"]):
        if items and length >= 0:
            tuples = math.comb(len(items) + length - 1, length)
            if tuples * length > LARGE:
                sizes[case] = (len(items), length, tuples, tuples * length)
    lines = tuple(
        f"plus input {case}: {n} items, length {length}: {tuples:,} tuples, {total:,} references"
        for case, (n, length, tuples, total) in sizes.items()
    )
    return Seen(reproduced=sizes.get(85, (0, 0, 0, 0))[2] == 1_663_740, lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
