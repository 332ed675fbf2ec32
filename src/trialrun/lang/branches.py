"""How many branches a program has, and where: two for each conditional jump of its byte code, as the child counts them.

Counts and places are those of the interpreter that runs trialrun; jobs of another version have other code, and none.

Leaves out: which branches can be taken at all.
"""

import dis
import types
from collections.abc import Iterator

from trialrun.lang.scopes import Unparseable, guarded

_NAMES = ("POP_JUMP_IF", "POP_JUMP_FORWARD_IF", "POP_JUMP_BACKWARD_IF", "FOR_ITER")


def branch_points(source: str, qualname: str | None = None) -> int:
    """Return the number of places that branch in a function (with those inside it), or in a whole file.

    >>> branch_points("def f(x):\\n    if x: return 1\\n\\ndef g(): pass", "f")
    1
    >>> branch_points("def f(:")
    0
    """
    code = guarded(source, lambda: compile(source, "solution.py", "exec", dont_inherit=True))
    if isinstance(code, Unparseable):
        return 0
    inside = f"{qualname}."
    return sum(
        instruction.opname.startswith(_NAMES)
        for part in _codes(code)
        if qualname is None or part.co_qualname == qualname or part.co_qualname.startswith(inside)
        for instruction in dis.get_instructions(part)
    )


def branch_lines(source: str) -> dict[tuple[str, int, int], int]:
    """Return the line of each place that branches, by (qualified name, its first line, offset) as the child tells it.

    >>> list(branch_lines("def f(x):\\n    if x: return 1\\n").values())
    [2]
    """
    code = guarded(source, lambda: compile(source, "solution.py", "exec", dont_inherit=True))
    if isinstance(code, Unparseable):
        return {}
    return {
        (part.co_qualname, part.co_firstlineno, instruction.offset): instruction.positions.lineno
        for part in _codes(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname.startswith(_NAMES)
        and instruction.positions is not None
        and instruction.positions.lineno is not None
    }


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)
