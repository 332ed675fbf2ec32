"""MBPP/367, 601, 927: the asserts build objects of a class that only the solution defines."""

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, row
from trialrun.tasks.suites import MBPP_FILE

FINDING = Finding(
    where="MBPP (974 rows), Mbpp/367, 601, 927",
    what="the asserts use a class (`Node`, `Pair`) that the sentence does not mention and only the solution defines; "
    "in 367 and 927 the set-up code fails too when it runs before the solution",
    here="judges these three in the candidate's own process and lists them as weak",
)

TASKS = {367: "Node", 601: "Pair", 927: "Node"}


def see() -> Seen:
    """Run the asserts with and without the class, and the set-up code before and after the solution."""
    lines, holds = [], []
    for number, name in TASKS.items():
        task = row(MBPP_FILE, "mbpp", "task_id", number)
        asserts = "\n".join(task["tests"][:3])
        setup = task["test_setup_code"]
        without = error_of(task["gold"], f"del {name}", setup, asserts)
        after, before = error_of(task["gold"], setup, asserts), error_of(setup, task["gold"], asserts)
        lines.append(f"Mbpp/{number} with the solution but without its class {name}: {without or 'passes'}")
        lines.append(
            f"Mbpp/{number} set-up after the solution: {after or 'passes'}; before it: {before or 'passes'}"
        )
        holds.append(
            f"'{name}'" in (without or "") and after is None and (number == 601 or before is not None)
        )
        holds.append(name not in task["query"])
    return Seen(reproduced=all(holds), lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
