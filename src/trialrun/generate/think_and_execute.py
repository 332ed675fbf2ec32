"""Think-and-Execute: write the logic of a kind of task once, as pseudocode, then execute it for each instance.

*Think*: an instructor sees solved instances of the task (`task.examples`), says what they have in common, and writes
one program `solve(text)` with prints of intermediate values. It is asked under the seed of the run, so that all
instances of a set share the answer; a run asks it once. *Execute*, as published: a reasoner reads program and instance
and writes what the program would print, and the answer. Ours: the program runs. What it calls and does not define is a
question to the model about that one call, answered by a literal; an answer that is none leaves the instance to the
reasoner.

A sample of a question is the answer, with the plan, what it printed and what the reasoner said as further files. For
tasks that want a program, the plan is of that one task and the last step writes the program.

Leaves out: other tasks' analyses and plans as examples (the published prompts are not public), a second reasoner.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from trialrun.core.context import Context
from trialrun.core.execution import Outcome
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.task import ANSWER, Case, PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.extract import extract
from trialrun.lang.final_answer import last_part
from trialrun.lang.literal_calls import read_literal
from trialrun.lang.pseudocode import DRIVER, ENTRY, Reply, read_reply, runnable
from trialrun.models.prompt import chat, described, fenced
from trialrun.models.protocol import Message, Request

ANALYSE = (
    "Say in a few sentences what logic solves every instance of this kind of task: what has to be read from the text, "
    "what is kept while going through it, and how the answer is written. Do not solve single instances."
)
WRITE = (
    "Write that logic as one Python program: a function `solve(text)` that takes the text of any instance and returns "
    "its answer as a string, written exactly as the answers above. Print intermediate values. Use small functions with "
    "telling names, and comments. What plain code cannot decide, leave to a function that you call and do not define. "
    "No instance and no answer may stand in the program. Answer with one block of code."
)
SIMULATE = (
    "Execute this program for the instance below, line by line, as an interpreter would. Write every line that it "
    "prints, in order. Then write `Final answer:` and what `solve` returns."
)
FILL = (
    "The program below calls a function that it does not define. Say what the call should return, judging by its name, "
    "its arguments and the program. Answer with `Final answer:` and one Python literal."
)
OUTLINE = "Write that logic as pseudocode: branches, loops, small functions, the values that are kept."
CODE = "Solve the following task by the plan below it. Answer with one block of code and nothing else."


@dataclass(slots=True)
class _Run:
    """What came of running a plan on one instance."""

    reply: Reply = field(default_factory=Reply)
    printed: str = ""


@method(
    paper="arXiv:2404.02575",
    title="Think-and-Execute",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkAndExecute(Generator):
    """Write the logic of a task as pseudocode once, then execute it for each instance, for real where it runs."""

    execute: Literal["run", "simulate", "both"] = "run"
    """Run the plan, and ask the reasoner where that gives no answer; simulate, as published; or give both answers."""
    holes: Annotated[int, Meta(ge=0)] = 6
    """Questions about calls of undefined functions, at most, for one instance."""
    temperature: Annotated[float, Meta(ge=0)] = 0.0
    """Sampling temperature of all steps."""
    max_tokens: Annotated[int, Meta(ge=1)] = 1024
    """Tokens at most, of each answer."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the answer of the plan's run, or of the reasoner; of both, the run's first."""
        plan = self._think(task, ctx)
        if plan is None:
            return
        if task.language != ANSWER:
            yield from self._write(task, plan, ctx)
            return
        made = Program.from_source(
            extract(plan, entry=ENTRY).source, entry=ENTRY, maker=f"{self.declared.id}: plan"
        )
        ctx.keep(made)
        ran = self._run(made, task, ctx) if self.execute != "simulate" else _Run()
        if ran.reply.answer is not None:
            yield self._sample(f"Final answer: {ran.reply.answer}", made, ran.printed)
            if self.execute == "run":
                return
        said = self._ask(ctx, f"{SIMULATE}\n\n{fenced(made.source, 'python')}\n\n{task.statement}", ctx.seed)
        if said is not None:
            yield self._sample(said, made, ran.printed, said)

    # -- think

    def _think(self, task: PublicTask, ctx: Context) -> str | None:
        """Return the text that holds the plan; None where the budget gives none."""
        shared = bool(task.examples) and ctx.run_seed is not None
        seed = ctx.run_seed if shared and ctx.run_seed is not None else ctx.seed
        shown = "\n\n".join(
            f"Instance:\n{one.statement}\nAnswer: {one.answer}" for one in task.examples
        ) or "\n\n".join(described(task) if task.language != ANSWER else [task.statement])
        ask = Message("user", f"{ANALYSE}\n\n{shown}")
        analysis = self._ask(ctx, ask, seed)
        if analysis is None:
            return None
        how = WRITE if task.language == ANSWER else OUTLINE
        return self._ask(ctx, (ask, Message("assistant", analysis), Message("user", how)), seed)

    def _write(self, task: PublicTask, plan: str, ctx: Context) -> Iterator[Program]:
        (asked,) = chat(task, CODE)
        said = self._ask(ctx, f"{asked.content}\n\nThe plan:\n\n{plan.strip()}", ctx.seed)
        if said is not None:
            yield program_from(said, task, maker=self.declared.id)

    # -- execute

    def _run(self, plan: Program, task: PublicTask, ctx: Context) -> _Run:
        """Run a plan on one instance, again after each question that it has."""
        known: dict[str, str] = {}
        while True:
            source = runnable(plan.source, known)
            if source is None:
                return _Run()
            driven = Program.from_source(source, entry=DRIVER, maker=plan.maker)
            (done,) = ctx.runner.run(driven, [Case(args=(task.statement,))])
            printed = done.stdout.decode("utf-8", "backslashreplace")
            if done.outcome is not Outcome.RETURNED:
                return _Run(printed=printed)
            reply = read_reply(done.value)
            if reply.asks is None or reply.asks in known or len(known) >= self.holes:
                return _Run(reply, printed)
            said = self._ask(
                ctx, f"{FILL}\n\n{fenced(plan.source, 'python')}\n\nThe call: `{reply.asks}`", ctx.seed
            )
            literal = last_part(said or "")
            if read_literal(literal) is None:
                return _Run(printed=printed)
            known[reply.asks] = literal

    # -- both

    def _ask(self, ctx: Context, asked: "str | Message | tuple[Message, ...]", seed: int) -> str | None:
        """Return the model's answer; None where the budget is used up."""
        if isinstance(asked, str):
            asked = Message("user", asked)
        request = Request(
            messages=asked if isinstance(asked, tuple) else (asked,),
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            seed=seed,
        )
        texts = ctx.model.complete(request).texts
        return texts[0] if texts else None

    def _sample(self, answer: str, plan: Program, printed: str, said: str = "") -> Program:
        more = [("plan.py", plan.source), ("printed.txt", printed), ("simulated.txt", said)]
        return Program(
            files=(("answer.txt", answer), *((name, text) for name, text in more if text)),
            language=ANSWER,
            maker=self.declared.id,
            parents=(plan.id,),
        )
