"""How far a run that a model imagined is from the run that took place.

In the simulated mode a model writes what each step does, one assignment a line (`total = 3`). Such lines are claims: a
claim holds where the traced run gave that variable that value at some time. Fenced code is no claim.

Leaves out: the order of the steps, claims about values that are no literals.
"""

import ast
import re
from typing import NamedTuple

from trialrun.core.trace import Trace
from trialrun.observe.steps import walk
from trialrun.observe.value_text import Texts

_CLAIM = re.compile(
    r"^[\s\-*>`]*(?:line \d+\s*:|\d+[.:)])?\s*`?([A-Za-z_]\w*)`?\s*=\s*(.+?)`?\s*$", re.IGNORECASE
)
_MOST, _LONGEST = 500, 300


class Divergence(NamedTuple):
    """What became of a model's claims."""

    claims: int
    wrong: int

    @property
    def share(self) -> float:
        """Wrong claims of all, 0 to 1; 0 where nothing was claimed."""
        return self.wrong / self.claims if self.claims else 0.0


def divergence(answer: str, trace: Trace) -> Divergence:
    """Compare the claims of an answer with a trace of the run that it is about."""
    texts = Texts(trace)
    seen = {(name, _normal(texts.of(row))) for one in walk(trace) for name, row in one.bound.items()}
    names = {name for name, _ in seen}
    claims = [claim for claim in _claims(answer) if claim[0] in names]
    return Divergence(len(claims), sum(claim not in seen for claim in claims))


def _claims(answer: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    fenced = False
    for line in answer.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and len(line) <= _LONGEST and len(found) < _MOST:
            match = _CLAIM.match(line)
            if match is not None:
                found.append((match.group(1), _normal(match.group(2))))
    return found


def _normal(text: str) -> str:
    """Return a literal as Python writes it; another text as it is."""
    try:
        return repr(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return text.strip()
