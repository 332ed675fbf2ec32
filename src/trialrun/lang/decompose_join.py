"""The way back from a decomposed program: what was changed in its nodes, written into the original text.

A part is the exact image of a region: where its `return`s still have the form that the cut gave them, they become
`return`, `break`, `continue` or the region's end again, and calls of inner parts become their regions. Only the lines
of the outermost regions that changed are written anew; all other text stays byte for byte. What cannot be undone one to
one (another form of `return`, a new variable that the function around it has, too) is refused: the decomposed program
is a valid answer then.

Leaves out: comments inside a region that changed.
"""

import ast
import textwrap
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from trialrun.lang.decompose_exits import Exits, given
from trialrun.lang.decomposition import Decomposition, Node, functions_of, lines_of
from trialrun.lang.scopes import Unparseable, guarded
from trialrun.lang.statement_names import Function, bound_by, free_names, mentioned, names_of


class _NotOneToOne(Exception):
    """A part is no image of a region any more."""


def joined(made: Decomposition) -> str | None:
    """Return the original text with the changes of the nodes in it; None where that is impossible one to one.

    >>> from trialrun.lang.decompose import decompose
    >>> text = "def f(xs):\\n    s = 0  # sum\\n    for x in xs:\\n        x *= 2\\n        s -= x\\n    return s\\n"
    >>> made = decompose(text)
    >>> name = made.nodes[0].name
    >>> print(joined(made.replaced(name, made.text(name).replace("-=", "+="))))
    def f(xs):
        s = 0  # sum
        for x in xs:
            x *= 2
            s += x
        return s
    <BLANKLINE>
    """
    changed = set(made.changed)
    if not changed:
        return made.original if made.source == made.base else None
    joining = _Joining(made)
    lines = made.original.split("\n")
    try:
        spans: list[tuple[int, int, list[str]]] = []
        for origin in dict.fromkeys(node.origin for node in made.nodes):
            own = [node for node in made.nodes if node.origin == origin and node.name in changed]
            if own:
                spans += joining.spans(origin, own)
    except (_NotOneToOne, RecursionError):
        return None
    for first, last, new in sorted(spans, key=lambda span: span[0], reverse=True):
        lines[first:last] = new
    text = "\n".join(lines)
    found = guarded(text, lambda: compile(text, "<joined>", "exec", dont_inherit=True))
    return None if isinstance(found, Unparseable) else text


class _Joining:
    """Writes changed nodes of one decomposition back."""

    def __init__(self, made: Decomposition) -> None:
        self.made = made
        self.nodes = {node.name: node for node in made.nodes}
        self.original, self.base, self.now = map(functions_of, (made.original, made.base, made.source))

    def spans(self, origin: str, changed: Sequence[Node]) -> list[tuple[int, int, list[str]]]:
        """Return (first, behind last, new lines) of what has to be written anew in one function."""
        function = self.original[origin]
        names = {node.name for node in changed}
        if origin not in names:
            within = [self._region(node, function) for node in changed if not self._is_inside(node, names)]
            found = [one for one in within if one is not None]
            if len(found) == len(within):
                return found
        start, stop = lines_of(function)
        if not any(node.is_part and node.origin == origin for node in self.made.nodes):
            return [(start, stop, self.made.text(origin).rstrip("\n").split("\n"))]
        before = ast.parse(ast.unparse(self.base[origin])).body[0]
        assert isinstance(before, Function)
        before.body = self._expanded(before.body, self.nodes[origin], self.base, self.now)
        if ast.dump(before) != ast.dump(ast.parse(ast.unparse(function)).body[0]):
            raise _NotOneToOne
        made = self.now[origin]
        made.body = self._expanded(made.body, self.nodes[origin], self.now, self.now)
        self._fits(self.base[origin].body, made.body, function, ())
        return [(start, stop, ast.unparse(made).split("\n"))]

    def _is_inside(self, node: Node, names: set[str]) -> bool:
        """Say whether a part lies in another one of these."""
        around = [one for one in self.made.nodes if node.name in one.calls and one.origin == node.origin]
        return any(one.name in names or self._is_inside(one, names) for one in around if one is not node)

    def _region(self, node: Node, function: Function) -> tuple[int, int, list[str]] | None:
        """Return the new lines of a region; None where it does not stand on lines of its own."""
        before = self._restored(node, self.base, function)
        after = self._restored(node, self.now, function)
        self._fits(before, after, function, node.parameters)
        wanted = list(map(ast.dump, before))
        lines = self.made.original.split("\n")
        for owner in ast.walk(function):
            for _, body in ast.iter_fields(owner):
                if not _are_statements(body):
                    continue
                for start in range(len(body) - len(wanted) + 1):
                    own = body[start : start + len(wanted)]
                    if list(map(ast.dump, own)) != wanted:
                        continue
                    first, last = own[0].lineno, int(own[-1].end_lineno or 0)
                    if (first, last) != node.lines:
                        continue
                    head = lines[first - 1].encode()[: own[0].col_offset].decode()
                    rest = lines[last - 1].encode()[own[-1].end_col_offset :].decode().strip()
                    if head.strip() or (rest and not rest.startswith("#")):
                        return None
                    module = ast.Module(body=after, type_ignores=[])
                    text = _indented(ast.unparse(ast.fix_missing_locations(module)), head)
                    return first - 1, last, text
        return None

    def _fits(
        self,
        before: Sequence[ast.stmt],
        after: Sequence[ast.stmt],
        function: Function,
        parameters: Sequence[str],
    ) -> None:
        """Raise where a name would mean another thing inside the function than it meant in the part."""
        around = mentioned([function])
        local, _ = names_of(function)
        bound = bound_by(after)
        if function.name in bound or (parameters and (bound - bound_by(before)) & around):
            raise _NotOneToOne
        read = frozenset[str]().union(*(free_names(one) for one in after))
        if parameters and (read & local) - bound - set(parameters):
            raise _NotOneToOne

    def _restored(self, node: Node, functions: Mapping[str, Function], function: Function) -> list[ast.stmt]:
        """Return the statements that a part is the image of."""
        copied = ast.parse(ast.unparse(functions[node.name])).body[0]
        assert isinstance(copied, Function)
        body = copied.body
        if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        _, declared = names_of(function)
        if len(body) > 1 and isinstance(body[0], ast.Global) and set(body[0].names) <= declared:
            body = body[1:]
        undone = _Undoing(node)
        body = undone.end([undone.visit(one) for one in body])
        return self._expanded(body, node, functions, self.now)

    def _expanded(
        self,
        body: list[ast.stmt],
        node: Node,
        functions: Mapping[str, Function],
        now: Mapping[str, Function],
    ) -> list[ast.stmt]:
        """Return statements with the regions of inner parts in place of their calls."""
        for name in node.calls:
            part = self.nodes[name]
            if not part.is_part or part.origin != node.origin:
                continue
            call = list(map(ast.dump, ast.parse(part.call).body))
            function = self.original[part.origin]
            inner = self._restored(part, functions, function)
            if functions is now:
                self._fits(self._restored(part, self.base, function), inner, function, part.parameters)
            holder = ast.Module(body=body, type_ignores=[])
            for owner in list(ast.walk(holder)):
                for _, statements in ast.iter_fields(owner):
                    if _are_statements(statements):
                        _put(statements, call, inner)
            body = holder.body
            if name in mentioned(body):
                raise _NotOneToOne
        return body


def _are_statements(value: object) -> TypeGuard[list[ast.stmt]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], ast.stmt)


def _put(statements: list[ast.stmt], call: Sequence[str], inner: Sequence[ast.stmt]) -> None:
    """Put statements in place of each run of statements that is a call."""
    start = 0
    while start + len(call) <= len(statements):
        if [ast.dump(one) for one in statements[start : start + len(call)]] == list(call):
            statements[start : start + len(call)] = inner
            start += len(inner)
        else:
            start += 1


class _Undoing(Exits):
    """Turns the `return`s of a part into what they stand for."""

    def __init__(self, node: Node) -> None:
        self.node = node
        value = given(node.results)
        self.results = ast.dump(value) if value is not None else None
        names: list[ast.expr] = [ast.Name(one, ast.Load()) for one in node.results]
        self.tagged = ast.dump(ast.Tuple(names, ast.Load()))
        self.ends: list[tuple[ast.stmt, bool]] = []
        """Marks of the region's end, and whether a loop of the part is around each."""

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Write `return`, `break` or `continue`; the end of the region is marked."""
        if self.node.mode == "return":
            return node
        if self.node.mode == "plain":
            if not self._is_plain_end(node):
                raise _NotOneToOne
            return self._end()
        match node.value:
            case ast.Tuple(elts=[ast.Constant(value="return"), value]):
                return ast.Return(None if _is_none(value) else value)
            case ast.Tuple(elts=[ast.Constant(value=tag), value]) if ast.dump(value) == self.tagged:
                if tag == "next":
                    return self._end()
                if tag in ("break", "continue") and not self.looped:
                    return ast.Break() if tag == "break" else ast.Continue()
        raise _NotOneToOne

    def _is_plain_end(self, node: ast.Return) -> bool:
        if self.results is None:
            return node.value is None or _is_none(node.value)
        return node.value is not None and ast.dump(node.value) == self.results

    def _end(self) -> ast.stmt:
        """Return a mark; only a whole body of a loop can be left before its end, by `continue`."""
        self.ends.append((ast.Continue(), bool(self.looped)))
        return self.ends[-1][0]

    def end(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Return the statements without the mark of their end."""
        node, last = self.node, body[-1] if body else None
        if any(one is last for one, _ in self.ends):
            body = body[:-1] or [ast.Pass()]
        elif node.mode != "return" and (node.results or node.mode == "tagged") and not _ends(body):
            raise _NotOneToOne  # it gives nothing there, and its caller would fail
        if node.mode == "return" and not node.goes_on and not _ends(body):
            body = [*body, ast.Return(None)]
        for one, looped in self.ends:
            if one is not last and (looped or node.kind != "body"):
                raise _NotOneToOne
        return [*map(_plain, body)]


def _plain(statement: ast.stmt) -> ast.stmt:
    """Return a statement as it is read from its text."""
    return ast.parse(ast.unparse(ast.fix_missing_locations(statement))).body[0]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Say whether control certainly never comes behind some statements."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    return isinstance(last, ast.Return | ast.Raise | ast.Break | ast.Continue)


def _indented(text: str, head: str) -> list[str]:
    """Indent statements; the insides of texts over several lines stay as they are."""
    lines = text.split("\n")
    inside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            inside.update(range(node.lineno + 1, node.end_lineno + 1))
    return [line if number in inside else textwrap.indent(line, head) for number, line in enumerate(lines, 1)]
