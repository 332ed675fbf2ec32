"""MBPP+ v0.2.0, Mbpp/120: its `assertion` uses `math` without importing it, and fails after its own solution."""

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, rows
from trialrun.tasks.suites import MBPP_PLUS_FILE

FINDING = Finding(
    where="MBPP+ v0.2.0, field `assertion` of Mbpp/120 (and 293, 596, 742)",
    what="the assertion of Mbpp/120 calls `math.isclose` and nothing imports `math`; those of 293, 596 and 742 rely on "
    "an import that their solution happens to have",
    here="judges MBPP+ by inputs and outputs, as evalplus does, and never runs this field",
)


def see() -> Seen:
    """Run every assertion after its own solution, and after the solution's function alone."""
    after, alone = {}, {}
    for task in rows(MBPP_PLUS_FILE, "mbpp+"):
        solution = task["prompt"] + task["canonical_solution"]
        if error := error_of(solution, task["assertion"]):
            after[task["task_id"]] = error
        space: dict[str, object] = {}
        error_of(solution, namespace=space)
        entry = task["entry_point"]
        if error := error_of(task["assertion"], namespace={entry: space[entry]}):
            alone[task["task_id"]] = error
    lines = [f"{task} after its own solution: {error}" for task, error in after.items()]
    lines += [
        f"{task} with the function alone: {error}" for task, error in alone.items() if task not in after
    ]
    holds = list(after) == ["Mbpp/120"] and list(alone) == ["Mbpp/120", "Mbpp/293", "Mbpp/596", "Mbpp/742"]
    return Seen(reproduced=holds, lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
