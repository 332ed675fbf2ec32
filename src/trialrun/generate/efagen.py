"""EFAGen: from one solved problem a program that makes the whole family, with answers.

Candidates are proposed, and those that pass the named checks of `verify/efa.py` are kept. The first candidate is that
of number lifting, where the seed's solution is annotated; the model writes the others. Nothing but the checks decides:
of what passes, all is yielded, and where nothing does, the candidate of which most is true.

Leaves out: training on what was accepted (the judgement's score is the reward); sampling problems
(`learn/builders/problems.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from trialrun.core.context import Context
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.method import Generator, Off, method
from trialrun.core.program import Program
from trialrun.core.task import GeneratorCheck, PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import ENTRY, program_of
from trialrun.lang.lifting import NotLifted, lift
from trialrun.models.prompt import chat
from trialrun.models.protocol import Request

INSTRUCTION = "Solve the following task. Answer with one block of code and nothing else."


@method(
    paper="arXiv:2504.09763",
    title="Executable Functional Abstractions: Inferring Generative Programs for Advanced Math Problems",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class EFAGen(Generator):
    """Propose generators of problems like a solved one, and keep those that pass the checks."""

    n: Annotated[int, Meta(ge=1)] = 8
    """Candidates to ask the model for."""
    temperature: Annotated[float, Meta(ge=0)] = 0.8
    """Sampling temperature."""
    max_tokens: Annotated[int, Meta(ge=1)] = 2048
    """Tokens at most, per candidate."""
    lift: Annotated[bool, Off("no-lift")] = True
    """Take the candidate of number lifting first; where it passes, the model is not asked."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the candidates that pass, in the order of their proposal; or else the one that comes nearest."""
        best: list[tuple[float, Program]] = []
        lifted = _lifted(task) if self.lift else None
        if lifted is not None:
            program = Program.from_source(lifted, entry=task.entry, maker=self.declared.id)
            if _passes(found := ctx.runner.check(program)):
                yield program
                return
            best.append((_score(found), program))
        proposed = {program.id: program for program in self._asked(task, ctx)}
        passing = []
        for program in proposed.values():
            if _passes(found := ctx.runner.check(program)):
                passing.append(program)
            best.append((_score(found), program))
        yield from passing or [program for _, program in sorted(best, key=lambda one: -one[0])[:1]]

    def _asked(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield what the model proposes."""
        request = Request(
            messages=chat(task, INSTRUCTION),
            n=self.n,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            seed=ctx.seed,
        )
        for answer in ctx.model.complete(request).texts:
            yield program_from(answer, task, maker=self.declared.id)


def _lifted(task: PublicTask) -> str | None:
    """Return the program of number lifting for the seed that a task's public check states."""
    for check in task.public_checks:
        if isinstance(check, GeneratorCheck) and task.entry == ENTRY:
            try:
                return program_of(
                    lift(Solved(problem=check.problem, solution=check.solution, answer=check.answer))
                )
            except NotLifted:
                return None
    return None


def _passes(found: tuple[Judgement, ...]) -> bool:
    return all(judgement.verdict is Verdict.PASS for judgement in found)


def _score(found: tuple[Judgement, ...]) -> float:
    """Return how near a candidate comes: the mean score of its judgements."""
    scores = [judgement.score or 0.0 for judgement in found]
    return sum(scores) / len(scores) if scores else 0.0
