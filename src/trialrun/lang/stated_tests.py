"""Reads a file of tests for one Python file: what it states of which function, as checks.

Understood are asserts at the top level, `test_*` functions and methods as pytest collects them, `parametrize` with
literal values, and `unittest.TestCase` classes. What only compares a call with a constant becomes plain asserts, one
check a function, so that it is judged outside every sandbox and methods of repair can read its cases. All other test
code becomes one check that is run in the tester. Test classes that need themselves (fixtures, other assertions) stay
test classes, whose verdict is weak.

Imports of the tested file are dropped: its functions are reached by their names. Nothing is run here.

Leaves out: fixtures, `pytest.raises`, `pytest.approx`, `conftest.py`, tests that import their functions by star.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialrun.core.errors import UsageError
from trialrun.core.task import AssertCheck, Check, UnittestCheck
from trialrun.lang import unittests
from trialrun.lang.parametrized import SUPPORTED, bodies, without_docstring
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function
from trialrun.lang.statements import is_main
from trialrun.lang.tested_names import OwnNames, dotted
from trialrun.lang.unittest_asserts import as_assert


@dataclass(frozen=True, slots=True)
class Stated:
    """One check, and the functions of the tested file that it calls."""

    check: Check
    names: tuple[str, ...]


def read_tests(text: str, module: str, functions: Sequence[str]) -> tuple[Stated, ...]:
    """Return what a test file states of a file named `module` (`stats` for stats.py) that defines `functions`.

    Raises `UsageError` for a text that does not parse, calls none of them, or needs what is not supported.

    >>> read_tests("from m import f\\ndef test(): assert f(1) == 2", "m", ["f"])[0].check.code
    'assert f(1) == 2\\n'
    """
    tree = parse(text)
    if isinstance(tree, Unparseable):
        raise UsageError(tree.reason)
    reader = _Reader(module, functions)
    reader.read(tree)
    found = tuple(reader.checks())
    if not found:
        raise UsageError(
            f"no test calls a function of {module}.py ({', '.join(functions) or 'it defines none'})"
        )
    return found


class _Reader:
    """Sorts the statements of a test file."""

    def __init__(self, module: str, functions: Sequence[str]) -> None:
        self.module, self.functions = module, tuple(functions)
        self.rest: list[ast.stmt] = []
        """Imports, helpers and data that test code may need."""
        self.asserts: list[ast.Assert] = []
        self.called: list[ast.stmt] = []
        """Test functions to be called, and other statements that test."""
        self.classes: list[ast.ClassDef] = []

    def read(self, tree: ast.Module) -> None:
        """Sort all statements."""
        names = OwnNames(self.module, self.functions)
        for statement in tree.body:
            self._statement(names.visit(statement))

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assert):
            self.asserts.append(_turned(node, self.functions))
        elif isinstance(node, Function) and node.name.startswith("test"):
            self._function(node)
        elif isinstance(node, ast.ClassDef) and _is_case(node):
            self._class(node)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            self._plain_class(node)
        elif is_main(node) or not without_docstring([node]):
            return
        elif isinstance(node, ast.For | ast.While | ast.With | ast.Try | ast.If | ast.Expr) and self._uses(
            node
        ):
            self.called.append(node)
        else:
            self.rest.append(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if isinstance(node, ast.AsyncFunctionDef):
            raise UsageError(f"{node.name} is asynchronous; {SUPPORTED}")
        found = list(bodies(node))
        if all(isinstance(part, ast.Assert) for body in found for part in body):
            self.asserts += [_turned(part, self.functions) for body in found for part in body]  # type: ignore[arg-type]
            return
        if node.decorator_list or node.args.args:
            self.called += [_as_function(f"{node.name}_{place}", body) for place, body in enumerate(found)]
        else:
            self.called.append(node)

    def _class(self, node: ast.ClassDef) -> None:
        """Take a TestCase apart where it only asserts."""
        found: list[ast.Assert] = []
        for part in node.body:
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                continue
            plain = (
                isinstance(part, ast.FunctionDef) and part.name.startswith("test") and not part.decorator_list
            )
            turned = [as_assert(line) for line in without_docstring(part.body)] if plain else [None]  # type: ignore[attr-defined]
            if None in turned:
                self.classes.append(node)
                return
            found += [_turned(one, self.functions) for one in turned if one is not None]
        self.asserts += found

    def _plain_class(self, node: ast.ClassDef) -> None:
        for part in node.body:
            if not isinstance(part, ast.FunctionDef) or not part.name.startswith("test"):
                continue
            if _mentions(part, {"self"}):
                raise UsageError(f"{node.name}.{part.name} uses its object; {SUPPORTED}")
            part.args.args = part.args.args[1:]
            self._function(part)

    def _uses(self, node: ast.AST) -> bool:
        return _mentions(node, set(self.functions))

    # -- checks

    def checks(self) -> Iterator[Stated]:
        """Yield one check a function for what is plain, then the rest."""
        context = _text(self.rest)
        plain: dict[str, list[str]] = {}
        run: list[ast.stmt] = []
        for statement in self.asserts:
            text = _text([statement])
            read = read_plain_asserts(text, self.functions, context)
            if read is None:
                run.append(statement)
            else:
                plain.setdefault(read[0].name, []).append(text)
        for name, texts in plain.items():
            check = AssertCheck(name=f"asserts of {name}", code="".join(texts), remote=(name,))
            yield Stated(check, (name,))
        run += self.called
        if any(map(self._uses, run)):
            yield self._run(run)
        if any(map(self._uses, self.classes)):
            yield self._test_classes()

    def _run(self, run: Sequence[ast.stmt]) -> Stated:
        calls = "".join(f"{node.name}()\n" for node in run if isinstance(node, Function))
        code = f"{_text(_needed(self.rest, run))}{_text(run)}{calls}"
        _refuse_pytest(code)
        names = self._named([*self.rest, *run])
        return Stated(AssertCheck(name="tests", code=code, remote=names), names)

    def _test_classes(self) -> Stated:
        code = _text([*_needed(self.rest, self.classes), *self.classes])
        _refuse_pytest(code)
        expected = unittests.test_ids(code)
        assert not isinstance(expected, Unparseable)
        names = self._named([*self.rest, *self.classes])
        return Stated(UnittestCheck(name="test classes", code=code, expected=expected, remote=names), names)

    def _named(self, nodes: Sequence[ast.AST]) -> tuple[str, ...]:
        return tuple(name for name in self.functions if any(_mentions(node, {name}) for node in nodes))


def _turned(node: ast.Assert, functions: Sequence[str]) -> ast.Assert:
    """Return `assert 2 == f(1)` with the call first."""
    match node.test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is() as how], comparators=[ast.Call() as call]):
            if not isinstance(left, ast.Call) and _mentions(call.func, set(functions)):
                node.test = ast.Compare(left=call, ops=[how], comparators=[left])
    return node


def _needed(rest: Sequence[ast.stmt], run: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements without imports that nothing else mentions."""
    others = [*run, *(node for node in rest if not isinstance(node, ast.Import | ast.ImportFrom))]
    kept = []
    for node in rest:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            if "*" not in bound and not any(_mentions(other, bound) for other in others):
                continue
        kept.append(node)
    return kept


def _refuse_pytest(code: str) -> None:
    if _mentions(ast.parse(code), {"pytest"}):
        raise UsageError(f"the tests need pytest itself; {SUPPORTED}")


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


def _is_case(node: ast.ClassDef) -> bool:
    return any(dotted(base).rpartition(".")[2].endswith("TestCase") for base in node.bases)


def _as_function(name: str, body: list[ast.stmt]) -> ast.FunctionDef:
    template = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(template, ast.FunctionDef)
    template.body = body
    return template


def _text(nodes: Sequence[ast.stmt]) -> str:
    return "".join(f"{ast.unparse(ast.fix_missing_locations(node))}\n" for node in nodes)
