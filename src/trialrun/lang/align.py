"""How the callers of a function as it was would call it as it is: parameters matched by name, then by place.

Parameters that come or go in the middle of a list move all that follow; whoever gives those by name does not notice, so
comparing by place alone would find a difference at every such function. Up to the first parameter that is not the same,
values are given by place; from there on by name. A parameter that only changed its name keeps its place.

Leaves out: what a default or an annotation means.
"""

from collections.abc import Sequence
from dataclasses import replace

from trialrun.lang.signatures import Parameter, Signature


def called_as(old: Signature, new: Signature) -> Signature | None:
    """Return the new function's signature with the old one's places; None where old calls do not fit any more.

    >>> from trialrun.lang.signatures import Parameter as P
    >>> old = Signature(name="f", parameters=(P(name="a"), P(name="b")))
    >>> new = Signature(name="f", parameters=(P(name="a"), P(name="c", default="1"), P(name="b")))
    >>> [(one.name, one.keyword_only) for one in called_as(old, new).parameters]
    [('a', False), ('b', True)]
    """
    if old.binding is not new.binding and "." in old.name and "." in new.name:
        return None
    parameters = _placed(old.parameters, new.parameters)
    constructor = _placed(old.constructor, new.constructor)
    if parameters is None or constructor is None:
        return None
    return replace(new, parameters=parameters, constructor=constructor)


def _placed(old: Sequence[Parameter], new: Sequence[Parameter]) -> tuple[Parameter, ...] | None:
    names = {one.name: one for one in new}
    known = {one.name for one in old}
    placed: list[Parameter] = []
    by_place = True
    for place, one in enumerate(old):
        there = new[place] if place < len(new) else None
        found = names.get(one.name)
        if found is None and there is not None and there.name not in known:
            found = there  # it has another name now
        if found is None or found.variadic != one.variadic:
            return None
        by_place = by_place and there is found and found.keyword_only == one.keyword_only
        placed.append(found if by_place or found.variadic else replace(found, keyword_only=True))
    given = {one.name for one in placed}
    if any(one.default is None and not one.variadic and one.name not in given for one in new):
        return None
    return tuple(placed)


def is_private(qualname: str) -> bool:
    """Say whether a name, or a class around it, is marked as internal; `__init__` and its like are not.

    >>> [is_private(name) for name in ("f", "_f", "_C.f", "C.__init__")]
    [False, True, True, False]
    """
    return any(part.startswith("_") and not part.endswith("__") for part in qualname.split("."))
