"""What a repair may be made of beside the program's own text: types seen in its runs, texts that its task mentions.

Types are the program's own word; they choose what is tried first and decide nothing. Leaves out: numbers of the task's
statement, names of other programs.
"""

import re
from collections.abc import Sequence

from trialrun.core.task import PublicTask
from trialrun.core.trace import Event
from trialrun.lang.sketch import Pair
from trialrun.repair.evidence import Evidence

_STRINGS = 12
_QUOTED = re.compile(r"'([^'\n]{1,30})'|\"([^\"\n]{1,30})\"")


def types_of(evidence: Evidence) -> dict[str, dict[str, frozenset[str]]]:
    """Return the types that the names of each function held in recorded runs, by qualified name and name."""
    found: dict[str, dict[str, set[str]]] = {}
    for trace in evidence.traces:
        for event, (kind, code) in enumerate(zip(trace.kind, trace.code, strict=True)):
            if kind == Event.LINE or not 0 <= code < len(trace.codes):
                continue
            own = found.setdefault(trace.codes[code].name, {})
            for binding in trace.bindings(event):
                own.setdefault(binding.name, set()).add(binding.value.type_name)
    return {name: {one: frozenset(types) for one, types in own.items()} for name, own in found.items()}


def strings_of(task: PublicTask, pairs: Sequence[Pair]) -> list[str]:
    """Return texts that are expected results, or stand in quotes in the statement; a dozen at most."""
    expected = [pair.expected for pair in pairs if isinstance(pair.expected, str)]
    quoted = [one or other for one, other in _QUOTED.findall(task.statement)]
    return list(dict.fromkeys((*expected, *quoted)))[:_STRINGS]
