"""CodeARC's agent: a model that asks a hidden function for calls, submits a program, and learns from counterexamples.

The model sees the recorded calls and what is left of its budget. A reply is either more calls, one `print` line each
(`tasks/codearc.py` reads them), or an implementation. Calls are answered, a submission is checked; a wrong one is
answered with one input on which it differs. What is neither, or asks for more than is left, costs a try. The game is
over when a submission holds, when checks or tries are used up, or when the model's own budget is.

The program that was submitted last is the result, or else what the last reply holds. Without a hidden function to ask
the first reply is.

Leaves out: several games of one task, choosing calls for the model.

Source: Wei et al. 2025, CodeARC (arXiv:2503.23145).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from trialrun.core.context import Context
from trialrun.core.method import Generator, method
from trialrun.core.oracle import CALLS, CHECKS, TRIES, Answer, Check, Holds, Oracle, Refused
from trialrun.core.parse_values import render
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.scopes import Unparseable, names, parse
from trialrun.models.prompt import chat
from trialrun.models.protocol import Message, Request
from trialrun.tasks.codearc import read_query

INSTRUCTION = (
    "Find out what a hidden Python function does, and write it. In each reply either ask for more calls, in one block "
    "of code with nothing but lines such as\n\nprint('Result 1: ' + str({entry}(...)))\n\nwhose arguments are "
    "literals, or give your implementation in one block of code. Wrong implementations are answered with an input on "
    "which they differ."
)
_SHOWN = 500
"""Characters of a value that are shown."""


@method(paper="arXiv:2503.23145", title="CodeARC agent")
@dataclass(frozen=True, slots=True, kw_only=True)
class CodeArc(Generator):
    """Let a model query a hidden function, submit, and learn from counterexamples, within budgets."""

    temperature: Annotated[float, Meta(ge=0)] = 0.0
    """Sampling temperature; 0 takes the likeliest token each time."""
    max_tokens: Annotated[int, Meta(ge=1)] = 1024
    """Tokens at most, per reply."""
    turns: Annotated[int, Meta(ge=1)] = 40
    """Replies at most: calls may be asked for one by one."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the program that was submitted last, or that the last reply holds."""
        oracle = ctx.oracle
        messages = chat(task, INSTRUCTION.format(entry=task.entry or "f"))
        if oracle is not None:
            messages = (*messages[:-1], Message("user", messages[-1].content + _left(ctx)))
        submitted: Program | None = None
        replied: Program | None = None
        for turn in range(self.turns):
            request = Request(
                messages=messages,
                temperature=self.temperature,
                max_tokens=self.max_tokens,
                seed=ctx.seed + 1000 * turn,
            )
            texts = ctx.model.complete(request).texts
            if not texts:
                break  # the model's budget is used up
            replied = program_from(texts[0], task, maker=self.declared.id)
            if oracle is None or task.entry is None:
                break
            if _defines(replied):
                submitted = replied
                said = _of_check(oracle.check(replied), task.entry)
            else:
                said = _of_query(oracle, texts[0], replied.source, task.entry)
            if oracle.ended:
                break
            messages = (*messages, Message("assistant", texts[0]), Message("user", said + _left(ctx)))
        last = submitted or replied
        if last is not None:
            yield last


def _defines(program: Program) -> bool:
    found = names(program.source)
    return not isinstance(found, Unparseable) and program.entry in found.functions


def _of_query(oracle: Oracle, reply: str, source: str, entry: str) -> str:
    """Ask for the calls in a reply; return what there is to say."""
    statements = _statements(source) or _statements(reply)
    if not statements:
        return _refused(oracle.malformed("neither calls nor an implementation"))
    cases = []
    for statement in statements:
        try:
            cases.append(Case(args=read_query(statement, entry)))
        except ValueError as error:
            return _refused(oracle.malformed(f"{statement[:_SHOWN]}: {error}"))
    answers = oracle.query(cases)
    if isinstance(answers, Refused):
        return _refused(answers)
    return "\n".join(_call(case, answer, entry) for case, answer in zip(cases, answers, strict=True))


def _statements(text: str) -> list[str]:
    """Return the statements of a text that is nothing but expressions; else its lines that begin with `print(`."""
    tree = parse(text)
    if not isinstance(tree, Unparseable):
        if tree.body and all(isinstance(node, ast.Expr) for node in tree.body):
            return [ast.unparse(node) for node in tree.body]
        return []
    return [line.strip() for line in text.splitlines() if line.strip().startswith("print(")]


def _of_check(came: Check | Refused, entry: str) -> str:
    """Return what there is to say of a submission."""
    if isinstance(came, Refused):
        return _refused(came)
    if came.holds is Holds.DIFFERENT and came.case is not None and came.expected is not None:
        mine = f"; yours {_did(came.got)}" if came.got is not None else ""
        return f"Your implementation is wrong. The hidden function:\n{_call(came.case, came.expected, entry)}{mine}"
    return f"It cannot be said whether your implementation is right: {came.why}."


def _call(case: Case, answer: Answer, entry: str) -> str:
    arguments = ", ".join(map(repr, case.args))[: 4 * _SHOWN]
    return f"{entry}({arguments}) {_did(answer)}"


def _did(answer: Answer) -> str:
    if answer.value is not None:
        return f"returns {render(answer.value, limit=_SHOWN)}"
    return f"raises {answer.exception}" if answer.exception else f"ends by {answer.outcome}"


def _refused(refused: Refused) -> str:
    return f"Refused: {refused.why}."


def _left(ctx: Context) -> str:
    left = ", ".join(f"{ctx.budget.left(name):g} {name}" for name in (CALLS, CHECKS, TRIES))
    return f"\n\nLeft: {left} (malformed replies)."
