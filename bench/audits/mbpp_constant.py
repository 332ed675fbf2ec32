"""MBPP: on six tasks all asserts expect the same value, so a program that ignores its arguments passes."""

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, row
from trialrun.tasks.suites import MBPP_FILE

FINDING = Finding(
    where="MBPP (974 rows), Mbpp/37, 203, 339, 667, 674, 899",
    what="all three asserts expect one and the same value, so returning it without a look at the arguments passes; in "
    "37 the three are one assert written three times (816 asks for a constant, and is left out)",
    here="judges by the published asserts",
)

CONSTANTS = {
    37: [1, 10, 12, 19, "blue", "green", "green", "red", "white"],
    203: 2,
    339: 2,
    667: 2,
    674: "Python Exercises Practice Solution",
    899: True,
}


def see() -> Seen:
    """Run the published asserts after a function that returns a constant, and after the row's own solution."""
    lines, holds = [], []
    for number, constant in CONSTANTS.items():
        task = row(MBPP_FILE, "mbpp", "task_id", number)
        asserts = task["tests"][:3]
        name = asserts[0].removeprefix("assert ").partition("(")[0]
        wrong = f"def {name}(*arguments):\n    return {constant!r}\n"
        error, own = error_of(wrong, "\n".join(asserts)), error_of(task["gold"], "\n".join(asserts))
        lines.append(
            f"Mbpp/{number} `{name}` that always returns {constant!r}: {error or 'passes'}; "
            f"{len(set(asserts))} different asserts; own solution: {own or 'passes'}"
        )
        holds.append(error is None and own is None)
    return Seen(reproduced=all(holds), lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
