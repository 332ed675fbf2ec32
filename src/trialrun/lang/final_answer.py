"""The answer in what a model says to a question about an execution.

In this order: what stands between the last `[ANSWER]` and `[/ANSWER]`; a text that is one expression, or that asserts
one equality, as it stands; what follows the last `Final answer:` or `Output:`. Of that the first fenced block, else
the first inline code, else the first paragraph, without bold marks. An answer written as `assert f(x) == y` is `y`
where the output was asked for and `f(x)` where the input was.

Leaves out: whether the answer is right (`verify/prediction.py`); code that solves a task (`extract.py`).
"""

import ast
import re
from typing import Literal

from trialrun.lang.scopes import Unparseable, parse

LONGEST = 100_000
"""Characters of an answer that are read."""

_TAGGED = re.compile(r"\[ANSWER\](.*?)(?:\[/ANSWER\]|\Z)", re.S | re.I)
_SIGN = re.compile(r"(?:final answer|output|answer)\s*:[ \t]*", re.I)
_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.S)
_INLINE = re.compile(r"`([^`\n]+)`")

Side = Literal["input", "output"]


def final_answer(text: str, side: Side = "output") -> str:
    r"""Return the answer in a text; of an asserted equality the side that was asked for.

    >>> final_answer("Let me see.\n[ANSWER]\nassert f(17) == 'a'\n[/ANSWER]"), final_answer("Output: `[1, 2]`")
    ("'a'", '[1, 2]')
    """
    text = text[:LONGEST]
    tagged = _TAGGED.findall(text)
    if tagged:
        return _side(tagged[-1].strip(), side)
    if _is_code(text):
        return _side(text.strip(), side)
    return _side(last_part(text), side)


def last_part(text: str) -> str:
    """Return what follows the last sign of an answer: a block, inline code, or a paragraph."""
    signs = list(_SIGN.finditer(text))
    rest = (text[signs[-1].end() :] if signs else text).replace("**", "").strip()
    if fenced := _FENCED.search(rest):
        return fenced[1].strip("\n")
    if inline := _INLINE.search(rest):
        return inline[1].strip()
    return re.split(r"\n\s*\n", rest, maxsplit=1)[0].strip()


def _is_code(text: str) -> bool:
    tree = parse(text.strip())
    return (
        not isinstance(tree, Unparseable)
        and len(tree.body) == 1
        and isinstance(tree.body[0], ast.Expr | ast.Assert)
    )


def _side(text: str, side: Side) -> str:
    """Return one side of an asserted equality; any other text as it is."""
    tree = parse(text)
    if isinstance(tree, Unparseable) or len(tree.body) != 1:
        return text
    node = tree.body[0]
    test = node.test if isinstance(node, ast.Assert) else node.value if isinstance(node, ast.Expr) else None
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return text
    if not isinstance(node, ast.Assert) and not isinstance(test.left, ast.Call):
        return text  # a comparison can be an answer of its own
    found = ast.get_source_segment(text, test.left if side == "input" else test.comparators[0])
    return found if found is not None else text
