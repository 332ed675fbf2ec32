"""A scripted reader in place of a language model: one small edit at random in the code that it is shown.

If lines of a trace are shown, it edits one of them; a trace that it is asked to simulate names the right lines half of
the time, and else any. It knows nothing of what the program should do, and takes nothing apart.

Leaves out: understanding.
"""

import random
import re

from trialrun.lang.mutants import mutants
from trialrun.models.protocol import Request
from trialrun.models.scripted import asked_text

_CODE = re.compile(r"(?:The function `(\w+)`|The program):\n\n```python\n(.*?)\n```", re.DOTALL)
_BLOCKS = re.compile(r"block by block:\n\n```\n(.*?)\n```", re.DOTALL)
RIGHT = 0.5
"""How often a simulated trace names the lines that really run."""


class Reader:
    """Answers questions of MGDebugger."""

    def __init__(self, executed: frozenset[str] = frozenset()) -> None:
        """`executed` are the texts of the lines that run on the failing check: what a simulation may find out."""
        self._executed = executed

    def __call__(self, request: Request, index: int) -> str:
        """Return an answer; the same one for the same request."""
        text = asked_text(request)
        found = _CODE.search(text)
        if "Take this program apart" in text:
            return text[text.rindex("```python") :]
        if found is None:
            return ""
        chance = random.Random(f"{request.seed}:{index}")
        source = found[2] + "\n"
        shown = self._shown(text, source, chance)
        options = mutants(source, found[1], subtle=True)
        near = [one for one in options if source.split("\n")[one.line - 1].strip() in shown]
        chosen = near or options
        return f"```python\n{chance.choice(chosen).source}```" if chosen else ""

    def _shown(self, text: str, source: str, chance: random.Random) -> frozenset[str]:
        blocks = _BLOCKS.search(text)
        if blocks is not None:
            return frozenset(line.strip() for line in blocks[1].split("\n"))
        if "simulate" not in text:
            return frozenset()
        if chance.random() < RIGHT:
            return self._executed
        lines = [line.strip() for line in source.split("\n") if line.strip()]
        return frozenset(chance.sample(lines, max(1, len(lines) // 2)))
