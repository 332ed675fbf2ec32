"""Solved problems as tasks: write a generator of problems like this one; and the problems of such a generator.

A file of solved problems is JSON lines (also gzipped) with `problem`, `solution` and `answer`, or as GSM8K has them:
`question`, and an `answer` whose last line is `#### ` and the final answer.

A generator's task has one check, public and hidden alike: a method may know the seed. Its reference is what number
lifting makes of the seed, where that makes anything. A sampled problem is a question (`tasks/questions.py`, kind
`number`) about the generator's own `solve`, so that `eval` grades answers to it by running that.

Leaves out: running anything (`verify/efa.py`, `learn/builders/problems.py`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.core.task import ANSWER, GeneratorCheck, PredictionCheck, Task
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import ENTRY, program_of
from trialrun.lang.lifting import NotLifted, lift
from trialrun.tasks import datafiles
from trialrun.tasks.questions import KINDS

CHECK = "generator"
"""Name of the check of a generator."""
_STATEMENT = """Write a Python class `{entry}` that makes problems like the one below, with their answers. It has no \
arguments and these methods:

original(self): the parameters of the problem below, as a dict of names to plain values
sample(self, seed): parameters of another such problem, the same for the same seed; None where a draw is of no use
render(self, parameters): the text of the problem with these parameters
solve(self, parameters): its answer, worked out from the parameters

The text that `render` gives for `original()` is exactly the problem below, every parameter stands in the text, and \
every number among them matters. Answers make sense: no fraction of a person, no negative price.

Problem:
{problem}

Solution:
{solution}

Answer: {answer}"""


def generator_task(
    solved: Solved,
    *,
    id: str,
    suite: str = "solved",
    entry: str = ENTRY,
    solver: str = "",
    alike: bool = True,
    source: str = "",
    licence: str = "",
) -> Task:
    """Return the task to write a generator of problems like a solved one."""
    check = GeneratorCheck(
        name=CHECK,
        problem=solved.problem,
        solution=solved.solution,
        answer=solved.answer,
        solver=solver,
        alike=alike,
    )
    return Task(
        id=id,
        suite=suite,
        statement=_STATEMENT.format(
            entry=entry, problem=solved.problem, solution=solved.solution or "(none)", answer=solved.answer
        ),
        entry=entry,
        public_checks=(check,),
        hidden_checks=(check,),
        reference=lifted_source(solved) if entry == ENTRY else None,
        source=source,
        licence=licence,
    )


def lifted_source(solved: Solved) -> str | None:
    """Return the generator that number lifting makes of a solved problem, or None."""
    try:
        return program_of(lift(solved)) if solved.solution else None
    except NotLifted:
        return None


def problem_task(
    text: str,
    parameters: Mapping[str, Any],
    program: str,
    answer: str,
    *,
    id: str,
    suite: str,
    entry: str = ENTRY,
) -> Task:
    """Return the question that one problem of a generator is; `program` is the generator's source."""
    call = literal_of(dict(parameters))
    head = "from fractions import Fraction\n" if "Fraction(" in call else ""
    check = PredictionCheck(name="number", oracle="number", source=head + program, entry=entry, call=call)
    return Task(
        id=id,
        suite=suite,
        statement=f"{text.strip()}\n\n{KINDS['number'].asks}",
        entry=None,
        language=ANSWER,
        hidden_checks=(check,),
        reference=answer,
        source="made by a generator",
    )


def literal_of(value: Any) -> str:
    """Return the source of a plain value.

    >>> literal_of({"a": (1, 2.5), "b": [1]})
    "{'a': (1, 2.5, ), 'b': [1]}"
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {literal_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal_of, value)) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{literal_of(item)}, " for item in value) + ")"
    return repr(value)


def read_solved(path: Path) -> dict[str, Solved]:
    """Return the solved problems of a file by id (`id`, or the line's number). Raises `UsageError` with the line."""
    found: dict[str, Solved] = {}
    for number, (where, row) in enumerate(datafiles.numbered_rows(datafiles.read_file(path)), 1):
        id = str(row.get("id", row.get("idx", number)))
        if id in found:
            raise UsageError(f"{where}: `id`: {id[:60]!r} stands on an earlier line too")
        found[id] = solved_of(row, where)
    if not found:
        raise UsageError(f"{path} holds no problem")
    return found


def solved_of(row: Mapping[str, Any], where: str) -> Solved:
    """Return the solved problem that a row states, in either form. Raises `UsageError`."""
    problem, answer = row.get("problem", row.get("question")), row.get("answer")
    solution = row.get("solution", "")
    if not (isinstance(problem, str) and isinstance(answer, str) and isinstance(solution, str)):
        raise UsageError(f"{where}: a solved problem has `problem`, `answer` and `solution`, all text")
    if "solution" not in row:
        solution, mark, last = answer.rpartition("####")
        solution, answer = (solution, last) if mark else ("", answer)
    if not problem.strip() or not answer.strip():
        raise UsageError(f"{where}: a problem or an answer is empty")
    return Solved(problem=problem, solution=solution.strip(), answer=answer.strip())
