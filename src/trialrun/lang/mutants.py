"""Mutants: copies of a Python program, each with one small mistake in it, as source texts.

The tree of the source says where a mistake may be put (`mutation_operators.py` says which); the text is changed there
and nowhere else, so that comments and layout around it stay as they were. A mutant compiles, and no two have the same
tree. The same source, limit and seed give the same mutants.

Not mutated: docstrings, annotations, decorators, `__all__` and `__slots__`, what runs only under `__name__ ==
"__main__"`, texts inside f-strings, and the messages of errors, which say nothing about what a program does.

Leaves out: mutants of several mistakes, whether a mutant behaves differently at all (`compare/mutants.py`).
"""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trialrun.core.errors import UsageError, nearest
from trialrun.core.program import Program
from trialrun.lang.edited_text import ATOMS, INTERPOLATIONS, Text, children, is_tight, stays
from trialrun.lang.mutation_operators import Change, changes
from trialrun.lang.scopes import Unparseable, guarded, parse
from trialrun.lang.signatures import Definition, definition_of
from trialrun.lang.statements import is_main
from trialrun.lang.subtle_operators import subtle_changes

_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A program with one mistake."""

    operator: str
    """Name of the mutation operator."""
    line: int
    """Line of the mistake, from 1."""
    description: str
    """`line 3: < -> <=`."""
    source: str
    """The whole text of the mutated program."""


def mutants(
    source: str,
    qualname: str | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    subtle: bool = False,
) -> list[Mutant]:
    """Return the mutants of a source, in its order; `qualname` (`f`, `Class.method`) keeps to one definition.

    `subtle` ones (`subtle_operators.py`) are many, and hard to tell from the program.

    Where there are more than `limit`, that many are drawn by `seed`. Raises `UsageError` for a source that does not
    compile and for a name that it does not define.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    tree = parse(source)
    if isinstance(tree, Unparseable):
        raise UsageError(f"the source cannot be mutated: {tree.reason}")
    within = None if qualname is None else definition_of(tree, qualname)
    if qualname is not None and within is None:
        defined = [node.name for node in tree.body if isinstance(node, Definition)]
        raise UsageError(f"the source defines no {qualname!r}{nearest(qualname, defined)}")
    sites = list(_sites(tree, within, subtle=subtle))
    order = list(range(len(sites)))
    if limit is not None and len(sites) > limit:
        random.Random(seed).shuffle(order)
    text = Text(source)
    made: list[tuple[int, Mutant]] = []
    seen = {(top, _shape(text.of(statement))) for top, statement in enumerate(tree.body)}
    for place in order:
        if limit is not None and len(made) >= limit:
            break
        site, statement = sites[place], tree.body[sites[place].top]
        new = _written(site)
        if new is None:
            continue
        mutated = text.edited(statement, site.change.node, _fitted(text, site, new))
        shape = _shape(mutated)
        if shape is not None and (site.top, shape) not in seen:
            seen.add((site.top, shape))
            made.append((place, _mutant(site, text, new, text.around(statement, mutated))))
    return [mutant for _, mutant in sorted(made, key=lambda pair: pair[0])]


def mutant_programs(program: Program, found: Sequence[Mutant]) -> list[Program]:
    """Return the programs that mutants of a program's main file are; their parent is the program."""
    (main, _), *others = program.files
    return [
        replace(
            program,
            files=((main, mutant.source), *others),
            maker=f"mutant/{mutant.operator}",
            parents=(program.id,),
        )
        for mutant in found
    ]


@dataclass(frozen=True, slots=True)
class _Site:
    """A change and where it is."""

    change: Change
    top: int
    """Place of the statement of the module that it is in."""
    brackets: bool
    """Whether what is written there needs brackets, unless it is an atom."""


def _sites(tree: ast.Module, within: Definition | None, *, subtle: bool) -> Iterator[_Site]:
    """Yield every change of a module, or of one definition in it, in the order of the source."""
    for top, statement in enumerate(tree.body):
        names = _names(within or statement) if subtle else None
        if within is None:
            if not is_main(statement):
                yield from _changes_in(statement, tree, top, names)
        elif any(node is within for node in ast.walk(statement)):
            for _, child in children(within):
                yield from _changes_in(child, within, top, names)


def _names(node: ast.AST) -> list[str]:
    """Return the arguments and variables of a node, in the order of the source."""
    found = dict.fromkeys(
        part.arg if isinstance(part, ast.arg) else part.id
        for part in ast.walk(node)
        if isinstance(part, ast.arg) or (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
    )
    return list(found)


def _changes_in(root: ast.AST, parent: ast.AST, top: int, names: list[str] | None) -> Iterator[_Site]:
    """Yield the changes of a node and of those below it. Without recursion: a sum of 1,000 terms is 1,000 deep."""
    waiting = [(root, parent, True)]
    while waiting:
        node, parent, texts = waiting.pop()
        if stays(node):
            continue
        if texts or not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            for change in _listed(node, names):
                holder = parent if change.node is node else node
                yield _Site(change, top, is_tight(holder, change.node))
        texts = texts and not isinstance(node, (ast.Raise, *INTERPOLATIONS))
        below = [
            (child, node, texts and not (isinstance(node, ast.Assert) and field == "msg"))
            for field, child in children(node)
        ]
        waiting += reversed(below)


def _listed(node: ast.AST, names: list[str] | None) -> list[Change]:
    try:
        return [*changes(node), *(subtle_changes(node, names) if names is not None else ())]
    except RecursionError:
        return []


def _written(site: _Site) -> str | None:
    """Return what a change writes, or None where that is nested too deeply to be written."""
    try:
        return ast.unparse(ast.fix_missing_locations(site.change.new))
    except RecursionError:
        return None


def _fitted(text: Text, site: _Site, new: str) -> str:
    brackets = site.brackets and not isinstance(site.change.new, ATOMS)
    return text.fitted(site.change.node, new, brackets=brackets)


def _shape(statement: str) -> str | None:
    """Return the dumped tree of a statement of the module, or None where it does not compile."""

    def read() -> str:
        tree = ast.parse(statement)
        compile(tree, "<mutant>", "exec", dont_inherit=True)
        return ast.dump(tree)

    shape = guarded(statement, read)
    return None if isinstance(shape, Unparseable) else shape


def _mutant(site: _Site, text: Text, new: str, source: str) -> Mutant:
    change = site.change
    what = change.what or f"{_short(text.of(change.node))} -> {_short(new)}"
    line = change.node.lineno
    return Mutant(operator=change.operator, line=line, description=f"line {line}: {what}", source=source)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
