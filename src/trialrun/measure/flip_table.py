"""`render`: verdicts judged again as terminal text; everything that a file or a program said is escaped.

Leaves out: HTML (`report/`).
"""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trialrun.core.printable import printable
from trialrun.measure.flips import Flip, Regrade

SHOWN = 40
"""Flips listed before the rest is only counted."""


def render(found: Regrade) -> RenderableType:
    """Lay out what was compared, the flips by reason, and each flip with its evidence."""
    parts: list[RenderableType] = [Text(line) for line in _head(found)]
    if found.flips:
        reasons = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        reasons.add_column("reason")
        reasons.add_column("flips", justify="right")
        for reason, count in found.reasons.items():
            reasons.add_row(reason, f"{count:,}")
        parts.append(reasons)
    parts += [part for flip in found.flips[:SHOWN] for part in _flip(flip)]
    if len(found.flips) > SHOWN:
        parts.append(Text(f"… and {len(found.flips) - SHOWN:,} more (--json lists all)"))
    return Group(*parts)


def _head(found: Regrade) -> Iterator[str]:
    tests = f", tests: {printable(found.data, 80)}" if found.data else ""
    yield f"{printable(found.tasks, 80)}: verdicts of {printable(found.grader, 80)}{tests}"
    if found.old_pass_rate is not None and found.new_pass_rate is not None:
        yield (
            f"{found.samples:,} samples: {found.old_pass_rate:.3f} passed there, {found.new_pass_rate:.3f} here; "
            f"{found.flipped_samples:,} change sides"
        )
    yield f"{found.compared:,} verdicts compared: {found.agree:,} agree, {len(found.flips):,} flip"
    for why, count in found.not_compared.items():
        yield f"not compared: {count:,} samples {why}"


def _flip(flip: Flip) -> Iterator[RenderableType]:
    yield Text(
        f"{printable(flip.task_id, 80)} #{flip.sample} {printable(flip.check, 20)}: "
        f"{printable(flip.old, 80)} there, {printable(flip.new, 80)} here · {flip.reason}"
    )
    for text in (flip.why, flip.link):
        if text:
            yield Padding(Text(printable(text, 500)), (0, 0, 0, 4))
