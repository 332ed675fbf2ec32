"""SemCoder's monologues without a model: what a run did, told forwards, or backwards from its end; made to be checked.

Forwards each sentence tells what an event changed:

    Call 0 runs f with n = 4
    Call 0, lines 2-3: total becomes 0, i becomes 1
    Call 0, line 5: nothing changes; returns 10

Backwards it tells what must have held for that, as a weakest precondition along the path that was taken:

    For call 0 to return 10 at line 5, it must have had total = 10
    For total = 10, i = 4 after lines 2-3 of call 0, it must have had n = 4
    Line 4 of call 0 must have led to line 5
    Call 0 of f must have been given n = 4

Every sentence is a `Claim` and reads back as one; `replay.py` does that and holds each against the trace. Source:
SemCoder (2024), where a model writes them and only the answer is checked. Leaves out: reasons, and anything that is
not in the trace.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from trialrun.core.trace import Event, Trace
from trialrun.observe.facts import Fact, facts
from trialrun.observe.headings import headings
from trialrun.observe.value_text import written, written_name

Direction = Literal["forward", "backward"]
MOST_CLAIMS = 2_000
"""Events that a monologue tells; those in the middle of a longer one are counted instead."""
_JUMPS = 20
"""Jumps on the way to one event that are told."""
Pairs = tuple[tuple[str, str], ...]
FUNCTION = re.compile(r"[\w.<>]+")
"""Names of functions that stand in a sentence as they are; others as JSON strings."""


class Claim(NamedTuple):
    """What a sentence says."""

    kind: str
    """`call`, `change`, `return`, `raise`, `catch`, `leave`, `path` or `skip`."""
    call: int = -1
    caller: int = -1
    function: str = ""
    lines: tuple[int, int] = (0, 0)
    """First and last line; of a path the two lines; of a skip how many events and 0."""
    after: Pairs = ()
    """Names and values: what was given, or changed."""
    before: Pairs = ()
    """Backwards: what was known before."""
    result: str = ""
    """The returned value, or the exception."""


_KINDS = {
    Event.CALL: "call",
    Event.BLOCK: "change",
    Event.RETURN: "return",
    Event.RAISE: "raise",
    Event.CATCH: "catch",
    Event.LEAVE: "leave",
}


def claims(trace: Trace, direction: Direction = "forward", most: int = MOST_CLAIMS) -> list[Claim]:
    """Return what a monologue of a trace says, in its order; empty for another level than `summaries`."""
    found = list(facts(trace))
    if Event.LINE not in trace.kind:
        found = [fact._replace(path=()) for fact in found]
    if direction == "backward":
        found.reverse()
    told = [_claim(fact, direction) for fact in found]
    if len(told) > most:
        head = (most + 1) // 2
        skipped = Claim("skip", lines=(len(told) - most, 0))
        kept = [*zip(told[:head], found[:head], strict=True)]
        rest = [*zip(told[len(told) - (most - head) :], found[len(told) - (most - head) :], strict=True)]
        return [*_with_paths(kept, direction), skipped, *_with_paths(rest, direction)]
    return list(_with_paths(zip(told, found, strict=True), direction))


def _claim(fact: Fact, direction: Direction) -> Claim:
    is_call = fact.kind is Event.CALL
    return Claim(
        kind=_KINDS[fact.kind],
        call=fact.call,
        caller=fact.caller if is_call else -1,
        function=fact.function if is_call else "",
        lines=(0, 0) if is_call or fact.kind is Event.LEAVE else (fact.first_line, fact.last_line),
        after=tuple((one.name, one.text) for one in fact.wrote),
        before=fact.read if direction == "backward" else (),
        result=fact.result or "",
    )


def _with_paths(told: Iterable[tuple[Claim, Fact]], direction: Direction) -> Iterator[Claim]:
    """Yield claims, backwards with the jumps of the path that led to each: from a line to one that is not the next."""
    for claim, fact in told:
        yield claim
        if direction == "backward":
            steps = list(itertools.pairwise(fact.path))
            jumps = [(one, two) for one, two in reversed(steps) if two != one + 1]
            yield from (Claim("path", fact.call, lines=jump) for jump in jumps[:_JUMPS])


def sentence(claim: Claim, direction: Direction) -> str:
    """Return the sentence of a claim."""
    if claim.kind == "skip":
        return f"… {claim.lines[0]} events are not told"
    who = f"all {claim.call}" if claim.call >= 0 else "all ?"
    if direction == "forward":
        return _forward(claim, "C" + who)
    return _backward(claim, who)


def _forward(claim: Claim, who: str) -> str:
    lines = _lines(claim.lines)
    if claim.kind == "call":
        made = f", made by call {claim.caller}," if claim.caller >= 0 else ""
        return f"{who}{made} runs {_function(claim.function)} with {_pairs(claim.after, ' = ')}"
    if claim.kind == "leave":
        return f"{who} is left"
    changed = _pairs(claim.after, " becomes ")
    if claim.kind == "change":
        return f"{who}, {lines}: {changed if claim.after else 'nothing changes'}"
    if claim.kind == "return":
        return f"{who}, {lines}: {changed if claim.after else 'nothing changes'}; returns {written(claim.result)}"
    verb = "raises" if claim.kind == "raise" else "catches"
    return f"{who} {verb} {written(claim.result)} from line {claim.lines[0]}"


def _backward(claim: Claim, who: str) -> str:
    lines, had = _lines(claim.lines), f"it must have had {_pairs(claim.before, ' = ')}"
    if claim.kind == "path":
        return f"Line {claim.lines[0]} of c{who} must have led to line {claim.lines[1]}"
    if claim.kind == "call":
        made = f", made by call {claim.caller}," if claim.caller >= 0 else ""
        given = _pairs(claim.after, " = ")
        return f"C{who} of {_function(claim.function)}{made} must have been given {given}"
    if claim.kind == "leave":
        return f"C{who} was left"
    if claim.kind == "change" and not claim.after and not claim.before:
        return f"{lines[0].upper()}{lines[1:]} of c{who} must have changed nothing"
    if claim.kind == "change":
        return f"For {_pairs(claim.after, ' = ')} after {lines} of c{who}, {had}"
    if claim.kind == "return":
        also = f" with {_pairs(claim.after, ' = ')}" if claim.after else ""
        return f"For c{who} to return {written(claim.result)} at {lines}{also}, {had}"
    verb = "raise" if claim.kind == "raise" else "catch"
    return f"For c{who} to {verb} {written(claim.result)}, line {claim.lines[0]} must have raised it"


def _lines(lines: tuple[int, int]) -> str:
    if lines == (0, 0):
        return "the end"
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"


def _function(name: str) -> str:
    return name if FUNCTION.fullmatch(name) else written_name(name)


def _pairs(pairs: Pairs, between: str) -> str:
    return ", ".join(f"{written_name(name)}{between}{written(text)}" for name, text in pairs) or "nothing"


def text_of(told: Iterable[Claim], direction: Direction) -> str:
    """Return a monologue, one sentence a line."""
    return "".join(sentence(claim, direction) + "\n" for claim in told)


def render(trace: Trace) -> str:
    """Return the forward monologue of a trace below what must be known of it."""
    return _rendered(trace, "forward")


def render_backward(trace: Trace) -> str:
    """Return the backward monologue of a trace below what must be known of it."""
    return _rendered(trace, "backward")


def _rendered(trace: Trace, direction: Direction) -> str:
    above = "".join(f"# {heading}\n" for heading in headings(trace))
    return above + "\n" + text_of(claims(trace, direction), direction)
