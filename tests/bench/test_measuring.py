"""What benchmarks are built on counts everything and says where it was measured."""

import contextlib
import json
import sys
import time
from pathlib import Path

import pytest
from bench.measuring import measure, ratio

from bench import measuring

BURN = "import time\nwhile time.process_time() < 0.3: pass"


@pytest.mark.fast
def test_a_ratio_of_pairs_is_geometric_and_its_interval_narrows_with_agreement() -> None:
    even = ratio([1.0, 2.0, 4.0], [2.0, 4.0, 8.0])
    assert (even.value, even.low, even.high, even.n) == pytest.approx((0.5, 0.5, 0.5, 3))
    uneven = ratio([1.0, 4.0], [2.0, 2.0])
    assert uneven.value == pytest.approx(1.0)
    assert uneven.low < 0.5 < 2.0 < uneven.high


@pytest.mark.fast
def test_a_single_pair_has_no_interval() -> None:
    alone = ratio([1.0], [4.0])
    assert (alone.low, alone.value, alone.high) == pytest.approx((0.25, 0.25, 0.25))


def test_cpu_of_grandchildren_is_counted_and_told_apart() -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
    used = measure(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {nested!r}])"]
    )
    assert used.status == 0
    assert used.cpu_s >= 0.3
    assert used.own_s < 0.3


def test_status_and_output_come_back() -> None:
    used = measure([sys.executable, "-c", "print('said'); raise SystemExit(7)"])
    assert (used.status, used.output) == (7, "said\n")


def test_a_command_that_does_not_end_is_stopped() -> None:
    with pytest.raises(TimeoutError):
        measure([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)


def test_what_a_command_leaves_behind_is_ended_with_it(tmp_path: Path) -> None:
    for end, seconds in (("", 60.0), ("while True: pass", 2.0)):
        worker = f"# {tmp_path}\nwhile True: pass"
        source = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {worker!r}])\n{end}"
        with contextlib.suppress(TimeoutError):
            measure([sys.executable, "-c", source], timeout_s=seconds)
        assert _none_is_left(f"# {tmp_path}")


def _none_is_left(text: str) -> bool:
    """Wait a while until no process has a text in its arguments: a killed one is gone a moment later."""
    for _ in range(200):
        if not any(text.encode() in _read(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
            return True
        time.sleep(0.05)
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.fast
def test_stored_results_say_where_and_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    path = measuring.store("some", {"figure": ratio([1.0], [2.0])}, where=measuring.circumstances())
    stored = json.loads(path.read_text("utf-8"))
    assert stored["figure"]["value"] == pytest.approx(0.5)
    assert stored["date"].endswith("UTC") and stored["machine"]["cores"] >= 1
    assert stored["versions"]["trialrun"] and stored["versions"]["commit"]


@pytest.mark.fast
def test_every_result_in_the_repository_says_where_and_when() -> None:
    results = sorted((Path(__file__).parents[2] / "bench" / "results").glob("*.json"))
    assert results
    for path in results:
        stored = json.loads(path.read_text("utf-8"))
        assert stored.keys() >= {"date", "machine", "versions"}, path.name
