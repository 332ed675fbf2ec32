"""What is told of an exception that left a snippet: where it was raised, and on which invented values.

The failing expression is known by its place in the text (`co_positions`, Python 3.11 and newer; before that, by its
line only). Its parts are looked up in the frame that failed, without running anything: names, then attributes, items
and calls of holes, which are remembered and so have no effect.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: what to do about it.
"""

from __future__ import annotations

import ast
from typing import Any

from trialrun.run.child import holes
from trialrun.run.child.routes import PLACE

_MOST = 60
_ELSEWHERE = ("_tkinter", "sqlite3", "subprocess", "http.client", "urllib.error", "smtplib", "ssl")
"""Modules whose exceptions say that the surroundings are missing."""


class Failures:
    """The exceptions of one run."""

    def __init__(self, snippet: Any, out_of_time: type) -> None:
        self.found: list[dict[str, Any]] = []
        self.called: list[str] = []
        self.exits: dict[int, None] = {}
        self._snippet, self._out_of_time = snippet, out_of_time
        self._nodes: dict[tuple[int, ...], list[Any]] | None = None
        self._known: set[Any] = set()

    def add(self, error: BaseException, where: str) -> None:
        """Describe an exception; one like it is told once."""
        frames = _frames(error)
        deepest = next((place for place in reversed(range(len(frames))) if _is_snippet(frames[place])), None)
        below = deepest is not None and deepest < len(frames) - 1
        if isinstance(error, SystemExit) and not below:
            if deepest is not None:
                self.exits[frames[deepest].tb_lineno] = None
            return
        line, place, operands = 0, [], []
        if deepest is not None:
            trace = frames[deepest]
            line = trace.tb_lineno
            place = _place(trace)
            operands = self._operands(tuple(place), trace.tb_frame)
        kind = type(error)
        try:
            text = str(error)[:300]
        except BaseException:
            text = ""
        key = (kind.__name__, line, text[:80])
        if key in self._known or len(self.found) >= _MOST:
            return
        self._known.add(key)
        self.found.append(
            {
                "type": "OutOfTime" if kind is self._out_of_time else str(kind.__name__)[:100],
                "message": text,
                "line": line,
                "place": place,
                "operands": operands,
                "recent": list(holes.world.recent)[-2:],
                "where": where,
                "below": below,
                "surroundings": _surroundings(error, below),
            }
        )

    def _operands(self, place: tuple[int, ...], frame: Any) -> list[str]:
        """Return the origins of the invented values that a failing expression reads."""
        if self._nodes is None:
            self._nodes = {}
            for node in ast.walk(self._snippet.tree):
                if isinstance(node, (ast.expr, ast.stmt)):
                    key = tuple(getattr(node, name, 0) or 0 for name in PLACE)
                    self._nodes.setdefault(key, []).append(node)
        found: dict[str, None] = {}
        for node in self._nodes.get(place, ()):
            for part in _parts(node):
                _collect(_look_up(part, frame), found, 0)
        return list(found)[:12]


def _frames(error: BaseException) -> list[Any]:
    found: list[Any] = []
    trace = error.__traceback__
    while trace is not None and len(found) < 3000:
        found.append(trace)
        trace = trace.tb_next
    # Frames of our own hooks are no library's.
    return [one for one in found if "trialrun" not in str(one.tb_frame.f_globals.get("__name__", ""))]


def _is_snippet(trace: Any) -> bool:
    return bool(trace.tb_frame.f_code.co_filename == "solution.py")


def _place(trace: Any) -> list[int]:
    code = trace.tb_frame.f_code
    if not hasattr(code, "co_positions"):
        return []
    for number, position in enumerate(code.co_positions()):
        if number == trace.tb_lasti // 2:
            line, end_line, column, end_column = position
            if None in position:
                return []
            return [line, column, end_line, end_column]
    return []


def _surroundings(error: BaseException, below: bool) -> bool:
    """Say whether an exception tells of something that this machine lacks, and not of the program."""
    if isinstance(error, (OSError, EOFError, ImportError)) or (isinstance(error, SystemExit) and below):
        return True
    return str(type(error).__module__) in _ELSEWHERE


def _parts(node: Any) -> list[Any]:
    """Return the expressions whose values a failing one reads: arguments first, then the callee."""
    if isinstance(node, ast.Call):
        return [*node.args, *[item.value for item in node.keywords], node.func]
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)] or [node]


def _look_up(node: Any, frame: Any) -> Any:
    """Return the value of an expression where that needs no running, else None."""
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals):
            if node.id in names:
                return names[node.id]
        made = holes.world.made
        scope = frame.f_code.co_name
        own = node.id if scope in ("<module>", "·body") else "%s:%s" % (scope.strip("<>")[:40], node.id)
        return made.get(own)
    if isinstance(node, ast.Starred):
        return _look_up(node.value, frame)
    if isinstance(node, (ast.Tuple, ast.List)):
        return [_look_up(part, frame) for part in node.elts]
    if isinstance(node, ast.Dict):
        return [_look_up(part, frame) for part in node.values]
    if isinstance(node, ast.BinOp):
        return [_look_up(node.left, frame), _look_up(node.right, frame)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("·"):
        return _look_up(node.args[-1], frame) if node.args else None
    below = getattr(node, "value", None) if not isinstance(node, ast.Call) else node.func
    if not isinstance(below, ast.expr):
        return None
    base = _look_up(below, frame)
    if isinstance(base, holes.Missing):
        return _step(node, base)
    if isinstance(node, ast.Attribute):
        return getattr(base, "__dict__", {}).get(node.attr)
    if isinstance(node, ast.Call):
        return [base, *[_look_up(part, frame) for part in node.args]]
    return base


def _step(node: Any, base: Any) -> Any:
    """Return what a hole has already given for a step, else the hole itself."""
    own = base.__dict__
    origin = own.get("_origin", "")
    if isinstance(node, ast.Attribute):
        return own.get(node.attr, holes.world.made.get((origin, ("attr", node.attr)), base))
    if isinstance(node, ast.Call):
        return holes.world.made.get((origin, "call"), base)
    if isinstance(node, ast.Subscript):
        key = getattr(node.slice, "value", None)
        name = ("key", key) if isinstance(key, str) else ("item", key)
        return holes.world.made.get((origin, name), base)
    return base


def _collect(value: Any, found: dict[str, None], depth: int) -> None:
    """Add the origins of holes in a value."""
    if isinstance(value, holes.Missing):
        origin = value.__dict__.get("_origin")
        if isinstance(origin, str):
            found[origin] = None
        return
    if depth < 2 and type(value) in (list, tuple, set, dict):
        for item in list(value.values() if type(value) is dict else value)[:4]:
            _collect(item, found, depth + 1)
