"""HumanEval+ v0.1.10, HumanEval/32 and 116: inputs that the rows' own contracts forbid."""

import copy
from typing import Any

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, row
from trialrun.tasks.suites import HUMANEVAL_PLUS_FILE

FINDING = Finding(
    where="HumanEval+ v0.1.10, HumanEval/32 (plus inputs) and HumanEval/116 (base input 1)",
    what="62 of the 788 polynomials have 0 as their last coefficient, which the row's `contract` refuses as invalid "
    "(that it is not 0 guarantees a root); `sort_array` is asked for negative numbers, which its contract refuses and "
    "the first sentence of its prompt rules out (the docstring then shows that very call)",
    here="judges by the published inputs all the same; on HumanEval/32 any root within the tolerance is accepted",
    upstream="evalplus#34 (2023-10-21, closed) added the line to the contract of HumanEval/32; the inputs stayed",
)


def see() -> Seen:
    """Run the rows' contracts, placed in the function that the prompt opens, on the rows' inputs."""
    lines, refused = [], {}
    for name in ("HumanEval/32", "HumanEval/116"):
        task = row(HUMANEVAL_PLUS_FILE, "humaneval+", "task_id", name)
        space: dict[str, Any] = {}
        assert error_of(task["prompt"] + task["contract"] + "\n    pass\n", namespace=space) is None
        for kind in ("base_input", "plus_input"):
            errors = {
                number: arguments
                for number, arguments in enumerate(task[kind])
                if _refuses(space[task["entry_point"]], arguments)
                and (
                    name != "HumanEval/32" or arguments[0][-1] == 0
                )  # the rest of that contract runs Newton's method
            }
            refused[name, kind] = len(errors)
            shown = "".join(f"; the first is {number}: {errors[number]}" for number in list(errors)[:1])
            lines.append(
                f"{name} {kind}: {len(errors)} of {len(task[kind])} refused by its own contract{shown}"
            )
    expected = {
        ("HumanEval/32", "base_input"): 0,
        ("HumanEval/32", "plus_input"): 62,
        ("HumanEval/116", "base_input"): 1,
        ("HumanEval/116", "plus_input"): 0,
    }
    return Seen(reproduced=refused == expected, lines=tuple(lines))


def _refuses(function: Any, arguments: list[Any]) -> bool:
    try:
        function(*copy.deepcopy(arguments))
    except AssertionError as error:
        return "invalid inputs" in str(error)
    except ArithmeticError:
        return False
    return False


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
