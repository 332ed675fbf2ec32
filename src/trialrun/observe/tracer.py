"""Collects the `Trace` of one program on one case, in a sandboxed job of its own.

Blocks and values come from a rewrite of the program's text, lines from `sys.monitoring` (Python 3.12 and newer) or
`sys.settrace`; both in one run, so that they tell of the same one. Cost, as a ratio to the plain run:
`bench/tracing.py`.

Leaves out: code that the program makes by `exec`, imported modules, lambdas and comprehensions as calls of their own;
what runs in other threads is recorded but for its lines, and flagged.
"""

from dataclasses import dataclass

from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level, Trace
from trialrun.lang.regions import known_facts
from trialrun.lang.scopes import Unparseable
from trialrun.observe.events import read_trace
from trialrun.run.batch import encode_calls
from trialrun.run.child.event_log import CHUNK
from trialrun.run.sandbox import Sandbox
from trialrun.run.traced import run_traced

_MONITORING = (3, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a trace is to hold."""

    level: Level = Level.SUMMARIES
    """What events carry; `lines` leaves blocks out."""
    lines: bool = False
    """Whether lines are recorded as well; at level `lines` they are."""
    first: int = 100_000
    """Events kept from the beginning of the run, rounded up to thousands."""
    last: int = 20_000
    """Events kept from its end."""
    functions: tuple[str, ...] = ()
    """Qualified names of the codes that are recorded; empty for all. Frames nest among those alone."""


def trace_case(
    sandbox: Sandbox, program: Program, case: Case, limits: Limits, recording: Recording | None = None
) -> Trace:
    """Run a program on a case, a call where it has an entry point, and return what happened inside.

    A program that raises, exits or runs out of time has a trace up to there. Raises `UsageError` for a text that this
    Python does not parse.
    """
    recording = recording or Recording()
    if recording.first < 1 or recording.last < 1:
        raise UsageError("a trace keeps at least one event from the beginning and one from the end")
    name, source = program.files[0]
    facts = known_facts(source)
    if isinstance(facts, Unparseable):
        raise UsageError(f"cannot trace {name}: {facts.reason}")
    python = sandbox.isolation.python.version
    level = recording.level
    settings = {
        "level": str(level),
        "lines": _line_back_end(python) if recording.lines or level is Level.LINES else "",
        "first": recording.first,
        "last": recording.last,
        "functions": list(recording.functions),
    }
    call = encode_calls(program.entry, [case])[0] if program.entry is not None else None
    recorded = run_traced(
        sandbox, program, limits, settings, call=call, stdin=case.stdin or "", argv=case.argv
    )
    return read_trace(
        recorded.record,
        recorded.execution,
        ((name, source),),
        facts,
        level=level,
        python=python,
        most=recording.first + recording.last + 3 * CHUNK,
    )


def _line_back_end(python: str) -> str:
    """Return the back end that tells lines under a Python version."""
    major, minor = (int(part) for part in python.split(".")[:2])
    return "monitoring" if (major, minor) >= _MONITORING else "settrace"
