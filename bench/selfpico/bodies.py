"""Function bodies for `bench.selfpico`, drawn by a fixed seed from installed packages and the standard library.

The look-alike of LExecutor's published set: the body of a function, without its head, its imports and its callers,
taken out and dedented; every `return x` and `yield x` has become `exit(x)`, in inner functions too, as its extractor
does (`FunctionBodyExtractor.py` of michaelpradel/LExecutor, MIT; read, not copied). The form `bare` keeps `return`,
`yield` and `await` where they were. Each package gives about as many as any other. Drawn are functions of 2 to 60
statements, docstring aside.

Leaves out: comments and layout, which do not run.
"""

import ast
import hashlib
import importlib.util
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 20241
PACKAGES = (
    "_pytest", "anyio", "attr", "click", "cyclopts", "fire", "grimp", "httpx2", "hypothesis", "importlinter",
    "markdown_it", "mypy", "numpy", "openai", "packaging", "pathspec", "pluggy", "pydantic", "pygments", "rich", "tqdm",
)  # fmt: skip
LIBRARY = (
    "argparse", "ast", "asyncio", "bdb", "cgitb", "cmd", "codecs", "collections", "concurrent", "configparser", "csv",
    "ctypes", "datetime", "difflib", "dis", "email", "fractions", "ftplib", "http", "imaplib", "importlib", "inspect",
    "ipaddress", "json", "logging", "mailbox", "multiprocessing", "optparse", "pdb", "pickle", "platform", "plistlib",
    "shutil", "smtplib", "statistics", "subprocess", "tarfile", "threading", "tkinter", "unittest", "urllib", "uuid",
    "wsgiref", "xml", "zipfile",
)  # fmt: skip
_STATEMENTS = range(2, 61)


@dataclass(frozen=True, slots=True)
class Body:
    """One body."""

    name: str
    """package/file:function:line."""
    source: str


class _Exits(ast.NodeTransformer):
    """Puts `exit(…)` where a function leaves or yields."""

    def _exit(self, node: Any, value: ast.expr | None) -> ast.Call:
        name = ast.Name(id="exit", ctx=ast.Load())
        made = ast.Call(func=name, args=[] if value is None else [value], keywords=[])
        return ast.copy_location(made, node)

    def visit_Return(self, node: ast.Return) -> Any:
        self.generic_visit(node)
        return ast.copy_location(ast.Expr(value=self._exit(node, node.value)), node)

    def visit_Yield(self, node: ast.Yield) -> Any:
        self.generic_visit(node)
        return self._exit(node, node.value)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> Any:
        self.generic_visit(node)
        return self._exit(node, node.value)


def bodies(count: int, form: str = "exits", seed: int = SEED) -> list[Body]:
    """Draw so many bodies: one package after the other gives one, until there are enough."""
    rng = random.Random(seed)
    groups = [_drawn(name, places, form, random.Random(f"{seed} {name}")) for name, places in _groups()]
    rng.shuffle(groups)
    found: list[Body] = []
    while groups and len(found) < count:
        for group in list(groups):
            body = next(group, None)
            if body is None:
                groups.remove(group)
            elif len(found) < count:
                found.append(body)
    return found


def _drawn(package: str, places: list[Path], form: str, rng: random.Random) -> Iterator[Body]:
    """Yield bodies of one package in a random order of files, at most three of a file; no file is read in vain."""
    rng.shuffle(places)
    for path in places:
        functions = list(_functions(package, path))
        for label, node in rng.sample(functions, min(3, len(functions))):
            source = _text(node, form)
            if source is not None:
                yield Body(label, source)


def digest(drawn: list[Body]) -> str:
    """Return a hash of a set: other versions of the packages give another."""
    return hashlib.sha256("\0".join(body.source for body in drawn).encode()).hexdigest()[:12]


def _groups() -> Iterator[tuple[str, list[Path]]]:
    for name in (*PACKAGES, *LIBRARY):
        try:
            found = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            continue
        if found is None or found.origin is None or not found.origin.endswith(".py"):
            continue
        origin = Path(found.origin)
        inside = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
        yield name, [path for path in inside if not {"tests", "test", "_vendor"} & set(path.parts)]


def _functions(package: str, path: Path) -> Iterator[tuple[str, Any]]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = sum(isinstance(part, ast.stmt) for item in node.body for part in ast.walk(item))
            if ast.get_docstring(node) is not None:
                size -= 1
            if size in _STATEMENTS:
                yield f"{package}/{path.name}:{node.name}:{node.lineno}", node


def _text(node: Any, form: str) -> str | None:
    body = [part for part in node.body if not isinstance(part, ast.Import | ast.ImportFrom)]
    if form == "exits":
        body = [_Exits().visit(part) for part in body]
    try:
        source = ast.unparse(ast.fix_missing_locations(ast.Module(body=body, type_ignores=[])))
        if form == "exits":  # an `await` that is left makes it no module, as in the published set
            compile(source, "body.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return f"# Extracted from {node.name}\n{source}\n"
