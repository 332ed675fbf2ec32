"""The sandboxed job: shut the doors behind itself, load a program, serve calls until it is killed.

`start` runs in the process that the zygote has just cloned. First it drops what it inherited and applies the limits,
Landlock and seccomp; only then does code of the program run. Six modes: `value` (cases in, values out), `graph`
(calls from a tester), `test` (this job is the tester), `main` (a whole program on stdin), `same` (program and test in
one process: a weak verdict) and `partial` (a snippet whose names are missing). With `unittest`, `test` and `same` run
test classes.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: deciding anything.
"""

from __future__ import annotations

import gc
import marshal
import os
import resource
import signal
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trialrun.core import values
from trialrun.core.build_values import load_trusted
from trialrun.run.child import files, frozen, kernel
from trialrun.run.child.peer import (
    DONE,
    FILES,
    LOAD,
    NOTES,
    RAISE,
    READY,
    CandidateExit,
    Peer,
    describe_exception,
    line_in,
)

if TYPE_CHECKING:
    from trialrun.run.child.zygote import Zygote

CHANNEL = 3
PLACES = (CHANNEL, 0, 1, 2)
"""Descriptors of a job: the channel, then the standard streams."""
SCRATCH = "/scratch/tmp"
"""Mount point of a job's own file system; `/tmp` is a link to it. Landlock does not see the rule of a directory that
is mounted over, so the rule stands on the directory above."""


def start(spec: dict[str, Any], ruleset: int, zygote: Zygote) -> None:
    """Become a job under `spec`; the channel and the standard streams are at their places already."""
    if zygote.mount_scratch is not None:
        zygote.mount_scratch()
        os.chdir(SCRATCH)
        if zygote.clone_flags & kernel.CLONE_NEWNET:
            kernel.raise_loopback()
    else:
        os.chdir(spec["directory"])
        os.environ["HOME"] = os.environ["TMPDIR"] = spec["directory"]
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    for number, value in spec["rlimits"]:
        resource.setrlimit(number, (value, value))
    if zygote.namespaces:
        kernel.drop_capabilities()
    if ruleset >= 0:
        kernel.landlock_enter(ruleset)
    zygote.filters[spec["filter"]].load()
    kernel.close_from(CHANNEL + 1)
    gc.enable()
    serve(hostile_input=spec["tester"], freeze=zygote.config["frozen"])


def serve(hostile_input: bool, freeze: bool) -> None:
    """Load the program that the first frame brings, then answer calls until the channel closes."""
    peer = Peer(CHANNEL, hostile_input)
    number, kind, body = peer.receive()
    if kind != LOAD:
        os._exit(1)
    plan = marshal.loads(body)
    peer.value_limit = plan["value_limit"]
    if freeze:
        frozen.reset()
        peer.before_call = frozen.reset
    if plan["mode"] == "test":
        run_test(peer, plan)
    elif plan.get("unittest"):
        run_tests_beside(peer, plan)
    elif plan["mode"] in ("main", "same"):
        run_whole(peer, plan)
    elif plan["mode"] == "partial":
        from trialrun.run.child import partial

        partial.run(peer, plan)
    else:
        peer.graph = plan["mode"] == "graph"
        peer.after = plan["after"]
        peer.before_answer = flush if plan["flush"] else None
        if "watch" in plan:
            from trialrun.run.child.watch import Watch

            peer.note = Watch(tuple(plan["watch"])).note
        tracing = begin_tracing(peer, plan)
        load_entries(peer, plan, number)
        if tracing is not None:
            peer.entries = {name: recorded(tracing, entry) for name, entry in peer.entries.items()}
            number, _, body = peer.receive()
            peer.answer(number, body)
            peer.send(number, NOTES, tracing.pack(True))
        if peer.note is not None:
            peer.note()  # what loading printed and took is no call's
    while True:
        number, _, body = peer.receive()
        peer.answer(number, body)


def begin_tracing(peer: Peer, plan: dict[str, Any]) -> Any:
    """Return the tracing that the plan asks for, or None; the program is compiled by it then."""
    if "trace" not in plan:
        return None
    from trialrun.run.child.tracing import Tracing

    def last_word(data: bytes) -> None:
        peer.send(0, NOTES, data)
        while True:  # until the channel closes: whoever ends first has no CPU time to show
            peer.receive()

    if plan["trace"].get("probes"):
        from trialrun.run.child.counting import Counting

        tracing: Any = Counting(plan["trace"], "solution.py", last_word)
    else:
        tracing = Tracing(plan["trace"], "solution.py", last_word)
    plan["compile"] = tracing.compile
    return tracing


def code_of(plan: dict[str, Any]) -> Any:
    """Return the code of the program."""
    if "compile" in plan:
        return plan["compile"](plan["source"])
    return compile(plan["source"], "solution.py", "exec", dont_inherit=True)


def recorded(recorder: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls `function` while a tracer or a counter is on, and for that call alone."""

    def call(*args: Any, **kwargs: Any) -> Any:
        recorder.begin()
        try:
            return function(*args, **kwargs)
        finally:
            recorder.end()

    return call


def load_entries(peer: Peer, plan: dict[str, Any], number: int) -> None:
    """Execute the program's top level as a module and find its entry points."""
    try:
        namespace = new_module("solution")
        exec(code_of(plan), namespace)
        for name in plan["entries"]:
            if name in namespace:
                peer.entries[name] = namespace[name]
        if not peer.entries:
            raise NameError("the program does not define %s" % " or ".join(plan["entries"]))
        if plan["flush"]:
            flush()
    except BaseException as error:
        peer.send(number, RAISE, describe_exception(error))
        return
    peer.send(number, READY, b"")


def run_test(peer: Peer, plan: dict[str, Any]) -> None:
    """Be the tester: run the task's context and test code, the entry points being the candidate's."""
    import random

    namespace = new_module("test")
    random.seed(plan["seed"])
    try:
        exec(compile(plan["context"], "context.py", "exec", dont_inherit=True), namespace)
        for name in plan["remote"]:
            namespace[name] = remote_function(peer, name)
        exec(compile(plan["code"], "test.py", "exec", dont_inherit=True), namespace)
        if plan.get("unittest"):
            run_classes(peer, namespace)
    except BaseException as error:
        from_candidate = error is peer.raised or isinstance(error, CandidateExit)
        report(peer, False, error, from_candidate)
    else:
        report(peer, True, None, False)


def run_classes(peer: Peer, namespace: dict[str, Any]) -> None:
    """Run the test classes of a namespace; the completion message follows the last fixture."""
    from trialrun.run.child import unittests

    unittests.run_classes(namespace, unittests.teller(peer))


def run_tests_beside(peer: Peer, plan: dict[str, Any]) -> None:
    """Run the program and then its test classes in one namespace; all that they say is weak."""
    from trialrun.run.child import unittests

    tell, run, done = unittests.teller(peer), unittests.run_classes, report
    namespace = new_module("solution")
    try:
        exec(compile(plan["context"], "context.py", "exec", dont_inherit=True), namespace)
        exec(compile(plan["source"], "solution.py", "exec", dont_inherit=True), namespace)
        exec(compile(plan["code"], "test.py", "exec", dont_inherit=True), namespace)
        run(namespace, tell)
    except BaseException as error:
        done(peer, False, error, False)
    else:
        done(peer, True, None, False)


def remote_function(peer: Peer, name: str) -> Callable[..., Any]:
    """Return a function that calls the candidate's `name`."""

    def candidate(*args: Any, **kwargs: Any) -> Any:
        return peer.call(name, None, args, kwargs)

    candidate.__name__ = candidate.__qualname__ = name
    return candidate


def run_whole(peer: Peer, plan: dict[str, Any]) -> None:
    """Run a whole program as `__main__` (with its test code after it in mode `same`)."""
    directory = os.getcwd()
    sys.argv = ["solution.py", *plan.get("argv", ())]
    files.write_files(plan.pop("files", ()))
    namespace = new_module("__main__" if plan["mode"] == "main" else "solution")
    namespace["__file__"] = "solution.py"
    done = False
    tracing = begin_tracing(peer, plan)
    try:
        code = code_of(plan)
        if tracing is not None:
            tracing.begin()
        exec(code, namespace)
        if plan["mode"] == "same":
            exec(compile(plan["code"], "test.py", "exec", dont_inherit=True), namespace)
        else:
            finish_threads()
    except SystemExit as error:
        finish_threads()
        flush()
        done = error.code in (None, 0) and plan["mode"] == "main"
        report(peer, done, None if done else error, False)
    except BaseException as error:
        flush()
        report(peer, False, error, False)
    else:
        flush()
        report(peer, True, None, False)
        done = True
    if tracing is not None:
        tracing.end()
        peer.send(0, NOTES, tracing.pack(True))
    if done and "room" in plan:
        peer.send(0, FILES, values.encode(files.names(directory, plan["most"]), limit=1 << 30))
        wanted = marshal.loads(peer.receive()[2])
        found = files.collect(directory, wanted, plan["room"])
        peer.send(0, FILES, values.encode(found, limit=1 << 30))


def finish_threads() -> None:
    """Wait for threads as the interpreter does at its end, and run what the program registered for it."""
    import atexit

    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    atexit._run_exitfuncs()


def report(peer: Peer, passed: bool, error: BaseException | None, from_candidate: bool) -> None:
    """Send the completion message of a test or a whole program."""
    facts = load_trusted(describe_exception(error))[0][0] if error is not None else (True, "", "", 0)
    line = line_in(error, "test.py") if error is not None else 0
    peer.send(0, DONE, values.encode((passed, from_candidate, facts[1], facts[2], line)))


def new_module(name: str) -> dict[str, Any]:
    """Return the namespace of a fresh module registered under `name`, so that dataclasses and pickles find it."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module.__dict__


def flush() -> None:
    """Write out what the program printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
