"""How far apart two pieces of Python are as text: the cosine distance of their syntax tokens, weighted by rarity.

Tokens are the kinds of syntax nodes, operators, the names of called functions and attributes, and the types of
constants; names that the author chose freely do not count. Weights are those of TF-IDF over the texts at hand.

Leaves out: order; anything that running shows (`function_clusters.py`).
"""

import ast
import math
from collections import Counter
from collections.abc import Sequence

from trialrun.lang.scopes import Unparseable, parse


def tokens(source: str) -> Counter[str]:
    """Return how often each syntax token occurs in a text; nothing of one that does not parse.

    >>> sorted(tokens("len(x) + 1"))
    ['Add', 'BinOp', 'Call', 'Expr', 'int', 'len()']
    """
    tree = parse(source)
    found: Counter[str] = Counter()
    if isinstance(tree, Unparseable):
        return found
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name not in defined:
                found.update(("Call", f"{name}()"))
            case ast.Attribute(attr=name):
                found[f".{name}"] += 1
            case ast.Constant(value=value):
                found[type(value).__name__] += 1
            case ast.Module() | ast.Name() | ast.Load() | ast.Store() | ast.arguments() | ast.arg():
                pass
            case _:
                found[type(node).__name__] += 1
    return found


def token_distances(sources: Sequence[str]) -> list[list[float]]:
    """Return the cosine distances, 0 to 1, of all pairs of texts; a text without tokens is 1 from all others."""
    counts = [tokens(source) for source in sources]
    holding = Counter(token for found in counts for token in found)
    vectors: list[dict[str, float]] = []
    for found in counts:
        vector = {
            token: count * (1 + math.log((1 + len(counts)) / (1 + holding[token])))
            for token, count in found.items()
        }
        length = math.sqrt(sum(value * value for value in vector.values()))
        vectors.append({token: value / length for token, value in vector.items()})
    return [
        [0.0 if i == j else _distance(one, two) for j, two in enumerate(vectors)]
        for i, one in enumerate(vectors)
    ]


def _distance(one: dict[str, float], two: dict[str, float]) -> float:
    # In sorted order, so that the sum does not depend on the order of insertion.
    dot = sum(one[token] * two[token] for token in sorted(one.keys() & two.keys()))
    return min(1.0, max(0.0, 1.0 - dot))
