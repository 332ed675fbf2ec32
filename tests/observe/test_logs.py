"""Logs as templates and typed variables: the pitfalls of the method, and lines in the styles of many systems."""

import random
from itertools import pairwise

import pytest

from trialrun.core.errors import UsageError
from trialrun.observe.log_headers import Headers
from trialrun.observe.log_miner import Settings
from trialrun.observe.log_patterns import Category, spans
from trialrun.observe.logs import Abstraction, Template, categories_named

pytestmark = pytest.mark.fast


def abstract(*lines: str, aware: str = "", headers: Headers | None = None, **settings: int) -> list[Template]:
    """Return the templates of some messages."""
    abstraction = Abstraction(
        headers=headers, aware=categories_named(aware) if aware else (), settings=Settings(**settings)
    )
    list(abstraction.read(lines))
    return abstraction.templates()


def texts(*lines: str) -> set[str]:
    return {template.text for template in abstract(*lines)}


def in_line(line: str, aware: str = "all", after: tuple[str, ...] = ()) -> str:
    """Return the last of some lines as its template, with categories."""
    abstraction = Abstraction(headers=None, aware=categories_named(aware))
    *_, last = list(abstraction.read([*after, line]))
    return abstraction.line(last)


# -- variables at the beginning, with blanks, in lists


def test_a_line_that_begins_with_a_variable_is_one_template() -> None:
    rng = random.Random(3)
    ids = [f"{rng.getrandbits(40):x}" for _ in range(500)]
    assert [(t.text, t.count) for t in abstract(*(f"{one} connected" for one in ids))] == [
        ("<*> connected", 500)
    ]


def test_names_at_the_beginning_are_one_template_once_there_are_many() -> None:
    names = ["".join(pair) for pair in zip("bcdfghjklmnprstvwz", "aeiouaeiouaeiouaei", strict=True)]
    words = [f"{one}{two}" for one in names for two in ("ro", "lin", "ta")]
    assert [t.text for t in abstract(*(f"{one} connected" for one in words))] == ["<*> connected"]
    assert len(abstract("opened connected", "closed connected")) == 2


def test_a_value_with_blanks_is_joined_in_aware_mode() -> None:
    (template,) = abstract("user John Smith logged in", "user Ann logged in", aware="OBN")
    assert template.aware == "user <OBN> logged in" and template.count == 2
    assert dict(template.variables[0].values) == {"John Smith": 1, "Ann": 1}
    (template,) = abstract("user Ann logged in", "user Bo logged in", "user John Ronald Smith logged in")
    assert template.count == 3


def test_a_size_and_the_same_size_for_people_are_one_value() -> None:
    lines = ["a.example.com:80 close, 403 bytes sent", "b.example.com:81 close, 1426 bytes (1.39 KB) sent"]
    assert texts(*lines) == {"<*> close, <*> sent"}
    assert texts("lifetime 00:01", "lifetime <1 sec") == {"lifetime <*>"}


def test_lists_of_any_length_are_one_value() -> None:
    assert texts("replicate blk_1 to 10.0.0.1:5 10.0.0.2:5", "replicate blk_2 to 10.0.0.3:5") == {
        "replicate <*> to <*>"
    }
    assert texts("words 00a1 00b2 00c3") == {"words <*> <*> <*>"}


# -- what must not be drawn together


@pytest.mark.parametrize(
    "lines",
    [
        ["session opened for user root", "session closed for user root"],
        ["Connection closed by 10.0.0.1", "Connection reset by 10.0.0.1"],
        ["warning for torus y+ wire", "warning for torus z- wire"],
        ["running", "warning", "normal", "blocked", "critical", "halted", "idle"],
        ["boot (command 17)", "wait (command 18)", "halt (command 19)", "risBoot (command 20)"],
        ["HBM levelIn = 38", "HBM levelOut = 38", "HBM levelMax = 38", "HBM levelMin = 38"],
        ['10.1.1.1 "GET /a" status: 200', '10.1.1.1 "POST /a" status: 200', '10.1.1.1 "PUT /a" status: 200'],
        ["file map: Permission denied", "file map: Bad descriptor", "file map: No child"],
        ["getTasks: caller 10 refused", "getServices: caller 10 refused"],
    ],
)
def test_what_says_different_things_stays_apart(lines: list[str]) -> None:
    assert len(texts(*lines, *lines)) == len(lines)


def test_the_type_of_an_exception_never_varies() -> None:
    words = ["Key", "Value", "Type", "Index", "Name", "Import", "Lookup", "Runtime", "Memory"]
    kinds = [f"{word}Error" for word in words]
    assert len(texts(*(f"task 7 failed: {kind} in step 3" for kind in kinds))) == len(kinds)


# -- lines in the styles of systems, written for this test

STYLES = {
    "proxy": (
        "<*> open through proxy <*> HTTPS",
        [
            "a.test.org:443 open through proxy p.test.org:3128 HTTPS",
            "b.test.org:80 open through proxy p.test.org:3128 HTTPS",
        ],
    ),
    "cloud": (
        "[instance: <*>] Took <*> seconds to spawn the instance on its host.",
        [
            "[instance: b9000564-fe1a-409b-b8cc-1e88b294cd1d] Took 19.05 seconds to spawn the instance on its host.",
            "[instance: 0673dd71-34c5-4fbb-86c4-40623fbe45b4] Took 20.66 seconds to spawn the instance on its host.",
        ],
    ),
    "desktop": (
        "en0: channel changed to <*>",
        ["en0: channel changed to 1", "en0: channel changed to 132"],
    ),
    "phone": (
        "acquire lock=<*>, flags=<*>, tag=<*>, name=<*>, uid=<*>",
        [
            'acquire lock=166121161, flags=0x1, tag="View Lock", name=com.x.systemui, uid=10037',
            'acquire lock=23312, flags=0x1, tag="RILJ", name=com.x.phone, uid=1001',
        ],
    ),
    "syslog": (
        "connection from <*> (<*>) at <*>",
        [
            "connection from 10.6.1.9 () at Thu Jun 16 06:32:51 2005",
            "connection from 10.6.1.8 (h8.test.net) at Sat Jun 18 02:08:10 2005",
        ],
    ),
    "cluster": (
        "synchronized to <*>, stratum <*>",
        ["synchronized to 10.1.9.9, stratum 3", "synchronized to LOCAL(0), stratum 10"],
    ),
    "setup": (
        "Loaded Servicing Stack <*> with Core: <*>",
        [
            r"Loaded Servicing Stack v6.1.7601.23505 with Core: C:\Windows\winsxs\amd64_31\core.dll",
            r"Loaded Servicing Stack v6.1.7600.16385 with Core: C:\Windows\winsxs\amd64_07\core.dll",
        ],
    ),
    "steps": ("onStandStepChanged <*>", ["onStandStepChanged 3579", "onStandStepChanged 3580"]),
    "jobs": (
        "Progress of TaskAttempt <*> is : <*>",
        [
            "Progress of TaskAttempt attempt_14_0020_m_000001_0 is : 0.1",
            "Progress of TaskAttempt attempt_14_0020_m_000002_0 is : 1.0",
        ],
    ),
    "blocks": (
        "Block <*> stored as values in memory (estimated size <*>, free <*>)",
        [
            "Block broadcast_0 stored as values in memory (estimated size 93.0 B, free 317.5 KB)",
            "Block rdd_2_17 stored as values in memory (estimated size 5.1 KB, free 3.2 MB)",
        ],
    ),
    "election": (
        "Accepted socket connection from <*>",
        [
            "Accepted socket connection from /10.10.34.11:45307",
            "Accepted socket connection from /10.10.34.13:37177",
        ],
    ),
    "racks": ("node <*> ambient=<*>", ["node node-70 ambient=31", "node node-D3 ambient=32"]),
}


@pytest.mark.parametrize("style", STYLES)
def test_two_lines_of_one_message_have_its_template(style: str) -> None:
    template, lines = STYLES[style]
    assert texts(*lines) == {template}


def test_all_styles_together_stay_apart() -> None:
    lines = [line for _, some in STYLES.values() for line in some]
    random.Random(1).shuffle(lines)
    assert texts(*lines) == {template for template, _ in STYLES.values()}


# -- categories


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Receiving block blk_38 src: /10.0.0.1:50010",
            "Receiving block <OID=blk_38> src: <LOI=/10.0.0.1:50010>",
        ),
        ("took 12 ms, 3 retries", "took <TDA=12> ms, <OBA=3> retries"),
        ("exit code 137 of pid 9", "exit code <STC=137> of pid <OID=9>"),
        ("heap at 91%, cached=true", "heap at <CRS=91%>, cached=<SID=true>"),
        ("user=carol protocol=TCP", "user=<OBN=carol> protocol=<TID=TCP>"),
        ("score 911", "score <OTP=911>"),
    ],
)
def test_ten_categories(line: str, expected: str) -> None:
    twin = line.replace("carol", "dave").replace("TCP", "UDP")
    assert in_line(line, after=(twin,)) == expected


def test_only_the_categories_asked_for_keep_their_value() -> None:
    line = "Receiving block blk_38 src: /10.0.0.1:50010"
    assert in_line(line, aware="OID") == "Receiving block <OID=blk_38> src: <*>"
    (template,) = abstract(line, aware="LOI")
    assert template.text == "Receiving block <*> src: <*>"
    assert template.aware == "Receiving block <*> src: <LOI>"


def test_a_category_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="OID"):
        categories_named("OID,XYZ")
    with pytest.raises(UsageError):
        categories_named(" , ")


def test_spans_never_overlap_on_noise() -> None:
    rng = random.Random(7)
    for _ in range(300):
        line = "".join(rng.choice("ab1.:/-=@ []\"'<>%0xé") for _ in range(60))
        found = spans(line)
        assert all(one.end <= two.start for one, two in pairwise(found))
        assert all(one.start < one.end and isinstance(one.category, Category | None) for one in found)


# -- values are kept through joins


def test_values_seen_before_a_place_became_variable_are_counted() -> None:
    users = ["root", "root", "ann", "bob", "ann"]
    (template,) = abstract(*(f"session closed for user {user}" for user in users), aware="all")
    assert template.count == 5 and template.first == 1
    assert dict(template.variables[0].values) == {"root": 2, "ann": 2, "bob": 1}
    assert template.variables[0].exact


def test_a_variable_that_lost_values_says_so_after_a_join_too() -> None:
    lines = [f"job {number} of queue {queue} done" for queue in ("mail", "web") for number in range(90)]
    (template,) = abstract(*lines, "job 7 of queue print done", "job 7 of queue slow done")
    assert [one.exact for one in template.variables] == [False, True]


def test_counts_are_those_of_the_lines_whatever_their_order() -> None:
    rng = random.Random(5)
    lines = [line for _, some in STYLES.values() for line in some] * 7
    lines += [f"session closed for user u{rng.choice('abcdefg')}x" for _ in range(60)]
    rng.shuffle(lines)
    templates = abstract(*lines)
    assert sum(template.count for template in templates) == len(lines)
    for template in templates:
        for variable in template.variables:
            assert sum(count for _, count in variable.values) == template.count or not variable.exact


# -- memory


def test_memory_is_bounded_and_what_had_to_go_is_told() -> None:
    rng = random.Random(2)
    abstraction = Abstraction(headers=None, settings=Settings(clusters=50))
    letters = "abcdefghijklmnopqrstuvwxyz"
    for _ in range(2_000):
        words = ["".join(rng.choices(letters, k=6)) for _ in range(rng.randrange(3, 9))]
        list(abstraction.add(" ".join(words)))
    list(abstraction.end())
    miner = abstraction._miner
    assert len(abstraction.templates()) <= 50 and abstraction.forgotten > 1_000
    assert sum(map(len, miner._alike.values())) <= 50 * 200 and len(miner._exact) <= 50
    assert all(one.cluster.number in miner._by_number for some in miner._alike.values() for one in some)


def test_long_lines_take_memory_by_their_words() -> None:
    rng = random.Random(3)
    abstraction = Abstraction(headers=None, settings=Settings(kept_words=5_000))
    for _ in range(60):
        list(abstraction.add(" ".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=400))))
    list(abstraction.end())
    miner = abstraction._miner
    words = sum(len(cluster.slots) for cluster in miner.clusters)
    assert words == miner._words <= 5_400 and abstraction.forgotten > 40
    assert all(isinstance(key, int) for key in miner._alike)
    assert sum(map(len, miner._alike.values())) <= 4 * words


def test_causes_without_end_make_no_message_without_end() -> None:
    lines = ["Exception: x", *["Caused by: " + "y" * 1_000] * 100, "after"]
    first, _ = Abstraction(headers=None).read(lines)
    assert len(first.message) < 12_000 and first.lines == 101


def test_a_format_takes_no_longer_where_a_line_does_not_fit() -> None:
    headers = Headers.of("<Date> <Time> <Level> <Component>: <Content>")
    assert headers.message("2020 10:00  INFO  a.b: c: d e") == "c: d e"
    line = "a " * 5_000
    assert headers.message(line) == line


def test_a_variable_with_many_values_is_counted_in_bounded_memory() -> None:
    (template,) = abstract(*(f"job {number} done" for number in range(3_000)), *["job 7 done"] * 40)
    assert len(template.variables[0].values) <= 50 and not template.variables[0].exact
    assert template.count == 3_040


def test_a_very_long_line_is_cut() -> None:
    (template,) = abstract("x " * 100_000)
    assert len(template.text) <= 4_000


# -- headers


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass; user unknown", "check pass; user unknown"),
        ("081109 203615 148 INFO dfs.Node$Packet: Responder 1 ends", "Responder 1 ends"),
        ("[Sun Dec 04 04:47:44 2005] [notice] init ok", "init ok"),
        (
            "2015-07-29 17:41:44,747 - INFO  [Q[myid=1]/0:0:0:0:0:0:0:0:2181:Fast@774] - time out: 3200",
            "time out: 3200",
        ),
        ("17/06/09 20:10:40 INFO executor.Executor: Running task 0.0", "Running task 0.0"),
        ("03-17 16:13:38.811  1702  2395 D WindowManager: printFreezing", "printFreezing"),
        ("20171223-22:15:29:606|Step_LSC|30002312|onStand 3579", "onStand 3579"),
        ("[10.30 16:49:06] chrome.exe - p.test.org:5070 close", "p.test.org:5070 close"),
        ("ERROR:app.views:no such row 7", "no such row 7"),
        ("nothing before this", "nothing before this"),
        ("", ""),
    ],
)
def test_usual_headers_are_told(line: str, message: str) -> None:
    assert Headers().message(line) == message


def test_a_format_names_the_message() -> None:
    headers = Headers.of("<Date> <Level> [<Thread>] <Content>")
    assert headers.message("2024-01-02  WARN [pool 3] disk full") == "disk full"
    assert headers.message("no header") == "no header"
    with pytest.raises(UsageError):
        Headers.of("<Date> <Level>")
