"""A contest program as a function of its input lines: a mechanical transformation of its source.

`function_form` moves the program's body into `def solve(lines: list[str]) -> list[str]`, where `input`, `print` and the
standard streams are the function's own: what is read comes from `lines`, what is printed is returned line by line.
Everything else stays as the contestant wrote it.

Leaves out: `exec`, `os.read`, streams that are reached by `sys.__stdin__` or by a second import of `sys`.
"""

import ast
import functools
from collections.abc import Callable

ENTRY = "solve"

_AROUND = """
def solve(lines: list[str]) -> list[str]:
    import io as _io
    _stdin = _io.StringIO("".join(line + "\\n" for line in lines))
    _stdout = _io.StringIO()

    def input(prompt=""):
        line = _stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\\n")

    def print(*values, sep=" ", end="\\n", file=None, flush=False):
        _stdout.write(sep.join(map(str, values)) + end)

    try:
        pass
    except SystemExit:
        pass
    return _stdout.getvalue().splitlines()
"""


def function_form(source: str) -> str:
    """Return source that defines `solve`, whose result is what the whole program prints on the same lines."""
    body = _Streams().visit(ast.parse(source)).body
    module = ast.parse(_AROUND)
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    attempt = next(node for node in function.body if isinstance(node, ast.Try))
    attempt.body = body or attempt.body
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


class _Streams(ast.NodeTransformer):
    """Turns the standard streams into the function's own names, and module scope into function scope."""

    def __init__(self) -> None:
        self._depth = 0

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "sys" and node.attr in ("stdin", "stdout"):
            return ast.Name(id=f"_{node.attr}", ctx=node.ctx)
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt] | ast.stmt:
        if node.module != "sys":
            return node
        streams = [alias for alias in node.names if alias.name in ("stdin", "stdout")]
        others = [alias for alias in node.names if alias not in streams]
        bound: list[ast.stmt] = [ast.ImportFrom(module="sys", names=others, level=0)] if others else []
        for alias in streams:
            target = ast.Name(id=alias.asname or alias.name, ctx=ast.Store())
            bound.append(ast.Assign(targets=[target], value=ast.Name(id=f"_{alias.name}", ctx=ast.Load())))
        return bound

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if (
            name == "open"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value == 0
        ):
            return ast.Name(id="_stdin", ctx=ast.Load())
        if name in ("exit", "quit"):
            return ast.Call(
                func=ast.Attribute(
                    value=ast.Call(
                        func=ast.Name(id="__import__", ctx=ast.Load()),
                        args=[ast.Constant("sys")],
                        keywords=[],
                    ),
                    attr="exit",
                    ctx=ast.Load(),
                ),
                args=node.args,
                keywords=[],
            )
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if ast.unparse(node) in ("__name__ == '__main__'", "'__main__' == __name__"):
            return ast.Constant(value=True)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    def visit_Global(self, node: ast.Global) -> ast.stmt:
        return ast.Nonlocal(names=node.names) if self._depth else ast.Pass()


class Failed(Exception):
    """A program ended by an exception; the text is its type."""


@functools.cache
def compiled(source: str) -> Callable[[list[str]], list[str]]:
    """Return a program of this set as a function of its lines, in this process. It raises `Failed`.

    For the set's own checks: its programs are ours. Whoever compares strangers' programs uses the sandbox.
    """
    names: dict[str, Callable[[list[str]], list[str]]] = {}
    exec(compile(function_form(source), "<program>", "exec"), names)  # type: ignore[arg-type]

    def call(lines: list[str]) -> list[str]:
        try:
            return names[ENTRY](lines)
        except Exception as error:
            raise Failed(type(error).__name__) from None

    return call
