"""Sketches: real Python whose open functions are holes; reading, filling and editing them.

A *hole* is a function of the top level that is a stub (a docstring, `...`, `pass`, `raise NotImplementedError`), or one
whose body begins with the comment `# trialrun: hole`, which is how a filled one is told from the sketch around it. The
docstring is the hole's text; its examples (`>>> f(3)` with a literal below) are cases of its own.

Filling replaces the characters of one body and no others: `skeleton`, all that lies outside the bodies, stays the same
byte for byte, and so does the `hash` of every other hole. Only edits that a user asks for change a skeleton.

Source: ANPL (2023), sections on the sketch and on editing. Leaves out: methods, nested functions and conditional
definitions as holes; stubs whose docstring stands on the line of the `def`.
"""

import ast
import doctest
import hashlib
import io
import textwrap
import tokenize
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import Case
from trialrun.lang.literal_calls import expression, read_arguments, read_literal
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function
from trialrun.lang.statements import bound, is_stub

MARK = "# trialrun: hole"
"""First line of the body of a filled hole."""
INDENT = "    "
_IMPORT = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One correct input of a hole and what it has to return."""

    args: tuple[Any, ...]
    expected: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A function that is to be filled, or was."""

    name: str
    text: str
    """Its docstring: what it should do."""
    head: str
    """Decorators, `def` line and docstring, as they stand."""
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    """Of the parameters and then of the result; empty texts where there are none."""
    is_open: bool
    """Whether it is still a stub."""
    begin: int
    """Offset of its first character, decorators included."""
    start: int
    """Offset at which its body begins, behind the head."""
    stop: int
    """Offset behind its body."""

    @property
    def stub(self) -> str:
        """Return the hole as a stub of its own."""
        return f"{self.head}\n{INDENT}...\n"

    @property
    def cases(self) -> tuple[Pair, ...]:
        """Return the examples of the docstring that are calls of the hole with literals."""
        found = []
        try:
            examples = doctest.DocTestParser().get_examples(self.text)
        except ValueError:
            return ()
        for example in examples:
            call, wanted = expression(example.source), read_literal(example.want)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == self.name and wanted is not None:
                read = read_arguments(call)
                if read is not None and not read.named:
                    found.append(Pair(args=tuple(read.positional), expected=wanted.value))
        return tuple(found)


@dataclass(frozen=True)
class Sketch:
    """A program's text with its holes, in the order of the text."""

    source: str
    holes: tuple[Hole, ...]
    also: frozenset[str] = frozenset()
    """Functions that count as holes although nothing in the text says so."""

    def hole(self, name: str) -> Hole:
        """Return a hole by its name. Raises `UsageError` where there is none."""
        found = next((hole for hole in self.holes if hole.name == name), None)
        if found is None:
            names = [hole.name for hole in self.holes]
            raise UsageError(
                f"no hole {name[:60]!r}{nearest(name[:60], names)}; there are {', '.join(names)}"
            )
        return found

    @property
    def open(self) -> tuple[Hole, ...]:
        """The holes that are not filled."""
        return tuple(hole for hole in self.holes if hole.is_open)

    @cached_property
    def skeleton(self) -> tuple[str, ...]:
        """The texts before, between and behind the bodies of the holes."""
        ends = [0, *(end for hole in self.holes for end in (hole.start, hole.stop)), len(self.source)]
        return tuple(self.source[ends[i] : ends[i + 1]] for i in range(0, len(ends), 2))

    def hash(self, name: str) -> str:
        """Return the content hash (16 hex digits) of a hole: head and body."""
        hole = self.hole(name)
        text = self.source[hole.begin : hole.stop]
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def body(self, name: str) -> str:
        """Return what fills a hole, without its mark and indentation; empty for an open one."""
        hole = self.hole(name)
        text = textwrap.dedent(self.source[hole.start : hole.stop]).strip("\n")
        return "" if hole.is_open else text.removeprefix(MARK).strip("\n")

    def filled(self, name: str, body: str) -> "Sketch":
        """Return the sketch with a hole filled by the statements of `body`, unindented.

        It is marked, unless it is in `also` and does not look like a stub without.
        Raises `UsageError` for a body that does not parse inside the hole, or that ends the function early.
        """
        text = body.strip("\n")
        if name in self.also:
            made = self._with_body(name, "\n" + textwrap.indent(text, INDENT))
            if not made.hole(name).is_open:
                return made
        return self._with_body(name, "\n" + textwrap.indent(f"{MARK}\n{text}", INDENT))

    def emptied(self, name: str) -> "Sketch":
        """Return the sketch with a hole open again."""
        return self._with_body(name, f"\n{INDENT}...")

    def _with_body(self, name: str, body: str) -> "Sketch":
        hole = self.hole(name)
        made = read_sketch(self.source[: hole.start] + body + self.source[hole.stop :], self.also)
        if made.skeleton != self.skeleton or [one.name for one in made.holes] != [
            one.name for one in self.holes
        ]:
            raise UsageError(f"that is no body of {name}")
        return made

    # -- what a user may ask for

    def with_text(self, name: str, text: str) -> "Sketch":
        """Return the sketch with another text for a hole, which is open then."""
        hole = self.hole(name)
        quoted = textwrap.indent(_docstring(text), INDENT)
        head = self.source[hole.begin : self._colon(hole)]
        made = f"{head}\n{quoted}\n{INDENT}..."
        return read_sketch(self.source[: hole.begin] + made + self.source[hole.stop :], self.also)

    def decomposed(self, name: str, source: str) -> "Sketch":
        """Return the sketch with a hole replaced by a sub-sketch that defines it, by new holes perhaps.

        Raises `UsageError` where the sub-sketch does not define the hole with its parameters, or redefines a name.
        """
        hole, inner = self.hole(name), _parsed(source)
        node = _definitions(inner).get(name)
        if node is None or _parameters(node) != hole.parameters:
            raise UsageError(f"a sub-sketch of {name} has to define {name}({', '.join(hole.parameters)})")
        taken = {one for statement in _parsed(self.source).body for one in bound(statement)} - {name}
        brought = {one for node in inner.body if not isinstance(node, _IMPORT) for one in bound(node)}
        clash = sorted(taken & brought)
        if clash:
            raise UsageError(f"a sub-sketch may not define {', '.join(clash)} again")
        made = self.source[: hole.begin] + source.strip("\n") + self.source[hole.stop :]
        return read_sketch(made, self.also - {name})

    def _colon(self, hole: Hole) -> int:
        return hole.begin + _header_end(self.source[hole.begin :])


def read_sketch(source: str, also: Collection[str] = ()) -> Sketch:
    """Return a sketch; functions named in `also` are holes in any case.

    Raises `UsageError` where the text does not parse, or a stub cannot be filled in place.
    """
    lines = _Lines(source)
    definitions = _definitions(_parsed(source))
    holes = []
    for node in definitions.values():
        begin = lines.offset(min([node.lineno, *(one.lineno for one in node.decorator_list)]), 0)
        documented = ast.get_docstring(node, clean=False) is not None
        first = node.body[0]
        if documented:
            start = lines.offset(first.end_lineno or 0, first.end_col_offset or 0)
        else:
            start = begin + _header_end(source[begin:])
        stop = lines.offset(node.end_lineno or 0, node.end_col_offset or 0)
        start = min(_behind_comment(source, start), stop) if "\n" in source[start:stop] else start
        is_open = is_stub(node) and MARK not in source[start:stop]
        is_marked = source[start:stop].lstrip().startswith(MARK)
        if not (is_open or is_marked or node.name in also):
            continue
        if documented and first.lineno == node.lineno:
            raise UsageError(f"{node.name}: a hole's docstring stands on a line of its own")
        holes.append(
            Hole(
                name=node.name,
                text=ast.get_docstring(node) or "",
                head=source[begin:start],
                parameters=_parameters(node),
                annotations=_annotations(node),
                is_open=is_open,
                begin=begin,
                start=start,
                stop=stop,
            )
        )
    return Sketch(source, tuple(sorted(holes, key=lambda hole: hole.begin)), frozenset(also))


def cases_of(pairs: tuple[Pair, ...]) -> tuple[tuple[Case, ...], tuple[Any, ...]]:
    """Return pairs as cases and expected results."""
    return tuple(Case(args=pair.args) for pair in pairs), tuple(pair.expected for pair in pairs)


class _Lines:
    """Offsets of a text's lines, as the parser counts them."""

    def __init__(self, source: str) -> None:
        if "\r" in source.replace("\r\n", "\n"):
            raise UsageError("a sketch whose lines end with carriage returns alone cannot be edited in place")
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """Return where a line (from 1) and a column in UTF-8 bytes is in the text."""
        before = self._lines[line - 1].encode("utf-8", "surrogatepass")[:column]
        return self._starts[line - 1] + len(before.decode("utf-8", "surrogatepass"))


def _parsed(source: str) -> ast.Module:
    tree = parse(source)
    if isinstance(tree, Unparseable):
        raise UsageError(f"the sketch does not parse: {tree.reason}")
    return tree


def _definitions(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions of the top level whose names nothing binds again."""
    times: dict[str, int] = {}
    for node in tree.body:
        for name in bound(node):
            times[name] = times.get(name, 0) + 1
    return {node.name: node for node in tree.body if isinstance(node, Function) and times[node.name] == 1}


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    given = node.args
    starred = [one for one in (given.vararg, given.kwarg) if one is not None]
    return tuple(one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *starred))


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    found = [one.annotation for one in given] + [node.returns]
    return tuple("" if one is None else ast.unparse(one) for one in found)


def _header_end(text: str) -> int:
    """Return the offset behind the colon of the `def` that a text begins with, decorators passed over."""
    depth, defined = 0, False
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        defined = defined or token.string == "def"
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and not depth and defined:
                return starts[token.end[0] - 1] + token.end[1]
    raise UsageError("a function without a colon")


def _behind_comment(source: str, place: int) -> int:
    """Return the place behind a comment on the rest of a line, where there is nothing else on it."""
    end = source.find("\n", place)
    end = len(source) if end < 0 else end
    rest = source[place:end].strip()
    return end if not rest or rest.startswith("#") else place


def _docstring(text: str) -> str:
    text = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""'
