"""The readers and the arithmetic of the benchmarks of tracing, without data sets and without measuring."""

import csv
import gzip

import pytest
from bench.coconut import collapsed, published_calls
from bench.tracing import PROMISED, middle, ratios
from bench.tracing_programs import PROGRAMS, PUBLISHED

from bench import tracing_worker

pytestmark = pytest.mark.fast

FIELDS = ("HumanEval_ID", "Name", "FunctionCall", "ExecutedLines", "Code_Indices")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("[1, 2], 0.3", ([1, 2], 0.3)),
        ("('a b',)", ("a b",)),
        ("(1000,)", (1000,)),
        ("((1, 2), (3, 5))", ((1, 2), (3, 5))),
        ("'x'", ("x",)),
        ("[(1, 2)]", ([(1, 2)],)),
        ("{'a': 1}", ({"a": 1},)),
        ("3 * 19", (57,)),
    ],
)
def test_the_text_of_a_call_becomes_its_arguments(tmp_path, text, arguments):
    path = tmp_path / "rows.csv.gz"
    code = "def f(*given):  # 1\n    '''Doc # 2  # 2\n    '''  # 3\n    return given  # 4"
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerow(dict(zip(FIELDS, ("HumanEval/0", "f", text, "[4]", code), strict=True)))
    (call,) = published_calls(path)
    space = {}
    exec(call.source, space)
    assert space["trialrun_call"]() == arguments
    assert call.own_lines == 4 and call.lines == [4] and "# 2" in call.source and "# 4" not in call.source


def test_only_consecutive_duplicates_collapse():
    assert collapsed([1, 1, 2, 1, 1]) == [1, 2, 1]


def test_ratios_are_taken_round_by_round():
    plain, slow = [1.0, 2.0, 1.0], [2.0, 4.0, 3.0]
    times = {"a": {"plain": plain, "x": slow}, "b": {"plain": plain, "x": plain}}
    found = ratios(times, ["a", "b"])["x"]
    assert found["programs"]["a"]["median"] == 2.0 and found["programs"]["b"]["median"] == 1.0
    assert found["all"]["median"] == pytest.approx(2.0**0.5)
    assert found["all"]["low"] <= found["all"]["median"] <= found["all"]["high"]


def test_an_interval_of_twenty_leaves_out_five_at_each_end():
    found = middle([float(one) for one in range(20)])
    assert (found["low"], found["median"], found["high"], found["n"]) == (5.0, 9.5, 14.0, 20)


def test_ten_programs_that_run_with_small_and_large_inputs():
    assert len(PROGRAMS) == 10 and PUBLISHED == 5 and set(PROMISED) >= {"off", "coverage", "summaries"}
    for _, text, _, small in PROGRAMS:
        space = {}
        exec(text, space)
        assert space["run"](*small) is not None


SUM = "def run(n):\n    total = 0\n    for k in range(n):\n        total += k\n    return total\n"


def test_packing_is_measured_at_each_level(monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, *others = tracing_worker.PROGRAMS[0]
    monkeypatch.setattr(tracing_worker, "PROGRAMS", ((name, SUM, (300,), *others[1:]),))
    found = tracing_worker.packing()
    assert found.keys() == {"ids", "references", "summaries"} and min(found.values()) > 0
