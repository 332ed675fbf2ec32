"""Programs from terms: one function, its conditions at the top as `if` statements, imports and helpers above it.

Leaves out: formatting beyond that (long lines stay long).
"""

import keyword
from collections.abc import Sequence

from trialrun.generate.enumerative.operators import BRANCH, HELPERS
from trialrun.generate.enumerative.terms import Term, fresh, needed, write

_NAMES = {
    "i": "n",
    "f": "x",
    "s": "text",
    "b": "flag",
    "d": "table",
    "z": "items",
    "t": "items",
    "M": "rows",
    "S": "words",
}


def parameters(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return names for parameters of these kinds.

    >>> parameters("iiIs")
    ('n', 'n2', 'numbers', 'text')
    """
    names: list[str] = []
    for kind in kinds:
        names.append(fresh(_NAMES.get(kind, "numbers" if kind in "IF" else "items"), names))
    return tuple(names)


def program_text(term: Term, entry: str, names: Sequence[str]) -> str:
    """Return the source of a function that returns a term's value. Its name must be one that Python takes."""
    if not entry.isidentifier() or keyword.iskeyword(entry):
        raise ValueError(f"{entry!r} is no name of a function")
    wanted = needed(term)
    imports = [need for need in wanted if need not in HELPERS]
    helpers = [HELPERS[need] for need in wanted if need in HELPERS]
    body = "\n".join(f"    {line}" for line in _statements(term, names))
    parts = ["\n".join(imports), *helpers, f"def {entry}({', '.join(names)}):\n{body}\n"]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


def _statements(term: Term, names: Sequence[str]) -> list[str]:
    lines = []
    while term.op is BRANCH:
        condition, then, term = term.args
        lines.append(f"if {write(condition, names)}:")
        lines += [f"    {line}" for line in _statements(then, names)]
    return [*lines, f"return {write(term, names)}"]
