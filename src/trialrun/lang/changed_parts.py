"""Which parts of what a call did are not the same: its result, attributes of its object, arguments, what it printed.

Two executions of one call, as lowered trees. For each part that differs it is also known whether Python's `==` would
tell the two apart.

Leaves out: exceptions, files, and how a part is put into words (`emit_test.py`).
"""

from dataclasses import dataclass
from typing import Any

from trialrun.core import values as v
from trialrun.core.compare_values import STRICT, Comparator, equal
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.lang.literals import Unsayable

_PYTHON = Comparator(name="python")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what a call did that is not the same."""

    part: str
    """`result`, `attribute`, `argument` or `stdout`."""
    name: Any
    """Attribute's name or argument's place."""
    root: Any
    """The lowered tree that the value belongs to."""
    low: Any
    """The old value."""
    plain: bool
    """Whether `==` tells old from new."""
    new: Any = None
    """The new value."""


def changed_parts(old: Execution, new: Execution, *, made: bool) -> list[Part]:
    """Return what differs between two calls that returned; nothing where the new one did not.

    `made`: the value is a pair of result and attributes, as a method's driver gives it. Raises `Unsayable` where
    nothing of what differs can be shown.
    """
    if new.outcome is not Outcome.RETURNED:
        return []
    found: list[Part] = []
    if not _equal(old.value, new.value):
        found += _value_parts(_tree(old.value), _tree(new.value), made)
    if old.arguments is not None and new.arguments is not None:
        found += _argument_parts(_tree(old.arguments), _tree(new.arguments))
    if old.stdout != new.stdout:
        found.append(Part("stdout", None, None, old.stdout, True))
    if not found:
        raise Unsayable("a difference that no assertion shows: sharing between objects, or a file")
    return found


def _value_parts(old: Any, new: Any, made: bool) -> list[Part]:
    if not made:
        return [Part("result", None, old, old, _told_by_equality(old, new), new)]
    one, other = _pair(old), _pair(new)
    if one is None or other is None:
        raise Unsayable("an answer that the driver does not give")
    found = []
    if not _same(one[0], other[0]):
        found.append(Part("result", None, old, one[0], _told_by_equality(one[0], other[0]), other[0]))
    before, after = _entries(one[1]), _entries(other[1])
    for name, low in before.items():
        if name not in after or not _same(low, after[name]):
            plain = name not in after or _told_by_equality(low, after[name])
            found.append(Part("attribute", name, old, low, plain, after.get(name)))
    return found


def _argument_parts(old: Any, new: Any) -> list[Part]:
    """Compare the arguments after the call: the first root of what is sent after it."""
    before, after = v.roots_of(old)[0], v.roots_of(new)[0]
    if type(before) is not tuple or type(after) is not tuple or len(before) != len(after):
        raise Unsayable("arguments that the driver does not give")
    return [
        Part("argument", place, old, low, _told_by_equality(low, other), other)
        for place, (low, other) in enumerate(zip(before[1:], after[1:], strict=True))
        if not _same(low, other)
    ]


def _told_by_equality(old: Any, new: Any) -> bool:
    """Say whether Python's `==` finds two values different; False also where that cannot be known."""
    if not (_is_closed(old) and _is_closed(new)):
        return False
    if isinstance(old, bool) or old is None:
        return True  # asserted by `is`
    return _compared(old, new, _PYTHON) is False


def _same(old: Any, new: Any) -> bool:
    if _key(old) == _key(new):
        return True
    return _is_closed(old) and _is_closed(new) and _compared(old, new, STRICT) is True


def _key(low: Any) -> bytes:
    return v._dumps(low, 2)


def _compared(old: Any, new: Any, comparator: Comparator) -> bool | None:
    try:
        return equal(_key(new), _key(old), comparator)
    except v.Malformed:
        return None


def _is_closed(low: Any) -> bool:
    """Say whether a part of a tree refers to nothing outside it, so that it is a value by itself."""
    waiting = [low]
    while waiting:
        one = waiting.pop()
        if type(one) is tuple:
            if one[0] == v.REF:
                return False
            waiting += one[1:]
    return True


def _equal(old: bytes | None, new: bytes | None) -> bool:
    if old is None or new is None:
        return old == new
    try:
        return equal(new, old, STRICT) is True
    except v.Malformed:
        return False


def _tree(data: bytes | None) -> Any:
    if data is None:
        raise Unsayable("a result that was not kept")
    try:
        return parse(data)
    except v.Malformed as error:
        raise Unsayable(f"a malformed value: {error}") from None


def _pair(low: Any) -> tuple[Any, Any] | None:
    return (low[1], low[2]) if type(low) is tuple and low[0] == v.TUPLE and len(low) == 3 else None


def _entries(low: Any) -> dict[str, Any]:
    """Return the attributes that a driver told, by name; text hashes without collisions of the sender's choice."""
    if type(low) is not tuple or low[0] != v.DICT:
        return {}
    return {key: value for key, value in zip(low[1::2], low[2::2], strict=True) if isinstance(key, str)}
