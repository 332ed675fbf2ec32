"""Search for an expression that fills a hole: compositions of the functions that its sketch defines, smallest first.

`searching` makes a program of a sketch: it enumerates expressions over the hole's parameters, constants and the
sketch's own functions (its *components*: those that reach no hole), from the bottom up by weight: a function weighs 2,
a constant 1, a parameter nothing. Expressions that give the same values on all inputs of the hole count once. An
expression is found where it gives the hole's known results, or, where only cases of the whole are known, where the
whole program then passes them. The search runs where the program runs: in the sandbox, on cases that a method may see.

Annotations direct it: an argument's type has to be the parameter's, letter by letter; without one, anything goes. A
name that the sketch binds to a `Literal[...]` has those constants, `int` has −1 to 3, `bool` both.

Values are kept as `marshal` bytes, so what a component changes in place is a copy. Leaves out: functions as arguments,
operators, values that `marshal` does not take, whether a found expression is right (the caller's checks say so).
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.core.execution import Execution, Outcome
from trialrun.core.plain_values import read_plain
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.functions import read_functions
from trialrun.lang.scopes import Unparseable
from trialrun.lang.signatures import read_signature
from trialrun.lang.sketch import Pair, Sketch

ENTRY = "__trialrun_search__"
_DEFAULTS = {"int": (0, 1, 2, 3, -1), "bool": (False, True)}
UNLIMITED = 1 << 62
_LONGEST = 4000
"""Characters of an expression that are read."""
_SEARCHER = """

class __trialrun_Searcher__:
    calls = most_calls = 0

    class Spent(BaseException):
        pass

    def __init__(self, hole, parameters, result, components, constants, entry):
        self.hole, self.parameters, self.result = hole, parameters, result
        for name, _, _ in components:
            if not hasattr(globals()[name], "__trialrun_counts__"):
                globals()[name] = self.counted(globals()[name])
        self.components = [(name, globals()[name], wanted, made) for name, wanted, made in components]
        self.constants, self.entry = constants, entry

    def counted(self, function):
        def call(*args):
            count.calls += 1
            if count.calls > count.most_calls:
                raise count.Spent()
            return function(*args)

        count = __trialrun_Searcher__
        call.__trialrun_counts__ = True
        return call

    def search(self, inputs, outputs, whole, most, most_calls):
        count = __trialrun_Searcher__
        count.calls, count.most_calls = 0, most_calls
        try:
            found = self.found(inputs, outputs, whole, most)
        except count.Spent:
            found = None
        return (found, self.terms, self.runs, min(count.calls, most_calls))

    def found(self, inputs, outputs, whole, most):
        import marshal
        self.dumps, self.loads, self.inputs, self.most = marshal.dumps, marshal.loads, inputs, most
        self.goal = None if outputs is None else marshal.dumps(outputs, 2)
        self.whole, self.seen, self.terms, self.runs = whole, set(), 0, 0
        self.levels = [{}]
        found = self.leaves()
        weight = 2
        while found is None and self.terms < most and weight < 40:
            self.levels.append({})
            found = self.level(weight)
            weight += 1
        return found

    def leaves(self):
        for place, (name, kind) in enumerate(self.parameters):
            found = self.add(name, kind, [args[place] for args in self.inputs], 0)
            if found is not None:
                return found
        self.levels.append({})
        for kind, values in self.constants:
            for value in values:
                found = self.add(repr(value), kind, [value] * len(self.inputs), 1)
                if found is not None:
                    return found
        return None

    def add(self, text, kind, values, weight):
        try:
            blob = self.dumps(values, 2)
        except ValueError:
            return None
        if (kind, blob) in self.seen:
            return None
        self.seen.add((kind, blob))
        self.levels[weight].setdefault(kind, []).append((text, blob))
        if self.result and kind and kind != self.result:
            return None
        if self.goal is not None:
            return text if blob == self.goal else None
        return text if self.passes(text) else None

    def passes(self, text):
        self.runs += 1
        names = ", ".join(name for name, _ in self.parameters)
        before = globals()[self.hole]
        globals()[self.hole] = eval("lambda " + names + ": " + text, globals())
        try:
            return all(globals()[self.entry](*args) == wanted for args, wanted in self.loads(self.dumps(self.whole, 2)))
        except Exception:
            return False
        finally:
            globals()[self.hole] = before

    def of(self, kind, weight):
        level = self.levels[weight] if weight < len(self.levels) else {}
        if not kind:
            return [one for own in level.values() for one in own]
        return level.get(kind, []) + level.get("", []) * (kind != "")

    def level(self, weight):
        for name, function, wanted, made in self.components:
            for chosen in self.arguments(wanted, weight - 2):
                self.terms += 1
                if self.terms > self.most:
                    return None
                try:
                    columns = [self.loads(blob) for _, blob in chosen]
                    values = [function(*row) for row in zip(*columns)] if columns else []
                except Exception:
                    continue
                if len(values) == len(self.inputs):
                    text = name + "(" + ", ".join(one for one, _ in chosen) + ")"
                    found = self.add(text, made, values, weight)
                    if found is not None:
                        return found
        return None

    def arguments(self, wanted, weight):
        if not wanted:
            if weight == 0:
                yield ()
            return
        for first in range(weight + 1):
            if len(wanted) == 1 and first != weight:
                continue
            for one in self.of(wanted[0], first):
                for rest in self.arguments(wanted[1:], weight - first):
                    yield (one, *rest)


def %s(inputs, outputs, whole, most, most_calls):
    searcher = __trialrun_Searcher__(%r, %r, %r, %r, %r, %r)
    return searcher.search(inputs, outputs, whole, most, most_calls)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    expression: str | None
    """None where there was none within the budget."""
    terms: int
    """Expressions that were tried."""
    runs: int
    """Runs of the whole program that this took, on all its cases each."""
    calls: int = 0
    """Calls of components, those of the whole program's runs among them."""


def searching(sketch: Sketch, name: str, entry: str | None, components: Sequence[str] = ()) -> Program:
    """Return the program that searches for a filling of one hole; `case_for` makes its input.

    `components` are names of functions to compose, by default all of the sketch that reach no open hole and not the
    entry point. Raises `UsageError` where there is no such hole.
    """
    hole = sketch.hole(name)
    kinds = dict(zip(hole.parameters, hole.annotations, strict=False))
    tree = ast.parse(sketch.source)
    used = []
    for one in components or _components(sketch, name, entry):
        signature = read_signature(tree, one)
        if signature is not None and not any(p.variadic or p.keyword_only for p in signature.parameters):
            needed = [p.annotation for p in signature.parameters if p.default is None]
            used.append((one, needed, signature.returns))
    wanted = {kind for _, needed, _ in used for kind in needed}
    constants = [
        (kind, values) for kind, values in {**_DEFAULTS, **_literals(tree)}.items() if kind in wanted
    ]
    settings = (
        name,
        list(kinds.items()),
        hole.annotations[-1],
        used,
        constants,
        entry or "",
    )
    source = sketch.source + _SEARCHER % (ENTRY, *settings)
    return Program.from_source(source, entry=ENTRY)


def case_for(
    inputs: Sequence[tuple[object, ...]],
    pairs: Sequence[Pair] | None,
    whole: Sequence[Pair],
    most: int,
    most_calls: int = UNLIMITED,
) -> Case:
    """Return the input of a search: of a hole's known `pairs`, or of its `inputs` and pairs of the `whole`.

    `most` bounds the expressions that are tried, `most_calls` the calls of components.
    """
    if pairs is not None:
        given, results = [list(one.args) for one in pairs], [one.expected for one in pairs]
        return Case(args=(given, results, [], most, most_calls))
    cases = [(list(one.args), one.expected) for one in whole]
    return Case(args=([list(one) for one in inputs], None, cases, most, most_calls))


def read_found(execution: Execution) -> Found:
    """Return what a search gave back; a forged answer is at worst a filling that fails its checks."""
    nothing = Found(None, 0, 0)
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return nothing
    try:
        ((text, terms, runs, calls),) = read_plain(execution.value, limit=1 << 16)
        expression = ast.unparse(ast.parse(text[:_LONGEST], mode="eval")) if text is not None else None
        if {type(terms), type(runs), type(calls)} != {int}:
            return nothing
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return nothing
    return Found(expression, terms, runs, calls)


def _components(sketch: Sketch, name: str, entry: str | None) -> list[str]:
    """Return the functions from which neither an open hole, the hole itself nor the entry point can be reached."""
    file = read_functions(sketch.source)
    if isinstance(file, Unparseable):
        return []
    barred = {name, entry or "", *(hole.name for hole in sketch.open)}
    grown = True
    while grown:
        more = {one for one, defined in file.functions.items() if defined.uses & barred} - barred
        barred |= more
        grown = bool(more)
    return [one for one, defined in file.functions.items() if one not in barred and not defined.owner]


def _literals(tree: ast.Module) -> dict[str, tuple[object, ...]]:
    """Return the constants of the names that are bound to a `Literal[...]`."""
    found: dict[str, tuple[object, ...]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Subscript(value=ast.Name(id="Literal"), slice=values),
            ):
                try:
                    read = ast.literal_eval(values)
                except (ValueError, TypeError):
                    continue
                found[name] = read if isinstance(read, tuple) else (read,)
    return found
