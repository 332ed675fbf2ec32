"""CoCoNUT: three traces hold a line that is not the program's, and their two published forms disagree."""

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import coconut_rows

FINDING = Finding(
    where="CoCoNUT (StructuralCodeUnderstanding 3aabee2), HumanEval_trace.csv, the three rows of HumanEval/160",
    what="the traced call evaluates a text, and the line that runs inside that text, its line 1, is published as "
    "line 1 of the program, which is blank; the same rows' symbol strings leave it out, so a reader that follows "
    "the program is marked wrong in one form and right in the other",
    here="grades the line form as published, and leaves the three rows out of the symbol form",
)


def see() -> Seen:
    """Compare the two forms of every row, and look at the line that only one of them has."""
    lines = []
    found = []
    for row in coconut_rows():
        numbers, symbols = row.lines, row.ExecutedLines_Symbols
        if len(numbers) == len(symbols):
            continue
        text = row.program.splitlines()[numbers[-1] - 1]
        found.append((row.HumanEval_ID, len(numbers) - len(symbols), numbers[-1], text.strip()))
        lines.append(
            f"{row.HumanEval_ID} on {row.FunctionCall}: {len(numbers)} lines, {len(symbols)} symbols; "
            f"the last line is {numbers[-1]}, which reads {text!r}"
        )
    return Seen(reproduced=found == [("HumanEval/160", 1, 1, "")] * 3, lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
