"""The report in a real browser: it works by mouse and keys, and hostile candidates are text in it, nothing else."""

import io
import itertools
import json
import keyword
import random
import socket
import tokenize
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.measure.summary import DataSet, Setting, summarise
from trialrun.report import html
from trialrun.store.config import RunConfig
from trialrun.store.run_dir import RunDirectory

if TYPE_CHECKING:
    Browser = Any

ATTACKS = {
    "script": "<script>window.owned = 1</script>",
    "closing": "</script><script>window.owned = 2</script><!--<script>",
    "handler": "<img src=x onerror='window.owned = 3'><svg onload=window.owned=4><a href=javascript:window.owned=5>",
    "address": "[click](javascript:window.owned=6) http://127.0.0.1:9/x <iframe src=//127.0.0.1:9>",
    "style": "</style><style>*{display:none}</style><link rel=stylesheet href=http://127.0.0.1:9/>",
    "policy": '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"><base href=//127.0.0.1:9>',
    "terminal": "\x1b[2J\x1b]0;owned\x07\x9b31m\r",
    "order": "\u202eevil\u2066\u2069 \u200b\ufeff\u2028\u2029",
    "nul": "a\x00b\x7f",
    "surrogate": "\ud800 x \udfff",
    "entities": "&lt;b&gt; &#x3c;script&#x3e; &amp;",
    "placeholder": "@@DATA@@ @@SCRIPT@@ ${window.owned = 7} {{constructor.constructor('window.owned=8')()}}",
    "marks": "e" + "\u0301" * 500,
    "__proto__": '{"__proto__": {"polluted": 1}}',
}
LONG_LINE = "x" * 1_000_000


def program(text: str) -> Program:
    return Program.from_source(
        f"def f(x):\n    return {text!r}, '''{text}'''  # {text}\n", entry="f", maker=text
    )


def judged(check: str, text: str | None, *, weak: bool = False) -> Judgement:
    failed = text is not None
    evidence = Evidence(
        case=3,
        outcome=Outcome.RETURNED,
        input=f"({text},)",
        expected=f"[1, 2, {text}]",
        got=f"[1, 9, {text}]",
        message=text or "",
    )
    return Judgement(
        check=check,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        outcome=Outcome.RETURNED,
        strength=Strength.WEAK if weak else Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge="verify/tests",
        cases=3,
        evidence=(evidence,) if failed else (),
        cpu_s=0.0021,
        peak_mb=12.0,
    )


def record(number: int, task: str, made: Program, attack: str | None, **changed: Any) -> Record:
    weak = changed.get("weak", False)
    fields: dict[str, Any] = {
        "key": f"{number:032x}",
        "task_id": task,
        "sample": 0,
        "program": made.id,
        "verdict": Verdict.PASS if attack is None else Verdict.FAIL,
        "outcome": Outcome.RETURNED,
        "weak": weak,
        "unscored": None,
        "judgements": (judged("base", None, weak=weak), judged("plus", attack, weak=weak)),
        "cpu_s": 0.004,
        "wall_s": 0.01,
        "tier": "root",
        "version": "0.1.0",
    }
    return Record(**{**fields, **changed})


def write_run(path: Path, attempts: list[tuple[Record, Program]], name: str = "hostile") -> None:
    limits = {"limit_cpu_s": 10.0}
    config = RunConfig(verdict={"tasks": name, "tasks_sha256": "0" * 64, "comparator": "upstream", **limits})
    with RunDirectory.create(path, config) as directory:
        for made, judged_program in attempts:
            directory.keep(judged_program)
            directory.append(made)
        setting = Setting(
            data_set=DataSet(name=name, version="1", sha256="0" * 64),
            comparator="upstream",
            limits=Limits(),
            version="0.1.0",
        )
        tasks = list(dict.fromkeys(made.task_id for made, _ in attempts))
        directory.write_summary(summarise([made for made, _ in attempts], tasks=tasks, setting=setting))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose candidates, messages, ids and name are attacks, beside two honest ones."""
    attempts = []
    for number, (kind, text) in enumerate(ATTACKS.items()):
        attempts.append((record(number, f"attack/{kind} {text}"[:200], program(text), text), program(text)))
    honest = Program.from_source("def f(x):\n    return x + 1\n", entry="f")
    attempts.append((record(100, "honest/0", honest, None), honest))
    attempts.append((record(101, "honest/1", honest, None, weak=True), honest))
    long = Program.from_source(f"def f(x):\n    return 1\n# {LONG_LINE}\n")
    attempts.append((record(102, "honest/2", long, "boom", outcome=Outcome.TIMEOUT), long))
    lost: dict[str, Any] = {"unscored": "<b>no control</b>", "judgements": (), "verdict": Verdict.UNKNOWN}
    attempts.append((record(103, "honest/3", honest, None, outcome=Outcome.INFRASTRUCTURE, **lost), honest))
    path = tmp_path_factory.mktemp("report") / "run <script>window.owned=9<"
    write_run(path, attempts, name="<img src=x onerror=window.owned=10> @@DATA@@")
    return html.write(path)


@pytest.fixture
def page(browser: "Browser", hostile: Path) -> "Browser":
    browser.send("Emulation.clearDeviceMetricsOverride")
    browser.open("about:blank")
    browser.open(hostile.as_uri())
    browser.wait("innerWidth > 1000 && document.querySelector('.row') !== null")
    return browser


def shown_rows(page: "Browser") -> list[str]:
    rows: list[str] = page.value(
        "[...document.querySelectorAll('.row[role=option] .name')].map(e => e.innerText)"
    )
    return rows


def candidates(page: "Browser") -> int:
    return int(page.text("#count").split()[0].replace(",", ""))


def test_no_candidate_runs_asks_for_anything_or_breaks_the_page(page: "Browser", hostile: Path) -> None:
    total = candidates(page)
    assert total == len(ATTACKS) + 4
    for _ in range(total):
        page.press("j")
        page.wait("document.querySelector('article') !== null")
        page.value("document.querySelectorAll('details').forEach(e => { e.open = true })")
        # What a careless click would hit.
        page.value("document.querySelectorAll('main a, main img, main svg').forEach(e => e.click())")
    assert page.value("window.owned") is None
    assert page.value("({}).polluted") is None
    assert page.requests() == [page.value("location.href.split('#')[0]")]
    assert page.complaints() == []
    assert page.value("document.querySelectorAll('main *, nav *').length > 50")
    made = "script, img, svg, iframe, a, link, base, meta, style, object, embed"
    assert page.value(f"document.querySelectorAll('body :is({made})').length") == 2  # the data and the script
    assert page.value("document.querySelectorAll('style').length") == 1
    attributes = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    assert not [name for name in page.value(attributes) if name.startswith("on")]


@pytest.mark.parametrize("kind", [kind for kind in ATTACKS if kind not in ("marks",)])
def test_hostile_text_is_shown_literally(page: "Browser", kind: str) -> None:
    text = ATTACKS[kind]
    escapes = {
        "terminal": "\\x1b[2J\\x1b]0;owned\\x07\\x9b31m\\r",
        "order": "\\u202eevil\\u2066\\u2069 \\u200b\\ufeff\\u2028\\u2029",
        "nul": "a\\x00b\\x7f",
        "surrogate": "\\ud800 x \\udfff",
    }
    page.press("/")
    page.value(
        f"(() => {{ const box = document.getElementById('search'); box.value = 'attack/{kind} ';"
        "box.dispatchEvent(new Event('input')) })()"
    )
    page.wait("document.querySelectorAll('.row[role=option]').length === 1")
    page.press("Enter")
    page.wait("document.querySelector('article') !== null")
    wanted = escapes.get(kind, text)
    assert wanted.rstrip() in page.text(".code")
    # Records are UTF-8: a lone surrogate in evidence became "?" when it was written.
    evidence = "? x ?" if kind == "surrogate" else wanted
    assert f"({evidence},)" in page.text(".case")
    assert page.value("window.owned") is None


def test_behind_the_escaping_stands_the_policy(page: "Browser", hostile: Path, tmp_path: Path) -> None:
    """Were there a hole in the escaping, what comes through it would neither run nor load anything.

    What a policy cannot refuse (a link that is clicked, a refresh, warming up a connection for a frame) is not tried.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        there = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        hole = (
            "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
            f"<img src={there}a><link rel=stylesheet href={there}b><link rel=prefetch href={there}c>"
            f"<script src={there}d></script><form action=http://127.0.0.1:9/ id=form></form>"
            "<a id=address href='javascript:window.owned = 3'>x</a><base href=/elsewhere/>"
            "<style>body { display: none }</style><p style='color: red' id=styled>x</p>"
        )
        broken = tmp_path / "broken.html"
        broken.write_text(hostile.read_text("utf-8").replace("<header", hole + "<header", 1), "utf-8")
        page.open("about:blank")
        page.open(broken.as_uri())
        page.value("document.getElementById('address').click()")
        page.value("document.getElementById('form').submit()")
        page.value(f"fetch('{there}f').catch(() => 0)")
        for sink in ("body.innerHTML = '<b>'", "body.setAttribute('onclick', '1')", "write('<b>')"):
            with pytest.raises(AssertionError, match="Trusted"):
                page.value(f"document.{sink}")
        assert page.value("window.owned") is None
        assert len(page.complaints()) >= 9
        assert page.value("getComputedStyle(document.body).display") == "flex"
        assert page.value("document.getElementById('styled').style.color") == ""
        with pytest.raises(TimeoutError):
            listener.accept()
    page.press("j")
    assert page.text("article .title")


def test_failures_are_filtered_by_mouse_and_by_key(page: "Browser") -> None:
    page.click("[data-filter=failed]")
    assert page.text("#count") == f"{len(ATTACKS) + 1} of {len(ATTACKS) + 4}"
    page.press("f")
    assert page.text("#count") == f"{len(ATTACKS) + 4} candidates"
    page.press("f")
    assert page.value("document.querySelector('[data-filter=failed]').getAttribute('aria-pressed')") == "true"
    page.click("[data-filter=weak]")
    assert shown_rows(page) == ["honest/1"]
    page.click("[data-filter=unscored]")
    assert shown_rows(page) == ["honest/3"]
    page.click(".row[role=option]")
    assert "<b>no control</b>" in page.text("article")
    page.click("[data-filter=all]")
    page.value(
        "(() => { const box = document.getElementById('outcome'); box.value = 'timeout';"
        "box.dispatchEvent(new Event('change')) })()"
    )
    assert shown_rows(page) == ["honest/2"]


def test_a_candidate_is_opened_and_shows_its_checks_and_its_source(page: "Browser") -> None:
    page.click("[data-filter=failed]")
    page.click(".row[role=option]")
    article = page.text("article")
    for wanted in (
        "base",
        "plus",
        "strong",
        "3 cases completed",
        "2.1 ms CPU",
        "input",
        "expected",
        "got",
        "case 3",
    ):
        assert wanted in article, wanted
    assert page.value("[...document.querySelectorAll('mark')].map(e => e.innerText)") == ["2", "9"]
    kinds = page.value("[...document.querySelectorAll('.code .k')].map(e => e.innerText)")
    assert kinds[:2] == ["def", "return"]


def test_keys_lead_through_the_list(page: "Browser") -> None:
    page.press("/")
    assert page.value("document.activeElement.id") == "search"
    for letter in "honest":
        page.press(letter)
    page.wait("document.getElementById('count').innerText.startsWith('4 ')")
    page.press("Enter")  # from the search: read the first that was found
    assert page.value("location.hash") == "#honest/0-0"
    page.press("j", "j", "k")
    assert page.value("location.hash") == "#honest/1-0"
    assert page.value("document.querySelector('[aria-selected=true]').innerText").startswith("✓")
    page.press("Enter")
    assert page.value("document.activeElement.id") == "main"
    page.press("j", "j", "j", "j")  # the last stays the last
    assert page.value("location.hash") == "#honest/3-0"
    page.press("?")
    assert page.value("document.getElementById('help').open")
    page.press("Escape")
    page.wait("!document.getElementById('help').open")
    page.press("Escape")
    assert page.value("location.hash") == "" and "pass@1" in page.text("main")


def test_a_link_opens_its_candidate_and_back_leads_back(page: "Browser", hostile: Path) -> None:
    page.open("about:blank")
    page.open(hostile.as_uri() + "#" + html.fragment("honest/1", 0))
    assert page.text("article .title") == "honest/1"
    page.click("[data-filter=failed]")
    page.click(".row[role=option]")
    assert page.text("article .title") != "honest/1"
    page.value("history.back()")
    page.wait("document.querySelector('article .title').innerText === 'honest/1'")
    awkward = f"attack/closing {ATTACKS['closing']}"[:200]
    page.open("about:blank")
    page.open(hostile.as_uri() + "#" + html.fragment(awkward, 0))
    assert page.text("article .title") == awkward
    page.open("about:blank")
    page.open(hostile.as_uri() + "#no/such-9")
    assert "pass@1" in page.text("main")


def test_light_and_dark(page: "Browser") -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.scheme("light")
    light = page.value(ground)
    page.scheme("dark")
    dark = page.value(ground)
    assert light == "rgb(255, 255, 255)" and dark != light
    page.press("t")
    assert page.value(ground) == light
    page.click("#theme")
    assert page.value(ground) == dark
    page.value("localStorage.clear()")
    page.scheme("light")


CONTRAST = """
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => (v <= 10 ? v / 3294 : ((v / 255 + .055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const ground = (element) => {
    const colour = rgb(getComputedStyle(element).backgroundColor);
    return colour[3] ? colour : ground(element.parentElement);
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const { color, opacity } = getComputedStyle(element);
    if (!says || !element.checkVisibility() || opacity === '0') continue;
    const both = [light(rgb(color)), light(ground(element))];
    const ratio = (Math.max(...both) + .05) / (Math.min(...both) + .05);
    if (ratio < 4.5) poor.push(`${element.className}: ${ratio.toFixed(2)} ${element.innerText.slice(0, 20)}`);
  }
  return poor;
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(page: "Browser", scheme: str) -> None:
    page.scheme(scheme)
    assert page.value(CONTRAST) == []
    for fragment in ("#honest/1-0", "#honest/2-0", "#honest/3-0"):
        page.value(f"location.hash = '{fragment}'")
        page.wait("document.querySelector('article') !== null")
        assert page.value(CONTRAST) == []
    page.scheme("light")


def test_a_line_of_a_million_characters_is_cut_and_says_so(page: "Browser") -> None:
    page.value("location.hash = '#honest/2-0'")
    page.wait("document.querySelector('article .title')?.innerText === 'honest/2'")
    assert "more characters" in page.text(".code") and "1,000,0" in page.text(".source")
    assert page.value("document.querySelector('.code').innerText.length") < 10_000


def test_a_narrow_screen_shows_one_pane_at_a_time(page: "Browser") -> None:
    page.send("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    page.wait("innerWidth === 400 && document.querySelector('main').checkVisibility() === false")
    assert page.value("document.querySelector('.side').checkVisibility()")
    assert not page.value("document.querySelector('main').checkVisibility()")
    page.click(".row[role=option]")
    assert page.value("document.querySelector('main').checkVisibility()")
    assert page.value("document.documentElement.scrollWidth") <= 400
    page.click(".back")
    assert page.value("document.querySelector('.side').checkVisibility()")
    page.send("Emulation.clearDeviceMetricsOverride")


def test_ten_thousand_samples_keep_few_rows_in_the_page(browser: "Browser", tmp_path: Path) -> None:
    attempts = []
    for number in range(10_000):
        made = Program.from_source(f"def f(x):\n    return x + {number}\n")
        attack = "wrong" if number % 3 else None
        task = f"many/{number // 10}"
        attempts.append((record(number, task, made, attack, sample=number % 10), made))
    write_run(tmp_path / "run", attempts)
    browser.open("about:blank")
    browser.open(html.write(tmp_path / "run").as_uri())
    assert browser.text("#count") == "10,000 candidates"
    assert browser.value("document.querySelectorAll('.row').length") < 100
    browser.value("document.getElementById('list').scrollTop = 1e9")
    browser.wait("document.querySelector('#row-9999') !== null")
    assert browser.value("document.querySelectorAll('.row').length") < 100
    browser.press("f", "j")
    assert browser.text("#count") == "6,666 of 10,000"
    assert browser.value("location.hash") == "#many/0-1"
    assert browser.complaints() == []


def coloured(browser: "Browser", sources: list[str]) -> list[dict[tuple[int, int], str]]:
    """Return what the page's highlighter finds in each source: span → class."""
    script = resources.files("trialrun.report").joinpath("assets", "highlight.js").read_text("utf-8")
    found = browser.value(f"(() => {{ {script}; return {json.dumps(sources)}.map(tokens) }})()")
    return [{(start, end): kind for kind, start, end in tokens} for tokens in found]


def python_tokens(source: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the spans of comments, strings, numbers and keywords, as Python itself reads them."""
    starts = list(itertools.accumulate((len(line) for line in source.splitlines(keepends=True)), initial=0))
    inside = 0  # f-strings are one colour in the page
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        span = (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
        inside += (token.type == tokenize.FSTRING_START) - (token.type == tokenize.FSTRING_END)
        if inside:
            continue
        kind = {tokenize.COMMENT: "m", tokenize.STRING: "s", tokenize.NUMBER: "n"}.get(token.type)
        if token.type == tokenize.NAME and keyword.iskeyword(token.string):
            kind = "c" if token.string in ("None", "True", "False") else "k"
        if kind:
            yield kind, span


def test_colours_agree_with_pythons_own_tokens(browser: "Browser") -> None:
    files = [*Path(__file__).parent.parent.rglob("*.py"), *Path(html.__file__).parent.parent.rglob("*.py")]
    # A quote inside the braces of an f-string, which Python allows since 3.12, is not told apart.
    sources = [text for file in files if (text := file.read_text("utf-8")).isascii()]
    browser.open("about:blank")
    wrong = []
    tokens = 0
    for source, found in zip(sources, coloured(browser, sources), strict=True):
        for kind, span in python_tokens(source):
            tokens += 1
            if found.get(span) != kind:
                wrong.append((kind, source[slice(*span)][:60]))
    assert tokens > 10_000
    assert len(wrong) <= tokens / 1000, wrong[:20]


def test_colouring_loses_no_text(browser: "Browser") -> None:
    script = resources.files("trialrun.report").joinpath("assets", "highlight.js").read_text("utf-8")
    pieces = [*"'\"\\\n#@{ \té\u0301", '"""', "f'", "rb'", "0x", "1e", ".5", "def "]
    rng = random.Random(3)
    sources = ["".join(rng.choices(pieces, k=rng.randrange(40))) for _ in range(2000)]
    browser.open("about:blank")
    joined = browser.value(
        f"(() => {{ {script}; return {json.dumps(sources)}.map((source) => highlighted(source, 'python')"
        ".map((line) => line.map(([, text]) => text).join('')).join('\\n')) })()"
    )
    assert [text.removesuffix("\n") for text in sources] == joined
