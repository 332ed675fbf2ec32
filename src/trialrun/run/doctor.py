"""`examine`: says what confines programs on this machine, by trying to break each mechanism.

Each trial (`trials.py`) is a small hostile program run as a candidate is; it reports what it could reach, and the
judgement is made here. A mechanism that this machine does not offer is reported as missing, with what takes its place.

Leaves out: attacks on verdicts (`tests/attacks`), and any claim about bugs of the kernel, which is shared.
"""

import contextlib
import platform
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from trialrun.core import values
from trialrun.core.errors import SandboxError
from trialrun.core.execution import Execution, Limits, Network, Outcome
from trialrun.core.parse_values import parse, render
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.languages import LANGUAGES
from trialrun.run.batch import encode_calls
from trialrun.run.cgroups import GROUPS
from trialrun.run.channel import Kind
from trialrun.run.child.kernel import landlock_abi
from trialrun.run.job import Ended
from trialrun.run.sandbox import Sandbox, load_plan
from trialrun.run.streams import Streams
from trialrun.run.supervisor import SCOPED, WALLED, Isolation
from trialrun.run.trials import DAEMON, LEVELS, LIMITS, MANY, REACHING, TOGETHER, TRIALS, Trial
from trialrun.run.whole import run_call, run_program


class Mechanism(msgspec.Struct, frozen=True, kw_only=True):
    """One promise, and what came of breaking it."""

    name: str
    promised: str
    enforced_by: str
    tried: str
    held: bool | None
    """None where it could not be tried."""
    note: str = ""


class LanguageState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a language's tool is installed (trialrun runs Python programs; others follow)."""

    available: bool
    version: str
    install: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What holds on this machine."""

    tier: str
    """`root`, `userns`, `landlock`, or `none` where programs cannot be confined."""
    kernel: str
    missing: tuple[str, ...]
    """What the kernel refused."""
    mechanisms: tuple[Mechanism, ...]
    languages: dict[str, LanguageState]


def examine(isolation: Isolation | None = None) -> Report:
    """Try every mechanism and return what held. Never raises for a machine that confines nothing."""
    kernel = platform.release()
    languages = dict(_languages())
    try:
        with Sandbox(isolation) as sandbox:
            tier, refused = sandbox.describe()
            mechanisms = (
                *_trials(sandbox),
                _output(sandbox),
                _survivors(sandbox),
                *_together(sandbox),
                *_networks(sandbox),
            )
    except SandboxError as error:
        return Report(tier="none", kernel=kernel, missing=(str(error),), mechanisms=(), languages=languages)
    return Report(
        tier=tier, kernel=kernel, missing=tuple(refused), mechanisms=mechanisms, languages=languages
    )


def _trials(sandbox: Sandbox) -> Iterator[Mechanism]:
    with tempfile.NamedTemporaryFile(prefix="trialrun-secret-") as secret:
        Path(secret.name).chmod(0o666)  # so that only the walls keep a job from it
        call = encode_calls("attempt", [Case(args=(secret.name,))])[0]
        for trial in TRIALS:
            program = Program.from_source(trial.source, entry="attempt")
            execution = run_call(sandbox, program, call, LIMITS)
            held, note = _assess(trial, execution)
            if Path(secret.name).stat().st_size:
                held, note = False, "wrote to a file of the caller"
                Path(secret.name).write_bytes(b"")
            yield Mechanism(
                name=trial.name,
                promised=trial.promised,
                enforced_by=trial.enforced_by,
                tried="run as a candidate",
                held=held,
                note=note,
            )


def _assess(trial: Trial, execution: Execution) -> tuple[bool | None, str]:
    if execution.outcome is not trial.expected:
        return False, _end_of(execution)
    if trial.expected is not Outcome.RETURNED:
        return True, ""
    assert execution.value is not None
    nothing = parse(execution.value) == (values.LIST,)
    return nothing, "" if nothing else f"reached {render(execution.value, limit=200)}"


def _output(sandbox: Sandbox) -> Mechanism:
    endless = Program.from_source("while True: print('x' * 1000)")
    execution = run_program(sandbox, endless, LIMITS)
    held = execution.outcome is Outcome.OUTPUT and len(execution.stdout) <= LIMITS.output_kb << 10
    return Mechanism(
        name="output",
        promised="a job that prints for ever is stopped at the output limit",
        enforced_by="supervisor",
        tried="run as a program",
        held=held,
        note="" if held else f"ended with {execution.outcome}",
    )


def _survivors(sandbox: Sandbox) -> Mechanism:
    """Let a program leave a daemon behind: its output pipes end only once every process that holds them is dead."""
    limits = Limits(cpu_s=1.0, wall_s=3.0, processes=True)
    streams = Streams(limits.output_kb << 10)
    held, note = False, "the daemon lived on"
    try:
        with sandbox.job(limits, streams=streams) as job:
            job.send(Kind.LOAD, 0, load_plan(DAEMON, mode="main", limits=limits))
            job.receive()
        held, note = streams.at_end(), ""
    except (Ended, SandboxError) as error:
        held, note = isinstance(error, SandboxError), str(error)
    finally:
        streams.close()
    return Mechanism(
        name="survivors",
        promised="nothing that a job starts outlives it",
        enforced_by="PID namespace; without one no job may start a process",
        tried="a daemon by double fork, where processes are allowed",
        held=held,
        note=note,
    )


def _together(sandbox: Sandbox) -> Iterator[Mechanism]:
    """Try what control groups count, where they can be made; a controller that is absent is said to be."""
    places = GROUPS.places if sandbox.isolation.cgroups else {}
    for trial in TOGETHER:
        place = places.get(trial.controller)
        held, note, by = None, "", trial.otherwise
        if sandbox.tier not in WALLED:
            by = "no job starts a process here: a daemon could outlive it"
        elif place is None:
            note = f"no control group for {trial.controller} can be made here"
        else:
            by = f"control group, version {place.version}"
            execution = run_program(sandbox, Program.from_source(trial.source), MANY)
            held = execution.outcome is trial.expected and trial.sign in _end_of(execution)
            note = "" if held else _end_of(execution)
        yield Mechanism(
            name=trial.name,
            promised=trial.promised,
            enforced_by=by,
            tried="run as a program that may start processes" if held is not None else "",
            held=held,
            note=note,
        )


def _networks(sandbox: Sandbox) -> Iterator[Mechanism]:
    """Listen here, and see what a program reaches at each level."""
    by = {
        Network.NONE: "network namespace, seccomp filter, Landlock",
        Network.LOOPBACK: "a network namespace for each job, seccomp filter",
        Network.ALLOWED: "seccomp filter, Landlock scope" if landlock_abi() >= SCOPED else "seccomp filter",
    }
    program = Program.from_source(REACHING, entry="attempt")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        names = []
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, kind))
            names.append(f"trialrun-doctor-{secrets.token_hex(8)}")
            listener.bind("\0" + names[-1])
            if kind == socket.SOCK_STREAM:
                listener.listen()
        call = encode_calls("attempt", [Case(args=([server.getsockname()[1], *names],))])[0]
        for level, promised, wanted in LEVELS:
            held: bool | None
            try:
                execution = run_call(sandbox, program, call, replace(LIMITS, wall_s=20.0, network=level))
                held, note = _reached_just(wanted, execution)
            except SandboxError as error:
                held, note = None, str(error)
            yield Mechanism(
                name=f"network: {level}",
                promised=promised,
                enforced_by=by[level],
                tried="run as a candidate, with servers listening here" if held is not None else "",
                held=held,
                note=note,
            )


def _reached_just(wanted: tuple[str, ...], execution: Execution) -> tuple[bool, str]:
    if execution.outcome is not Outcome.RETURNED:
        return False, _end_of(execution)
    assert execution.value is not None
    just = parse(execution.value) == (values.LIST, *wanted)
    return just, "" if just else f"reached {render(execution.value, limit=200)}"


def _end_of(execution: Execution) -> str:
    return f"ended with {execution.outcome}: {execution.exception or ''} {execution.message}".strip()


def _languages() -> Iterator[tuple[str, LanguageState]]:
    for language in LANGUAGES.values():
        tool = language.tool()
        version = _version(tool, language.version) if tool else ""
        yield language.name, LanguageState(available=bool(version), version=version, install=language.install)


def _version(tool: str, arguments: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([tool, *arguments], capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = (done.stdout or done.stderr).decode("utf-8", "replace").strip().splitlines()
    return lines[0][:100] if lines and done.returncode == 0 else ""
