"""Sampling with a choice: ask until a program passes the public checks, within the budget. A baseline for `methods.py`.

Leaves out: any use of why the others failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from trialrun.core.context import Context
from trialrun.core.judgement import Verdict
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.generate.vanilla import INSTRUCTION
from trialrun.lang.answer import program_from
from trialrun.models.prompt import chat
from trialrun.models.protocol import Request


@method(title="First that passes")
@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPassing(Generator):
    """Ask again and again until a program passes the task's public checks."""

    max_tokens: int = 512
    """Tokens at most, per sample."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the first program that passes, or else the first one; without public checks that is one sample."""
        programs: list[Program] = []
        attempt = 0
        while True:
            asked = Request(
                messages=chat(task, INSTRUCTION),
                temperature=0.8,
                max_tokens=self.max_tokens,
                seed=ctx.seed + 1000 * attempt,
            )
            texts = ctx.model.complete(asked).texts
            if not texts:
                break
            attempt += 1
            programs.append(program_from(texts[0], task, maker=self.declared.id))
            found = ctx.runner.check(programs[-1])
            if all(one.verdict is Verdict.PASS for one in found):
                yield programs[-1]
                return
        yield from programs[:1]
