"""Runs a program and then one expression in its namespace, in a job of its own: what a call, or an answer, really is.

The expression becomes the result of a function without parameters at the end of the program, so that what it says comes
back as a canonical value over the channel. It is hostile text: it runs confined like the program, after it is known
to be one expression and nothing else. Results are kept under interpreter, program, expression and limits.

Leaves out: programs in other languages than Python.
"""

import ast

import msgspec

from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.literal_calls import expression
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.store.cache import BlobCache, content_key

ENTRY = "__trialrun_asked__"
_FORMAT = "expression-1"
_EXECUTION = msgspec.msgpack.Decoder(Execution)


def asked(source: str, text: str) -> Program | None:
    """Return a program whose entry gives an expression's value; None for a text that is not one expression."""
    node = expression(text)
    if node is None or any(
        isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom) for inner in ast.walk(node)
    ):
        return None
    return Program.from_source(
        f"{source}\n\n\ndef {ENTRY}():\n    return (\n{text.strip()}\n    )\n", entry=ENTRY
    )


def run_expression(
    sandbox: Sandbox, source: str, text: str, limits: Limits, cache: BlobCache | None = None
) -> Execution:
    """Return what an expression gives after a program has run. A text that is no expression is a syntax error."""
    program = asked(source, text)
    if program is None:
        return Execution(outcome=Outcome.SYNTAX, exception="SyntaxError", message="not one expression")
    key = content_key(_FORMAT, sandbox.isolation.python.fingerprint, program.id, repr(limits))
    kept = cache.get(key) if cache is not None else None
    if kept is not None:
        return _EXECUTION.decode(kept)
    (found,) = list(run_cases(sandbox, program, encode_calls(ENTRY, [Case()]), limits))
    if cache is not None and found.outcome in (Outcome.RETURNED, Outcome.RAISED) and not found.near_limit:
        cache.put(key, msgspec.msgpack.encode(found))
    return found
