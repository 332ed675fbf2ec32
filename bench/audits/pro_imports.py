"""HumanEval Pro, MBPP Pro: asserts that use a module which nothing but the solution imports."""

import ast
import warnings

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, rows
from trialrun.tasks.suites import HUMANEVAL_PRO_FILE, MBPP_PRO_FILE

FINDING = Finding(
    where="HumanEval Pro and MBPP Pro (CodeEval-Pro 36f292e), field `test_code` of 6 rows",
    what="the asserts use `math`, `cmath` or `Counter` without importing it: a right solution fails unless it happens "
    "to import the same name",
    here="takes the import from the row's own code into the task's context",
)

EXPECTED = {"humaneval-pro": [2], "mbpp-pro": [38, 82, 104, 204, 260]}


def see() -> Seen:
    """Run each row's asserts with the functions of its own solution, but none of its other names."""
    warnings.simplefilter("ignore", SyntaxWarning)
    lines: list[str] = []
    found: dict[str, list[int]] = {}
    for name, file in (("humaneval-pro", HUMANEVAL_PRO_FILE), ("mbpp-pro", MBPP_PRO_FILE)):
        found[name] = []
        for row in rows(file, name):
            space: dict[str, object] = {}
            solution = row["raw_problem"] + row["raw_solution"] + row["new_problem"] + row["new_solution"]
            error_of(solution, namespace=space)
            functions = {n.name for n in ast.parse(solution).body if isinstance(n, ast.FunctionDef)}
            alone = {key: value for key, value in space.items() if key in functions}
            error = error_of(row["test_code"], namespace=alone)
            if error is not None and error.startswith("NameError"):
                found[name].append(row["id"])
                lines.append(f"{name} {row['id']}: {error}")
    return Seen(reproduced=found == EXPECTED, lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
