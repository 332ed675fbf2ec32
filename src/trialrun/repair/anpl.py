"""ANPL without a user: find the suspicious hole of a failing program, fill it anew, freeze everything else.

The holes are those that the program's text marks (`lang/sketch.py`); where it marks none, every function of its top
level counts as one. They are ranked by what they did in the runs that the public checks state (`suspects.py`). The
first ones are filled anew, each with the rest of the program as it was: the filling is told what the hole received and
returned in a failing run, and that this may be wrong. The first program that passes all public checks is the answer.

Recorded results of a failing run are never taken for expected ones. Source: ANPL (2023), and its page's ranking for the
case without a user. Leaves out: two wrong holes at once (a user's answers tell them apart: `session.py`).
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import Meta

from trialrun.compare.part_checks import passes
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Judgement
from trialrun.core.method import Generator, Repairer, method, use
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.lang.signatures import Function
from trialrun.lang.sketch import Sketch, read_sketch
from trialrun.repair.session import Session
from trialrun.repair.suspects import Suspect

_SHOWN_CALLS, _SHOWN = 3, 300


@method(paper="arXiv:2305.18498", title="ANPL: Towards Natural Programming with Interactive Decomposition")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnplRepair(Repairer):
    """Fill the most suspicious hole of a failing program anew, and leave the rest as it is."""

    fill: Generator = use("generate/anpl")
    """Method that fills a hole: it gets the program, with the hole open, as its task's prefix."""
    tried: Annotated[int, Meta(ge=1)] = 3
    """Holes that are filled anew at most, the most suspicious first."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield the first program that passes the public checks, if one is found."""
        if task.language != "python" or passes(judgements or ctx.runner.check(program)):
            return
        sketch = holes_of(program)
        if sketch is None:
            yield from self._anew(task, program, ctx)
            return
        session = Session(task=task, ctx=ctx, sketch=sketch, fill=self.fill)
        for suspect in session.suspects()[: self.tried]:
            session.refill(suspect.hole, evidence_of(suspect))
            if session.sketch != sketch and passes(session.check()):
                yield replace(session.program, maker=self.declared.id, parents=(program.id,))
                return
            session.sketch = sketch

    def _anew(self, task: PublicTask, program: Program, ctx: Context) -> Iterator[Program]:
        """Have a program written anew: this one has no function that could be a hole."""
        for made in self.fill.generate(task, ctx):
            if passes(ctx.runner.check(made)):
                yield replace(made, maker=self.declared.id, parents=(program.id,))
                return


def holes_of(program: Program) -> Sketch | None:
    """Return a program as a sketch: its marked holes, or all its functions; None where there is neither."""
    try:
        sketch = read_sketch(program.source)
        if not sketch.holes:
            functions = [node.name for node in ast.parse(program.source).body if isinstance(node, Function)]
            sketch = read_sketch(program.source, functions)
    except UsageError:
        return None
    return sketch if sketch.holes else None


def evidence_of(suspect: Suspect) -> str:
    """Return what a hole did in recorded runs, as text for a prompt; empty where nothing is known."""
    lines = []
    for calls in suspect.calls:
        for call in calls[:_SHOWN_CALLS]:
            ending = (
                repr(call.value) if call.ending == "returned" else f"{call.ending} {call.exception}".strip()
            )
            shown = ", ".join(repr(one)[:_SHOWN] for one in call.args)
            lines.append(f"{suspect.hole}({shown}) -> {ending[:_SHOWN]}")
    if not lines:
        return ""
    told = "\n".join(dict.fromkeys(lines[: 2 * _SHOWN_CALLS]))
    return f"The program fails. Calls of `{suspect.hole}` as it is now; their results may be wrong:\n\n{told}"
