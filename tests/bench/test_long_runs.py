"""What the long runs conclude from can come out otherwise, and what they count is all there."""

import itertools
import os
import random
import resource
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from bench.chaos import Found as Chaotic
from bench.disturbances import NOISE, no_descriptors, noisy_channels, old_zygotes, spoilt
from bench.leftovers import counting, footprint, left_behind, own_temporary_files
from bench.mixture import Bench, Item, Seen, draw, honest_items, hostile_items
from bench.soak import MEMORY, Found, Soak, growth, is_flat, slope

from bench import chaos, disturbances, jobs, leftovers
from trialrun.core.program import Program
from trialrun.run.sandbox import Sandbox


@pytest.mark.fast
def test_growth_is_told_from_a_start_and_from_noise() -> None:
    assert is_flat([10, 30, 40, 40, 41, 40, 40, 41], 0.1)
    assert not is_flat([40, 40, 40, 40, 44, 46, 50, 54], 0.1)
    assert growth([1.0, 2.0]) == (1.0, 2.0)
    assert slope([(number * 1000, 40 + number) for number in range(8)]) == pytest.approx(100)
    assert {"rss_mb", "zygote_mb", "blocks"} == MEMORY.keys()


@pytest.mark.fast
def test_a_mixture_is_its_seeds_and_has_its_share() -> None:
    honest, hostile = honest_items(), hostile_items()
    drawn = list(itertools.islice(draw(honest, hostile, 0.2, 1), 2000))
    assert drawn == list(itertools.islice(draw(honest, hostile, 0.2, 1), 2000))
    assert drawn != list(itertools.islice(draw(honest, hostile, 0.2, 2), 2000))
    assert 300 < sum(not item.honest for item in drawn) < 500
    assert {item.honest for item in honest} == {True} and {item.honest for item in hostile} == {False}


@pytest.mark.fast
def test_what_an_item_must_get() -> None:
    honest = honest_items()[0]
    hostile = replace(honest, honest=False)
    for verdict, right in (("pass", True), ("fail", False), ("unknown", False), ("unscored", False)):
        assert Seen(verdict, "").is_right(honest) is right
    for verdict, right in (("pass", False), ("fail", True), ("unknown", True), ("unscored", False)):
        assert Seen(verdict, "").is_right(hostile) is right


def test_a_soak_counts_jobs_and_names_a_wrong_verdict() -> None:
    cases = next(item for item in honest_items() if item.task.id.endswith(", cases"))
    asserted = replace(cases, task=next(item.task for item in honest_items() if item.name == cases.name))
    liar = replace(cases, name="liar", program=Program.from_source("def f(*a): return 'x'", entry="f"))
    items: list[Item] = [cases, asserted, liar]
    with own_temporary_files():
        before = footprint()
        with counting() as started, Sandbox() as sandbox:
            soak = Soak(itertools.cycle(items), started, jobs=40, workers=2)
            assert soak.run(Bench(sandbox), 10)
        assert left_behind(before) == {}
    found: Found = soak.found
    assert found.programs.keys() == {"honest pass", "honest fail"} and not found.bugs
    assert len(found.wrong) == found.programs["honest fail"] > 0
    assert all(line.startswith("liar on ") for line in found.wrong)
    # Two zygotes, each tried once; a job for each case-judged program, two where a tester asserts.
    assert started.jobs >= 40 and started.zygotes == 2
    assert found.samples and max(seen.processes for _, seen in found.samples) >= 2


def test_a_bug_ends_a_soak_and_is_kept() -> None:
    class Broken(Bench):
        def judge(self, item: Item) -> Seen:
            raise ZeroDivisionError

    with counting() as started, Sandbox() as sandbox:
        soak = Soak(itertools.cycle(honest_items()), started, jobs=10, workers=2)
        soak.run(Broken(sandbox), 10)
    assert {type(error) for error in soak.found.bugs} == {ZeroDivisionError}


def test_what_is_left_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "GRACE_S", 0.2)
    with own_temporary_files() as place:
        before = footprint()
        descriptor = os.open("/dev/null", os.O_RDONLY)
        (place / "trialrun-left").mkdir()
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        assert left_behind(before) == {"descriptors": 1, "threads": 1, "files": 1}
        os.close(descriptor)
        Path(place, "trialrun-left").rmdir()
        done.set()
        thread.join()
        assert left_behind(before) == {}


@pytest.mark.fast
def test_a_profile_goes_by_what_the_kernel_was_doing() -> None:
    samples = [
        "python \n\tffff copy_page\n\tffff copy_process\n\tffff kernel_clone\n\tffff do_syscall_64\n",
        "python \n\tffff clear_page\n\tffff exc_page_fault\n\tffff asm_exc_page_fault\n\t12 _PyEval_EvalFrame\n",
        "python \n\t12 _PyEval_EvalFrame\n\t13 main\n",
    ]
    found = jobs.doing("\n".join(samples))
    assert found == {"fork": 1, "page faults": 1, "programs and Python": 1}


def test_trivial_jobs_do_their_work_and_are_counted() -> None:
    found = jobs.work(10, 2, (), None)
    assert found["jobs"] == 10 and 0 < found["inside_s"] < 10 and found["wall_s"] > 0


@pytest.mark.fast
def test_noise_changes_every_kind_of_thing_and_is_its_seeds() -> None:
    data = bytes(range(200))
    made = [spoilt(data, random.Random(seed)) for seed in range(40)]
    assert made == [spoilt(data, random.Random(seed)) for seed in range(40)]
    assert all(spoiled != data for spoiled in made)
    assert {len(spoiled) > 200 for spoiled in made} == {True, False}
    assert any(len(spoiled) == 200 for spoiled in made) and any(len(spoiled) < 200 for spoiled in made)


@pytest.mark.fast
def test_over_a_lying_channel_only_an_accepted_hostile_program_is_wrong() -> None:
    honest = honest_items()[0]
    hostile = replace(honest, honest=False)
    for item, verdict, noisy, wrong in (
        (honest, "fail", True, 0), (honest, "fail", False, 1), (honest, "unscored", False, 0),
        (hostile, "pass", True, 1), (hostile, "pass", False, 1), (hostile, "fail", True, 0),
    ):  # fmt: skip
        found = Chaotic()
        found.note(item, Seen(verdict, ""), noisy=noisy)
        assert (len(found.wrong), len(found.unscored)) == (wrong, verdict == "unscored")


def test_a_lying_channel_never_makes_a_hostile_program_right_nor_a_bug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile = [item for item in hostile_items() if item.task.id == "Own/lists"][:20]
    altered: list[bytes] = []

    def noted(data: bytes, generator: random.Random) -> bytes:
        altered.append(data)
        return spoilt(data, generator)

    monkeypatch.setattr(disturbances, "spoilt", noted)
    with noisy_channels(), Sandbox() as sandbox:
        bench = Bench(sandbox)
        NOISE.generator = random.Random(5)
        try:
            seen = [bench.judge(item) for item in hostile]
        finally:
            NOISE.generator = None
    assert {one.verdict for one in seen} <= {"fail", "unknown", "unscored"}
    # How often depends on how the bytes arrive; never in 20 programs: a chance of less than one in 2**20.
    assert altered


def test_descriptors_come_back_and_young_zygotes_are_spared() -> None:
    before = footprint().descriptors, resource.getrlimit(resource.RLIMIT_NOFILE)
    no_descriptors()
    assert (footprint().descriptors, resource.getrlimit(resource.RLIMIT_NOFILE)) == before
    others = set(leftovers.zygotes(list(leftovers.descendants(os.getpid()))))
    with Sandbox() as sandbox:
        assert sandbox.tier
        young = set(leftovers.zygotes(list(leftovers.descendants(os.getpid())))) - others
        assert young and not young.intersection(old_zygotes(os.getpid()))


def test_the_samples_of_chaos_are_honest_and_hostile(tmp_path: Path) -> None:
    chaos.write_tasks(tmp_path)
    lines = (tmp_path / "samples.jsonl").read_text().splitlines()
    assert len(lines) == chaos.TASKS * (1 + chaos.HOSTILE_SAMPLES)
    command = chaos.command(tmp_path, tmp_path / "run")
    done = subprocess.run([*command, "--limit", "3"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = chaos.read_verdicts(tmp_path / "run" / "records.jsonl")
    assert [sample for (_, sample), (verdict, *_) in verdicts.items() if verdict == "pass"] == [0] * 3
    assert len(verdicts) == 3 * (1 + chaos.HOSTILE_SAMPLES)
