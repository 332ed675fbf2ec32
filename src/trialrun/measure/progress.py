"""Progress of a run on stderr: a live bar on a terminal, a line every few seconds elsewhere.

Both count what was judged and passed, give the rate of this invocation (resumed records do not count as
speed) and the time left at that rate. `advance` and `note` may be called from any thread.

Leaves out: results; those are `measure/table.py`'s.
"""

import sys
import threading
import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from trialrun.core.judgement import Verdict
from trialrun.core.printable import printable
from trialrun.core.record import Record

EVERY_S = 5.0
"""Seconds between two plain lines."""


class Tally:
    """Counts of a run in progress, and the sentence that states them.

    >>> tally = Tally(total=164, done=100, now=0.0)
    >>> tally.sentence(now=2.0)
    '100/164 judged'
    >>> tally.judged, tally.passed = 132, 30
    >>> tally.sentence(now=2.0)
    '132/164 judged, 30 of 32 passed, 16.0/s, 2 s left'
    """

    def __init__(self, *, total: int, done: int, now: float) -> None:
        """Start counting at `done` of `total`; `now` is a reading of a monotonic clock, in seconds."""
        self.total = total
        self.judged = done
        self.passed = 0
        self.unscored = 0
        self._done_before = done
        self._began = now

    def count(self, record: Record) -> None:
        """Add one finished record."""
        self.judged += 1
        self.passed += record.verdict is Verdict.PASS and record.unscored is None
        self.unscored += record.unscored is not None

    def sentence(self, *, now: float) -> str:
        """State counts, rate and time left."""
        parts = [f"{self.judged:,}/{self.total:,} judged"]
        here = self.judged - self._done_before
        if here:
            parts.append(f"{self.passed:,} of {here:,} passed")
        if self.unscored:
            parts.append(f"{self.unscored:,} unscored")
        if here and now > self._began:
            rate = here / (now - self._began)
            parts.append(f"{rate:.1f}/s")
            if self.judged < self.total:
                parts.append(f"{duration((self.total - self.judged) / rate)} left")
        return ", ".join(parts)


class PlainProgress:
    """Lines for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default stderr as it is at each line."""
        self._stream = stream
        self._mutex = threading.Lock()
        self._tally = Tally(total=0, done=0, now=0.0)
        self._next = 0.0

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total` samples already judged."""
        now = time.monotonic()
        self._tally = Tally(total=total, done=done, now=now)
        self._next = now + EVERY_S
        self._print(self._tally.sentence(now=now))

    def advance(self, record: Record) -> None:
        """Count one record; print if the last line is old."""
        now = time.monotonic()
        with self._mutex:
            self._tally.count(record)
            due = now >= self._next
            if due:
                self._next = now + EVERY_S
                sentence = self._tally.sentence(now=now)
        if due:
            self._print(sentence)

    def note(self, text: str) -> None:
        """Print a remark at once."""
        self._print(printable(text))

    def finish(self) -> None:
        """Print the last count."""
        self._print(self._tally.sentence(now=time.monotonic()))

    def _print(self, text: str) -> None:
        print(f"trialrun: {text}", file=self._stream or sys.stderr, flush=True)


class LiveProgress:
    """A bar that repaints itself; it disappears at the end, since the table says the rest."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`, which should be a terminal."""
        self._progress = Progress(
            BarColumn(bar_width=30),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self._mutex = threading.Lock()
        self._tally = Tally(total=0, done=0, now=0.0)
        self._bar = self._progress.add_task("", total=None)

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total` samples already judged."""
        self._tally = Tally(total=total, done=done, now=time.monotonic())
        self._progress.start()
        self._progress.update(self._bar, total=total, completed=done)

    def advance(self, record: Record) -> None:
        """Count one record and move the bar."""
        with self._mutex:
            self._tally.count(record)
            sentence = self._tally.sentence(now=time.monotonic())
            judged = self._tally.judged
        self._progress.update(self._bar, completed=judged, description=sentence)

    def note(self, text: str) -> None:
        """Print a remark above the bar."""
        self._progress.console.print(Text(printable(text)))

    def finish(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def progress_on(console: Console) -> PlainProgress | LiveProgress:
    """Return the progress that suits where `console` writes."""
    return LiveProgress(console) if console.is_terminal else PlainProgress()


def duration(seconds: float) -> str:
    """Say a time in at most two units.

    >>> duration(2.4), duration(75), duration(7260)
    ('2 s', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
