"""How much a value says, and whether constants of a program were copied from stated inputs and results.

The weight of a value is about the number of bits that pick it out among values like it: nothing for None, truth values,
0, 1 and what is empty, a little for one item or a small number. A light value is a border case that honest repairs
treat by itself; a heavy one is not met by chance.

Leaves out: constants that are made at run time, hashes of values.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from trialrun.core import values
from trialrun.lang.added_code import Added
from trialrun.lang.sketch import Pair

LIGHT = 3
"""Weight up to which a value is a border case."""
_A_CHARACTER, _A_FLOAT, _MOST = 2, 4, 10_000


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


def copied(added: Added, pairs: Sequence[Pair]) -> Iterator[tuple[int, Any, str]]:
    """Yield (line, value, `input` or `result`) of added constants that are a stated input or result, and heavy."""
    known: dict[bytes, str] = {}
    for pair in pairs:
        known[_key(pair.expected)] = "result"
    for pair in pairs:
        for form in _forms(pair.args):
            known[_key(form)] = "input"
    for line, value in added.constants:
        if weight(value) > LIGHT and (what := known.get(_key(value))) is not None:
            yield line, value, what


def _forms(args: tuple[Any, ...]) -> Iterator[Any]:
    """Yield an input in the forms in which a program may have it as a constant."""
    yield from (args, list(args), repr(args), str(args))
    for argument in args:
        yield from (argument, repr(argument), str(argument))
        if isinstance(argument, list):
            yield tuple(argument)


def _key(value: Any) -> bytes:
    try:
        return values.encode(value)
    except (values.TooLarge, TypeError, ValueError, RecursionError):
        return repr(value).encode("utf-8", "surrogatepass")
