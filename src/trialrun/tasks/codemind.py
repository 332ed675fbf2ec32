"""CodeMind's independent execution reasoning: 162 HumanEval programs, 800 of CRUXEval, 400 ClassEval methods.

Each directory of a checkout that the user names has `main.py`, `input.txt` (a call) and `output.txt`. The question is
what the call gives; running it decides, and the published text only where the value is none that can be compared.
ClassEval's calls name a method of a test class; they are made on an instance.

Dependent reasoning (a model's own programs) is asked by `learn/builders/reasoning.py`; writing from the specification
is an ordinary task set. Leaves out: Avatar (Java, whole programs), refactored and annotated forms. Source: CodeMind
(2024), "CodeMind: A Framework to Challenge Large Language Models for Code Reasoning".
"""

import ast
import hashlib
import re
from dataclasses import replace
from pathlib import Path

from trialrun.core.errors import UsageError
from trialrun.core.task import Task, TaskSet
from trialrun.core.text_files import read_text
from trialrun.tasks.questions import question
from trialrun.tasks.suites import Suite

PRELUDE = "import math\nfrom typing import *\n"
"""What HumanEval's programs need and do not import."""


def load(suite: Suite, checkout: Path) -> TaskSet:
    """Read one of the three sets from a checkout."""
    part = suite.name.removeprefix("codemind-")
    root = checkout / "dataset" / part
    if not root.is_dir():
        raise UsageError(f"{root} is not there: {suite.name} needs that part of the checkout")
    digest = hashlib.sha256()
    tasks = []
    for folder in sorted((entry for entry in root.iterdir() if entry.is_dir()), key=_place):
        texts = [_text(folder / name) for name in ("main.py", "input.txt", "output.txt")]
        if None in texts:
            continue
        digest.update("\0".join(str(text) for text in texts).encode("utf-8", "surrogatepass"))
        tasks.append(_task(folder.name, [text or "" for text in texts], suite))
    if not tasks:
        raise UsageError(f"{root} holds no main.py with input.txt and output.txt")
    return TaskSet(name=suite.name, version="checkout", sha256=digest.hexdigest(), tasks=tuple(tasks))


def call_parts(text: str) -> tuple[str, str]:
    """Return what is called and the text of the arguments. Raises `ValueError` where the text is no call.

    >>> call_parts("f('a', k=2) "), call_parts("Test.test()")
    (('f', "'a', k=2"), ("Test('test').test", ''))
    """
    text = text.strip()
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"not a call: {text[:80]}") from error
    if not isinstance(node, ast.Call):
        raise ValueError(f"not a call: {text[:80]}")
    named = ast.get_source_segment(text, node.func) or ""
    inside = text[len(named) :].strip()[1:-1].strip()
    if match := re.fullmatch(r"(Test\w*)\.(test\w*)", named):
        named = f"{match[1]}({match[2]!r}).{match[2]}"
    return named, inside


def _task(name: str, texts: list[str], suite: Suite) -> Task:
    main, given, output = texts
    try:
        entry, call = call_parts(given)
        defect = None
    except ValueError as error:
        entry, call, defect = "", given.strip(), str(error)
    task = question(
        "output",
        id=name.replace("_", "/", 1),
        suite=suite.name,
        program=PRELUDE + main,
        shown=main,
        entry=entry,
        call=call,
        expected=output.strip(),
        answer=output.strip(),
        family="printed",
        source=suite.source,
        licence=suite.licence,
    )
    return replace(task, defect=defect)


def _text(path: Path) -> str | None:
    return read_text(path) if path.is_file() else None


def _place(folder: Path) -> tuple[tuple[int, ...], str]:
    numbers = tuple(int(number) for number in re.findall(r"\d+", folder.name)[:1])
    return numbers, folder.name
