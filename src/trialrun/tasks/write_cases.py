"""Cases written as JSON lines that `tasks/cases.py` reads: arguments, and the value that was returned.

Only what JSON says exactly: None, booleans, whole numbers, finite floats, texts, lists, dicts with texts as keys.
Values come as canonical bytes that a program chose; they are walked, never built, and their size is bounded.

Leaves out: tuples, sets and all else (write tests instead), whole programs.
"""

import json
import math
from typing import Any

from trialrun.core import values as v
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.task import Case
from trialrun.lang.literals import Unsayable

LONGEST = 100_000
"""Characters of a line, at most."""
_DEPTH = 50


def case_line(case: Case, did: Execution) -> str:
    r"""Return the line of a call and what it returned. Raises `Unsayable`, with the reason.

    >>> case_line(Case(args=([1, "a"],)), Execution(outcome=Outcome.RETURNED, value=v.encode({"b": None})))
    '{"args": [[1, "a"]], "expected": {"b": null}}\n'
    """
    if did.outcome is not Outcome.RETURNED or did.value is None:
        raise Unsayable(
            f"it raises {did.exception}" if did.exception else f"it ends otherwise: {did.outcome}"
        )
    if did.stdout:
        raise Unsayable("it prints, which a case of a call does not say")
    try:
        arguments = [_plain(parse(v.encode(argument)), 0) for argument in case.args]
        line = json.dumps({"args": arguments, "expected": _plain(parse(did.value), 0)}, ensure_ascii=False)
        line.encode()
    except (v.Malformed, v.TooLarge, UnicodeEncodeError):
        raise Unsayable("a value that cannot be written") from None
    if len(line) > LONGEST:
        raise Unsayable(f"a line of more than {LONGEST:,} characters")
    return line + "\n"


def _plain(low: Any, depth: int) -> Any:
    """Return a lowered value as one that JSON says exactly."""
    if depth > _DEPTH:
        raise Unsayable("a value nested too deeply")
    if type(low) is not tuple:
        if low is None or type(low) in (bool, int, str) or (type(low) is float and math.isfinite(low)):
            return low
        raise Unsayable(f"a value of type {type(low).__name__}")
    if low[0] == v.LIST:
        return [_plain(item, depth + 1) for item in low[1:]]
    if low[0] == v.DICT and all(type(key) is str for key in low[1::2]):
        return {key: _plain(item, depth + 1) for key, item in zip(low[1::2], low[2::2], strict=True)}
    raise Unsayable(f"a value of type {v.SHAPES[low[0]][0]}, which JSON has not")
