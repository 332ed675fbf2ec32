"""What is asked of two programs once a search is over, to say more of what came of it.

Whether what the old program did holds where clock and chance are not frozen, so that it can become a test
(`lang/emit_test.py`); and why one of the two does not load.
"""

import dataclasses

from trialrun.compare.difference import Difference
from trialrun.compare.differential import NOT_LOADED, Differential
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


def why_not_loaded(
    sandboxes: tuple[Sandbox, Sandbox], subjects: tuple[Subject, Subject], settings: Differential
) -> str:
    """Say which of two programs does not load, and why."""
    for name, sandbox, subject in zip(("old", "new"), sandboxes, subjects, strict=True):
        with Serving(sandbox, subject.program, settings.limits) as serving:
            serving.call([b""])
            failed = serving.failed
        if failed is not None:
            said = ": ".join(part for part in (failed.exception or failed.outcome, failed.message) if part)
            missing = "; name an environment that has it by --python" if "No module named" in said else ""
            return f"{NOT_LOADED}: the {name} version: {said}{missing}"
    return NOT_LOADED
