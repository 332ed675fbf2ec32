"""The behaviour key: one hash for what a program did on a sequence of cases.

Two programs with the same key gave, on every case, the same outcome, the same canonical bytes (so the order of
dict items and the sharing of mutable parts count), the same arguments after the call, the same stdout, the same
files where they were asked for, and the same exception type. The key is undefined, and nothing may be merged by
it, where a case timed out, was not run, failed by the machine's fault, or holds a value whose equality is unknown
(opaque, or an iterator not read to its end). With a `Truncation`, floats count by their leading bits alone.

A key is evidence of equal behaviour on those cases and no proof of anything else.

Leaves out: exception messages, stderr, cost.
"""

import hashlib
import os
from collections.abc import Sequence

from trialrun.core.execution import NOT_RUN, Execution, Outcome, require_real
from trialrun.core.parse_values import is_certain, parse
from trialrun.core.truncation import Truncation, truncate
from trialrun.core.values import Malformed

UNDEFINED = (Outcome.TIMEOUT, *NOT_RUN)
"""Outcomes that say nothing about the program's behaviour on the case."""


def behaviour_key(
    executions: Sequence[Execution],
    *,
    arguments: bool = True,
    stdout: bool = True,
    floats: Truncation | None = None,
    limit: int = 16 << 20,
) -> str | None:
    """Return the sha256 (hex) of a sequence of executions, or None where it is undefined or there is none.

    `arguments` and `stdout` say whether these count, `floats` by how many digits floats do (by all of them without);
    `limit` is the largest canonical value that is read. Keys under different settings of `floats` differ.
    """
    digest = hashlib.sha256(b"" if floats is None else str(floats).encode())
    for execution in executions:
        value, after = execution.value, execution.arguments if arguments else None
        if require_real(execution).outcome in UNDEFINED:
            return None
        if not all(data is None or _certain(data, limit) for data in (value, after)):
            return None
        if floats is not None:
            parts = [None if data is None else truncate(data, floats, limit=limit) for data in (value, after)]
            if [part is None for part in parts] != [value is None, after is None]:
                return None
            value, after = parts
        name = None if execution.exception is None else execution.exception.encode("utf-8", "surrogatepass")
        for part in (execution.outcome.encode(), value, after, execution.stdout if stdout else None, name):
            digest.update(b"-" if part is None else b"+%d:" % len(part) + part)
        for file, content in execution.files:
            digest.update(b"f%d:%d:" % (len(os.fsencode(file)), len(content)) + os.fsencode(file) + content)
    return digest.hexdigest() if executions else None


def _certain(data: bytes, limit: int) -> bool:
    try:
        return is_certain(parse(data, limit=limit))
    except Malformed:
        return False
