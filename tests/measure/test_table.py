"""What a terminal shows: complete, and out of reach of hostile text."""

import io
import threading

import pytest
from rich.console import Console

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Strength, Verdict, Visibility
from trialrun.core.printable import printable
from trialrun.core.record import Record
from trialrun.measure.progress import LiveProgress, PlainProgress
from trialrun.measure.summary import DataSet, Setting, summarise
from trialrun.measure.table import render

pytestmark = pytest.mark.fast

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]x[/bold red]\r\u202e\u2028\x9b31m"


def judged(check: str) -> Judgement:
    return Judgement(
        check=check,
        verdict=Verdict.PASS,
        outcome=Outcome.RETURNED,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge="verify/tests",
        cases=1,
    )


def record(
    task: str, *, weak: bool = False, unscored: str | None = None, checks: tuple[str, ...] = ()
) -> Record:
    return Record(
        key=task,
        task_id=task,
        sample=0,
        program="0" * 16,
        verdict=Verdict.PASS if unscored is None else Verdict.UNKNOWN,
        outcome=Outcome.RETURNED,
        weak=weak,
        unscored=unscored,
        judgements=tuple(judged(check) for check in checks),
        cpu_s=0.1,
        wall_s=0.1,
        tier="root",
        version="0.1.0",
    )


def shown(records: list[Record], tasks: list[str], name: str = "starter") -> str:
    setting = Setting(
        data_set=DataSet(name=name, version="1", sha256=""),
        comparator="upstream",
        limits=Limits(),
        version="0.1.0",
    )
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, color_system=None, width=120).print(
        render(summarise(records, tasks=tasks, setting=setting))
    )
    return stream.getvalue()


def only_text(text: str) -> bool:
    return all(char == "\n" or char.isprintable() for char in text)


def test_every_score_stands_beside_weak_and_unscored() -> None:
    out = shown(
        [record("a", weak=True), record("b"), record("c", unscored="no memory")], ["a", "b", "c", "d"]
    )
    row = next(line for line in out.splitlines() if "pass@1" in line)
    assert "1.000" in row and "2/2" in row and "1 (50.0%)" in row and row.rstrip().endswith("1")
    assert "c #0: no memory" in out
    assert "own process: a" in out
    assert "no sample for 1 of 4 tasks: d" in out


def test_hostile_text_cannot_steer_the_terminal() -> None:
    records = [record(HOSTILE, weak=True, checks=("\x1b[J[b]", "plus")), record("b", unscored=HOSTILE)]
    out = shown(records, [HOSTILE, "b", HOSTILE + "2"], name=HOSTILE)
    assert only_text(out)
    # In the title, the unscored task's reason, and the lists of weak tasks and of tasks without samples.
    assert "\\x1b[J[b]" in out
    assert out.count("[bold red]x[/bold red]") == 4


def test_long_lists_are_cut() -> None:
    out = shown([record(str(n), unscored="y" * 5000) for n in range(1000)], [])
    assert "and 990 more" in out and len(out) < 10_000


def test_plain_progress_counts_and_escapes() -> None:
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.start(400, 100)

    def work() -> None:
        for n in range(50):
            progress.advance(record(str(n)))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.note(HOSTILE)
    progress.finish()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "trialrun: 100/400 judged"
    assert lines[-1].startswith("trialrun: 400/400 judged, 300 of 300 passed, ")
    assert only_text(stream.getvalue())


def test_live_progress_notes_cannot_steer_the_terminal() -> None:
    stream = io.StringIO()
    progress = LiveProgress(Console(file=stream, force_terminal=True, width=100))
    progress.start(2, 0)
    progress.note(HOSTILE)
    progress.advance(record(HOSTILE))
    progress.finish()
    assert "owned\x07" not in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue() and "\x9b" not in stream.getvalue()
    assert "[bold red]x[/bold red]" in stream.getvalue()


def test_every_code_point_is_shown_or_escaped() -> None:
    for start in range(0, 0x110000, 0x1000):
        text = "".join(map(chr, range(start, start + 0x1000)))
        assert only_text(printable(text, limit=0x1000))
    assert only_text(printable("e" + "\u0301" * 1000)) and "\\u0301" in printable("e" + "\u0301" * 1000)
