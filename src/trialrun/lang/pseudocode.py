"""Pseudocode as a program: functions that it calls and does not define become questions instead of errors.

A plan is Python with a function `solve(text)`. `runnable` adds, for every name that is called and nowhere bound, a
function that gives the answers known so far and asks for the others: the program then returns which call it has to
know. Nothing is made up, so nothing that was made up can reach the result. `read_reply` reads what such a program
returned; that is hostile and bounded.

Leaves out: unbound names that are not called and missing imports (`observe/selfpico.py` invents values for those, which
is right for coverage and wrong for answers), running.
"""

from dataclasses import dataclass

from trialrun.core import values
from trialrun.core.parse_values import parse
from trialrun.lang.scopes import Unparseable, called_names, names

ENTRY = "solve"
"""Function of a plan that takes an instance and returns its answer."""
DRIVER = "__trialrun_solve__"
MOST = 2_000
"""Characters of an answer, or of a question."""

_HOLES = """

import ast as __trialrun_ast__


class __trialrun_Asks__(BaseException):
    pass


__trialrun_known__ = {known!r}


def __trialrun_hole__(name):
    def hole(*args, **named):
        parts = [repr(one) for one in args] + [f"{{key}}={{value!r}}" for key, value in named.items()]
        call = f"{{name}}({{', '.join(parts)}})"
        if call not in __trialrun_known__:
            raise __trialrun_Asks__(call)
        return __trialrun_ast__.literal_eval(__trialrun_known__[call])
    return hole


{holes}
def {driver}(text):
    try:
        return ("answer", {entry}(text))
    except __trialrun_Asks__ as asks:
        return ("asks", str(asks))
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a plan came to."""

    answer: str | None = None
    asks: str | None = None
    """Call whose value it has to know."""


def holes_of(source: str) -> tuple[str, ...] | Unparseable:
    """Return the names that a text calls and nowhere binds, in the order of their first call.

    >>> holes_of("def solve(text):\\n    return len(moves(text))")
    ('moves',)
    """
    found, called = names(source), called_names(source)
    if isinstance(found, Unparseable):
        return found
    if isinstance(called, Unparseable):
        return called
    return tuple(name for name in called if name in found.free)


def runnable(source: str, known: dict[str, str]) -> str | None:
    """Return a plan with a driver, `known` calls answered by literals; None where it is no plan.

    >>> "moves = __trialrun_hole__('moves')" in runnable("def solve(text):\\n    return moves(text)\\n", {})
    True
    >>> runnable("def other(text): pass", {}), runnable("def solve(", {})
    (None, None)
    """
    holes = holes_of(source)
    defined = names(source)
    if isinstance(holes, Unparseable) or isinstance(defined, Unparseable) or ENTRY not in defined.functions:
        return None
    made = "".join(f"{name} = __trialrun_hole__({name!r})\n" for name in holes)
    return source.rstrip() + "\n" + _HOLES.format(known=known, holes=made, driver=DRIVER, entry=ENTRY)


def read_reply(value: bytes | None) -> Reply:
    """Return what the driver of a plan returned; an empty reply for what no honest plan gives.

    An answer is text, a number or a truth value, as text.

    >>> read_reply(values.encode(("answer", 8))), read_reply(values.encode(("asks", "f(1)"))).asks
    (Reply(answer='8', asks=None), 'f(1)')
    >>> read_reply(values.encode(("answer", [1]))), read_reply(b"junk")
    (Reply(answer=None, asks=None), Reply(answer=None, asks=None))
    """
    try:
        low = parse(value or b"", limit=8 * MOST)
    except values.Malformed:
        return Reply()
    if type(low) is not tuple or len(low) != 3 or low[0] != values.TUPLE:
        return Reply()
    _, what, said = low
    if type(said) not in (str, int, float, bool) or len(text := str(said)) > MOST:
        return Reply()
    if what == "asks" and type(said) is str:
        return Reply(asks=text)
    return Reply(answer=text) if what == "answer" else Reply()
