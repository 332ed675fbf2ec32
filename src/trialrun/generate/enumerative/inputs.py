"""What to ask a hidden function next: the input on which the terms that still fit differ most; or else a telling one.

Inputs come from the engine that a differential search uses (`probe/staged.py`), learnt from those known.
How well one splits is the entropy of the terms' results, cheap terms counting more; an input on which most of
them have no value is a bad question.

Leaves out: asking (`game.py`).
"""

import math
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from trialrun.core.task import Case
from trialrun.generate.enumerative.kinds import NotPlain, demand_plain
from trialrun.generate.enumerative.search import Example
from trialrun.generate.enumerative.terms import ERR, Term, attempt
from trialrun.probe.domain import domains_of
from trialrun.probe.proposer import Feedback, Origin, Proposer, Seed
from trialrun.probe.staged import Staged

_LONGEST = 40
_LARGEST = 10**5
_POOL = 80
_COMPARED = 24
_NEAR = ("near", "small", "mutated", "made")
_CHARACTERS = string.ascii_letters + string.digits + " .,!?-_"
_BEYOND = ("beyond", "small")


def proposals(known: Sequence[tuple[Any, ...]], *, seed: int) -> Iterator[tuple[Any, ...]]:
    """Yield arguments like those known, none of them twice, that are plain and small.

    Every fourth has the signs, the emptiness or the alphabet that those known do not have.
    """
    seeds = [Seed(case=Case(args=args), origin=Origin.RECORDED) for args in known]
    domains = tuple(domains_of(seeds))
    near = _stream(Staged(domains=domains, seed=seed, sources=_NEAR), seeds)
    beyond = _stream(Staged(domains=domains, seed=seed, sources=_BEYOND), seeds)
    given = {repr(args) for args in known}
    streams = [near, near, near, beyond]
    while streams:
        for stream in list(streams):
            args = next((args for args in stream if repr(args) not in given), None)
            if args is None:
                streams = [other for other in streams if other is not stream]
            else:
                given.add(repr(args))
                yield args


def alphabets(examples: Sequence[Example]) -> list[tuple[Any, ...]]:
    """Return an input for each text that is taken (of the first two) with every usual character in it."""
    if not examples:
        return []
    args = min((example.args for example in examples), key=lambda args: len(repr(args)))
    places = [place for place, value in enumerate(args) if type(value) is str][:2]
    return [(*args[:place], _CHARACTERS, *args[place + 1 :]) for place in places]


def _stream(proposer: Proposer, seeds: Sequence[Seed]) -> Iterator[tuple[Any, ...]]:
    batches = proposer.propose(seeds)
    batch = next(batches, None)
    while batch is not None:
        for proposed in batch:
            if _is_small(proposed.case.args):
                yield proposed.case.args
        try:
            batch = batches.send([Feedback()] * len(batch))
        except StopIteration:
            return


def _is_small(args: tuple[Any, ...]) -> bool:
    todo = list(args)
    room = _LONGEST * 3
    try:
        demand_plain(args)
    except NotPlain:
        return False
    while todo and room:
        room -= 1
        value = todo.pop()
        if isinstance(value, str):
            if len(value) > _LONGEST:
                return False
        elif isinstance(value, list | tuple | set):
            todo += value
        elif isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
            return False
    return not todo


def best_split(terms: Sequence[Term], pool: Sequence[tuple[Any, ...]]) -> int | None:
    """Return the place in the pool of the input that tells the terms apart best, None where none does."""
    some = terms[:_COMPARED]
    if len(some) < 2:
        return None
    weights = [2.0 ** ((some[0].cost - term.cost) / 4) for term in some]
    best, best_score = None, 1e-9
    for place, args in enumerate(pool[:_POOL]):
        shares: dict[str, float] = {}
        failed = 0.0
        for term, weight in zip(some, weights, strict=True):
            value = attempt(term, args)
            shares[repr(value)] = shares.get(repr(value), 0.0) + weight
            failed += weight if value is ERR else 0.0
        total = sum(shares.values())
        score = -sum(share / total * math.log2(share / total) for share in shares.values())
        score *= 1.0 - failed / total
        if score > best_score:
            best, best_score = place, score
    return best


def telling(term: Term, pool: Sequence[tuple[Any, ...]], seen: Sequence[Any], rng: Random) -> int | None:
    """Return the place of an input that would show a wrong term: its result there is rare among those seen."""
    counts = Counter(map(repr, seen))
    options = []
    for place, args in enumerate(pool[:_POOL]):
        value = attempt(term, args)
        if value is not ERR:
            options.append((counts[repr(value)], rng.random(), place))
    return min(options)[2] if options else None
