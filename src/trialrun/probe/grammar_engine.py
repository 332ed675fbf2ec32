"""An engine over a grammar that is given as data (`lang/grammar.py`): no corpus and no model.

The prompt is a weighting of all alternatives. For the strategies that start from an example it is read back by the
same grammar: mutate derives one part anew, combine takes a part of the same rule from the example before, and
equivalent, for which a grammar knows no meaning, changes one part that has no parts itself.

Leaves out: context: what a grammar cannot say, such as declared names, comes out invalid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from trialrun.lang.grammar import Grammar
from trialrun.lang.trees import Node
from trialrun.probe.engine import Prompt, Strategy, draw_weights, read_weights


@dataclass(frozen=True, slots=True)
class GrammarEngine:
    """Programs by derivation."""

    grammar: Grammar
    deepest: int = 12
    """Rules below each other after which a derivation heads for its end."""
    id: str = "grammar"

    def distil(self, documentation: str, draw: int, seed: int) -> str | None:
        """Return a weighting of the alternatives; the documentation says nothing about that."""
        return draw_weights(self.grammar.alternatives, draw, seed)

    def generate(self, prompt: Prompt, examples: Sequence[str], n: int, seed: int) -> list[str]:
        """Return `n` programs."""
        weights = read_weights(prompt.distilled, self.grammar.alternatives)
        read = [(text, self.grammar.read(text)) for text in examples[-2:] if prompt.strategy.wants]
        given = [(text, node) for text, node in read if node is not None]
        return [
            self._program(prompt.strategy, given, weights, Random(f"grammar {seed} {number}"))
            for number in range(n)
        ]

    def _program(
        self, strategy: Strategy, given: list[tuple[str, Node]], weights: list[float], chance: Random
    ) -> str:
        grammar = self.grammar
        if strategy is Strategy.NEW or not given:
            return grammar.derive(grammar.start, chance, weights, self.deepest)
        text, root = given[-1]
        nodes = [node for node in root.walk() if strategy is not Strategy.EQUIVALENT or not node.children]
        old = chance.choice(nodes)
        new = None
        if strategy is Strategy.COMBINE and len(given) > 1:
            source, other = given[-2]
            parts = [source[node.start : node.end] for node in other.walk() if node.kind == old.kind]
            new = chance.choice(parts) if parts else None
        if new is None:
            new = grammar.derive(old.kind, chance, weights, max(2, self.deepest // 2))
        return text[: old.start] + new + text[old.end :]
