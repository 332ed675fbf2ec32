import os
import signal
import threading
import time
from pathlib import Path

import pytest

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.job import ZygoteDied
from trialrun.run.pools import MOST_RECIPES
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.supervisor import Isolation

CALL = encode_calls("f", [Case(args=())])


def value_of(sandbox, source):
    from trialrun.core.parse_values import render

    (execution,) = run_cases(sandbox, Program.from_source(source, entry="f"), CALL, Limits(cpu_s=5.0))
    assert execution.outcome is Outcome.RETURNED, execution
    return render(execution.value)


def members(sandbox):
    return list(sandbox._pools._members())


def alive(zygote):
    return zygote._process.poll() is None


IMPORTED = (
    "import sys\nseen = sorted({'sqlite3', 'wave', 'nothing'} & set(sys.modules))\ndef f(): return seen"
)


def test_modules_are_imported_once_for_all_jobs_and_only_where_asked_for():
    with Sandbox() as sandbox:
        heavy = sandbox.importing(["wave"])
        assert value_of(heavy, IMPORTED) == "['wave']"
        assert value_of(heavy, IMPORTED) == "['wave']"
        assert value_of(sandbox, IMPORTED) == "[]"
        assert len(members(sandbox)) == 2
        assert heavy.importing(["wave"]) is heavy


def test_a_module_that_cannot_be_imported_is_the_programs_matter():
    with Sandbox() as sandbox:
        absent = sandbox.importing(["nothing", "wave"])
        assert value_of(absent, IMPORTED) == "['wave']"
        source = "try:\n    import nothing\nexcept ImportError as error: text = repr(type(error))\ndef f(): return text"
        assert value_of(absent, source) == repr(str(ModuleNotFoundError))


@pytest.mark.parametrize(
    "isolation",
    [Isolation(), Isolation(namespaces=False, unsafe=os.geteuid() == 0)],
    ids=["namespaces", "without"],
)
def test_what_an_import_writes_is_seen_by_no_job_and_left_nowhere(isolation, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    module = "idlelib.config"  # makes a directory below HOME when it is used
    with Sandbox(isolation) as sandbox:
        heavy = sandbox.importing([module])
        assert value_of(heavy, "import os\ndef f(): return os.listdir(os.environ['HOME'])") == "[]"
    assert list(tmp_path.iterdir()) == []


def test_a_zygote_gives_way_after_its_jobs():
    with Sandbox(jobs_per_zygote=3) as sandbox:
        pids = set()
        for _ in range(7):
            assert value_of(sandbox, "def f(): return 1") == "1"
            pids |= {member.zygote._process.pid for member in members(sandbox)}
        assert len(pids) == 3
        assert len(members(sandbox)) == 1


def test_a_retired_zygote_lives_until_its_last_job_has_ended():
    with Sandbox(jobs_per_zygote=2) as sandbox:
        with sandbox.job(Limits()) as running:
            (first,) = members(sandbox)
            for _ in range(4):
                assert value_of(sandbox, "def f(): return 1") == "1"
            assert first.retired and first.live == 1 and alive(first.zygote)
            running.stop()
        assert not alive(first.zygote)


def test_a_killed_zygote_is_replaced():
    with Sandbox() as sandbox:
        assert value_of(sandbox, "def f(): return 1") == "1"
        (first,) = members(sandbox)
        os.kill(first.zygote._process.pid, signal.SIGKILL)
        first.zygote._process.wait()
        assert value_of(sandbox, "def f(): return 2") == "2"
        assert [member.zygote is first.zygote for member in members(sandbox)] == [False]


def test_recipes_not_used_for_long_end():
    with Sandbox() as sandbox:
        for number in range(MOST_RECIPES + 3):
            assert value_of(sandbox.importing([f"absent{number}"]), "def f(): return 1") == "1"
        kept = {recipe.modules for recipe, pool in sandbox._pools._pools.items() if pool.members}
        assert len(kept) == MOST_RECIPES
        assert any(f"absent{MOST_RECIPES + 2}" in modules for modules in kept)
        assert not any("absent0" in modules for modules in kept)


def test_more_callers_than_room_wait_and_all_are_served():
    most, inside, peak, lock = 2, 0, 0, threading.Lock()
    with Sandbox(most_jobs=most) as sandbox:
        values = []

        def one():
            nonlocal inside, peak
            with sandbox.job(Limits()):
                with lock:
                    inside += 1
                    peak = max(peak, inside)
                time.sleep(0.05)
                with lock:
                    inside -= 1
            values.append(1)

        threads = [threading.Thread(target=one) for _ in range(7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(values), peak) == (7, most)


def test_whoever_waits_is_told_when_the_sandbox_closes():
    sandbox = Sandbox(most_jobs=1)
    refused = []

    def late():
        try:
            sandbox.job(Limits())
        except SandboxError as error:
            refused.append(str(error))

    job = sandbox.job(Limits())
    thread = threading.Thread(target=late)
    thread.start()
    time.sleep(0.1)
    assert thread.is_alive()
    sandbox.close()
    thread.join(30)
    with pytest.raises(ZygoteDied):
        job.stop()
    assert refused == ["the sandbox is closed"]


def test_closing_gracefully_waits_for_the_running_jobs():
    sandbox = Sandbox()
    job = sandbox.job(Limits())
    (member,) = members(sandbox)
    closing = threading.Thread(target=lambda: sandbox.close(wait=True))
    closing.start()
    time.sleep(0.2)
    assert closing.is_alive() and alive(member.zygote)
    with pytest.raises(SandboxError):
        sandbox.job(Limits())
    job.stop()
    closing.join(30)
    assert not closing.is_alive() and not alive(member.zygote)


def test_a_zygote_that_cannot_do_its_work_is_never_used(monkeypatch):
    broken = load_plan("1 / 0", entries=["control"], mode="value")
    monkeypatch.setattr("trialrun.run.sandbox.load_plan", lambda *_, **__: broken)
    with Sandbox() as sandbox, pytest.raises(SandboxError, match="a program that does nothing"):
        sandbox.job(Limits())
    assert members(sandbox) == []


def test_descriptors_and_processes_stay_flat():
    with Sandbox(jobs_per_zygote=20) as sandbox:
        assert value_of(sandbox, "def f(): return 1") == "1"
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(100):
            assert value_of(sandbox, "def f(): return 1") == "1"
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert len(members(sandbox)) == 1
