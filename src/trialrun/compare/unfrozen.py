"""Whether what the old program did holds where clock and chance are not frozen, so that it can become a test.

Leaves out: emitting the test (`lang/emit_test.py`).
"""

import dataclasses

from trialrun.compare.difference import Difference
from trialrun.compare.differential import Differential
from trialrun.compare.outcomes import compare_executions
from trialrun.compare.pair import HANG_FACTOR, encode
from trialrun.lang.subject import Subject
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving


def holds_unfrozen(sandbox: Sandbox, old: Subject, difference: Difference, settings: Differential) -> bool:
    """Say whether the old program, run free, still does what the difference says of it."""
    limits = dataclasses.replace(settings.limits, cpu_s=HANG_FACTOR * settings.limits.cpu_s)
    with Serving(sandbox, old.program, limits, frozen=False) as serving:
        free = serving.alone(encode(old, [difference.case])[0])
    same = compare_executions(difference.old, free, settings.rules).kind is None
    return same and free.outcome is difference.old.outcome
