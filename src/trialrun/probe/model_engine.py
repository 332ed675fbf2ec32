"""An engine over a language model: any chat or completion model writes the programs.

Autoprompting asks for a summary of the documentation, at temperature 0 or 1. The prompt of a batch is that summary as a
comment of the target's language, the examples, the sentence of the strategy as a comment, and the first line of the
program; a completion continues it, a chat model is asked to answer with code alone. Stop words are sent as far as
servers take them (four) and applied here in full (`Target.clean`).

Leaves out: asking again for samples that a server did not give.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from trialrun.lang.fences import blocks
from trialrun.models.protocol import Message, Model, Request
from trialrun.probe.engine import Prompt, Strategy, Target

_MOST_STOPS = 4
"""Stop strings that common servers accept."""
_SUMMARISE = (
    "Summarise the documentation above for somebody who writes test programs: what the programs look like, which "
    "features there are and how they are used. Be concise."
)
_CODE_ONLY = "Answer with the program alone, in one block of code."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEngine:
    """Programs by a language model."""

    model: Model
    """Who writes them, and who distils unless `distiller` is given."""
    target: Target
    distiller: Model | None = None
    """A stronger model for the documentation; the paper uses one."""
    chat: bool = True
    """Whether to ask in a conversation, or to have a text continued."""
    most_tokens: int = 1024
    """Tokens of one program at most."""
    distilled_tokens: int = 500
    """Tokens of the distilled documentation at most."""

    @property
    def id(self) -> str:
        """Return the models' ids."""
        return self.model.id if self.distiller is None else f"{self.distiller.id}, {self.model.id}"

    def distil(self, documentation: str, draw: int, seed: int) -> str | None:
        """Ask for a summary: at temperature 0 for `draw` 0, else at temperature 1."""
        request = Request(
            messages=(Message("user", f"{documentation}\n\n{_SUMMARISE}"),),
            temperature=1.0 if draw else 0.0,
            max_tokens=self.distilled_tokens,
            seed=seed + draw,
        )
        samples = (self.distiller or self.model).complete(request).samples
        return samples[0].text.strip() if samples else None

    def generate(self, prompt: Prompt, examples: Sequence[str], n: int, seed: int) -> list[str]:
        """Ask for `n` programs at temperature 1, in one request."""
        text = self.render(prompt, examples)
        request = Request(prompt=text, n=n, temperature=1.0, max_tokens=self.most_tokens, seed=seed)
        if self.chat:
            content = f"{text}\n{self.target.comment(_CODE_ONLY)}\n"
            request = replace(request, prompt=None, messages=(Message("user", content),))
        else:
            request = replace(request, stop=self.target.stops()[:_MOST_STOPS])
        return [self._program(sample.text) for sample in self.model.complete(request).samples]

    def render(self, prompt: Prompt, examples: Sequence[str]) -> str:
        """Return what is asked: the distilled documentation, examples, the strategy's sentence, the first line."""
        target = self.target
        given = examples[-max(1, prompt.strategy.wants) :] if examples else ()
        parts = [target.comment(prompt.distilled)] if prompt.distilled else []
        parts += [example.strip("\n") for example in given]
        parts.append(target.comment(target.sentence(prompt.strategy)))
        if prompt.strategy is not Strategy.NEW and target.trigger not in parts[-1]:
            parts.append(target.comment(target.trigger))
        return "\n".join([*parts, target.begin]) if target.begin else "\n".join(parts) + "\n"

    def _program(self, answer: str) -> str:
        """Return the program in an answer, which begins with the target's first line."""
        found = blocks(answer) if self.chat else []
        text = found[0].text if found else answer
        begin = self.target.begin
        if begin and not text.lstrip().startswith(begin):
            text = f"{begin}\n{text.lstrip(chr(10))}"
        return text
