"""`program_from`: a model's answer to a task as a `Program`, by the shared extractor.

Leaves out: answers that are several files.
"""

from trialrun.core.program import Program
from trialrun.core.task import ANSWER, PublicTask
from trialrun.lang.extract import extract
from trialrun.lang.languages import language


def program_from(answer: str, task: PublicTask, *, maker: str, continued: str | None = None) -> Program:
    """Return the program in an answer; `continued` is the code that a base model was to continue, where it was.

    An answer without any program is a program too, one that fails. Where the task is a question about an execution, all
    that was said is the answer.
    """
    if task.language == ANSWER:
        return Program(files=(("answer.txt", answer),), language=ANSWER, maker=maker)
    prefix = task.prefix if continued is None else continued
    found = extract(
        answer, entry=task.entry, prefix=prefix, raw=continued is not None, language=task.language
    )
    return Program(
        files=((f"solution{language(task.language).suffix}", found.source),),
        entry=task.entry,
        language=task.language,
        maker=maker,
    )
