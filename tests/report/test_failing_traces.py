"""Traces of failing samples in a report: which case is run again, and the stepper inside the page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trialrun.cli import execute
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.report import html
from trialrun.report.document import Document, read_document
from trialrun.report.failing_traces import with_traces
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory
from trialrun.tasks import registry

if TYPE_CHECKING:
    Browser = Any

LENGTHS = """def run_lengths(text):
    found = []
    for char in text:
        if found and found[-1][0] == char:
            found[-1] = (char, found[-1][1])
        else:
            found.append((char, 1))
    return found
"""
LAST = "def last(items):\n    return items[0]\n"
RIGHT = "def add(a, b):\n    return a + b\n"
SAMPLES = [
    ("Starter/1", RIGHT, "add", None),
    ("Starter/4", LAST, "last", Evidence(case=1, outcome=Outcome.RETURNED, input="'last', None, ([1, 2, 3],), {}")),
    ("Starter/5", LAST, "last", Evidence(case=1, outcome=Outcome.RETURNED, input="'last', 7, ([1, 2, 3],), {}")),
    ("Starter/11", LENGTHS, "run_lengths", Evidence(case=1, outcome=Outcome.RETURNED, input="('aa… cut")),
    ("Starter/14", "def balanced(:\n", "balanced", Evidence(case=0, outcome=Outcome.SYNTAX, input="('',)")),
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over tasks of the starter set: one right sample, four that failed."""
    path = tmp_path_factory.mktemp("traced") / "run"
    config = RunConfig(verdict={"tasks": "starter", "tasks_sha256": registry.load("starter").sha256})
    with RunDirectory.create(path, config) as directory:
        for number, (task, source, entry, evidence) in enumerate(SAMPLES):
            made = Program.from_source(source, entry=entry)
            verdict = Verdict.PASS if evidence is None else Verdict.FAIL
            judgement = Judgement(
                check="cases", verdict=verdict, outcome=Outcome.RETURNED, strength=Strength.STRONG,
                visibility=Visibility.HIDDEN, judge="verify/tests", cases=1,
                evidence=() if evidence is None else (evidence,),
            )  # fmt: skip
            directory.keep(made)
            directory.append(
                Record(
                    key=f"{number}", task_id=task, sample=0, program=made.id, verdict=verdict, weak=False,
                    outcome=Outcome.RETURNED, unscored=None, judgements=(judgement,), cpu_s=0.1, wall_s=0.1,
                    tier="root", version="0.1.0",
                )
            )  # fmt: skip
    return path


def traced(run: Path, *asked: str) -> tuple[Document, dict[str, Any]]:
    document = with_traces(read_document(run), run, asked)
    return document, {document.candidates[one.candidate].link: one for one in document.traces}


def test_each_failing_sample_is_run_on_the_case_that_it_failed(run: Path) -> None:
    _, found = traced(run, "failed")
    assert list(found) == ["Starter/4-0", "Starter/5-0", "Starter/11-0", "Starter/14-0"]
    # The evidence's text is cut: the case is the task set's.
    assert found["Starter/11-0"].case.endswith("→ [('a', 1), ('b', 1)]")
    assert "'aab'" in found["Starter/11-0"].data["texts"]
    assert found["Starter/4-0"].case == "last([1, 2, 3],) → 1"
    assert found["Starter/5-0"].data is None and "not held whole" in found["Starter/5-0"].reason
    assert found["Starter/14-0"].data is None and "cannot trace" in found["Starter/14-0"].reason


def test_samples_are_named_by_their_links(run: Path) -> None:
    assert list(traced(run, "Starter/4-0", "Starter/1-0", "Starter/4-0")[1]) == ["Starter/4-0", "Starter/1-0"]
    assert "no case of it failed" in traced(run, "Starter/1-0")[1]["Starter/1-0"].reason
    with pytest.raises(UsageError, match="TASK-SAMPLE"):
        traced(run, "Starter/99-0")


def test_a_report_without_traces_has_no_stepper(run: Path) -> None:
    document, _ = traced(run, "Starter/4-0")
    plain, stepped = html.render(read_document(run)), html.render(document)
    assert "class Stepper" not in plain and "class Stepper" in stepped
    assert "st-source" not in plain.split("<body>")[0]


def test_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert execute(["view", str(run), "--output", str(page), "--trace", "Starter/4-0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["html"] == str(page)
    assert "last([1, 2, 3],) \\u2192 1" in page.read_text("utf-8")


def test_the_stepper_inside_the_page(run: Path, browser: "Browser", tmp_path: Path) -> None:
    document, _ = traced(run, "failed")
    path = tmp_path / "report.html"
    path.write_text(html.render(document), encoding="utf-8")
    browser.open("about:blank")
    browser.open(path.as_uri() + "#Starter/11-0")
    browser.wait("document.querySelector('.trace button') !== null")
    browser.click(".trace button")
    assert browser.text(".st-sentence") == "run_lengths(text='aab') is called"
    browser.press("l", "l", "l")
    assert browser.text(".st-values").split() == ["text", "'aab'", "found", "[]"]
    assert browser.text(".st-counter").startswith("4 /")
    browser.press("j", "k")
    assert browser.value("document.querySelector('.row[aria-selected=true]').innerText").startswith(
        "✗\nStarter/11"
    )
    browser.press("Escape")
    assert browser.text(".title") == "Starter/11"
    browser.press("j")
    assert browser.text(".title") == "Starter/14" and "No trace: cannot trace" in browser.text(
        "article .told"
    )
    browser.value("location.hash = '#Starter/4-0'")
    browser.wait("document.querySelector('.title')?.innerText === 'Starter/4'")
    browser.click(".trace button")
    browser.press("l")
    browser.press("o")
    browser.wait("document.querySelector('.stepper') === null")
    browser.press("l")
    assert browser.complaints() == []
