"""`Record`: everything about one attempt at one task. Its key is its content, so cache and resume file are one."""

import msgspec

from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Verdict


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `records.jsonl`."""

    key: str
    """Hash of task, program, sample index and every setting that can change a verdict."""
    task_id: str
    sample: int
    program: str
    """Content id of the judged program."""
    verdict: Verdict
    """All checks together: pass only if every check passed."""
    outcome: Outcome
    weak: bool
    """Whether any decisive judgement is weak."""
    unscored: str | None
    """Why no verdict could be formed (infrastructure, with its evidence), or None."""
    judgements: tuple[Judgement, ...]
    cpu_s: float
    """CPU seconds of all jobs of this attempt."""
    wall_s: float
    tier: str
    """What isolation was in force: `root`, `userns`, `landlock` or `unsafe`."""
    version: str
    """Version of trialrun."""
    method: str = ""
    """Id and fingerprint of the method that made the program; empty where samples or references were judged."""
