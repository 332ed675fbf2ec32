"""Control groups: where they can be made, what they count, and that none is left behind."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from trialrun.core.errors import SandboxError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.run.cgroups import CPU, GROUPS, MEMORY, PIDS, Groups, Place, find_places, sweep
from trialrun.run.cgroups import _mounts as mounts_of
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_program

LIMITS = Limits(cpu_s=1.0, wall_s=10.0, memory_mb=192, processes=True)

here = pytest.mark.skipif(
    set(GROUPS.places) != {MEMORY, PIDS, CPU}, reason="this user can make no control groups here"
)

V1 = "{n} 31 0:{n} / /sys/fs/cgroup/{name} rw,relatime - cgroup cgroup rw,{name}"
V2 = "41 31 0:38 {root} /sys/fs/cgroup{below} rw,relatime - cgroup2 cgroup2 rw"


def machine(tmp_path, mounts, own, groups):
    """Lay out what a machine shows: mounts, own groups, and directories with the controllers that they pass on."""
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "mountinfo").write_text("\n".join(mounts) + "\n")
    (proc / "cgroup").write_text("\n".join(own) + "\n")
    for path, given in groups.items():
        directory = tmp_path / "sys/fs/cgroup" / path
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "cgroup.procs").write_text("")
        if given is not None:
            (directory / "cgroup.subtree_control").write_text(given)
    return find_places(proc, tmp_path), tmp_path / "sys/fs/cgroup"


@pytest.mark.fast
def test_version_1_controllers_are_found_one_by_one(tmp_path):
    mounts = [
        V1.format(n=32, name="memory"),
        V1.format(n=33, name="cpu,cpuacct"),
        V1.format(n=34, name="pids"),
    ]
    own = ["4:memory:/a", "3:cpu,cpuacct:/", "2:pids:/gone"]
    places, top = machine(tmp_path, mounts, own, {"memory/a": None, "cpu,cpuacct": None, "pids": None})
    assert places == {MEMORY: Place(top / "memory/a", 1), CPU: Place(top / "cpu,cpuacct", 1)}


@pytest.mark.fast
def test_version_2_uses_the_nearest_group_that_passes_controllers_on(tmp_path):
    groups = {"": "memory pids cpu", "user": "memory pids", "user/app": "pids", "user/app/me": ""}
    places, top = machine(tmp_path, [V2.format(root="/", below="")], ["0::/user/app/me"], groups)
    assert places == dict.fromkeys((MEMORY, PIDS, CPU), Place(top / "user", 2))


@pytest.mark.fast
def test_an_empty_version_2_beside_version_1_still_counts_cpu_time(tmp_path):
    mounts = [V1.format(n=32, name="memory"), V2.format(root="/", below="/unified")]
    places, top = machine(tmp_path, mounts, ["4:memory:/", "0::/"], {"memory": None, "unified": ""})
    assert places == {MEMORY: Place(top / "memory", 1), CPU: Place(top / "unified", 2)}


@pytest.mark.fast
def test_a_container_sees_its_own_group_as_the_root(tmp_path):
    mounts = [V2.format(root="/docker/1", below="")]
    places, top = machine(tmp_path, mounts, ["0::/docker/1"], {"": "memory pids"})
    assert places[MEMORY] == Place(top, 2)


@pytest.mark.fast
def test_no_groups_are_no_error(tmp_path):
    assert machine(tmp_path, [], ["0::/"], {})[0] == {}
    assert find_places(tmp_path / "nowhere") == {}
    assert Groups({}).open(memory=1 << 20, processes=1) is None


@pytest.mark.fast
def test_version_2_files_are_written_and_read(tmp_path, monkeypatch):
    """A directory stands in for the kernel: it gives each new group the files that the kernel would."""
    really_make = Path.mkdir
    files = (
        "cgroup.procs",
        "cgroup.subtree_control",
        "memory.max",
        "memory.swap.max",
        "memory.peak",
        "pids.max",
    )

    def make(path):
        really_make(path)
        for name in files:
            (path / name).write_text("")
        (path / "memory.events").write_text("oom 7\noom_kill 2\noom_group_kill 0\n")
        (path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")

    monkeypatch.setattr(Path, "mkdir", make)
    group = Groups(dict.fromkeys((MEMORY, PIDS, CPU), Place(tmp_path, 2))).open(memory=12345, processes=7)
    directory = group.places[MEMORY].directory
    assert (directory / "memory.max").read_text() == "12345"
    assert (directory / "memory.swap.max").read_text() == "0"
    assert (directory / "pids.max").read_text() == "7"
    assert (directory.parent / "cgroup.subtree_control").read_text() == "+memory +pids"
    group.attach(4321)
    assert (directory / "cgroup.procs").read_text() == "4321"
    (directory / "memory.peak").write_text(str(3 << 20))
    assert (group.cpu_s(), group.oom_kills(), group.peak_mb()) == (1.5, 2, 3.0)


def ours():
    """Return the groups that bear this process's number, and those in them."""
    found = set()
    for directory in {place.directory for place in GROUPS.places.values()}:
        for top in directory.glob(f"trialrun-*-{os.getpid()}-*"):
            found |= {top, *(inner for inner in top.iterdir() if inner.is_dir())}
    return found


def run(sandbox, source, limits=LIMITS):
    return run_program(sandbox, Program.from_source(source), limits)


@here
def test_processes_below_the_limits_are_left_alone(sandbox):
    source = "import os\nfor _ in range(3):\n    if os.fork() == 0: os._exit(len(bytearray(30 << 20)) & 1)\n"
    execution = run(sandbox, source + "print([os.wait()[1] for _ in range(3)])\n")
    assert (execution.outcome, execution.stdout) == (Outcome.RETURNED, b"[0, 0, 0]\n"), execution


@here
def test_no_group_is_left_behind():
    before = ours()  # of the sandbox that other tests share
    with Sandbox() as sandbox:
        run(sandbox, "pass")
        with sandbox.job(Limits()):
            zygotes = ours()
        assert len(zygotes) > len(before)
        with sandbox.job(LIMITS):
            assert len(ours()) > len(zygotes)
        assert ours() == zygotes
    assert ours() == before


@here
def test_an_interrupt_leaves_no_group():
    script = (
        "import os\nfrom trialrun.run.sandbox import Sandbox, Limits\n"
        "with Sandbox() as s, s.job(Limits(processes=True)) as j:\n"
        "    print('up', flush=True)\n    j.receive()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline() == b"up\n"
    directory = GROUPS.places[PIDS].directory
    assert [entry for entry in directory.iterdir() if f"-{process.pid}-" in entry.name]
    process.send_signal(2)
    process.wait()
    process.stdout.close()
    assert not [entry for entry in directory.iterdir() if f"-{process.pid}-" in entry.name]


@here
def test_what_a_killed_supervisor_left_is_swept():
    script = (
        "import time\nfrom trialrun.run.sandbox import Sandbox, Limits\ns = Sandbox(); j = s.job(Limits())\n"
        "print('up', flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    directory = GROUPS.places[PIDS].directory
    (left,) = [entry.name for entry in directory.iterdir() if f"-{process.pid}-" in entry.name]
    assert left not in sweep(directory), "its maker lives"
    process.kill()
    process.wait()
    process.stdout.close()
    assert (directory / left).is_dir()
    for place in GROUPS.places.values():
        sweep(place.directory)
        assert not (place.directory / left).exists()


@pytest.mark.fast
def test_what_a_session_before_this_one_left_is_swept_too(tmp_path):
    """Each session has a group of its own; a directory stands in for the kernel."""
    gone = f"trialrun-{Path('/proc/self/ns/pid').stat().st_ino}-{os.getpid()}-1-0"
    for made in (f"before/{gone}/3", "before/other", "now"):
        (tmp_path / made).mkdir(parents=True)
    group = Groups({CPU: Place(tmp_path / "now", 2)}).open(memory=None, processes=1)
    group.remove()
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "before",
        "before/other",
        "now",
    ]


@here
def test_a_number_that_is_used_again_keeps_no_group(tmp_path):
    name = f"trialrun-{Path('/proc/self/ns/pid').stat().st_ino}-{os.getpid()}-1-0"
    elsewhere = f"trialrun-1-{os.getpid()}-1-0"
    for made in (name, elsewhere, "other"):
        (tmp_path / made).mkdir()
    assert sweep(tmp_path) == [name]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["other", elsewhere]


@here
def test_a_job_that_the_fuse_kills_is_out_of_shared_memory(monkeypatch):
    """The fuse is far below the job's own limit here, as it is when many jobs are large at once."""
    monkeypatch.setattr("trialrun.run.cgroups.fuse", lambda: 120 << 20)
    monkeypatch.setattr("trialrun.run.supervisor.GROUPS", Groups())
    with Sandbox() as sandbox:
        for processes in (False, True):
            limits = Limits(cpu_s=5.0, memory_mb=1024, processes=processes)
            execution = run(sandbox, "held = bytearray(400 << 20)\nheld[::4096] = held[::4096]\n", limits)
            assert execution.outcome is Outcome.MEMORY, execution
            assert "died by SIGKILL" in execution.message and "share" in execution.message
        assert run(sandbox, "print(1)").outcome is Outcome.RETURNED


def test_without_groups_jobs_run_as_before():
    before = ours()
    with Sandbox(Isolation(cgroups=False)) as sandbox:
        assert (
            run(sandbox, "import os\nif os.fork() == 0: os._exit(0)\nos.wait()").outcome is Outcome.RETURNED
        )
        assert ours() == before


@here
def test_a_job_that_no_group_takes_is_not_started(monkeypatch):
    def refuse(group, pid):
        raise OSError(16, "busy")

    with Sandbox() as sandbox:
        run(sandbox, "pass")
        groups, descriptors = ours(), len(list(Path("/proc/self/fd").iterdir()))
        monkeypatch.setattr("trialrun.run.cgroups.Group.attach", refuse)
        with pytest.raises(SandboxError, match="busy"):
            run(sandbox, "import time; time.sleep(600)")
        assert ours() == groups
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
        monkeypatch.undo()
        assert run(sandbox, "print(1)").stdout == b"1\n"


def real_version_2():
    """Return a mount of version 2 in which this user can make groups, whatever controllers it has."""
    for kind, _, point, _ in mounts_of(Path("/proc/self/mountinfo").read_text()):
        if kind == "cgroup2" and os.access(f"{point}/cgroup.procs", os.W_OK):
            return Path(point)
    return None


@pytest.mark.skipif(
    real_version_2() is None,
    reason="needs a version 2 hierarchy that this user may write to; fake trees are tried above",
)
def test_a_real_version_2_counts_and_empties():
    groups = Groups({CPU: Place(real_version_2(), 2)})
    group = groups.open(memory=None, processes=100)
    source = "import os\ninput(); os.fork(); os.fork(); os.write(1, b'.')\nwhile True: pass"
    spinning = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    group.attach(spinning.pid)
    spinning.stdin.write(b"\n")
    spinning.stdin.flush()
    while group.cpu_s() < 0.2:
        assert spinning.poll() is None
    top = group.places[CPU].directory.parent
    group.remove()
    assert spinning.stdout.read() == b"....", "its end comes once all four are dead"
    assert spinning.wait() == -9
    spinning.stdin.close()
    spinning.stdout.close()
    assert not top.exists()


@here
def test_many_jobs_at_once_that_are_dropped_leave_no_group():
    """Jobs begin, end, run out of memory and are cut off by the end of their sandbox, side by side."""
    before = ours()
    sources = (
        "pass",
        "import time; time.sleep(600)",
        "import os\nwhile True: os.fork()",
        "x = bytearray(300 << 20)",
    )
    small = Limits(cpu_s=0.3, wall_s=600.0, memory_mb=64, processes=True)
    sandbox = Sandbox()

    def work(number):
        for turn in range(20):
            try:
                run(sandbox, sources[(number + turn) % len(sources)], small)
            except SandboxError:
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    sandbox.close()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert ours() == before


@here
def test_supervisors_that_are_killed_in_turn_are_swept_by_those_that_live():
    script = (
        "from trialrun.run.sandbox import Sandbox, Limits\nwhile True:\n"
        "    with Sandbox() as s, s.job(Limits(processes=True)): print('up', flush=True)\n"
    )
    killed = []
    for turn in range(6):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"up\n"
        time.sleep(0.03 * turn)
        process.kill()
        process.wait()
        process.stdout.close()
        killed.append(process.pid)
    group = Groups().open(memory=None, processes=10)
    left = [
        entry.name
        for directory in {place.directory for place in GROUPS.places.values()}
        for entry in directory.iterdir()
        if any(f"-{pid}-" in entry.name for pid in killed)
    ]
    group.remove()
    assert not left
