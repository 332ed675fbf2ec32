"""CoCoNUT: which lines does a call execute, in order? 1,083 calls of HumanEval's solutions, with published line lists.

`coconut` asks for line numbers, `coconut-symbols` for one sign a line. The text of a call stands between parentheses
or is a tuple of arguments; both become an argument list. A row whose symbol string is not as long as its line list
(three, all of HumanEval/160, whose lines lie inside an evaluated string) has no task in the symbol form; `faulty`
names them. The published list decides under `upstream`, a trace under `strict`. Ids end in the number of the call
among the calls of one program, so that the share of programs with every call right can be counted.

Leaves out: the advanced sets (object-oriented, recursion, concurrency; Java).
Source: CoCoNUT (2025), "CoCoNUT: Structural Code Understanding does not fall out of a tree".
"""

import ast
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import Task
from trialrun.tasks.datafiles import Found
from trialrun.tasks.questions import question
from trialrun.tasks.suites import Suite

_COMMENT = re.compile(r"  # \d+$", re.MULTILINE)
_LONGEST = 1 << 24


class Row(msgspec.Struct, frozen=True):
    """One row of the data set."""

    HumanEval_ID: str
    Name: str
    FunctionCall: str
    ExecutedLines: str
    ExecutedLines_Symbols: str
    Code_Indices: str
    Code_Symbols: str

    @property
    def program(self) -> str:
        """The program without the numbers of its lines."""
        return _COMMENT.sub("", self.Code_Indices.replace("\r\n", "\n"))

    @property
    def lines(self) -> list[int]:
        """The published lines."""
        return [int(number) for number in ast.literal_eval(self.ExecutedLines)]


def read_rows(found: Found) -> list[dict[str, Any]]:
    """Return the rows of the CSV file."""
    csv.field_size_limit(_LONGEST)
    try:
        return list(csv.DictReader(io.StringIO(found.data.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{found.path}: no CSV file: {error}") from error


def tasks(rows: Iterable[dict[str, Any]], suite: Suite) -> tuple[Task, ...]:
    """Return one task a row; in the symbol form without the faulty rows."""
    symbols = suite.name.endswith("-symbols")
    counts: Counter[str] = Counter()
    made = []
    for raw in rows:
        row = msgspec.convert(raw, Row)
        counts[row.HumanEval_ID] += 1
        if not (symbols and is_faulty(row)):
            made.append(_task(row, counts[row.HumanEval_ID], suite, symbols=symbols))
    return tuple(made)


def faulty(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return the programs of the rows that the symbol form leaves out."""
    return [row.HumanEval_ID for row in (msgspec.convert(raw, Row) for raw in rows) if is_faulty(row)]


def is_faulty(row: Row) -> bool:
    """Tell whether the symbol string of a row is not as long as its line list."""
    return len(row.ExecutedLines_Symbols) != len(row.lines)


def argument_list(text: str) -> str:
    """Return the text of a call as an argument list.

    >>> argument_list("('a b',)"), argument_list("[1.0], 0.3"), argument_list("'a'"), argument_list("(1, (2, 3))")
    ("'a b'", '[1.0], 0.3', "'a'", '1, (2, 3)')
    """
    node = ast.parse(text.strip(), mode="eval").body
    if not isinstance(node, ast.Tuple):
        return text.strip()
    return ", ".join(ast.get_source_segment(text.strip(), item) or ast.unparse(item) for item in node.elts)


def _task(row: Row, number: int, suite: Suite, *, symbols: bool) -> Task:
    answer = row.ExecutedLines_Symbols if symbols else row.ExecutedLines
    return question(
        "symbols" if symbols else "lines",
        id=f"{row.HumanEval_ID}/{number}",
        suite=suite.name,
        program=row.program,
        entry=row.Name,
        call=argument_list(row.FunctionCall),
        shown=row.Code_Symbols if symbols else row.Code_Indices,
        expected=answer,
        answer=answer,
        source=suite.source,
        licence=suite.licence,
    )
