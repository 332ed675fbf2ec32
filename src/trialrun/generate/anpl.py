"""ANPL: compile a sketch; every hole is filled by itself, and nothing else of the text changes.

    sketch (real Python, holes are stubs) → for each open hole: its own sub-task → a body → the same sketch, hole filled

The sketch is the task's prefix where that defines more than the stub to be written; otherwise the model writes one,
which may have holes of its own making. A hole's sub-task is its text, its signature, the sketch around it and its own
cases: the examples of its text, and public checks that bear its name. A hole that can be judged (it has cases, or it is
the last open one and the task has public checks) is sampled until it passes; the first usable sample fills any other.
Holes that are filled are frozen. Holes for which nothing came stay open.

Fillings come from a model, or without any by search over compositions of the functions that the sketch defines
(`lang/composition_search.py`). Source: the paper's section on compiling. Leaves out: the user, and what is wrong with a
program that fails (`repair/anpl.py`); sketches whose holes are methods.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from msgspec import Meta

from trialrun.compare.part_checks import PartRunner, passes
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.composition_search import case_for, read_found, searching
from trialrun.lang.extract import extract
from trialrun.lang.filling import body_of
from trialrun.lang.known_cases import known_cases
from trialrun.lang.sketch import Hole, Pair, Sketch, cases_of, read_sketch
from trialrun.models.prompt import chat, fenced
from trialrun.models.protocol import Request
from trialrun.observe.call_values import recorded_calls

SKETCH = """Write a sketch of a solution to the following task: its control flow and data flow as real Python code. \
Leave each sub-task that deserves a function of its own as a stub: signature, a docstring that says what it does, \
and `...` as its body. Answer with one block of code."""
FILL = "Write the body of one function of a program. Answer with the whole function in one block of code."
_STEP = 1000


@method(paper="arXiv:2305.18498", title="ANPL: Towards Natural Programming with Interactive Decomposition")
@dataclass(frozen=True, slots=True, kw_only=True)
class Anpl(Generator):
    """Fill the holes of a sketch one by one; the sketch stays as it is, byte for byte."""

    attempts: Annotated[int, Meta(ge=1)] = 10
    """Samples of one hole at most, until it passes."""
    temperature: Annotated[float, Meta(ge=0)] = 0.8
    """Sampling temperature."""
    max_tokens: Annotated[int, Meta(ge=1)] = 1024
    """Tokens at most, per sample."""
    fill_by: Literal["model", "both", "search"] = "model"
    """Who fills: a model; search over the sketch's own functions; or both, search first."""
    terms: Annotated[int, Meta(ge=1)] = 20_000
    """Expressions that one search tries at most."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the assembled program, with its open holes if some could not be filled."""
        start = sketch_in(task)
        asked = 0
        if start is None:
            request = self._request(chat(task, SKETCH), ctx, asked)
            asked += 1
            answers = ctx.model.complete(request).texts if self.fill_by != "search" else ()
            if not answers:
                return
            whole = program_from(answers[0], task, maker=self.declared.id)
            try:
                start = read_sketch(whole.source) if task.language == "python" else None
            except UsageError:  # it does not parse: a failing program
                start = None
            if start is None or not start.open:
                yield whole
                return
        sketch = start
        for hole in start.open:
            sketch, asked = self._filled(sketch, hole.name, task, ctx, asked)
        parent = Program.from_source(start.source, entry=task.entry)
        made = self._program(sketch, task)
        yield made if made.id == parent.id else replace(made, parents=(parent.id,))

    def _filled(
        self, sketch: Sketch, name: str, task: PublicTask, ctx: Context, asked: int
    ) -> tuple[Sketch, int]:
        """Return the sketch with one more hole filled, if anything usable came, and the requests made so far."""
        pairs = cases_for(sketch.hole(name), task)
        runner = PartRunner(ctx.runner, name, pairs)
        is_last = len(sketch.open) == 1 and bool(task.public_checks)
        fallback: Sketch | None = None
        if self.fill_by != "model":
            found = self._searched(sketch, name, task, ctx, pairs)
            if found is not None and passes(runner.check(self._program(found, task))):
                return found, asked
        for _ in range(self.attempts if self.fill_by != "search" else 0):
            request = self._request(chat(subtask(sketch, name, task, pairs), FILL), ctx, asked)
            asked += 1
            answers = ctx.model.complete(request).texts
            if not answers:  # the budget is used up
                break
            one = _with_answer(sketch, name, answers[0])
            if one is None:
                continue
            if not (pairs or is_last) or passes(runner.check(self._program(one, task))):
                return one, asked
            fallback = fallback or one
        return fallback or sketch, asked

    def _searched(
        self, sketch: Sketch, name: str, task: PublicTask, ctx: Context, pairs: tuple[Pair, ...]
    ) -> Sketch | None:
        """Search a filling by the hole's pairs, or by the whole's where it is the last hole and has none."""
        whole = known_cases(check for check in task.public_checks if check.name not in _names(sketch))
        inputs: list[tuple[object, ...]] = []
        if not pairs:
            if len(sketch.open) > 1 or not whole:
                return None
            runs = recorded_calls(
                ctx.runner, self._program(sketch, task), cases_of(whole)[0], [name], open_=[name]
            )
            inputs = [call.args for run in runs for call in run.of(name) if call.is_plain]
            if not inputs:
                return None
        case = case_for(inputs, pairs or None, whole, self.terms)
        (execution,) = ctx.runner.run(searching(sketch, name, task.entry), [case])
        expression = read_found(execution).expression
        return None if expression is None else sketch.filled(name, f"return {expression}")

    def _program(self, sketch: Sketch, task: PublicTask) -> Program:
        return Program.from_source(sketch.source, entry=task.entry, maker=self.declared.id)

    def _request(self, messages: tuple[object, ...], ctx: Context, asked: int) -> Request:
        return Request(
            messages=messages,  # type: ignore[arg-type]
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            seed=ctx.seed + _STEP * asked,
        )


def sketch_in(task: PublicTask) -> Sketch | None:
    """Return the sketch that a task's prefix is; None where it has no hole, or is nothing but the stub to write."""
    if task.language != "python" or not task.prefix.strip():
        return None
    try:
        sketch = read_sketch(task.prefix)
    except UsageError:
        return None
    only = [hole.name for hole in sketch.holes] == [task.entry]
    around = "".join(sketch.skeleton).replace(sketch.holes[0].head, "").strip() if only else "more"
    return sketch if sketch.open and (not only or "def " in around) else None


def cases_for(hole: Hole, task: PublicTask) -> tuple[Pair, ...]:
    """Return a hole's own cases: its examples and the public checks that bear its name; the task's for its entry."""
    named = [
        check for check in task.public_checks if isinstance(check, CaseCheck) and check.name == hole.name
    ]
    own = task.public_checks if hole.name == task.entry else named
    return (*hole.cases, *known_cases(own))


def subtask(sketch: Sketch, name: str, task: PublicTask, pairs: tuple[Pair, ...]) -> PublicTask:
    """Return the task of filling one hole. It holds nothing of the whole task but its public statement."""
    hole = sketch.hole(name)
    cases, expected = cases_of(pairs)
    checks = (CaseCheck(name=name, cases=cases, expected=expected),) if pairs else ()
    told = [f"The program:\n\n{fenced(sketch.source, task.language)}"]
    if task.statement.strip() not in ("", task.prefix.strip()):
        told.insert(0, f"What the whole program is for:\n\n{task.statement.strip()}")
    return PublicTask(
        id=f"{task.id}/{name}",
        suite=task.suite,
        statement="\n\n".join(told),
        entry=name,
        language=task.language,
        prefix=hole.stub,
        public_checks=checks,
    )


def _with_answer(sketch: Sketch, name: str, answer: str) -> Sketch | None:
    """Return the sketch with a hole filled by a model's answer; None where it holds no usable body."""
    hole = sketch.hole(name)
    body = body_of(extract(answer, entry=name, prefix=hole.stub).source, hole, sketch)
    if body is None:
        return None
    try:
        return sketch.filled(name, body)
    except UsageError:
        return None


def _names(sketch: Sketch) -> set[str]:
    return {hole.name for hole in sketch.holes}
