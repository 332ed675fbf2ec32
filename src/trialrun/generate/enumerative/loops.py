"""Comprehensions, and the functions that are mostly given one.

`finish` is given the values of the body and the elements they belong to, where the condition held. What Python would
not reach (behind the first hit of `any`) may be `ERR`.

Leaves out: loops within loops, but for those inside operators.
"""

import math
from collections.abc import Sequence
from typing import Any

from trialrun.generate.enumerative.terms import ERR, Loop

_ALL = "ifbsndztxIFSBMPA"


def _whole(bodies: Sequence[Any]) -> bool:
    return ERR not in bodies


def _sum(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    return sum(bodies) if _whole(bodies) else ERR


def _product(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    if not _whole(bodies) or len(bodies) > 60:
        return ERR
    value = math.prod(bodies)
    return value if abs(value) < 10**40 else ERR


def _any(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    for body in bodies:
        if body is ERR or body:
            return ERR if body is ERR else True
    return False


def _all(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    for body in bodies:
        if body is ERR or not body:
            return ERR if body is ERR else False
    return True


def _list(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    return list(bodies) if _whole(bodies) else ERR


def _tuple(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    return tuple(bodies) if _whole(bodies) else ERR


def _text(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    return "".join(bodies) if _whole(bodies) else ERR


def _first(bodies: Sequence[Any], _: Sequence[Any]) -> Any:
    return bodies[0] if len(bodies) else ERR


def _dict(bodies: Sequence[Any], elements: Sequence[Any]) -> Any:
    return dict(zip(elements, bodies, strict=True)) if _whole(bodies) else ERR


def _max(bodies: Sequence[Any], elements: Sequence[Any]) -> Any:
    if not elements or not _whole(bodies):
        return ERR
    return elements[bodies.index(max(bodies))]


def _min(bodies: Sequence[Any], elements: Sequence[Any]) -> Any:
    if not elements or not _whole(bodies):
        return ERR
    return elements[bodies.index(min(bodies))]


def _order(bodies: Sequence[Any], elements: Sequence[Any]) -> Any:
    if not _whole(bodies):
        return ERR
    order = sorted(range(len(bodies)), key=bodies.__getitem__)
    return [elements[place] for place in order]


def _order_down(bodies: Sequence[Any], elements: Sequence[Any]) -> Any:
    if not _whole(bodies):
        return ERR
    order = sorted(range(len(bodies)), key=bodies.__getitem__, reverse=True)
    return [elements[place] for place in order]


_MATH = ("import math",)
_ROUND = "for {names} in {source}{where}"

MAP = Loop("map", _list, "[{body} " + _ROUND + "]", "", _ALL, 2, ("list",))
MAP_TUPLE = Loop("map_tuple", _tuple, "tuple({body} " + _ROUND + ")", "t", _ALL, 2.5, ("tuple",))
MAP_TEXT = Loop("map_text", _text, '"".join({body} ' + _ROUND + ")", "s", "s", 2, ("string", "word"))
MAP_SUM = Loop(
    "map_sum", _sum, "sum({body} " + _ROUND + ")", "", "if", 2, ("sum", "total", "score"), (), False
)
MAP_PRODUCT = Loop(
    "map_product", _product, "math.prod({body} " + _ROUND + ")", "", "if", 3, ("product",), _MATH, False
)
MAP_DICT = Loop(
    "map_dict",
    _dict,
    "{{{names}: {body} " + _ROUND + "}}",
    "d",
    _ALL,
    3,
    ("dict", "dictionary", "map", "frequency"),
)
MAX_BY = Loop(
    "max_by",
    _max,
    "max({source}, key=lambda {names}: {body})",
    "",
    "ifs",
    3.5,
    ("max", "most", "highest", "largest"),
)
MIN_BY = Loop(
    "min_by",
    _min,
    "min({source}, key=lambda {names}: {body})",
    "",
    "ifs",
    3.5,
    ("min", "least", "closest", "lowest"),
)
SORTED_BY = Loop(
    "sorted_by",
    _order,
    "sorted({source}, key=lambda {names}: {body})",
    "",
    "ifsbt",
    3,
    ("sort", "sorted", "order"),
)
SORTED_DOWN = Loop(
    "sorted_down_by",
    _order_down,
    "sorted({source}, key=lambda {names}: {body}, reverse=True)",
    "",
    "ifsb",
    4,
    ("sort", "sorted", "descending"),
)
KEEP = Loop(
    "keep",
    _list,
    "[{body} " + _ROUND + "]",
    "",
    "",
    2,
    ("filter", "remove", "find", "extract", "numbers", "elements"),
)
KEEP_TUPLE = Loop(
    "keep_tuple", _tuple, "tuple({body} " + _ROUND + ")", "t", "", 2.5, ("filter", "remove", "tuple")
)
KEEP_TEXT = Loop(
    "keep_text", _text, '"".join({body} ' + _ROUND + ")", "s", "", 2, ("filter", "remove", "extract", "keep")
)
KEEP_SUM = Loop("keep_sum", _sum, "sum({body} " + _ROUND + ")", "", "", 2, ("sum", "total"), (), False)
FIRST = Loop("first", _first, "next({body} " + _ROUND + ")", "", "", 3, ("first", "find"))
ANY = Loop(
    "any", _any, "any({body} " + _ROUND + ")", "b", "b", 2, ("any", "has", "contains", "exists"), (), False
)
ALL = Loop(
    "all",
    _all,
    "all({body} " + _ROUND + ")",
    "b",
    "b",
    2,
    ("all", "every", "is", "are", "valid", "only"),
    (),
    False,
)
COUNT = Loop("count", _sum, "sum({body} " + _ROUND + ")", "i", "b", 2, ("count", "number", "how"), (), False)

OF_BODY = (MAP, MAP_TEXT, MAP_SUM, MAP_PRODUCT, MAX_BY, MIN_BY, SORTED_BY, SORTED_DOWN)
"""Loops with a body and no condition."""
OF_CONDITION = (KEEP, KEEP_TEXT, KEEP_SUM, FIRST)
"""Loops with a condition whose body is the element."""
OF_TRUTH = (ANY, ALL, COUNT)
"""Loops whose body is a truth value."""
OF_BOTH = (MAP, MAP_TEXT, MAP_SUM)
"""Loops worth trying with a body and a condition."""
