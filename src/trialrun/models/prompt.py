"""Render a task as a prompt: the one place where a `PublicTask` becomes text for a model.

`completion` gives the code that a base model continues. `chat` gives one message: the method's own instruction, the
task, what must be defined, and the public examples that the task's text does not show already. A method states its
instruction and nothing else, so one method has the same prompt on every task set.

Leaves out: few-shot examples, system messages, fitting a prompt into a context window (the server says so).
"""

import re

from trialrun.core.task import (
    ANSWER,
    AssertCheck,
    Check,
    EquivalenceCheck,
    GeneratorCheck,
    PredictionCheck,
    ProgramCheck,
    PublicTask,
    UnittestCheck,
)
from trialrun.models.protocol import Message


def completion(task: PublicTask) -> str:
    r'''Return code to continue: the task's prefix, or else its statement as a docstring.

    >>> completion(PublicTask(id="1", suite="s", statement="Add.", entry="f", language="python", prefix="",
    ...     public_checks=()))
    '"""\nAdd.\n"""\n'
    '''
    if task.prefix.strip():
        return task.prefix
    if task.language == ANSWER:
        return task.statement
    if task.language != "python":
        return task.statement.rstrip() + "\n"
    statement = task.statement.strip().replace("\\", "\\\\").replace('"""', "'''")
    return f'"""\n{statement}\n"""\n'


def chat(task: PublicTask, instruction: str) -> tuple[Message, ...]:
    """Return the messages that ask for a solution in one block of code; a question asks for its answer by itself."""
    if task.language == ANSWER:
        return (Message("user", task.statement),)
    return (Message("user", "\n\n".join([instruction, *described(task)])),)


def described(task: PublicTask) -> list[str]:
    """Return the paragraphs that say what a task is: statement, code to start from, entry point, examples."""
    parts = []
    if task.statement.strip() != task.prefix.strip():
        parts.append(task.statement.strip())
    if task.prefix.strip() and task.prefix.strip() not in task.statement:
        parts.append(fenced(task.prefix, task.language))
    elif not parts:
        parts.append(fenced(task.statement, task.language))
    if task.entry is not None:
        parts.append(f"The answer must define `{task.entry}`.")
    else:
        parts.append("The answer must be a whole program that reads standard input.")
    shown = [
        text for text in map(_example, task.public_checks) if text and text.strip() not in task.statement
    ]
    if shown:
        parts.append("It must satisfy:\n\n" + fenced("\n".join(shown), task.language))
    return parts


def fenced(code: str, language: str) -> str:
    r"""Return code as a block whose fence is longer than any inside it.

    >>> fenced("x = 1\n", "python")
    '```python\nx = 1\n```'
    """
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    body = code.strip("\n")
    return f"{fence}{language}\n{body}\n{fence}"


def _example(check: Check) -> str:
    if isinstance(check, AssertCheck | UnittestCheck):
        return check.code.strip("\n")
    if isinstance(check, PredictionCheck | GeneratorCheck | EquivalenceCheck) or check.expected is None:
        return ""
    if isinstance(check, ProgramCheck):
        runs = zip(check.cases, check.expected, strict=True)
        lines = [
            f"stdin {case.stdin!r} -> stdout {output.stdout.decode('utf-8', 'backslashreplace')!r}"
            for case, output in runs
            if case.stdin is not None and output.stdout is not None
        ]
    else:
        calls = zip(check.cases, check.expected, strict=True)
        lines = [f"{', '.join(map(repr, case.args))} -> {expected!r}" for case, expected in calls]
    return "\n".join(f"# {line}" for line in lines)
