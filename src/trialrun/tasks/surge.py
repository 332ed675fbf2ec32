"""SURGE: 1,160 programs of eight kinds whose output a model is to say, each with its prompt and its published answer.

Read from a checkout that the user names. The prompt without examples is the question; the answer is graded as text by
the rule of its family (`verify/text_answers.py`). Python programs that need no files and no input are kept with their
question, so that an audit can run them. The field of the category is misspelt in some files; both spellings count.

Leaves out: the prompts with examples and with reasoning, toolchains of other languages.
Source: SURGE (2025), "SURGE: On the Potential of Large Language Models as General-Purpose Surrogate Code Executors".
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from trialrun.core.errors import UsageError
from trialrun.core.task import ANSWER, PredictionCheck, Task, TaskSet
from trialrun.tasks.suites import Suite

SUBSETS = ("ml", "cl", "rl", "sc", "tc", "bg", "dr", "fl")
"""Files of the data set: languages, contests, repositories, science, slow programs, bugs, settings, proofs."""
_NUMERIC = ("gd_", "rk_", "qr_", "lu_", "power_method_", "heat_eq_", "euler_", "fft_")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the data set."""

    question: str
    gt: str
    sys_0shot: str
    custom_features: dict[str, Any] = {}
    custom_category: int | str | None = None
    custom_categoey: int | str | None = None

    @property
    def category(self) -> int:
        """Number of its category, however the field is spelt."""
        found = self.custom_category if self.custom_category is not None else self.custom_categoey
        return int(found if found is not None else 0)


def load(suite: Suite, checkout: Path) -> TaskSet:
    """Read the subset that the suite's name says, or all."""
    part = suite.name.removeprefix("surge").removeprefix("-")
    digest = hashlib.sha256()
    tasks: list[Task] = []
    for subset in (part,) if part else SUBSETS:
        path = checkout / "dataset" / f"{subset}.json"
        try:
            data = path.read_bytes()
            rows = msgspec.json.decode(data, type=list[Row])
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from error
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise UsageError(f"{path} is not SURGE's data: {error}") from error
        digest.update(data)
        tasks += [_task(row, subset, number, suite) for number, row in enumerate(rows)]
    return TaskSet(name=suite.name, version="checkout", sha256=digest.hexdigest(), tasks=tuple(tasks))


def family_of(row: Row, subset: str) -> str:
    """Return the rule that grades an item.

    >>> family_of(Row(question="", gt="", sys_0shot="", custom_features={"fid": "merge_sort.py"}), "tc")
    'order'
    """
    if subset in ("bg", "dr"):
        return "jaccard"
    if subset == "fl":
        return "lean"
    features = row.custom_features
    if subset == "rl":
        if features.get("repo") == "PlotNeuralNet" or features.get("run_instruction") == "python 24_game.py":
            return "ratio"
        return "board" if features.get("task") == "sudoku" else "exact"
    name = str(features.get("fid", ""))
    if any(part in name for part in _NUMERIC):
        return "numeric"
    if "sort" in name:
        return "order"
    return "last-number" if name.startswith("mc_") else "exact"


def _task(row: Row, subset: str, number: int, suite: Suite) -> Task:
    language = str(row.custom_features.get("language", "")).lower()
    family = family_of(row, subset)
    runs = subset in ("ml", "cl") and language == "python"
    check = PredictionCheck(
        name=f"{subset}: {family}",
        oracle="text",
        source=program_of(row.question) if runs else "",
        expected=row.gt,
        family=family,
    )
    return Task(
        id=f"{subset.upper()}/{number}",
        suite=suite.name,
        statement=row.sys_0shot.strip(),
        entry=None,
        language=ANSWER,
        hidden_checks=(check,),
        reference=row.gt,
        source=f"{suite.source}; category {row.category}; {language}".strip("; "),
        licence=suite.licence,
    )


def program_of(question: str) -> str:
    """Return the program in the text of an item: the fenced block where there is one, else all of it."""
    found = re.search(r"```\w*\n(.*?)```", question, re.DOTALL)
    return found[1] if found else question
