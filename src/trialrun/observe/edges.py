"""The edges of the calls trace between two functions of a program: how often, and with what, one calls the other.

A program's entry point runs on many inputs in one job, traced (`tracer.py`) for the two functions alone, so frames nest
among them: a frame of the callee right below one of the entry point is an edge, through whatever helpers it came.
Arguments are kept where the recorder has them whole.

Leaves out: several callees at once, methods; what the trace is worth (`core/trace.py`: it is the program's own word).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialrun.core import values
from trialrun.core.build_values import build
from trialrun.core.execution import Limits, Outcome
from trialrun.core.parse_values import is_certain, parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Event, Level, Trace
from trialrun.lang.scopes import Unparseable
from trialrun.lang.scopes import parse as parse_source
from trialrun.lang.signatures import Parameter, read_signature
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.sandbox import Sandbox

_EACH = "__trialrun_each__"
_EVENTS = 20_000
_RECORDED = 40
"""Different calls whose arguments are kept."""
_PATIENCE = 10
"""Times the limit of one input that the run on all of them may take, at least."""
_LARGEST = 4_000
"""Bytes of an argument that is kept: it is built here, so its keys are hashed, and hostile ones may all collide."""
_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """What the calls trace of a program on some inputs says."""

    cases: int
    """Inputs that were tried."""
    reached: int
    """Inputs on which the entry point called the callee."""
    count: int
    """Calls of the callee by the entry point, those by the callee itself left out."""
    arguments: tuple[Case, ...]
    """The different ones whose arguments were recorded whole."""
    paths: int
    """Different sequences of blocks that the entry point ran, one an input."""
    fault: str = ""
    """Why there is no trace."""


def trace_edges(
    sandbox: Sandbox, program: Program, callee: str, inputs: Sequence[Case], limits: Limits
) -> Edges:
    """Run a program's entry point on inputs, in one job, and return its calls of `callee`."""
    tree = parse_source(program.source)
    signature = None if isinstance(tree, Unparseable) else read_signature(tree, callee)
    if signature is None or program.entry is None:
        return no_edges(len(inputs))
    source = f"{program.source}\n\n\n{_driver(program.entry)}"
    traced = trace_case(
        sandbox,
        Program.from_source(source, entry=_EACH),
        Case(args=tuple(case.args for case in inputs)),
        replace(limits, cpu_s=limits.cpu_s * max(_PATIENCE, len(inputs))),
        Recording(level=Level.SUMMARIES, first=_EVENTS, last=1, functions=(callee, program.entry)),
    )
    if traced.execution.outcome in (Outcome.LOAD, Outcome.SYNTAX, Outcome.INFRASTRUCTURE):
        fault = f"the calls could not be traced: {traced.execution.ending}"
        return replace(no_edges(len(inputs)), fault=fault[:_SHOWN])
    return _read(traced, callee, program.entry, signature.parameters, len(inputs))


def _driver(entry: str) -> str:
    return (
        f"def {_EACH}(*cases):\n    for case in cases:\n        try:\n            {entry}(*case)\n"
        "        except Exception:\n            pass\n"
    )


def no_edges(cases: int) -> Edges:
    """Return the edges of a program that made no call on `cases` inputs."""
    return Edges(cases=cases, reached=0, count=0, arguments=(), paths=0)


def _read(trace: Trace, callee: str, entry: str, parameters: Sequence[Parameter], cases: int) -> Edges:
    """Read edges from the entry point to the callee: frames of the callee right below one of the entry point."""
    names: dict[int, str] = {}
    """Frame → function."""
    root: dict[int, int] = {}
    """Frame of the entry point → the outermost one, which is one input's."""
    ran: dict[int, list[int]] = {}
    reached: set[int] = set()
    arguments: dict[bytes, Case] = {}
    count = 0
    for event, (kind, code, frame) in enumerate(zip(trace.kind, trace.code, trace.frame, strict=True)):
        if not 0 <= code < len(trace.codes) or not 0 <= frame < len(trace.parents):
            continue
        if kind == Event.CALL:
            names[frame] = trace.codes[code].name
            above = trace.parents[frame]
            if names[frame] == entry:
                root[frame] = root.get(above, frame)
            elif names[frame] == callee and names.get(above) == entry:
                count += 1
                reached.add(root[above])
                if len(arguments) < _RECORDED:
                    whole = (one for one in trace.bindings(event) if one.value.is_whole)
                    _keep(arguments, {one.name: one.value.data for one in whole}, parameters)
        elif kind in (Event.BLOCK, Event.RETURN) and frame in root:
            ran.setdefault(root[frame], []).append(trace.place[event])
    return Edges(
        cases=cases,
        reached=len(reached),
        count=count,
        arguments=tuple(arguments.values()),
        paths=len({tuple(blocks) for blocks in ran.values()}),
    )


def _keep(arguments: dict[bytes, Case], given: dict[str, bytes], parameters: Sequence[Parameter]) -> None:
    """Keep the arguments of one call where all are known whole, small and have a place."""
    args: list[Any] = []
    for parameter in parameters:
        data = given.get(parameter.name)
        if data is None or len(data) > _LARGEST or parameter.variadic == "**" or parameter.keyword_only:
            return
        try:
            low = parse(data)
            if not is_certain(low):
                return
            value = build(low)[0][0]
        except values.Malformed:
            return
        args += value if parameter.variadic else [value]
    arguments.setdefault(b"\0".join(given.values()), Case(args=tuple(args)))
