"""What MGDebugger asks: to take a program apart, to infer checks of one function, to repair it, to write it all anew.

Leaves out: reading the answers beyond the one function that was asked for.
"""

import ast
from dataclasses import replace
from typing import Any

from trialrun.core.task import PublicTask
from trialrun.core.trace import Trace
from trialrun.lang.answer import program_from
from trialrun.lang.decomposition import Decomposition, functions_of, lines_of
from trialrun.lang.sketch import Pair
from trialrun.models.prompt import described, fenced
from trialrun.observe.excerpts import cut, excerpt

DECOMPOSE = """Take this program apart: rewrite it as several small functions of the top level that call one another,
each doing one thing. Change nothing of what it does, mistakes included. Answer with one block of code that holds the
whole program."""
INFER = """The program below was taken apart into functions. Infer from the task and its examples what `{name}` receives
and what it should return. Answer with at most {most} lines of the form `assert {name}(...) == ...`, with literal
values."""
REPAIR = """The program below solves the task wrongly. Repair the function `{name}`, one part of it. Keep its name and
its parameters. Answer with one block of code that holds this function alone."""
SIMULATE = """First simulate its run on these arguments step by step: write each assignment as a line `name = value`,
with the value at that moment. Say where it goes wrong. Then write the repaired function."""
WHOLE = """The program below solves the task wrongly. Answer with one block of code that holds the whole repaired
program."""
_LONGEST = 30_000
_PAIR = 400


def decomposition(task: PublicTask, source: str) -> str:
    """Return the question that asks for a tree of functions."""
    return _joined(DECOMPOSE, *described(task), _code(source))


def whole(task: PublicTask, source: str) -> str:
    """Return the question that asks for the whole program."""
    return _joined(WHOLE, *described(task), "The program:", _code(source))


def inference(task: PublicTask, made: Decomposition, name: str, most: int) -> str:
    """Return the question that asks for checks of a node."""
    asked = INFER.format(name=name, most=most)
    return _joined(asked, *described(task), "The program:", _code(made.source))


def repair(
    task: PublicTask,
    made: Decomposition,
    name: str,
    args: tuple[Any, ...] | None,
    pair: Pair | None,
    shown: Trace | None,
    *,
    simulate: bool,
) -> str:
    """Return the question that asks for a repaired node: its text, what it calls, a call and its run.

    `args` are of that call, `pair` says what it should return, where that is known.
    """
    node = made.node(name)
    parts = [REPAIR.format(name=name), *described(task), f"The function `{name}`:", _code(made.text(name))]
    called = [made.text(other) for other in node.calls]
    if called:
        parts += ["It calls:", _code("\n\n".join(called))]
    if args is not None:
        call = f"{name}({', '.join(cut(repr(one), _PAIR) for one in args)})"
        if pair is not None:
            parts.append(f"It fails: `{call}` should return `{cut(repr(pair.expected), _PAIR)}`.")
        else:
            parts.append(f"A run of the whole that fails calls `{call}`. What it does there may be wrong.")
        seen = excerpt(shown) if shown is not None else None
        if seen is not None:
            parts += ["This is what it really does, block by block:", fenced(seen.text, "")]
        if simulate:
            parts.append(SIMULATE)
    return _joined(*parts)


def function_in(answer: str, name: str, task: PublicTask) -> str:
    """Return the text of the function of that name in an answer; empty where there is none.

    What it imports comes inside, so that it stays one function.
    """
    made = program_from(answer, _asking_for(task, name), maker="")
    found = functions_of(made.source).get(name)
    if found is None:
        return ""
    beside = [node for node in ast.parse(made.source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    if not beside:
        first, last = lines_of(found)
        return "\n".join(made.source.split("\n")[first:last]) + "\n"
    place = 1 if len(found.body) > 1 and ast.get_docstring(found, clean=False) is not None else 0
    found.body[place:place] = [node for node in beside if getattr(node, "module", "") != "__future__"]
    try:
        return ast.unparse(found) + "\n"
    except (RecursionError, ValueError):
        return ""


def _asking_for(task: PublicTask, name: str) -> PublicTask:
    return replace(task, entry=name, prefix="")


def _code(source: str) -> str:
    return fenced(cut(source, _LONGEST), "python")


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
