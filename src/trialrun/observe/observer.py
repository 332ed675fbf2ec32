"""Carries a set of probes out on one run, and says what they saw.

Probes that log become a `Trace` (`tracer.py`); those that count or cover become numbers. Where a set holds both, the
program runs once for each back end that is needed, so it has to do the same each time.

What is told comes out of the program's process: weak, always. Leaves out: what `wasm_observe.py` does for WebAssembly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from trialrun.core import values
from trialrun.core.execution import Execution, Limits
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Event, Level, Trace
from trialrun.observe.events import absence
from trialrun.observe.probe import LOGGED, Action, BackEnd, Kind, Probe, Probes, back_end_for
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.batch import encode_calls
from trialrun.run.child.counting import FORMAT
from trialrun.run.sandbox import Sandbox
from trialrun.run.traced import run_traced

_BYTES = 64 << 20
REPLACED = "the monitoring tool was replaced"


class Branch(NamedTuple):
    """One way of a conditional jump, by places in the byte code of the interpreter that ran it."""

    function: str
    line: int
    offset: int
    destination: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What probes saw. Of what was only covered, the count is 1."""

    lines: Mapping[int, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    """By qualified name; before Python 3.11 by plain name."""
    returns: Mapping[str, int] = field(default_factory=dict)
    branches: Mapping[Branch, int] = field(default_factory=dict)
    blocks: Mapping[int, int] = field(default_factory=dict)
    """By number, as a trace's `blocks` has them."""
    trace: Trace | None = None
    """Of the probes that log."""
    execution: Execution | None = None
    """Of the last run; None where there was no probe."""
    flags: tuple[str, ...] = ()
    back_ends: tuple[str, ...] = ()
    """Names of those that were used."""


def observe(sandbox: Sandbox, program: Program, case: Case, limits: Limits, probes: Probes) -> Observed:
    """Run a program on a case with probes. Raises `UsageError` for a probe that no back end can carry out here."""
    version = sandbox.isolation.python.version
    major, minor = (int(part) for part in version.split(".")[:2])
    chosen: dict[str, list[Probe]] = {}
    for probe in probes:
        if probe.action not in LOGGED and probe.kind is not Kind.BLOCK:
            chosen.setdefault(back_end_for(probe, (major, minor)).name, []).append(probe)
        else:
            back_end_for(probe, (major, minor))
    found = Observed()
    for name, own in chosen.items():
        found = _merged(found, _count(sandbox, program, case, limits, name, own))
    logging = [probe for probe in probes if probe.action in LOGGED or probe.kind is Kind.BLOCK]
    if logging:
        found = _merged(found, _log(sandbox, program, case, limits, logging))
    return found


def observe_by(
    back_end: BackEnd, sandbox: Sandbox, program: Program, case: Case, limits: Limits, probes: Probes
) -> Observed:
    """Run counting probes by one named back end: for comparing one with another."""
    for probe in probes:
        back_end_for(probe, (99, 0), among=(back_end,))
    if back_end.name == "rewrite":
        return _log(sandbox, program, case, limits, list(probes))
    return _count(sandbox, program, case, limits, back_end.name, list(probes))


def _count(
    sandbox: Sandbox, program: Program, case: Case, limits: Limits, name: str, probes: list[Probe]
) -> Observed:
    asked = [
        (str(probe.kind), probe.action is Action.COUNT, probe.location.function, probe.location.line)
        for probe in probes
    ]
    call = encode_calls(program.entry, [case])[0] if program.entry is not None else None
    settings: dict[str, Any] = {"back_end": name, "probes": asked}
    done = run_traced(sandbox, program, limits, settings, call=call, stdin=case.stdin or "", argv=case.argv)
    if done.record is None:
        flag = f"no record: {absence(done.execution.outcome)}"
        return Observed(execution=done.execution, flags=(flag,), back_ends=(name,))
    try:
        return _read(done.record, done.execution, name, probes)
    except (values.Malformed, TypeError, ValueError, IndexError) as error:
        return Observed(execution=done.execution, flags=(f"no record: {error}",), back_ends=(name,))


def _read(record: bytes, execution: Execution, name: str, probes: list[Probe]) -> Observed:
    """Return what a job told; raises for what no honest job tells."""
    tree = parse(record, limit=_BYTES)
    _, form, _, replaced, *told = tree
    if form != FORMAT or type(replaced) is not bool or len(told) != 4:
        raise ValueError("another format")
    lines, calls, returns, branches = ([row[1:] for row in one[1:]] for one in told)
    covered = {probe.kind for probe in probes if probe.action is Action.COVER}
    covered -= {probe.kind for probe in probes if probe.action is Action.COUNT}

    def counted(kind: Kind, rows: Any, key: type) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for what, count in rows:
            if type(what) is not key or type(count) is not int or not 0 < count < 1 << 62:
                raise ValueError("a count of another kind")
            found[what] = 1 if kind in covered else count
        return found

    ways: dict[Branch, int] = {}
    for function, line, offset, destination, count in branches:
        if type(function) is not str or {type(line), type(offset), type(destination), type(count)} != {int}:
            raise ValueError("a branch of another kind")
        ways[Branch(function, line, offset, destination)] = 1 if Kind.BRANCH in covered else count
    return Observed(
        lines=counted(Kind.LINE, lines, int),
        calls=counted(Kind.CALL, calls, str),
        returns=counted(Kind.RETURN, returns, str),
        branches=ways,
        execution=execution,
        flags=(REPLACED,) if replaced else (),
        back_ends=(name,),
    )


def _log(sandbox: Sandbox, program: Program, case: Case, limits: Limits, probes: list[Probe]) -> Observed:
    """Trace a program as far as the probes ask, and count what they ask to be counted from the trace."""
    actions = {probe.action for probe in probes}
    level = Level.LINES if all(probe.kind is Kind.LINE for probe in probes) else Level.IDS
    if Action.REFERENCES in actions:
        level = Level.REFERENCES
    if Action.VALUES in actions:
        level = Level.SUMMARIES
    functions = {probe.location.function for probe in probes}
    recording = Recording(
        level=level,
        lines=any(probe.kind is Kind.LINE for probe in probes),
        functions=() if "" in functions else tuple(sorted(functions)),
    )
    trace = trace_case(sandbox, program, case, limits, recording)
    counts: dict[Event, dict[int, int]] = {kind: {} for kind in Event}
    for kind, code, place in zip(trace.kind, trace.code, trace.place, strict=True):
        key = code if kind == Event.CALL else place
        counts[Event(kind)][key] = counts[Event(kind)].get(key, 0) + 1
    blocks = {**counts[Event.BLOCK]}
    returns: dict[str, int] = {}
    for block, count in counts[Event.RETURN].items():
        blocks[block] = blocks.get(block, 0) + count
        name = trace.codes[trace.blocks[block].code].name
        returns[name] = returns.get(name, 0) + count
    return Observed(
        blocks=blocks if any(probe.kind is Kind.BLOCK for probe in probes) else {},
        calls=_named(trace, counts[Event.CALL]) if any(probe.kind is Kind.CALL for probe in probes) else {},
        returns=returns if any(probe.kind is Kind.RETURN for probe in probes) else {},
        trace=trace,
        execution=trace.execution,
        flags=trace.flags,
        back_ends=("rewrite",),
    )


def _named(trace: Trace, counts: Mapping[int, int]) -> dict[str, int]:
    return {trace.codes[code].name: count for code, count in counts.items()}


def _merged(one: Observed, two: Observed) -> Observed:
    return Observed(
        lines={**one.lines, **two.lines},
        calls={**one.calls, **two.calls},
        returns={**one.returns, **two.returns},
        branches={**one.branches, **two.branches},
        blocks={**one.blocks, **two.blocks},
        trace=two.trace or one.trace,
        execution=two.execution or one.execution,
        flags=one.flags + two.flags,
        back_ends=one.back_ends + two.back_ends,
    )
