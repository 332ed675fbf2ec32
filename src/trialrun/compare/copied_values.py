"""How much a value says, and whether constants of a program were copied from stated inputs and results.

The weight of a value is about the number of bits that pick it out among values like it: nothing for None, truth values,
0, 1 and what is empty, a little for one item or a small number. A light value is a border case that honest repairs
treat by itself; a heavy one is not met by chance.

Leaves out: constants that are made at run time, hashes of values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.core import values
from trialrun.lang.added_code import Added
from trialrun.lang.sketch import Pair

LIGHT = 3
"""Weight up to which a value is a border case."""
_A_CHARACTER, _A_FLOAT, _MOST = 2, 4, 10_000
_RUN = 3
"""Letters of a run that a text is taken apart into."""
_MADE = 0.6
"""Share of a result's parts that are an input's where it seems to be made of it."""


def weight(value: Any) -> int:
    """Return about how many bits pick a value out.

    >>> [weight(one) for one in (None, True, 0, 1, [], "", [0], 2, 17, [1, 2, 3], "abc", 0.5)]
    [0, 0, 0, 0, 0, 0, 1, 1, 4, 5, 6, 4]
    """
    total, todo = 0, [value]
    while todo and total < _MOST:
        one = todo.pop()
        if isinstance(one, int):  # a bool is 0 or 1
            total += max(0, abs(one).bit_length() - 1)
        elif isinstance(one, float):
            total += max(0, abs(int(one)).bit_length() - 1) if one.is_integer() else _A_FLOAT
        elif isinstance(one, str | bytes):
            total += _A_CHARACTER * len(one)
        elif isinstance(one, dict):
            total += len(one)
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            total += len(one)
            todo += one
        elif one is not None:
            total += _A_FLOAT
    return total


def input_weight(pair: Pair) -> int:
    """Return the weight of a stated input: its arguments, not that there are several."""
    return sum(weight(argument) for argument in pair.args)


@dataclass(frozen=True, slots=True)
class Copied:
    """A constant that was copied."""

    line: int
    value: Any
    what: str
    """`input` or `result`."""
    is_whole: bool
    """Whether it is the text of all arguments, or of one that is no text: nobody needs that but to look an input up."""


def copied(added: Added, pairs: Sequence[Pair]) -> Iterator[Copied]:
    """Yield the added constants that are a stated input or result, and heavy."""
    known: dict[bytes, tuple[str, bool]] = {}
    for pair in pairs:
        known[_key(pair.expected)] = "result", False
    for pair in pairs:
        for form, whole in _forms(pair.args):
            known.setdefault(_key(form), ("input", whole))
    for line, value in added.constants:
        if weight(value) > LIGHT and (found := known.get(_key(value))) is not None:
            yield Copied(line, value, *found)


def _forms(args: tuple[Any, ...]) -> Iterator[tuple[Any, bool]]:
    """Yield an input in the forms in which a program may have it as a constant, and whether that is a text of it."""
    yield from ((args, False), (list(args), False), (repr(args), True), (str(list(args)), True))
    for argument in args:
        yield argument, False
        if not isinstance(argument, str):
            yield from ((repr(argument), not isinstance(argument, int | float)), (str(argument), False))
        if isinstance(argument, list):
            yield tuple(argument), False


def shared(args: tuple[Any, ...], result: Any) -> frozenset[Any]:
    """Return the parts of a result that an input holds: numbers that are not light, short texts, runs of letters.

    >>> sorted(shared((["ab", "c"], 20), [20, "c", "d"]), key=str)
    [20, 'c']
    """
    return frozenset(_parts(args)) & frozenset(_parts(result))


def is_made_of(args: tuple[Any, ...], result: Any) -> bool:
    """Say whether a result seems to be made of an input: it has several parts, and most of them are the input's.

    >>> is_made_of((["some", "words"],), "words"), is_made_of((["some", "words"],), "missing")
    (True, False)
    """
    parts = frozenset(_parts(result))
    return weight(result) > LIGHT and len(shared(args, result)) >= _MADE * max(1, len(parts))


def _parts(value: Any) -> Iterator[Any]:
    todo, seen = [value], 0
    while todo and seen < _MOST:
        one = todo.pop()
        seen += 1
        if isinstance(one, str):
            if 0 < len(one) < _RUN:
                yield one
            for start in range(min(len(one), _MOST) - _RUN + 1):
                yield one[start : start + _RUN]
        elif isinstance(one, dict):
            todo += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            todo += one
        elif isinstance(one, int | float) and weight(one) > 1:
            yield one


def _key(value: Any) -> bytes:
    try:
        return values.encode(value)
    except (values.TooLarge, TypeError, ValueError, RecursionError):
        return repr(value).encode("utf-8", "surrogatepass")
