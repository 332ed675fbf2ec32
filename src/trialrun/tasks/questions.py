"""Questions about an execution as tasks: the statement that asks, and the hidden check that names its oracle.

A kind of question is one row of `KINDS`: how it asks, and which oracle of `verify/prediction.py` grades it. All data
sets of questions and the builders of fresh ones make their tasks here, so that one kind reads the same everywhere.

Leaves out: running the program, grading (`verify/`), few-shot examples and wordings of single papers.
"""

from dataclasses import dataclass

from trialrun.core.task import ANSWER, PredictionCheck, Task

_END = "Think it through if you like, and end with the answer between [ANSWER] and [/ANSWER]."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question."""

    oracle: str
    """Oracle that grades it."""
    asks: str
    """What stands below the program; `{call}` and `{output}` are filled in."""


KINDS: dict[str, Kind] = {
    "output": Kind(
        "output",
        "What does `{call}` return? Answer with a literal (no calls, no unsimplified expressions); if it raises, with"
        " the name of the exception's type.",
    ),
    "input": Kind(
        "input",
        "Find arguments for which the function returns `{output}`. Answer with the call, such as `{entry}(1, 'a')`."
        " Any that do will do.",
    ),
    "lines": Kind(
        "lines",
        "Which lines run, in order, when `{call}` is evaluated? Answer with the list of their numbers, such as"
        " [4, 5, 5, 6]; a line that runs twice stands there twice. Only lines of this program count, and not those"
        " that ran when it was loaded.",
    ),
    "symbols": Kind(
        "symbols",
        "Which lines run, in order, when `{call}` is evaluated? Each line ends in a comment with its symbol. Answer"
        " with the string of their symbols; a line that runs twice stands there twice.",
    ),
    "final-values": Kind(
        "final-values",
        "`{call}` is evaluated. Which values do the function's own variables, parameters included, have when it is"
        " over? Answer with a dict literal from names to values.",
    ),
    "number": Kind(
        "number",
        "Think it through if you like, and end with the answer (a number without its unit) between [ANSWER] and"
        " [/ANSWER].",
    ),
    "printed": Kind("printed", "What does this program print? Answer with exactly that text."),
}
"""Every kind of question by name."""


def question(
    kind: str,
    *,
    id: str,
    suite: str,
    program: str,
    entry: str | None,
    call: str = "",
    output: str = "",
    shown: str | None = None,
    expected: str | None = None,
    answer: str | None = None,
    family: str = "",
    source: str = "",
    licence: str = "",
) -> Task:
    """Return a question about one call of a program.

    `call` is the text of the arguments, `output` the literal that the call returns (for `input`), `shown` the program
    as it is printed in the question where that differs, `expected` the published answer where it decides, `answer` a
    right answer.
    """
    asked = KINDS[kind]
    text = asked.asks.format(call=f"{entry}({call})", output=output, entry=entry)
    fence = "`" * max(3, 1 + _longest_fence(shown or program))
    statement = f"{fence}python\n{(shown or program).rstrip()}\n{fence}\n\n{text}\n\n{_END}"
    check = PredictionCheck(
        name=kind,
        oracle=asked.oracle,
        source=program,
        entry=entry,
        call=call,
        expected=expected,
        family=family,
    )
    return Task(
        id=id,
        suite=suite,
        statement=statement,
        entry=None,
        language=ANSWER,
        hidden_checks=(check,),
        reference=answer,
        source=source,
        licence=licence,
    )


def row_of(task: Task) -> dict[str, str]:
    """Return a question as a line of a file of one's own tasks (`tasks/own.py`)."""
    (check,) = task.hidden_checks
    assert isinstance(check, PredictionCheck)
    row = {
        "id": task.id,
        "asks": check.oracle,
        "statement": task.statement,
        "program": check.source,
        "entry": check.entry or "",
        "call": check.call,
        "reference": task.reference or "",
        "source": task.source,
    }
    return {name: text for name, text in row.items() if text}


def numbered(program: str) -> str:
    """Return a program with its line's number as a comment at the end of each line.

    >>> print(numbered("x = 1\\nprint(x)"))
    x = 1  # 1
    print(x)  # 2
    """
    return "\n".join(f"{line}  # {number}" for number, line in enumerate(program.rstrip("\n").split("\n"), 1))


def _longest_fence(text: str) -> int:
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest
