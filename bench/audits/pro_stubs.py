"""HumanEval Pro, MBPP Pro: rows whose new problem does not show the function that its asserts call."""

import ast
import re
import warnings

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import rows
from trialrun.tasks.suites import HUMANEVAL_PRO_FILE, MBPP_PRO_FILE

FINDING = Finding(
    where="HumanEval Pro and MBPP Pro (CodeEval-Pro 36f292e), field `new_problem` of 36 rows",
    what="the stub that the model is to complete has another name than the function that the asserts call, or there is "
    "none: whoever follows the prompt fails by a NameError",
    here="keeps the upstream prompt and names the defect on each task",
)


def see() -> Seen:
    """Compare the functions that asserts call and the row's own solution defines with the stubs shown."""
    warnings.simplefilter("ignore", SyntaxWarning)
    lines, counts = [], []
    for name, file in (("humaneval-pro", HUMANEVAL_PRO_FILE), ("mbpp-pro", MBPP_PRO_FILE)):
        hidden = []
        for row in rows(file, name):
            shown = set(re.findall(r"^def (\w+)", row["new_problem"], re.MULTILINE))
            solution = row["raw_problem"] + row["raw_solution"] + row["new_problem"] + row["new_solution"]
            defined = {n.name for n in ast.walk(ast.parse(solution)) if isinstance(n, ast.FunctionDef)}
            called = [
                node.func.id
                for node in ast.walk(ast.parse(row["test_code"]))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in defined
            ]
            if called and called[0] not in shown:
                hidden.append(f"{row['id']} ({called[0]}; shown: {', '.join(sorted(shown)) or 'nothing'})")
        counts.append(len(hidden))
        lines.append(f"{name}: {len(hidden)} rows: {'; '.join(hidden)}")
    return Seen(reproduced=counts == [11, 25], lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
