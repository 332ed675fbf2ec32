"""CoCoNUT: 43 of the 1,083 rows ask again what another row asks."""

from collections import Counter

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import coconut_rows

FINDING = Finding(
    where="CoCoNUT (StructuralCodeUnderstanding 3aabee2), HumanEval_trace.csv, 43 of 1,083 rows",
    what="program and call are those of an earlier row, so that the mean over rows counts these questions two or more "
    "times; there are 1,040 different ones",
    here="scores each row as published, and says how many are different",
)


def see() -> Seen:
    """Count the rows that name a program and a call for the second time or later."""
    rows = coconut_rows()
    asked = Counter((row.HumanEval_ID, row.FunctionCall) for row in rows)
    more = sorted(((count, *what) for what, count in asked.items() if count > 1), reverse=True)
    lines = [f"{len(rows):,} rows, {len(asked):,} different questions"]
    lines += [f"{name} on {call[:60]}: {count} times" for count, name, call in more[:5]]
    return Seen(reproduced=(len(rows), len(asked)) == (1083, 1040), lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
