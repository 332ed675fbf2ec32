"""What is asked of two programs once a search is over, to say more of what came of it.

Whether what the old program did holds where clock and chance are not frozen, so that it can become a test
(`lang/emit_test.py`); and why one of the two does not load.

Leaves out: telling anybody (`report/differences.py`).
"""

import dataclasses

from trialrun.compare.difference import Comparison, Difference
from trialrun.compare.differential import NOT_LOADED, Differential
from trialrun.compare.outcomes import are_alike
from trialrun.compare.pair import HANG_FACTOR, encode
from trialrun.core.execution import Limits
from trialrun.lang.emit_test import Finding, Target
from trialrun.lang.subject import Subject
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving


def finding_of(
    difference: Difference,
    target: Target,
    sandbox: Sandbox,
    old: Subject,
    settings: Differential,
    *,
    name: str,
) -> Finding | None:
    """Return a difference as something that a test can be made of.

    None where the old program does otherwise when clock and chance are free. `name` is what the test says it is about.
    """
    if not _holds_unfrozen(sandbox, old, difference, settings):
        return None
    about = f"{name}: {difference.what} as it was."
    return Finding(target=target, case=difference.case, old=difference.old, new=difference.new, about=about)


def explained(
    comparison: Comparison,
    sandboxes: tuple[Sandbox, Sandbox],
    subjects: tuple[Subject, Subject],
    settings: Differential,
) -> Comparison:
    """Return a comparison that says which of two programs does not load, and why, where one does not."""
    if comparison.why != NOT_LOADED:
        return comparison
    for name, sandbox, subject in zip(("old", "new"), sandboxes, subjects, strict=True):
        said = load_failure(sandbox, subject, settings.limits)
        if said is not None:
            missing = "; name an environment that has it by --python" if "No module named" in said else ""
            why = f"{NOT_LOADED}: the {name} version: {said}{missing}"
            return dataclasses.replace(comparison, why=why)
    return comparison


def load_failure(sandbox: Sandbox, subject: Subject, limits: Limits) -> str | None:
    """Say how a program fails to load, or None where it loads; hostile text."""
    with Serving(sandbox, subject.program, limits) as serving:
        serving.call([b""])
    return None if serving.failed is None else serving.failed.ending


def _holds_unfrozen(sandbox: Sandbox, old: Subject, difference: Difference, settings: Differential) -> bool:
    """Say whether the old program, run free, still does what the difference says of it."""
    limits = dataclasses.replace(settings.limits, cpu_s=HANG_FACTOR * settings.limits.cpu_s)
    with Serving(sandbox, old.program, limits, frozen=False) as serving:
        free = serving.alone(encode(old, [difference.case])[0])
    return are_alike(difference.old, free, settings.rules)
