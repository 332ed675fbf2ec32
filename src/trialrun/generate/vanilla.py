"""Vanilla sampling: ask once for n samples of a task and take them as they come.

The baseline that every other method is measured against. The first sample is no better than the last.

Leaves out: any use of the public checks, of one sample for the next, of more than one prompt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from trialrun.core.context import Context
from trialrun.core.method import Generator, Off, method
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.lang.answer import program_from
from trialrun.models.prompt import chat, completion
from trialrun.models.protocol import Request

INSTRUCTION = "Solve the following task. Answer with one block of code and nothing else."
STOP = ("\nif __name__", "\nassert ", "\nprint(", "\n```")
"""Where a base model has left the function it was to write."""


@method(title="Vanilla sampling")
@dataclass(frozen=True, slots=True, kw_only=True)
class Vanilla(Generator):
    """Take n independent samples of the model's answer to a task."""

    n: Annotated[int, Meta(ge=1)] = 1
    """Samples per task."""
    temperature: Annotated[float, Meta(ge=0)] = 0.0
    """Sampling temperature; 0 takes the likeliest token each time."""
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """Share of the probability that sampling is confined to."""
    max_tokens: Annotated[int, Meta(ge=1)] = 1024
    """Tokens at most, per sample."""
    raw: Annotated[bool, Off("chat")] = False
    """Let the model continue the task's code, as base models do; --chat asks with an instruction."""

    @property
    def expected(self) -> int:
        """Return how many programs a task gets."""
        return self.n

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield one program per sample."""
        prompt = completion(task) if self.raw else None
        request = Request(
            prompt=prompt,
            messages=() if self.raw else chat(task, INSTRUCTION),
            n=self.n,
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            stop=STOP if self.raw else (),
            seed=ctx.seed,
        )
        for answer in ctx.model.complete(request).texts:
            yield program_from(answer, task, maker=self.declared.id, continued=prompt)
