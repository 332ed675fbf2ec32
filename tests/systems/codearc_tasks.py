"""A few hidden functions in CodeARC's form, with canaries wherever a method must not look."""

import gzip
import json
from pathlib import Path

from trialrun.core.task import TaskSet
from trialrun.tasks import registry

CANARY = "canary_5e1c"
SOURCES = {
    1: ("triple", "def triple(x):\n    {canary} = 3\n    return {canary} * x\n", ["2", "5", "0", "-1"]),
    2: (
        "keep_short",
        "def keep_short(words, n):\n    return [{canary} for {canary} in words if len({canary}) <= n]\n",
        ["['a', 'bb'], 1", "['abc'], 2", "['abc', 'x', 'yz'], 2", "[], 3"],
    ),
    3: (
        "grow",
        "def grow(x):\n    if x < 0:\n        raise ValueError('{canary}')\n    return 2 * x + 1\n",
        ["4", "9", "-3", "17"],
    ),
}


def tasks(folder: Path) -> TaskSet:
    """Return the tasks `CodeARC/1`, ... of these functions; what is hidden says `CANARY`."""
    rows = []
    for number, (entry, body, calls) in SOURCES.items():
        source = body.format(canary=CANARY).replace("):\n", f'):\n    """{CANARY} in words."""\n', 1)
        space: dict = {}
        exec(source, space)
        recorded = []
        for place, arguments in enumerate(calls, 1):
            statement = f"print('Result {place}: ' + str({entry}({arguments})))"
            try:
                printed, errored = f"Result {place}: {eval(f'{entry}({arguments})', space)}", False
            except ValueError:
                printed, errored = "an error", True
            recorded.append({"statement": statement, "printed": printed, "errored": errored})
        rows.append({"id": number, "entry": entry, "source": source, "calls": recorded})
    path = folder / "functions.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return registry.load("codearc", path=path)
