"""A program that keeps the calls of some of its functions and returns them beside its result: source to source.

Each named function of the top level gets a decorator; the text of the program is otherwise as it was. Arguments are
copied when a call begins and the result when it ends, so what is changed later is recorded as it was. Copies go as deep
as `DEPTH` into plain values of exactly Python's own types; in place of anything else stands `...`. An *open* function
(a hole that is not filled yet) has its arguments recorded and ends the run there; a *muted* one gives back an object
that is equal to nothing, to see what depends on it.

The run ends after `seconds` of CPU time, so that a loop without end leaves its calls. All of this is the program's own
word. The entry point returns (ending, exception, result, rows); a row is (function, row of the caller or −1, arguments,
ending, exception, result). `observe/call_values.py` reads them.

Leaves out: whole programs, methods, threads, calls after the first `MOST`, what a generator yields.
"""

import ast
from collections.abc import Sequence
from dataclasses import replace

from trialrun.core.program import Program
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function, definition_of

ENTRY = "__trialrun_calls__"
MOST = 2_000
"""Calls that are kept."""
DEPTH = 40
"""Containers inside one another that are copied."""
_RECORDER = """
class __trialrun_Recorder__:
    def __init__(self, most, depth, open_, muted):
        self.most, self.depth, self.open, self.muted = most, depth, open_, muted
        self.rows, self.inside, self.on = [], [], False
        self.Ended = type("Ended", (BaseException,), {})

    def copy(self, value, depth=0):
        kind = type(value)
        if value is None or kind in (bool, int, float, complex, str, bytes):
            return value
        if depth < self.depth:
            if kind in (list, tuple, set, frozenset):
                return kind([self.copy(one, depth + 1) for one in value])
            if kind is dict:
                return {self.copy(key, depth + 1): self.copy(one, depth + 1) for key, one in value.items()}
        return ...

    def __call__(self, function):
        import functools, inspect
        name = function.__name__
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args, **named):
            if not self.on or len(self.rows) >= self.most:
                return function(*args, **named)
            try:
                bound = signature.bind(*args, **named)
            except TypeError:
                return function(*args, **named)
            bound.apply_defaults()
            caller = self.inside[-1] if self.inside else -1
            row = [name, caller, self.copy(list(bound.arguments.values())), "unfinished", "", None]
            self.inside.append(len(self.rows))
            self.rows.append(row)
            try:
                if name in self.open:
                    row[3] = "open"
                    raise self.Ended()
                value = object() if name == self.muted else function(*args, **named)
            except BaseException as error:
                if row[3] == "unfinished" and not isinstance(error, self.Ended):
                    row[3], row[4] = "raised", type(error).__name__
                raise
            finally:
                self.inside.pop()
            row[3], row[5] = "returned", self.copy(value)
            return value

        return call

    def run(self, function, args, seconds):
        import signal, sys

        def stop(number, frame):
            raise self.Ended()

        sys.setrecursionlimit(2 * sys.getrecursionlimit())
        signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        self.on = True
        ending, exception, value = "unfinished", "", None
        try:
            value = self.copy(function(*args))
            ending = "returned"
        except self.Ended:
            pass
        except BaseException as error:
            ending, exception = "raised", type(error).__name__
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.on = False
        return (ending, exception, value, [tuple(row) for row in self.rows])

__trialrun_recorder__ = __trialrun_Recorder__(%d, %d, %r, %r)
"""
_CALL = """

def %s(*args):
    return __trialrun_recorder__.run(%s, args, %r)
"""


def recording(
    program: Program,
    functions: Sequence[str],
    *,
    open_: Sequence[str] = (),
    muted: str = "",
    seconds: float = 2.0,
) -> Program | None:
    """Return a program whose calls give back the calls of `functions`; None where it does not parse or has no entry.

    Names that the top level does not define are passed over.
    """
    tree = parse(program.source)
    if isinstance(tree, Unparseable) or program.entry is None:
        return None
    lines = program.source.split("\n")
    places: dict[int, str] = {}
    for name in functions:
        found = definition_of(tree, name)
        if isinstance(found, Function) and "." not in name:
            first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
            places[first - 1] = "@__trialrun_recorder__\n"
    start = 0
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_text or (isinstance(node, ast.ImportFrom) and node.module == "__future__")):
            start = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))]) - 1
            break
    recorder = _RECORDER % (MOST, DEPTH, tuple(open_), muted)
    text = ""
    for number, line in enumerate(lines):
        text += (recorder if number == start else "") + places.get(number, "") + line + "\n"
    text += _CALL % (ENTRY, program.entry, seconds)
    return replace(program, files=((program.files[0][0], text),), entry=ENTRY, parents=(program.id,))
