"""Every attack, in every style of testing: none accepted, none unscored, the judge alive, nothing left behind."""

import os
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.attacks import footprint
from tests.attacks.batches import Found, Work, try_attacks
from tests.attacks.footprint import Footprint, below, left_since, processes
from tests.attacks.judging import HOSTILE, WIDE, Result, judge, judge_all, run_whole
from tests.attacks.programs import ATTACKS, PEER, TWELVE, Attack
from tests.attacks.tasks import (
    CALLBACK,
    CLASSES,
    FILES,
    IN_PLACE,
    KEPT,
    MAPPED,
    SETS,
    STDIN,
    asserted,
    cased,
    styles,
)

from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Task
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.whole import run_program
from trialrun.verify.tests import Judge, Rules

WHOLE = frozenset({"returned", "raised", "exited", "protocol", "output"})
"""How a whole program may end besides: it is not called, so it says in other words that it failed."""


def tried(attack: Attack) -> list[Task]:
    """Return the tasks that an attack is tried on here; `bench/attacks.py` tries it on all."""
    asserts = [task for style in styles() for task in style.tasks if style.name == "asserts"]
    if attack.only:
        return [task for task in (*asserts, STDIN, FILES) if attack.applies(task)]
    return [asserts[0], CALLBACK, KEPT, SETS, CLASSES, STDIN, FILES]


def work_of(attack: Attack) -> Work:
    """Return what judges one attack: (name, task or expected output, source)."""
    return [(attack.name, task, attack.source(task)) for task in tried(attack)]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> Found:
    """Judge all attacks that this session asks for, side by side; look for what they left after each batch."""
    here = [item for item in request.session.items if item.path == request.path]
    asked = [getattr(item, "callspec", None) for item in here]
    names = {spec.params["attack"].name for spec in asked if spec is not None and "attack" in spec.params}
    found = try_attacks([attack for attack in ATTACKS if attack.name in names], work_of)
    assert found.unhealthy is None
    assert "" not in found.left, found.left
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack: Attack, found: Found) -> None:
    assert attack.name not in found.left, found.left[attack.name]
    mine = {task: result for (name, task), result in found.results.items() if name == attack.name}
    assert len(mine) >= (1 if attack.only else 7)
    for task, result in mine.items():
        assert not result.accepted, (task, result)
        assert result.unscored is None, (task, result)
        whole = not attack.only and task in (STDIN.id, FILES.id)
        allowed = attack.outcomes | (WHOLE if whole else frozenset())
        assert set(result.outcomes) <= allowed, (task, result)
        assert "unknown" not in result.evidence.split(" ")[0], (task, result)


ALL_WALLS = Isolation()
WITHOUT_NAMESPACES = pytest.param(
    Isolation(namespaces=False),
    marks=pytest.mark.skipif(os.geteuid() == 0, reason="root: no attack is run without namespaces"),
)
tiers = pytest.mark.parametrize("isolation", [ALL_WALLS, WITHOUT_NAMESPACES], ids=["all walls", "Landlock"])


@tiers
def test_first_slice(isolation: Isolation) -> None:
    """The twelve alone, quickly: what every change must pass, also as an ordinary user."""
    work: Work = [item for attack in TWELVE for item in work_of(attack)]
    with Sandbox(isolation) as sandbox:
        assert sandbox.tier == "landlock" or isolation.namespaces
        for (name, task), result in judge_all(sandbox, work).items():
            assert not result.accepted and result.unscored is None, (name, task, result)


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 220
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert sum(attack.first for attack in ATTACKS) == 13, (
        "the twelve: three helpers count as one, one is below"
    )


# ------------------------------------------------------------------------------ arguments changed in place


CHANGED = {
    "emptied": "def total(items):\n    s = sum(items)\n    items.clear()\n    return s\n",
    "sorted": "def total(items):\n    items.sort()\n    return sum(items)\n",
    "grown": "def total(items):\n    s = sum(items)\n    items.append(0)\n    return s\n",
    "replaced by nearly its equal": (
        "def total(items):\n    s = sum(items)\n    items[:] = [i + 1e-9 for i in items]\n    return s\n"
    ),
    "changed below": "def total(items):\n    s = sum(items)\n    items.insert(0, [items.pop(0)])\n    return s\n",
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_argument_is_seen(name: str, sandbox: Sandbox) -> None:
    result = judge(sandbox, KEPT, CHANGED[name])
    assert not result.accepted and set(result.outcomes) <= {"returned", "raised"}, result


def test_the_reference_of_every_task_of_ours_passes(sandbox: Sandbox) -> None:
    for task in (CALLBACK, KEPT, IN_PLACE, MAPPED, CLASSES):
        assert task.reference is not None
        assert judge(sandbox, task, task.reference, WIDE).accepted, task.id


def test_a_change_that_was_wanted_must_happen(sandbox: Sandbox) -> None:
    assert not judge(sandbox, IN_PLACE, "def tidy(items):\n    sorted(items)\n").accepted
    assert not judge(sandbox, IN_PLACE, "def tidy(items):\n    return sorted(items)\n").accepted


# ------------------------------------------------------------------------------ aimed at one mechanism


REACH = """
def apply_all(f, xs):
    if not xs: return []
    p = peer()
    STEAL
    return [f(x) for x in xs][:-1] + [WRONG]
"""
FORGE = (
    'run("import gc, sys\\nfor p in gc.get_objects():\\n  if type(p).__name__ == \\"Peer\\": '
    'sys.modules[\\"trialrun.run.child.job\\"].report(p, True, None, False)")'
)


@pytest.mark.parametrize(
    "steal",
    [
        'run = p.call(f._handle, "__getattribute__", ("__builtins__",), {})["exec"]',
        'run = p.call(f._handle, "__getattribute__", ("__globals__",), {})["__builtins__"]["exec"]',
        'run = p.call(f._handle, "__getattribute__", ("__self__",), {})',
        'run = p.call(p.call(f._handle, "__getattribute__", ("__class__",), {})._handle, "__call__", (), {})',
        'run = p.call(f._handle, "eval", ("1",), {})',
        'run = p.call(f._handle, "__getitem__", ("__builtins__",), {})',
        'run = p.call(p.call(f._handle, "__getattribute__", ("func_globals",), {}), "__call__", (), {})',
    ],
)
def test_a_callback_is_no_way_into_the_tester(steal: str, sandbox: Sandbox) -> None:
    """A function that the test hands over has globals, and from there leads a way to the verdict."""
    source = PEER + REACH.replace("WRONG", "0").replace("STEAL", f"{steal}\n    {FORGE}")
    assert not judge(sandbox, CALLBACK, source).accepted
    quiet = f"try:\n        {steal}\n        {FORGE}\n    except Exception: pass"
    source = PEER + REACH.replace("WRONG", "0").replace("STEAL", quiet)
    assert not judge(sandbox, CALLBACK, source).accepted


@pytest.mark.parametrize(
    "code",
    [
        "assert all(map(lambda n: square(n) == n * n, [1, 2]))",
        "assert not [n for n in filter(lambda n: square(n) != n * n, [1, 2])]",
        "import itertools\nfor n in itertools.takewhile(square, [1, 2]): assert square(n) == n * n",
    ],
)
def test_a_stop_iteration_ends_no_loop_of_the_test(code: str, sandbox: Sandbox) -> None:
    result = judge(
        sandbox, asserted("loops", "square", code + "\n"), "def square(n):\n    raise StopIteration\n"
    )
    assert not result.accepted and result.outcomes == ("raised",), result


LOOK = """
import os, signal
def letters(s):
    reached = set()
    for path in ("/etc/passwd", "/home", "/proc/1/environ", "/proc/self/environ", "/sys", "/var", PLACE):
        try: os.listdir(path) if os.path.isdir(path) else open(path).read(1)
        except OSError: continue
        reached.add(path)
    for path in ("/tmp/trialrun-attack", "/dev/shm/trialrun-attack", "/trialrun-attack", "/var/tmp/trialrun-attack"):
        if path.startswith("/tmp") and os.path.realpath("/tmp") != "/tmp": continue
        try: open(path, "w").close()
        except OSError: continue
        os.unlink(path)
        reached.add(path)
    for pid in (os.getppid(), SUPERVISOR):
        if pid == 0: continue
        try: os.kill(pid, 0)
        except OSError: continue
        reached.add("signal %d" % pid)
    return reached
"""


@pytest.mark.parametrize(
    "isolation",
    [Isolation(), Isolation(namespaces=False, unsafe=os.geteuid() == 0)],
    ids=["all walls", "Landlock alone"],
)
def test_nothing_outside_is_in_reach(isolation: Isolation, tmp_path: Path) -> None:
    """Files, other processes: also where the kernel gives no namespaces."""
    secret = tmp_path / "secret"
    secret.write_text("expected: 42")
    source = LOOK.replace("PLACE", repr(str(secret))).replace("SUPERVISOR", str(os.getpid()))
    with Sandbox(isolation) as sandbox:
        if sandbox.tier not in ("root", "userns", "landlock"):
            pytest.skip(f"this machine confines nothing: {sandbox.tier}")
        if not isolation.namespaces and int(os.uname().release.split(".")[0]) < 6:
            pytest.skip("Landlock keeps signals inside from Linux 6.12 on")
        result = judge(sandbox, cased("reach", "letters", [(("",), set())]), source)
    assert result.accepted, result


@pytest.mark.parametrize("spend", ["time.sleep(0.4)", "sum(range(4_000_000))"])
def test_callbacks_buy_no_time(spend: str, sandbox: Sandbox) -> None:
    source = PEER + (
        f"def apply_all(f, xs):\n    if not xs: return []\n    for _ in range(10_000):\n        {spend}\n        f(0)\n"
    )
    began = time.monotonic()
    result = judge(sandbox, CALLBACK, source)
    assert result.outcomes == ("timeout",), result
    assert time.monotonic() - began < 120, "10,000 callbacks of 0.1 s and more would take longer"


def test_many_calls_do_not_add_up_to_hours(sandbox: Sandbox) -> None:
    """A program that blocks a little less than the guard at each of many calls is stopped all the same."""
    code = "for _ in range(10_000):\n    total([])\n"
    task = Task(
        id="Own/patience",
        suite="own",
        statement="",
        entry="total",
        hidden_checks=(type(KEPT.hidden_checks[0])(name="tests", code=code, remote=("total",)),),
    )
    result = judge(
        sandbox, task, "import time\ndef total(x): time.sleep(0.1)\n", Limits(cpu_s=0.5, wall_s=0.3)
    )
    assert result.outcomes == ("timeout",) and "in all" in result.evidence, result


HOLDING = """
import threading, time
def letters(s):
    threading.stack_size(65536)
    try:
        while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError: time.sleep(60)
"""


def test_a_thread_bomb_fails_no_honest_program_beside_it(sandbox: Sandbox) -> None:
    """Threads are counted for all jobs of a zygote together: whoever is refused one is judged again alone."""
    honest = (
        "import threading\ndef letters(s):\n    out = set()\n"
        "    ts = [threading.Thread(target=out.add, args=(c,)) for c in s * 40]\n"
        "    for t in ts: t.start()\n    for t in ts: t.join()\n    return out\n"
    )
    assert sandbox.tier
    before = threads_below()
    bombs: list[tuple[str, Task | str, str]] = [(f"bomb {i}", SETS, HOLDING) for i in range(2)]
    found: dict[tuple[str, str], Result] = {}
    thread = threading.Thread(
        target=lambda: found.update(judge_all(sandbox, bombs, Limits(cpu_s=5.0, wall_s=12.0)))
    )
    thread.start()
    for _ in range(400):
        if threads_below() - before > 1000:
            break
        time.sleep(0.02)
    assert judge(sandbox, SETS, honest, Limits(cpu_s=5.0)).accepted
    thread.join()
    assert len(found) == 2 and not any(result.accepted for result in found.values())


def threads_below() -> int:
    """Return how many threads all processes below this one have."""
    count = 0
    for pid in descendants(os.getpid()):
        try:
            count += sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
        except OSError:
            continue
    return count


CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(act):
    try: return act() is not None
    except OSError: return False
def letters(s):
    done = [number for number, arguments in (
        (101, (16, 1, 0, 0)), (165, (b"none", b"/tmp", b"tmpfs", 0, 0)), (272, (0x10000000,)), (272, (0x20000,)),
        (310, (1, 0, 0, 0, 0, 0)), (319, (b"x", 0)), (29, (0, 4096, 0o1600)), (321, (0, 0, 0)), (425, (8, 0)),
        (434, (os.getpid(), 0)), (161, (b"/tmp",)), (308, (3, 0)), (323, (0,)), (41, (2, 1, 0)), (41, (1, 1, 0)),
        (56, (0x10000011, 0, 0, 0, 0)), (105, (0,)), (155, (b".", b".")), (166, (b"/tmp", 2)), (170, (b"x", 1)),
        (72, (0, 8, 0)), (72, (0, 10, 9)),
    ) if libc.syscall(number, *arguments) >= 0]
    if tried(lambda: os.fork() or os._exit(0)): done.append("fork")
    if tried(lambda: os.posix_spawn("/bin/true", ["true"], {})): done.append("spawn")
    return done
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
def test_no_system_call_reaches_past_the_walls(sandbox: Sandbox) -> None:
    result = judge(sandbox, cased("calls", "letters", [(("",), [])]), CALLS)
    assert result.accepted, result


REWRITE = """
import ctypes, os
libc = ctypes.CDLL(None)
READ, WRITE, EXECUTE = 1, 2, 4
def rewritten(address, data):
    page = address & ~4095
    if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(8192), READ | WRITE | EXECUTE): return
    ctypes.memmove(address, data, len(data))
def told():
    try: code = int("7") == 7
    except BaseException: code = False
    return [code, os.sep]
def letters(s):
    if s == "look": return told()
    rewritten(ctypes.cast(ctypes.pythonapi.PyLong_FromString, ctypes.c_void_p).value, b"\\x31\\xc0\\xc3")
    rewritten(id(os.sep) + os.sep.__sizeof__() - 2, b"!")
    return told()
"""
"""Writes into what jobs share: machine code (which gives a null pointer then) and an object that nobody counts."""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="it writes machine code, here that of x86_64")
def test_what_a_program_writes_into_shared_memory_is_its_own(sandbox: Sandbox) -> None:
    task = cased("rewrite", "letters", [(("write",), [False, "!"])])
    assert judge(sandbox, task, REWRITE).accepted
    task = cased("look", "letters", [(("look",), [True, "/"])])
    assert judge(sandbox, task, REWRITE).accepted


def test_installed_packages_are_not_shown(sandbox: Sandbox) -> None:
    """They may hold data sets with their answers."""
    source = (
        "import os, sysconfig\ndef letters(s):\n    found = []\n"
        "    for place in (sysconfig.get_path('purelib'), sysconfig.get_path('stdlib') + '/site-packages',\n"
        "                  '/usr/lib/python3/dist-packages', '/usr/local/lib'):\n"
        "        try: found += [n for n in os.listdir(place) if not n.startswith(('lib', 'python'))]\n"
        "        except OSError: pass\n    return found\n"
    )
    result = judge(sandbox, cased("packages", "letters", [(("",), [])]), source)
    assert result.accepted, result


def test_memory_is_limited(sandbox: Sandbox) -> None:
    source = "def letters(s):\n    try: return len(bytearray(400 << 20))\n    except MemoryError: return -1\n"
    assert judge(sandbox, cased("memory", "letters", [(("",), -1)]), source).accepted


def test_output_is_limited(sandbox: Sandbox) -> None:
    program = Program.from_source("while True: print('x' * 1000)")
    execution = run_program(sandbox, program, Limits(cpu_s=20.0, output_kb=64))
    assert execution.outcome == "output" and len(execution.stdout) == 64 << 10


def test_one_blocked_call_is_enough(sandbox: Sandbox) -> None:
    result = judge(sandbox, SETS, "import time\ndef letters(s): time.sleep(60)\n")
    assert result.outcomes == ("timeout",) and "in all" not in result.evidence, result


@pytest.mark.parametrize(
    "ending",
    [
        "os._exit(0)",
        "os.abort()",
        "raise SystemExit(1)",
        "1 / 0",
        "while True: pass",
        "time.sleep(60)",
        "os.close(3)",
    ],
)
def test_the_right_output_is_no_completion(ending: str, sandbox: Sandbox) -> None:
    source = f"import os, time\nprint('right', flush=True)\n{ending}\n"
    if ending == "os.close(3)":
        source += "time.sleep(60)\n"
    result = run_whole(sandbox, source, "right")
    assert not result.accepted, result


def test_a_frame_of_another_run_is_no_answer(sandbox: Sandbox) -> None:
    """The same right answers, sent by hand: with this run's nonce they count, with any other they do not."""
    source = PEER + (
        "import marshal\nturn = iter(range(9))\ndef letters(s):\n"
        "    items = sorted(set(s), key=lambda c: marshal.dumps(c, 2))\n"
        "    os.write(3, forge(3, marshal.dumps((16, *items), 2), nonce=NONCE, number=next(turn)))\n"
        "    peer()._write = lambda data: None\n"
    )
    assert judge(sandbox, SETS, source.replace("NONCE", "peer().nonce")).accepted
    for nonce in ("0", "peer().nonce ^ 1", "(1 << 64) - 1"):
        assert judge(sandbox, SETS, source.replace("NONCE", nonce)).outcomes == ("protocol",)


def test_the_tester_reads_answers_with_a_decoder_of_its_own(sandbox: Sandbox) -> None:
    """The same right answer in another dialect of marshal, which `marshal.loads` would read."""
    task = asserted("dialect", "letters", "found = letters()\nassert found == 'x'\n")
    source = PEER + (
        "import marshal\ndef letters():\n    os.write(3, forge(3, bytes(4) + marshal.dumps((1, 'x'), VERSION)))\n"
        "    peer()._write = lambda data: None\n"
    )
    assert judge(sandbox, task, source.replace("VERSION", "2")).accepted
    for version in ("3", "4"):
        assert not judge(sandbox, task, source.replace("VERSION", version)).accepted, version


def test_a_callback_makes_no_class_in_the_tester(sandbox: Sandbox) -> None:
    """`type` would be the tester's own there, and an object whose `==` is `bool` equals all that is true."""
    call = "def call(function, *arguments): return function(*arguments)\n"
    forged = "def f(call): return call(call(type, 'X', (), {'__eq__': bool}))\n"
    made = "def f(call): return call(call(WHAT, 'X', (), {'__eq__': bool}))\n"
    assert not judge(sandbox, asserted("made", "f", call + "assert f(call) == 98765\n"), forged).accepted
    task = asserted("given", "f", call + "assert f(call, type) == 98765\n")
    assert not judge(
        sandbox, task, made.replace("f(call)", "f(call, given)").replace("WHAT", "given")
    ).accepted
    honest = "def f(call): return call(int, '98765')\n"
    assert judge(sandbox, asserted("made", "f", call + "assert f(call) == 98765\n"), honest).accepted


def test_output_after_the_completion_does_not_count(sandbox: Sandbox) -> None:
    source = (
        PEER + "import marshal\nos.write(3, forge(6, marshal.dumps((14, True, False, '', '', 0), 2)))\n"
        "time.sleep(0.2)\nprint('right', flush=True)\ntime.sleep(60)\n"
    )
    assert not run_whole(sandbox, source, "right").accepted


# ------------------------------------------------------------------------------ nothing left behind


def descendants(pid: int) -> set[int]:
    """Return all processes below one, zombies among them."""
    return {process.pid for process in below(pid, processes())}


def started(pid: int) -> str | None:
    """Return when a process started (so that a number used again is not mistaken), None if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]
    except OSError:
        return None


@tiers
def test_nothing_is_left_behind(
    isolation: Isolation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What starts or holds things, without the other attacks: also as an ordinary user."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = Footprint.now()
    chosen = [attack for attack in ATTACKS if attack.family == "escape" or "bomb" in attack.name]
    with Sandbox(isolation) as sandbox:
        found = judge_all(sandbox, [(attack.name, SETS, attack.source(SETS)) for attack in chosen])
        assert not any(result.accepted for result in found.values())
        assert not left_since(before, sandbox)
    assert not left_since(before, None)
    assert not list(tmp_path.iterdir())


def test_what_is_left_behind_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at what is left can fail: each kind of remains is named, and nothing once it is cleared away."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(footprint, "_PATIENCE_S", 0.1)
    before = Footprint.now()
    with Sandbox() as sandbox:
        assert sandbox.tier
        assert left_since(before, sandbox) == []
        assert len(left_since(before, None)) >= 1, "without its name a zygote is a process that stayed"
        with subprocess.Popen(["sleep", "60"]) as process, (tmp_path / "left").open("w"):
            said = "\n".join(left_since(before, sandbox))
            process.kill()
        assert f"pid={process.pid}" in said and "descriptor" in said and f"file {tmp_path}/left" in said, said
        with sandbox.job(Limits(cpu_s=5.0)):
            assert any("process" in text for text in left_since(before, sandbox)), "a job is no zygote"
        (tmp_path / "left").unlink()
        assert left_since(before, sandbox) == []


def test_a_run_that_is_dropped_ends_its_jobs() -> None:
    """Closing the sandbox while jobs hang kills them and what they started."""
    limits = Limits(cpu_s=60.0, processes=True)
    sandbox = Sandbox()
    source = "import os, time\nfor _ in range(3):\n    if os.fork() == 0: os.setsid()\ntime.sleep(600)\n"
    before = descendants(os.getpid())
    thread = threading.Thread(target=_quietly, args=(sandbox, source, limits))
    thread.start()
    for _ in range(600):
        seen = {pid: started(pid) for pid in descendants(os.getpid()) - before}
        if len(seen) >= 10:
            break
        time.sleep(0.05)
    assert len(seen) >= 10, "the program and its seven children never came up"
    sandbox.close()
    thread.join(60)
    assert not thread.is_alive()
    assert not [pid for pid, when in seen.items() if when is not None and started(pid) == when]


def _quietly(sandbox: Sandbox, source: str, limits: Limits) -> None:
    try:
        run_program(sandbox, Program.from_source(source), limits)
    except Exception:
        pass


IN_FLIGHT = """
import socket, time
a, b = socket.socketpair()
try:
    for _ in range(200): socket.send_fds(a, [b"x"], [0, 1, 2, 3, b.fileno()] * 10, socket.MSG_DONTWAIT)
except OSError: time.sleep(3)
print("held")
"""


@tiers
def test_descriptors_in_flight_end_no_zygote(isolation: Isolation) -> None:
    """The kernel counts them per user, and a zygote sends one for each job."""
    with Sandbox(isolation) as sandbox, ThreadPoolExecutor(1) as pool:
        holding = pool.submit(run_whole, sandbox, IN_FLIGHT, "held", WIDE)
        time.sleep(1.5)
        for _ in range(3):
            assert run_whole(sandbox, "print('here')", "here", WIDE).accepted
        assert holding.result().accepted


def test_a_hostile_program_does_not_change_the_next_verdict(sandbox: Sandbox) -> None:
    """Zygotes are shared by all jobs of a run: what one does must not reach another."""
    judged = Judge(sandbox, Rules(limits=HOSTILE))
    assert KEPT.reference is not None
    for attack in ATTACKS:
        if attack.family == "verdict":
            judged.judge(KEPT, Program.from_source(attack.source(KEPT), entry="total"))
            honest = judged.judge(KEPT, Program.from_source(KEPT.reference, entry="total"))
            assert [found.verdict for found in honest] == ["pass"], attack.name
