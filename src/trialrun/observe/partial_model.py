"""Phase 3 of partial execution, optional: a model proposes values, and they are kept only when coverage does not fall.

The model is shown the snippet and the invented values that have no type yet, each with what was done with it, and
answers one JSON object from origins to Python literals. What is no literal, is too long, or belongs to nothing that
was asked about is dropped. One run has all values that are left; if it hits fewer statement markers, none is kept.

Leaves out: code as an answer (Treefix): a literal can do nothing.
"""

import ast
import json
import re
from dataclasses import dataclass

from trialrun.models.protocol import Message, Model, Request
from trialrun.observe.selfpico import Search, merge
from trialrun.run.holes import PartialRun, Plan

MOST_ORIGINS = 24
MOST_CHARACTERS = 400
"""Longest literal that is taken."""
_SOURCE = 6000
_ASK = """The following Python code runs without its imports and inputs. Propose a realistic value for each missing \
expression, as a Python literal (text, number, list, dict, tuple, bytes, True, None). Answer with one JSON object \
that maps each expression to its literal written as a string; leave out what is a function, class or module.

```python
{source}
```

Missing expressions and what the code does with them:
{asked}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a model proposed, and what came of it."""

    model: str
    values: tuple[tuple[str, str], ...]
    """(origin, literal) that were tried."""
    kept: bool
    """Whether coverage did not fall."""
    run: PartialRun | None
    """The run with the values; None where nothing usable was proposed."""


def propose(search: Search, model: Model) -> Proposed:
    """Ask a model for values of a snippet that was explored, and try them. Raises `ModelError`."""
    best = search.best
    assert best is not None
    typed = {origin for origin, _, _ in best.plan.types}
    asked = {
        value.origin: value.uses
        for value in best.report.values
        if value.kind == "universal" and value.origin not in typed and not value.origin.startswith("(")
    }
    asked = dict(list(asked.items())[:MOST_ORIGINS])
    lines = "\n".join(f"- {origin}: {', '.join(uses[:6]) or 'read'}" for origin, uses in asked.items())
    text = _ASK.format(source=search.source[:_SOURCE], asked=lines)
    answer = model.complete(Request(messages=(Message("user", text),), max_tokens=800))
    values = read_answer(answer.texts[0] if answer.texts else "", set(asked))
    if not values:
        return Proposed(model=model.id, values=(), kept=False, run=None)
    types = tuple((origin, ["literal", literal], f"model {model.id}"[:80]) for origin, literal in values)
    run = search.extra(merge(best.plan, Plan(types=types)))
    kept = search.score(run) >= search.score(best)
    if kept:
        search.adopt(run)
    return Proposed(model=model.id, values=values, kept=kept, run=run)


def read_answer(text: str, asked: set[str]) -> tuple[tuple[str, str], ...]:
    """Return the literals in a model's answer for what was asked about.

    >>> read_answer('Sure: {"x": "[1, 2]", "y": "open(1)", "z": "3"}', {"x", "y"})
    (('x', '[1, 2]'),)
    """
    match = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        found = json.loads(match[0]) if match else {}
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, dict):
        return ()
    return tuple(
        (origin, literal)
        for origin, literal in found.items()
        if origin in asked and isinstance(literal, str) and _is_literal(literal)
    )


def _is_literal(text: str) -> bool:
    if len(text) > MOST_CHARACTERS:
        return False
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True
