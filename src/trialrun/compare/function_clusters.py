"""Functions in groups by what they do, each with a representative: its middle, among those that are trusted.

Functions that take equally many arguments run on the same cases, made for the types of arguments that their signatures
and bodies speak of. What always did the same is one group from the start. Others are as far apart as the share of cases
on which they do not do the same (value, arguments afterwards, output, exception), among those on which at least one
returns, and as their texts are: a function with a mistake may do something else on every case, and is still more like
its own kind than like any other. A function that never returns (it needs its program's state, or waits
for input) is placed by its text alone. Groups are joined until there are few enough.

Source: CodeChain (arXiv:2310.08992), there by an embedding of the text and KMeans; behaviour is ours.

Leaves out: finding the functions (`lang/submodules.py`), the sandbox: `run` is given.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialrun.compare.agglomeration import agglomerate, medoid
from trialrun.compare.code_tokens import token_distances
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.truncation import Truncation
from trialrun.lang.constants import mine
from trialrun.lang.submodules import SubModule
from trialrun.probe.arguments import shapes_of_arguments
from trialrun.probe.calls import distinct, filled

Run = Callable[[Program, Sequence[Case]], Sequence[Execution]]
FLOATS = Truncation(bits=40)
_SAME = 1e-3
"""Largest distance of functions that always did the same: there the text only says who is in the middle."""
_TYPES = 4
"""Types of arguments that cases are made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCluster:
    """Functions that are nearer to each other than to the rest."""

    members: tuple[int, ...]
    """Places of the functions, in order."""
    representative: int | None
    """Place of the one in the middle among the trusted ones; None where the group has none and others have."""


def function_clusters(
    functions: Sequence[SubModule],
    count: int,
    run: Run,
    *,
    trusted: Sequence[bool] = (),
    cases: int = 8,
    text: float = 0.6,
    seed: int = 0,
) -> list[FunctionCluster]:
    """Return at most `count` groups, the largest first. `trusted` says whose representatives are wanted.

    Where nobody is trusted everybody is. `text` is the weight of the text where behaviours differ. `run` is called once
    for each different function, with up to twice `cases` cases for each of the most common types of arguments.
    """
    distances = function_distances(functions, run, cases=cases, text=text, seed=seed)
    fit = [place for place in range(len(functions)) if trusted and trusted[place]] or range(len(functions))
    return [
        FunctionCluster(members=group, representative=medoid(distances, group, fit))
        for group in agglomerate(distances, count, same=_SAME)
    ]


def function_distances(
    functions: Sequence[SubModule], run: Run, *, cases: int = 8, text: float = 0.6, seed: int = 0
) -> list[list[float]]:
    """Return how far apart functions are, all pairs, from 0 to 1; up to 0.001 where they always did the same."""
    texts = token_distances([one.text for one in functions])
    rows: list[Sequence[_Did]] = [()] * len(functions)
    for arity in sorted({one.arity for one in functions}):
        places = [place for place, one in enumerate(functions) if one.arity == arity]
        shared = shared_cases([functions[place] for place in places], count=cases, seed=seed)
        known: dict[str, Sequence[_Did]] = {}
        for place in places:
            program = functions[place].program
            if program.id not in known:
                known[program.id] = [_did(one) for one in run(program, shared)]
            rows[place] = known[program.id]
    distances = [[0.0] * len(functions) for _ in functions]
    for i, one in enumerate(functions):
        for j in range(i):
            mine, other = rows[i], rows[j]
            if not (_returns(mine) and _returns(other)):
                far = texts[i][j]
            elif one.arity != functions[j].arity:
                far = 1.0
            else:
                share = _apart(mine, other)
                far = (1 - text) * share + text * texts[i][j] if share else _SAME * texts[i][j]
            distances[i][j] = distances[j][i] = far
    return distances


def shared_cases(functions: Sequence[SubModule], *, count: int, seed: int = 0) -> list[Case]:
    """Return cases for functions of one arity: for each type of arguments that many of them seem to take."""
    by_type: dict[str, list[SubModule]] = {}
    for one in functions:
        shape = shapes_of_arguments([], one.signature, [one.text])[0]
        by_type.setdefault(str(shape), []).append(one)
    common = sorted(by_type.values(), key=lambda group: -len(group))[:_TYPES]
    made: list[Case] = []
    for group in common:
        sources = list(dict.fromkeys(one.text for one in group))
        cases = filled([], group[0].signature, sources, count=count, seed=seed)
        made += [*cases, *_with_constants(cases, sources, count)]
    return distinct(made)


def _with_constants(cases: Sequence[Case], sources: Sequence[str], count: int) -> Iterator[Case]:
    """Yield the first case with texts that functions look for: most texts are left as they are by most functions."""
    constants = mine(sources)
    texts = ["".join(constants.chars), *sorted(constants.texts, key=len)][:count]
    args = cases[0].args if cases else ()
    for place, value in enumerate(args):
        if type(value) is str:
            yield from (Case(args=(*args[:place], text, *args[place + 1 :])) for text in texts if text)


@dataclass(frozen=True, slots=True)
class _Did:
    """What a function did on one case."""

    key: str | None
    """Equal where two did the same; None for what equals nothing."""
    returned: bool


def _did(execution: Execution) -> _Did:
    return _Did(behaviour_key([execution], floats=FLOATS), execution.outcome is Outcome.RETURNED)


def _returns(row: Sequence[_Did]) -> bool:
    return any(one.returned for one in row)


def _apart(mine: Sequence[_Did], other: Sequence[_Did]) -> float:
    """Return the share of cases on which two do not do the same, of those on which one of them returns."""
    counted = [(one, two) for one, two in zip(mine, other, strict=True) if one.returned or two.returned]
    return sum(one.key is None or one.key != two.key for one, two in counted) / len(counted)
