"""`render`: two compared runs as terminal text; everything that a data set or a program wrote is escaped.

Leaves out: HTML (`report/`).
"""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trialrun.core.printable import printable
from trialrun.measure.paired import Paired
from trialrun.measure.run_pair import RunPair

SHOWN = 20
"""Flipped samples listed before the rest is only counted."""


def render(pair: RunPair) -> RenderableType:
    """Lay out a comparison: warnings first, then counts, figures and flipped samples."""
    paired = pair.paired
    counts = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("", "B passed", "B failed"):
        counts.add_column(heading, justify="left" if not heading else "right")
    counts.add_row("A passed", f"{paired.both:,}", f"{paired.only_a:,}")
    counts.add_row("A failed", f"{paired.only_b:,}", f"{paired.neither:,}")
    lines = [Text(line) for line in _head(pair)]
    return Group(*lines, counts, *(Text(line) for line in (*_figures(paired), *_flipped(pair))))


def _head(pair: RunPair) -> Iterator[str]:
    yield f"A: {printable(pair.a, 200)}"
    yield f"B: {printable(pair.b, 200)}"
    for found in pair.warnings:
        yield f"warning: {printable(found.setting, 80)} differs: {found.a} in A, {found.b} in B"
    if pair.only_in_a or pair.only_in_b:
        yield f"not compared: {pair.only_in_a:,} samples only in A, {pair.only_in_b:,} only in B"
    if pair.unscored:
        yield f"not compared: {pair.unscored:,} samples that are unscored in a run"
    if pair.same_programs:
        yield f"{pair.same_programs:,} of {pair.paired.pairs:,} pairs are one and the same program"


def _figures(paired: Paired) -> Iterator[str]:
    low, high = paired.difference_ci
    yield (
        f"pass@1: A {paired.pass_at_1_a:.3f}, B {paired.pass_at_1_b:.3f}; "
        f"B − A = {paired.difference:+.3f}, 95 % interval {low:+.3f} to {high:+.3f} over {paired.tasks:,} tasks"
    )
    unequal = paired.only_a + paired.only_b
    yield f"McNemar, exact, two-sided: p = {p_text(paired.mcnemar_p)} on {unequal:,} unequal pairs"
    if paired.pairs != paired.tasks:
        yield (
            "several samples a task are not independent; over tasks (sign test): "
            f"p = {p_text(paired.sign_p)}, {paired.tasks_a_better:,} better in A, {paired.tasks_b_better:,} in B"
        )


def p_text(p: float) -> str:
    """Return a p-value in three digits.

    >>> p_text(0.0625), p_text(1.0), p_text(0.00001)
    ('0.062', '1.000', '1.0e-05')
    """
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _flipped(pair: RunPair) -> Iterator[str]:
    if not pair.flipped:
        yield "no sample passed in one run alone"
        return
    yield f"passed in one run alone ({len(pair.flipped):,}):"
    for found in pair.flipped[:SHOWN]:
        same = ", the same program" if found.same_program else ""
        yield f"  {printable(found.task_id, 80)} #{found.sample}: A {found.a}, B {found.b}{same}"
    if len(pair.flipped) > SHOWN:
        yield f"  … and {len(pair.flipped) - SHOWN:,} more (--json lists all)"
