"""`render`: a `Summary` as a terminal table; beside every pass@k stand its weak share and unscored count.

All text that a data set or a candidate could have written is escaped (`core/printable.py`) and never read as
markup.

Leaves out: HTML and plots (`report/`, later).
"""

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trialrun.core.printable import printable
from trialrun.measure.pass_at_k import Estimate
from trialrun.measure.summary import Summary

SHOWN = 10
"""Ids listed before the rest is only counted."""


def render(summary: Summary) -> RenderableType:
    """Lay out all figures of a run."""
    return Group(_scores(summary), *(Text(line) for line in _lines(summary)))


def _scores(summary: Summary) -> Table:
    title = Text(f"{printable(summary.data_set.name, 80)} ({printable(summary.data_set.version, 40)})")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("check", "score", "value", "95 % interval", "tasks", "passed", "weak", "unscored"):
        table.add_column(heading, justify="left" if heading == "check" else "right", overflow="fold")
    for name, passed, samples, estimates in _rows(summary):
        for found in estimates:
            table.add_row(
                Text(printable(name, 40)),
                f"pass@{found.k}",
                f"{found.value:.3f}",
                f"{found.ci[0]:.3f}–{found.ci[1]:.3f}",
                f"{found.tasks:,}",
                f"{passed:,}/{samples:,}",
                f"{summary.weak.count:,} ({summary.weak.share:.1%})",
                f"{summary.unscored.count:,}",
            )
    return table


def _rows(summary: Summary) -> Iterator[tuple[str, int, int, tuple[Estimate, ...]]]:
    for check in summary.checks:
        yield check.name, check.passed, check.samples, check.pass_at
    yield "all checks", summary.passed, summary.samples, summary.pass_at


def _lines(summary: Summary) -> Iterator[str]:
    if summary.pass_at_1 is None:
        yield "nothing was scored"
    yield "outcomes: " + (
        ", ".join(f"{name} {count:,}" for name, count in summary.outcomes.items()) or "none"
    )
    if summary.unscored.count:
        yield f"unscored, in no score ({summary.unscored.count:,}):"
        for sample in summary.unscored.samples[:SHOWN]:
            yield f"  {printable(sample.task_id, 80)} #{sample.sample}: {printable(sample.reason, 200)}"
        if summary.unscored.count > SHOWN:
            yield f"  … and {summary.unscored.count - SHOWN:,} more (summary.json lists all)"
    if summary.weak.count:
        yield f"weak, judged in the candidate's own process: {_listed(summary.weak.tasks)}"
    if summary.without_samples:
        missing = _listed(summary.without_samples)
        yield f"no sample for {len(summary.without_samples):,} of {summary.tasks:,} tasks: {missing}"
    if summary.usage is not None:
        used = summary.usage
        yield (
            f"{printable(used.method, 120)} · model {printable(used.model, 120)}: {used.calls:,} calls, "
            f"{used.prompt_tokens:,} + {used.output_tokens:,} tokens"
        )
    yield (
        f"{summary.cpu_s:.1f} s CPU, {summary.wall_s:.1f} s · comparator {summary.comparator} · "
        f"CPU limit {summary.limits.cpu_s:g} s a case · isolation {summary.tier or 'none used'}"
    )


def _listed(ids: Iterable[str]) -> str:
    names = [printable(name, 80) for name in ids]
    more = f", … ({len(names):,} in all)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
