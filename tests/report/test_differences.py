"""The ledger in its six forms: snapshots, what each reader needs, and hostile text that stays text.

`python tests/report/test_differences.py` writes the snapshots again.
"""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from trialrun.compare.difference import Compared, Comparison, Coverage, Difference, Kind
from trialrun.compare.ledger import Ledger, Line, State, line_of
from trialrun.core import version
from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.core.values import encode, encode_graph
from trialrun.probe.proposer import Origin
from trialrun.report.differences import FORMATS, render

pytestmark = pytest.mark.fast

SNAPSHOTS = Path(__file__).parent / "snapshots"
ENDINGS = {
    "text": "txt",
    "markdown": "md",
    "github": "github.txt",
    "json": "json",
    "sarif": "sarif",
    "junit": "xml",
}
HOSTILE = "\x1b[2J\u202e|`@team #1 ]](javascript:x) <img src=x onerror=y> ]]> \"'&{0} %0A\n::error::x\n| a | https://e.org"


def returned(value, **more):
    return Execution(outcome=Outcome.RETURNED, value=encode(value), **more)


def comparison(difference=None, **more):
    verdict = Verdict.UNKNOWN if difference is None else Verdict.FAIL
    coverage = {"old_coverage": Coverage(taken=4, total=6), "new_coverage": Coverage(taken=5, total=8)}
    return Comparison(
        verdict=verdict, difference=difference, **({"inputs": 120, "cpu_s": 1.25} | coverage | more)
    )


def difference(old, new, case, **more):
    settings = {"kind": Kind.STRICT, "origin": Origin.RECORDED, "what": "value", "shrunk": True}
    return Difference(case=case, old=old, new=new, **(settings | more))


def found_in(file, line, name, what, **more):
    return line_of(Compared(name=name, file=file, line=line, comparison=what), **more)


def sample(text="it's [1]"):
    """Return a ledger with a line of every state, in which `text` stands wherever a program may put text."""
    raised = Execution(outcome=Outcome.RAISED, exception="ValueError", message=text)
    wrap = difference(returned([1, text]), returned([1]), Case(args=([3], text)))
    crash = difference(
        returned(1), raised, Case(args=(text,)), kind=Kind.CRASH, what="outcome", origin=Origin.VALID
    )
    changed = difference(
        returned(None, arguments=encode_graph([[[1]], None])[0]),
        returned(None, arguments=encode_graph([[[1, 1]], None])[0]),
        Case(args=([1],)),
        kind=Kind.REPRESENTATION,
        what="arguments",
        origin=Origin.FUZZED,
        shrunk=False,
    )
    printed = difference(
        returned(None, stdout=b"a\n"), returned(None, stdout=b"\xff"), Case(stdin=text), what="stdout"
    )
    dark = comparison(why="nothing left to try", old_coverage=Coverage(taken=1, total=6))
    found = [
        found_in("pkg/text.py", 7, "wrap", comparison(wrap), changed=["its code changed"]),
        found_in("pkg/box.py", 70, "Box.put", comparison(crash)),
        found_in("pkg/box.py", 9, "mend", comparison(changed), intended="rounds up " + text),
        found_in("main.py", 1, "main.py", comparison(printed)),
        found_in("pkg/a b.py", 3, "same", comparison(why="10 s are used up", unobserved=(text,))),
        found_in("pkg/a b.py", 4, "dark", dark),
        found_in("pkg/c.py", 3, "load", comparison(why="does not load", inputs=0)),
        found_in("pkg/c.py", 8, "no", comparison(why="used up", refused=120)),
        Line(name=text, file=text, line=5, state=State.SKIPPED, reason=text),
    ]
    return Ledger(
        lines=tuple(found),
        added=("pkg/new.py::f",),
        removed=(f"pkg/old.py::{text}",),
        unreadable=((text, "syntax error in line 3"),),
        notes=(f"expected, but no difference was found: {text}",),
        facts=(("base", "origin/main"), ("seed", "0")),
    )


def snapshot(form):
    return render(sample(), form).replace(f'"{version.VERSION}"', '"VERSION"')


@pytest.mark.parametrize("form", FORMATS)
def test_snapshot(form):
    assert snapshot(form) == (SNAPSHOTS / f"differences.{ENDINGS[form]}").read_text("utf-8")


def test_the_ledger_adds_up():
    ledger = sample()
    assert (
        ledger.sum == "9 changed = 2 without a difference found + 4 that differ (1 as announced) + 3 skipped"
    )
    assert [line.name for line in ledger.hardly_tried] == ["dark"]
    assert ledger.count(State.COMPARED) + ledger.count(State.DIFFERS) + ledger.count(State.SKIPPED) == 9


@pytest.mark.parametrize(
    ("keep", "on", "fails"),
    [
        ((), ("differ", "skipped", "low-coverage"), False),
        ((2,), ("differ",), False),
        ((0,), ("differ",), True),
        ((0,), ("skipped", "low-coverage"), False),
        ((6,), ("differ",), False),
        ((6,), ("skipped",), True),
        ((4,), ("low-coverage",), False),
        ((5,), ("differ", "low-coverage"), True),
    ],
)
def test_what_fails(keep, on, fails):
    lines = sample().lines
    assert Ledger(lines=tuple(lines[place] for place in keep)).fails(on) is fails


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_stays_text(form):
    text = render(sample(HOSTILE), form)
    assert "\x1b" not in text and ("\u202e" not in text or form == "json")
    if form == "json":
        assert json.loads(text)["functions"][8]["name"] == HOSTILE
    if form == "markdown":
        assert "<img" not in text and "@team" not in text and "https:" not in text and "`" not in text
        assert text.count("<code>") == text.count("</code>")
        for line in text.splitlines():
            assert not line.startswith("|") or line.count("|") in (3, 4)
    if form == "github":
        found = [line for line in text.splitlines() if line.startswith("::")]
        kinds = ["::warning", "::warning", "::notice", "::warning", "::notice", "::notice", "::notice"]
        assert [line.partition(" ")[0] for line in found] == kinds
        properties = [line.partition(" file=")[2].partition("::")[0] for line in found]
        assert all(text.count(",") == 2 for text in properties)
    if form == "junit":
        names = [case.get("name") for case in ET.fromstring(text).iter("testcase")]
        assert len(names) == 9 and names[0] == "wrap"
    if form == "sarif":
        results = json.loads(text)["runs"][0]["results"]
        assert "[" not in results[0]["message"]["text"].replace("\\[", "") and len(results) == 7


def test_junit_counts_what_it_holds():
    suite = ET.fromstring(render(sample(), "junit")).find("testsuite")
    assert len(suite.findall("testcase")) == int(suite.get("tests")) == 9
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures")) == 3
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped")) == 3


def test_sarif_has_what_the_standard_asks_for():
    log = json.loads(render(sample(), "sarif"))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1 and " " not in place["artifactLocation"]["uri"]
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
    assert [result.get("suppressions", [{}])[0].get("status") for result in run["results"]][2] == "accepted"
    assert len({result["partialFingerprints"]["function/v1"] for result in run["results"]}) == len(
        run["results"]
    )


def test_a_comment_is_never_longer_than_github_takes():
    lines = tuple(line for _ in range(2000) for line in sample("x" * 5000).lines)
    text = render(Ledger(lines=lines), "markdown")
    assert (
        len(text) < 65_536 and text.count("<details>") == text.count("</details>") and "more sections" in text
    )


if __name__ == "__main__":
    for form in FORMATS:
        (SNAPSHOTS / f"differences.{ENDINGS[form]}").write_text(snapshot(form), "utf-8")
