"""Histories of variables: which values each took, where and in which call; and where two runs part.

A history belongs to a function and a name; it has an entry where an event shows another value than the call's entry
before. Two runs part in two ways: Mokav's *execution difference* is the first value that the other run never gives the
variable (`parting`, for any two programs); `first_difference` is the earliest entry that is not the same at the same
place of both histories.

Leaves out: variables that are not written, values beyond what the trace holds of them.
Source: Mokav: Execution-driven Differential Testing with LLMs (2024).
"""

from typing import NamedTuple

from trialrun.core.printable import printable
from trialrun.core.trace import Trace
from trialrun.observe.headings import headings
from trialrun.observe.states import Parting, States
from trialrun.observe.states import parting as parting_of_states
from trialrun.observe.steps import steps
from trialrun.observe.value_text import Texts, shortened

SHOWN_VALUES = 24
"""Values of one history that `render` shows, half of them from its end."""
SHOWN_HISTORIES = 500


class Change(NamedTuple):
    """A value that a variable took."""

    event: int
    frame: int
    line: int
    """Last line of the block that wrote it; first line of the function for a parameter."""
    row: int
    """Binding that shows it."""


class Variable(NamedTuple):
    """A name in a function; `return` stands for what the function returns."""

    function: str
    name: str


class Difference(NamedTuple):
    """Where the histories of one variable part."""

    variable: Variable
    place: int
    """Entry of the history, from 0."""
    one: str | None
    """Value in the first run; None where its history has ended."""
    two: str | None
    event: int
    """Event of the first run, or where its history has ended −1."""


def histories(trace: Trace) -> dict[Variable, list[Change]]:
    """Return the history of each variable, in the order in which they first appear. Empty without values."""
    found: dict[Variable, list[Change]] = {}
    last: dict[tuple[int, int], int] = {}
    functions = [code.name for code in trace.codes]
    for step in steps(trace):
        for row in range(trace.first[step.event], trace.first[step.event + 1]):
            value = trace.value[row]
            key = step.frame, trace.name[row]
            if value < 0 or last.get(key) == value:
                continue
            last[key] = value
            code = trace.code[step.event]
            function = functions[code] if 0 <= code < len(functions) else "?"
            variable = Variable(function, trace.names[trace.name[row]])
            found.setdefault(variable, []).append(Change(step.event, step.frame, step.line, row))
    return found


def states_of(trace: Trace, longest: int = 50) -> States:
    """Return the distinct texts of each variable's values by its name alone, without those of `longest` and more."""
    texts, found = Texts(trace), dict[str, dict[str, None]]()
    for variable, changes in histories(trace).items():
        for change in changes:
            text = texts.of(change.row)
            if variable.name not in ("return", "exception") and len(text) < longest:
                found.setdefault(variable.name, {})[text] = None
    return {name: tuple(own) for name, own in found.items()}


def parting(one: Trace, two: Trace) -> Parting | None:
    """Return the first value of a variable in `one` that `two` never gives the variable of that name; None for none."""
    return parting_of_states(states_of(one), states_of(two))


def first_difference(one: Trace, two: Trace) -> Difference | None:
    """Return where two runs first differ, of the variables that both have; None where all histories are equal.

    First means earliest in `one`; a history that is longer in `two` counts as parting when `one` is over. Compares
    texts, so values that are alike as far as the traces hold them count as equal.
    """
    first, second = histories(one), histories(two)
    texts = Texts(one), Texts(two)
    found: list[tuple[int, Difference]] = []
    for variable, own in first.items():
        other = second.get(variable)
        if other is None:
            continue
        for place in range(max(len(own), len(other))):
            mine = texts[0].of(own[place].row) if place < len(own) else None
            theirs = texts[1].of(other[place].row) if place < len(other) else None
            if mine != theirs:
                event = own[place].event if place < len(own) else -1
                order = event if event >= 0 else len(one)
                found.append((order, Difference(variable, place, mine, theirs, event)))
                break
    return min(found, key=lambda item: item[0])[1] if found else None


def render(trace: Trace) -> str:
    """Return one paragraph for each variable: its values in order, with call and line."""
    texts, out = Texts(trace), headings(trace)
    found = histories(trace)
    if not found:
        out.append("no values: record the trace with values")
    function = None
    for variable, changes in list(found.items())[:SHOWN_HISTORIES]:
        if variable.function != function:
            function = variable.function
            out += ["", printable(function, 100)]
        out.append(f"  {printable(variable.name, 60)}  ({len(changes):,} values)")
        head, tail = changes, list[Change]()
        if len(changes) > SHOWN_VALUES:
            head, tail = changes[: SHOWN_VALUES // 2], changes[-(SHOWN_VALUES // 2) :]
        out += [_line(change, texts) for change in head]
        if tail:
            out.append(f"      … {len(changes) - len(head) - len(tail):,} more")
            out += [_line(change, texts) for change in tail]
    if len(found) > SHOWN_HISTORIES:
        out.append(f"… {len(found) - SHOWN_HISTORIES:,} more variables")
    return "\n".join(out) + "\n"


def _line(change: Change, texts: Texts) -> str:
    where = f"line {change.line}" if change.line > 0 else ""
    return f"      {shortened(texts.of(change.row))}    call {change.frame}, {where}".rstrip(", ")
