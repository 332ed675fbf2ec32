"""MBPP: 974 short functions asked for in one sentence, each with three asserts.

Two published forms give the same tasks: Google's `mbpp.jsonl` (`text`, `code`, `test_list`,
`challenge_test_list`) and InterCode's `ic_mbpp.json` (`query`, `gold`, `tests`: the list and the challenge
list in one; the first three are the list). Line ends become LF. A solution is a whole program: nothing
precedes it. The first assert is public, as in EvalPlus's prompts, since the sentence alone does not name
the function; all three decide.

Leaves out: challenge asserts (InterCode's form alone does not mark them, and the paper's score has none).

Source: Austin et al. 2021, "Program Synthesis with Large Language Models".
"""

from typing import Any

import msgspec

from trialrun.core.task import AssertCheck, Task
from trialrun.tasks.asserts import plan
from trialrun.tasks.suites import Suite

TESTS = 3
"""Length of every `test_list` in the published file."""


class Published(msgspec.Struct, frozen=True):
    """One line of `mbpp.jsonl`."""

    task_id: int
    text: str
    code: str
    test_list: list[str]
    test_setup_code: str = ""


class InterCode(msgspec.Struct, frozen=True):
    """One row of `ic_mbpp.json`."""

    task_id: int
    query: str
    gold: str
    tests: list[str]
    test_setup_code: str = ""


def tasks(rows: list[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Make tasks of the rows of either published form."""
    if rows and "gold" in rows[0]:
        ours = msgspec.convert(rows, list[InterCode])
        return tuple(
            _task(row.task_id, row.query, row.gold, row.tests[:TESTS], row.test_setup_code, suite)
            for row in ours
        )
    return tuple(
        _task(row.task_id, row.text, row.code, row.test_list, row.test_setup_code, suite)
        for row in msgspec.convert(rows, list[Published])
    )


def _task(number: int, text: str, code: str, asserts: list[str], setup: str, suite: Suite) -> Task:
    reference = _lines(code)
    tests = [_lines(line) for line in asserts]
    how = plan("".join(tests), reference, setup=_lines(setup) if setup.strip() else "")
    public = AssertCheck(name="example", code=tests[0], remote=how.remote, same_process=how.same_process)
    return Task(
        id=f"Mbpp/{number}",
        suite=suite.name,
        statement=f"{text.strip()}\n{tests[0]}",
        entry=how.entry,
        context=how.shared_context,
        public_checks=() if how.same_process else (public,),
        hidden_checks=(how.check("tests", "".join(tests)),),
        reference=reference,
        defect=_defect(how.borrowed),
        source=suite.source,
        licence=suite.licence,
    )


def _defect(borrowed: tuple[str, ...]) -> str | None:
    if not borrowed:
        return None
    return f"the asserts use {', '.join(borrowed)} without an import; trialrun imports it for them"


def _lines(text: str) -> str:
    """Return text with LF line ends and one at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
