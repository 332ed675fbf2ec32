"""The page of a trace: what it embeds, without a browser, and what it does in one."""

import base64
import dataclasses
import html.parser
import importlib.util
import json
import re
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialrun.core.trace import Event
from trialrun.report import stepper

if TYPE_CHECKING:
    Browser = Any


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HERE = Path(__file__).parent
MADE = loaded(HERE.parent / "observe" / "made_traces.py")
REPORT = loaded(HERE / "test_browser.py")
traced = MADE.traced

SUM = """def double(y):
    return y * 2

def f(n):
    total = 0
    for i in range(n):
        total += double(i)
    return total
"""


class Elements(html.parser.HTMLParser):
    """Collects the tags of a page, and the text of its first script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)


def unpacked(column: list[Any]) -> list[int]:
    width, text = column
    read = array({1: "b", 2: "h", 4: "i"}[width])
    read.frombytes(base64.b64decode(text))
    return list(read)


@pytest.mark.fast
def test_the_page_holds_the_columns_of_the_trace() -> None:
    trace = traced(SUM, 3)
    found = json.loads(Elements(stepper.render(trace)).scripts[0])
    columns = {name: unpacked(column) for name, column in found["columns"].items()}
    for name in ("kind", "code", "place", "frame", "first", "name", "parents"):
        assert columns[name] == list(getattr(trace, name)), name
    shown = [found["texts"][place] for place in columns["value"]]
    assert shown[:3] == ["3", "0", "0"] and found["source"] == SUM


@pytest.mark.fast
@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1)))
def test_a_column_is_packed_in_the_smallest_width_and_read_back(numbers: list[int]) -> None:
    width, text = stepper.packed(array("i", numbers))
    assert unpacked([width, text]) == numbers
    assert width == (1 if all(-128 <= one < 128 for one in numbers) else
                     2 if all(-(1 << 15) <= one < 1 << 15 for one in numbers) else 4)  # fmt: skip


@pytest.mark.fast
@given(trace=MADE.any_trace())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_hostile_text_stays_inside_the_data(trace: Any) -> None:
    page = stepper.render(trace)
    assert Elements(page).tags == Elements(stepper.render(traced(SUM, 1))).tags
    json.loads(Elements(page).scripts[0])
    body = page.split("<body>")[1]
    assert not re.search(r"\s(src|href|on\w+|style)=", body.split("<script")[0])
    assert page.index("Content-Security-Policy") < page.index("<style>")


@pytest.mark.fast
def test_what_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepper, "MOST_EVENTS", 10)
    monkeypatch.setattr(stepper, "MOST_TEXT", 1)
    found = stepper.data(traced(SUM, 3))
    assert len(unpacked(list(found["columns"]["kind"]))) == 10
    assert any("first 10 of" in line for line in found["told"])
    assert (
        any("values, for the size" in line for line in found["told"])
        and "(not in this page)" in found["texts"]
    )


# -- in a browser


def show(browser: "Browser", path: Path, trace: Any, fragment: str = "") -> "Browser":
    path.write_text(stepper.render(trace), encoding="utf-8")
    browser.send("Emulation.clearDeviceMetricsOverride")
    browser.open("about:blank")
    browser.open(path.as_uri() + fragment)
    browser.wait("document.querySelector('.stepper') !== null")
    return browser


@pytest.fixture
def page(browser: "Browser", tmp_path: Path) -> "Browser":
    return show(browser, tmp_path / "trace.html", traced(SUM, 3))


def at(page: "Browser") -> int:
    """Return the number of the event that is shown, from 0."""
    return int(page.text(".st-counter").split("/")[0].replace(",", "")) - 1


def values(page: "Browser") -> dict[str, str]:
    """Return the variables that are shown."""
    script = "[...document.querySelectorAll('.st-values dt')].map((one) => [one.innerText, one.nextSibling.innerText])"
    return dict(page.value(script))


def press(page: "Browser", *keys: str) -> None:
    codes = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "ArrowDown": 40, "ArrowUp": 38}
    for key in keys:
        if key in codes:
            down = {"key": key, "windowsVirtualKeyCode": codes[key]}
            page.send("Input.dispatchKeyEvent", type="keyDown", **down)
            page.send("Input.dispatchKeyEvent", type="keyUp", **down)
        else:
            page.press(key)


def test_it_works_from_one_file_and_asks_for_nothing(page: "Browser") -> None:
    assert page.requests() == [page.value("location.href.split('#')[0]")]
    assert page.complaints() == []
    assert page.text("#title") == "solution.py · trace" and "weak" in page.text(".st-told")


def test_forwards_and_backwards(page: "Browser") -> None:
    trace = traced(SUM, 3)
    assert at(page) == 0 and page.text(".st-sentence") == "f(n=3) is called" and values(page) == {"n": "3"}
    seen = []
    for _ in range(len(trace) - 1):
        press(page, "ArrowRight")
        seen.append((page.text(".st-sentence"), values(page)))
    assert at(page) == len(trace) - 1 and seen[-1][0] == "f returns 6"
    assert seen[-1][1] == {"returned": "6", "n": "3", "total": "6", "i": "2"}
    press(page, "l")
    assert at(page) == len(trace) - 1
    back = []
    for _ in range(len(trace) - 1):
        back.append((page.text(".st-sentence"), values(page)))
        press(page, "h")
    assert at(page) == 0 and back[::-1] == seen
    assert page.complaints() == []


def test_what_an_event_changed_is_marked_with_what_it_was(page: "Browser") -> None:
    trace = traced(SUM, 3)
    wanted = [
        event for event in range(len(trace)) if any(one.name == "total" for one in trace.bindings(event))
    ][2]
    for _ in range(wanted):
        press(page, "l")
    assert page.text("dt.changed") == "total" and page.text("dd.changed") == "2\nwas 0"
    press(page, "l")
    assert page.value("document.querySelector('dt.changed')") is None


def test_over_and_out_of_calls(page: "Browser") -> None:
    trace = traced(SUM, 3)
    call = next(event for event in range(1, len(trace)) if trace.kind[event] == Event.CALL)
    for _ in range(call - 1):
        press(page, "l")
    press(page, "ArrowDown")
    over = at(page)
    assert over > call and trace.frame[over] == 0
    press(page, "ArrowUp")
    assert at(page) == call - 1
    press(page, "l")
    assert page.text(".st-sentence") == "double(y=0) is called"
    assert page.text(".st-stack").splitlines() == ["double(y=0)", "f(n=3)"]
    press(page, "u")
    assert at(page) == over


def test_to_a_line_by_mouse_keys_and_number(page: "Browser") -> None:
    trace = traced(SUM, 3)
    times = [
        event for event in range(len(trace)) if trace.kind[event] == Event.LINE and trace.place[event] == 7
    ]
    assert len(times) == 3
    row = ".st-line:nth-child(7)"
    for expected in (*times, times[0]):
        page.click(row)
        assert at(page) == expected and page.text(".st-line.now .st-number") == "7"
    press(page, "n")
    assert at(page) == times[1]
    box = page.value(f"document.querySelector({row!r}).getBoundingClientRect().toJSON()")
    for kind in ("mousePressed", "mouseReleased"):
        place = {"x": box["x"] + 200, "y": box["y"] + 5, "button": "left", "clickCount": 1, "modifiers": 8}
        page.send("Input.dispatchMouseEvent", type=kind, **place)
    assert at(page) == times[0]  # with Shift: the time before
    press(page, "n", "p", "p")
    assert at(page) == times[2]  # round the corner
    press(page, "Home", "/")
    for key in "7":
        press(page, key)
    press(page, "Enter")
    page.wait("document.querySelector('.st-line.now .st-number')?.innerText === '7'")
    assert at(page) == times[0]
    page.click(".st-line:nth-child(3)")
    assert "line 3 does not begin to run" in page.text(".st-sentence")
    assert page.text(row + " .st-times") == "3"


def test_to_a_call_and_through_the_values_of_a_variable(page: "Browser") -> None:
    page.click(".st-call:nth-child(3)")
    assert page.text(".st-sentence") == "double(y=1) is called" and page.text(".st-call.now") == "double(y=1)"
    page.click(".st-stack li:nth-child(2) button")
    assert "total" in values(page)
    page.value("[...document.querySelectorAll('.st-name')].find((one) => one.innerText === 'total').click()")
    assert page.text(".st-history p") == "4 values in this call"
    page.click(".st-history li:nth-child(4) button")
    assert values(page)["total"].split()[0] == "6"


def test_the_slider_and_the_address(browser: "Browser", tmp_path: Path) -> None:
    trace = traced(SUM, 3)
    page = show(browser, tmp_path / "trace.html", trace, "#event=12")
    assert at(page) == 11
    page.value("(() => { const one = document.querySelector('.st-slider'); one.value = 4;"
               "one.dispatchEvent(new Event('input')) })()")  # fmt: skip
    assert at(page) == 4
    page.wait("location.hash === '#event=5'")
    show(browser, tmp_path / "trace.html", trace, "#event=999999999")
    assert at(page) == len(trace) - 1
    show(browser, tmp_path / "trace.html", trace, "#event=x<script>")
    assert at(page) == 0 and page.complaints() == []


def test_a_hundred_thousand_events_stay_usable(browser: "Browser", tmp_path: Path) -> None:
    trace = traced(SUM, 17_000, first=150_000)
    assert len(trace) > 100_000
    page = show(browser, tmp_path / "trace.html", trace)
    assert (tmp_path / "trace.html").stat().st_size < 6_000_000
    assert page.value("document.querySelectorAll('*').length") < 600
    press(page, "End")
    assert values(page)["total"] == str(sum(range(17_000)) * 2)
    press(page, "ArrowLeft", "ArrowUp", "k")
    page.value("document.querySelector('.st-calls').scrollTop = 1e9")
    page.wait("document.querySelector('.st-calls').lastChild.innerText.includes('y=16999')")
    for top in range(0, 300_000, 10_000):
        page.value(f"document.querySelector('.st-calls').scrollTop = {top}")
        page.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.value("document.querySelectorAll('*').length") < 600
    page.click(".st-line:nth-child(7)")
    press(page, "p")
    assert page.value("document.querySelectorAll('*').length") < 600 and page.complaints() == []


def test_flags_and_missing_events_stand_above(browser: "Browser", tmp_path: Path) -> None:
    trace = dataclasses.replace(traced(SUM, 3), flags=("the line tracer was replaced",), dropped=1234, gap=6)
    page = show(browser, tmp_path / "trace.html", trace)
    shown = page.text(".st-told")
    assert (
        "flag: the line tracer was replaced" in shown and "missing: 1,234 events after the first 6" in shown
    )
    for _ in range(6):
        press(page, "l")
    assert "1,234 events are missing before this one" in page.text(".st-sentence")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(page: "Browser", scheme: str) -> None:
    page.scheme(scheme)
    press(page, *["l"] * 9)
    assert page.value(REPORT.CONTRAST) == []
    page.scheme("light")


def test_light_and_dark_by_a_key(page: "Browser") -> None:
    page.scheme("light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.value(paper)
    press(page, "t")
    assert page.value(paper) != light
    press(page, "t", "?")
    assert page.value("document.getElementById('help').open") and "next time" in page.text("#help")
    press(page, "l")
    assert at(page) == 0  # the help has the keys


def test_a_narrow_screen(page: "Browser") -> None:
    page.send("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    page.wait("innerWidth === 400")
    assert page.value("document.documentElement.scrollWidth") <= 400
    assert page.value("document.querySelector('.st-values').checkVisibility()")
    page.send("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("attack", REPORT.ATTACKS)
def test_hostile_programs_are_text(browser: "Browser", tmp_path: Path, attack: str) -> None:
    text = REPORT.ATTACKS[attack]
    source = f"def f(n):\n    s = n\n    # {text}\n    return s\n".replace("\x00", "").replace("\ud800", "")
    source = source.replace("\udfff", "").replace("\r", "")
    trace = traced(source, text)
    codes = tuple(dataclasses.replace(one, name=text) for one in trace.codes)
    names = tuple(text if one == "s" else one for one in trace.names)
    trace = dataclasses.replace(trace, codes=codes, names=names, flags=(text,), sources=((text, source),))
    page = show(browser, tmp_path / "trace.html", trace)
    before = page.value("document.querySelectorAll('*').length")
    for _ in range(len(trace)):
        press(page, "l")
    page.value("[...document.querySelectorAll('.st-name')].forEach((one) => one.click())")
    assert not set(page.value("document.querySelector('.stepper').innerText")) & set(
        "\u202e\u2066\u2069\u200b\x1b\x9b"
    )
    assert page.value("typeof window.owned") == "undefined"
    assert page.value("document.querySelectorAll('img, iframe, svg, base, link, a').length") == 0
    assert page.value("document.querySelectorAll('script').length") == 2 and before < 200
    assert page.complaints() == [] and len(page.requests()) == 1
    assert page.value("document.body.checkVisibility()") and page.value("({}).polluted") is None


@given(trace=MADE.any_trace())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_trace_can_be_stepped_through(browser: "Browser", tmp_path_factory: Any, trace: Any) -> None:
    page = show(browser, tmp_path_factory.mktemp("any") / "trace.html", trace)
    for key in ("l", "j", "k", "u", "n", "p", "h") * 2:
        press(page, key)
    page.value("[...document.querySelectorAll('.st-name, .st-stack button')].forEach((one) => one.click())")
    press(page, "End", "Home")
    assert page.complaints() == []
