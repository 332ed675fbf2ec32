"""Code objects of one text: all of them, and which line an instruction belongs to.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: what the instructions do.
"""

from __future__ import annotations

import types
from typing import Any


def nested(code: Any) -> Any:
    """Yield a code object and those inside it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            for inner in nested(one):
                yield inner


def qualified(code: Any) -> str:
    """Return the qualified name; before Python 3.11 the plain one."""
    return str(getattr(code, "co_qualname", code.co_name))


def line_at(code: Any, offset: int) -> int:
    """Return the line of an instruction, 0 for none. Python 3.10 and newer."""
    for start, end, line in code.co_lines():
        if start <= offset < end:
            return line or 0
    return 0
