"""The report's file, without a browser: nothing hostile can end its data, and its policy admits only its own code."""

import base64
import hashlib
import html.parser
import json
import re
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.core.errors import StoreError, UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.measure.summary import DataSet, Setting, summarise
from trialrun.report import html as report
from trialrun.report.document import Document, Source, Statement, read_document
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory

pytestmark = pytest.mark.fast

HOSTILE = [
    "</script>",
    "</SCRIPT\n>",
    "<!--<script>",
    "]]>",
    "\u2028\u2029",
    "\ud800",
    "\udfff\ud800",
    "\x00\x1b\x7f\x9b",
    "&lt;/script&gt;",
    "@@DATA@@",
    "\\u003c/script>",
    '"}],"x":1',
]


class Reader(html.parser.HTMLParser):
    """Reads a page as a browser does: what each script and style holds, and which elements there are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0] if self.elements else "", data))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def document(text: str) -> Document:
    setting = Setting(
        data_set=DataSet(name=text, version=text, sha256=""), comparator="", limits=Limits(), version=""
    )
    return Document(
        name=text,
        summary=summarise([], tasks=[], setting=setting),
        settings=((text, text),),
        notes=(text,),
        tasks=(Statement(id=text, text=text),),
        sources=(Source(id="0", language=text, maker=text, text=text, characters=len(text)),),
        candidates=(),
    )


def data_of(page: str) -> str:
    reader = read(page)
    scripts = [attributes for tag, attributes in reader.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    return next(text for tag, text in reader.texts if tag == "script")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_inside_the_data(text: str) -> None:
    page = report.render(document(text))
    honest = read(report.render(document("honest")))
    assert [tag for tag, _ in read(page).elements] == [tag for tag, _ in honest.elements]
    shown = json.loads(data_of(page))
    assert shown["sources"][0]["text"] == text and shown["name"] == text
    page.encode("utf-8")


@given(st.text(alphabet=st.characters(codec=None)))
def test_what_is_embedded_is_read_back(text: str) -> None:
    embedded = report.embedded(document(text))
    assert embedded.isascii() and not set("<>&\n\r\x7f") & set(embedded)
    # Two surrogates that stand side by side are one character to JSON, in Python as in a browser.
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(embedded)["sources"][0]["text"] == joined


def test_the_policy_admits_its_own_style_and_script_only() -> None:
    page = report.render(document("x"))
    reader = read(page)
    policies = [
        a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    (policy,) = policies
    assert policy is not None and policy.startswith("default-src 'none';") and "unsafe" not in policy
    for element in ("style", "script"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script")
    assert not re.search(r"\s(src|href|on\w+|style)=", page.split("<body>")[1].split("<script")[0])


def test_the_script_parses_no_markup_and_evaluates_no_text() -> None:
    for asset in resources.files("trialrun.report").joinpath("assets").iterdir():
        text = asset.read_text("utf-8")
        assert "\r" not in text
        if not asset.name.endswith(".js"):
            continue
        assert text.count("\n") <= 300
        assert not re.search("</script|<!--", text, re.IGNORECASE)
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
                          "srcdoc", "DOMParser", ".href", ".src ", "fetch(", "XMLHttp", "import("):  # fmt: skip
            assert forbidden not in text, (asset.name, forbidden)


def write_run(path: Path, *, finished: bool = True) -> list[Record]:
    made = [Program.from_source(f"x = {number}\n") for number in (10, 9)]
    records = [
        Record(
            key=f"{number}", task_id=f"T/{task}", sample=0, program=program.id, verdict=Verdict.FAIL,
            outcome=Outcome.RAISED, weak=False, unscored=None, judgements=(), cpu_s=0.1, wall_s=0.1, tier="root",
            version="0.1.0",
        )
        for number, (task, program) in enumerate(zip((10, 9), made, strict=True))
    ]  # fmt: skip
    config = RunConfig(
        verdict={"tasks": "none-such", "limit_cpu_s": 3.0, "comparator": "strict"},
        asked={"k": [1, 2], "samples": "/home/me/s.jsonl"},
    )
    with RunDirectory.create(path, config) as directory:
        directory.keep(made[0])
        for record in records:
            directory.append(record)
        if finished:
            setting = Setting(
                data_set=DataSet(name="none-such", version="1", sha256=""),
                comparator="strict",
                limits=Limits(),
                version="0.1.0",
            )
            directory.write_summary(summarise(records[:1], tasks=["T/10"], setting=setting))
    return records


def test_a_run_is_read_in_the_order_of_its_tasks_with_what_must_be_said(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    found = read_document(tmp_path / "run")
    assert [found.tasks[one.task].id for one in found.candidates] == ["T/9", "T/10"]
    assert [one.source for one in found.candidates] == [None, 0]
    assert found.candidates[0].outcome == "raised" and found.candidates[0].link == "T/9-0"
    said = " ".join(found.notes)
    assert "over 1 of 2 records" in said and "not hold every program" in said
    assert read_document(tmp_path / "run", source=False).sources == ()
    assert {("k", "1, 2"), ("samples", "s.jsonl")} <= set(found.settings)


@pytest.mark.parametrize("damaged", [None, b"", b"{}", b"\xff"])
def test_an_unfinished_run_is_counted_and_says_so(tmp_path: Path, damaged: bytes | None) -> None:
    write_run(tmp_path / "run", finished=False)
    if damaged is not None:
        (tmp_path / "run" / "summary.json").write_bytes(damaged)
    found = read_document(tmp_path / "run")
    assert "not finished" in found.notes[0]
    assert (
        found.summary.samples == 2
        and found.summary.limits.cpu_s == 3.0
        and found.summary.comparator == "strict"
    )
    json.loads(report.embedded(found))


def test_statements_come_only_from_the_very_task_set_of_the_run(tmp_path: Path) -> None:
    from trialrun.tasks import registry

    starter = registry.load("starter")
    for name, sha256, there in (("right", starter.sha256, True), ("wrong", "0" * 64, False)):
        config = RunConfig(verdict={"tasks": "starter", "tasks_sha256": sha256})
        with RunDirectory.create(tmp_path / name, config) as directory:
            (record, _) = write_run(tmp_path / f"{name}-other")
            directory.append(msgspec.structs.replace(record, task_id=starter.tasks[0].id))
        assert bool(read_document(tmp_path / name).tasks[0].text) is there


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a run directory"):
        report.write(tmp_path)
    write_run(tmp_path / "run")
    with pytest.raises(UsageError, match="a directory that exists"):
        report.write(tmp_path / "run", tmp_path / "none" / "report.html")
    with pytest.raises(StoreError, match="cannot write"):
        report.write(tmp_path / "run", tmp_path / ("x" * 300))
    assert report.write(tmp_path / "run") == tmp_path / "run" / "report.html"
