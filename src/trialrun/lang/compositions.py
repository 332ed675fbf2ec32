"""Templates that compose a harder function out of one or two given ones, as text: its code and its statement.

A template says which bases it fits, by the kinds of their arguments and results, and writes a new function that calls
them: for each item, kept by result, folded, repeated until it settles, put in order, grouped, piped into a second
function. Code and statement come from the same row, so that they agree. A base that changes its arguments is called on
copies, and the statement says so.

Leaves out: choosing inputs, running, whether the result depends on the base (`verify/dependence.py`).
Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro" (arXiv:2412.21199), which has a model write them.
"""

import enum
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

SCALARS = frozenset(("bool", "int", "str"))
"""Kinds of values that are equal exactly where they look equal, and may be keys."""
NUMBERS = frozenset(("int", "float"))
ORDERED = frozenset(("int", "float", "str"))
ROUNDS = 20
"""Rounds after which a repeated function is left."""


class Takes(enum.Enum):
    """What the composed function is called with."""

    ITEMS = enum.auto()
    """One list; each item is the argument, or the tuple of arguments, of one call of the base."""
    VALUES = enum.auto()
    """One list of values, of which two are given to the base at a time."""
    CALL = enum.auto()
    """The arguments of one call of the base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A base function as a template sees it."""

    name: str
    arguments: tuple[str, ...]
    """Kind of each argument: `int`, `list`, …; `other` where calls differ."""
    result: str
    """Kind of the result."""
    mutates: bool = False
    """Whether it changes an argument."""

    @property
    def unary(self) -> bool:
        """Whether it takes one argument."""
        return len(self.arguments) == 1

    def of(self, *arguments: str) -> str:
        """Return the text of a call with these arguments, each an expression; a starred one is a tuple of them."""
        if not self.mutates:
            return f"{self.name}({', '.join(arguments)})"
        copied = (
            f"*deepcopy({text[1:]})" if text.startswith("*") else f"deepcopy({text})" for text in arguments
        )
        return f"{self.name}({', '.join(copied)})"

    def of_item(self, item: str) -> str:
        """Return the text of the call that one item of a list stands for."""
        return self.of(item if self.unary else f"*{item}")


@dataclass(frozen=True, slots=True)
class Template:
    """One way to compose."""

    name: str
    takes: Takes
    fits: Callable[[Part, Part], bool]
    """Whether it fits a base and a second one; most look at the first alone."""
    says: str
    """The statement, of the names `f` and `g` and the parameters `p`."""
    body: Callable[[Part, Part], str]
    """The code."""
    two: bool = False
    """Whether it uses a second base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A function that was composed."""

    template: Template
    name: str
    stub: str
    """Signature and statement, as the task shows them."""
    source: str
    """The whole function."""


def compose(template: Template, first: Part, second: Part | None = None) -> Composition:
    """Write the function that a template makes of its parts."""
    other = second or first
    name = "_".join(["", template.name, first.name, *([other.name] if template.two else [])]).lstrip("_")
    parameters = _parameters(template, first)
    stub = f"def {name}({parameters}):\n{textwrap.indent(_docstring(template, first, other), '    ')}\n"
    body = template.body(first, other)
    if first.mutates or (template.two and other.mutates):
        body = "from copy import deepcopy\n\n" + body
    return Composition(
        template=template,
        name=name,
        stub=stub,
        source=stub + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n",
    )


def _parameters(template: Template, first: Part) -> str:
    if template.takes is Takes.ITEMS:
        return "items"
    if template.takes is Takes.VALUES:
        return "values"
    return ", ".join(_arguments(first))


def _arguments(part: Part) -> list[str]:
    return ["x"] if part.unary else [f"x{number}" for number in range(1, len(part.arguments) + 1)]


def _docstring(template: Template, first: Part, other: Part) -> str:
    said = template.says.format(f=f"`{first.name}`", g=f"`{other.name}`", rounds=ROUNDS)
    lines = textwrap.wrap(said, 96, break_long_words=False, break_on_hyphens=False)
    more = []
    if template.takes is Takes.ITEMS:
        more.append(
            f"Each item is the argument of one call of `{first.name}`."
            if first.unary
            else f"Each item is the tuple of the arguments of one call of `{first.name}`."
        )
    if first.mutates:
        more.append(f"`{first.name}` changes what it is given: give it copies.")
    if template.two and other.mutates and other.name != first.name:
        more.append(f"`{other.name}` changes what it is given: give it copies.")
    return "\n".join(['"""' + lines[0], *lines[1:], *(["", *more] if more else []), '"""'])


# -- what fits


def _any(first: Part, _: Part) -> bool:
    return first.result != "none"


def _result_in(kinds: frozenset[str]) -> Callable[[Part, Part], bool]:
    return lambda first, _: first.result in kinds


def _closed(first: Part, _: Part) -> bool:
    """Whether a result may be given to the function again, in place of its one argument."""
    return first.unary and first.arguments[0] == first.result and first.result not in ("other", "none")


def _folds(first: Part, _: Part) -> bool:
    """Whether it takes two values of one kind and gives a third."""
    return first.arguments == (first.result, first.result) and first.result not in ("other", "none")


def _pairs(first: Part, _: Part) -> bool:
    """Whether it takes two values of one kind."""
    kinds = first.arguments
    return len(kinds) == 2 and kinds[0] == kinds[1] and kinds[0] != "other"


def _tables(first: Part, _: Part) -> bool:
    return first.unary and first.arguments[0] in SCALARS


def _pipes(first: Part, second: Part) -> bool:
    """Whether what the first gives is what the second takes."""
    takes = second.arguments[0] if second.unary else ""
    return first.name != second.name and first.result == takes and takes not in ("other", "none", "bool")


# -- the rows


def _row(name: str, takes: Takes, fits: Callable[[Part, Part], bool], says: str, code: str) -> Template:
    """Return a template whose code has `@` for the call on `item`, and `@(a, b)` for any other call of the base."""

    def body(first: Part, _: Part) -> str:
        lines = []
        for line in code.strip("\n").split("\n"):
            before, at, after = line.partition("@(")
            if at:
                inside, _closing, rest = after.partition(")")
                line = before + first.of(*(part.strip() for part in inside.split(","))) + rest
            lines.append(line.replace("@", first.of_item("item")))
        return "\n".join(lines)

    return Template(name, takes, fits, says, body)


def _piped(first: Part, second: Part) -> str:
    return f"return {second.of(first.of(*_arguments(first)))}"


def _piped_each(first: Part, second: Part) -> str:
    return f"return [{second.of(first.of_item('item'))} for item in items]"


TEMPLATES: tuple[Template, ...] = (
    _row(
        "each",
        Takes.ITEMS,
        _any,
        "Return the list of what {f} gives for each of `items`, in their order.",
        "return [@ for item in items]",
    ),
    _row(
        "kept",
        Takes.ITEMS,
        _result_in(frozenset(("bool",))),
        "Return the list of those of `items` for which {f} gives True, in their order.",
        "return [item for item in items if @]",
    ),
    _row(
        "folded",
        Takes.VALUES,
        _folds,
        "Begin with the first of `values` and give the value so far and the next one to {f}, again and again; return "
        "the list of the value so far after each step, the first value included. For no values return [].",
        """
results = []
for value in values:
    results.append(@(results[-1], value) if results else value)
return results
""",
    ),
    _row(
        "settled",
        Takes.CALL,
        _closed,
        "Give x to {f}, what it gives to {f} again, and so on, until it gives what it was given or {rounds} rounds are "
        "over. Return the list of the last value and the number of rounds.",
        f"""
rounds = 0
while rounds < {ROUNDS}:
    rounds += 1
    after = @(x)
    if after == x:
        break
    x = after
return [x, rounds]
""",
    ),
    _row(
        "best",
        Takes.ITEMS,
        _result_in(ORDERED),
        "Return the list of the item for which {f} gives the greatest result, the first of several, and that result. "
        "For no items return [].",
        """
found = []
for item in items:
    result = @
    if not found or result > found[1]:
        found = [item, result]
return found
""",
    ),
    _row(
        "grouped",
        Takes.ITEMS,
        _result_in(SCALARS),
        "Group `items` by what {f} gives for them: return a dict from each result to the list of its items, in their "
        "order.",
        """
groups = {}
for item in items:
    groups.setdefault(@, []).append(item)
return groups
""",
    ),
    _row(
        "ranked",
        Takes.ITEMS,
        _result_in(ORDERED),
        "Return the list of pairs [result, item] of all `items`, where result is what {f} gives, by growing results; "
        "items with one result keep their order.",
        """
pairs = [[@, item] for item in items]
return sorted(pairs, key=lambda pair: pair[0])
""",
    ),
    _row(
        "summed",
        Takes.ITEMS,
        _result_in(NUMBERS),
        "Return the list of running sums of what {f} gives for `items`, in their order.",
        """
sums = []
for item in items:
    sums.append(@ + (sums[-1] if sums else 0))
return sums
""",
    ),
    _row(
        "runs",
        Takes.ITEMS,
        _any,
        "Go through `items` in their order and join neighbours for which {f} gives equal results: return the list of "
        "pairs [result, how many items in a row].",
        """
runs = []
for item in items:
    result = @
    if runs and runs[-1][0] == result:
        runs[-1][1] += 1
    else:
        runs.append([result, 1])
return runs
""",
    ),
    _row(
        "table",
        Takes.ITEMS,
        _tables,
        "Return a dict from each different item of `items` to what {f} gives for it.",
        """
table = {}
for item in items:
    if item not in table:
        table[item] = @
return table
""",
    ),
    _row(
        "neighbours",
        Takes.VALUES,
        _pairs,
        "Return the list of what {f} gives for each two neighbours of `values`, the earlier one first.",
        "return [@(one, two) for one, two in zip(values, values[1:])]",
    ),
    Template("piped", Takes.CALL, _pipes, "Return what {g} gives for the result of {f}.", _piped, two=True),
    Template(
        "piped_each",
        Takes.ITEMS,
        _pipes,
        "Return the list of what {g} gives for the results of {f} for each of `items`, in their order.",
        _piped_each,
        two=True,
    ),
)
"""All templates, the plainest first."""
TAKEN = frozenset({"after", "deepcopy", "found", "groups", "item", "items", "one", "pair", "pairs", "result"})
TAKEN |= {"results", "rounds", "runs", "sums", "table", "two", "value", "values", "x", "zip"}
"""Names that a base may not have: the templates use them."""
