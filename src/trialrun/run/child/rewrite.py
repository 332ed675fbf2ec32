"""Probes by rewriting: a call at the end of each block that appends its number, and what the block wrote, to a log.

The syntax tree gets the calls (`lang/blocks.py` says where), the compiler makes code of it, and then the constants that
stand for our functions are replaced by the functions: so no name of ours is in any namespace, and nothing can be
shadowed. Probes are given a line after the last one of the text, so that lines and tracebacks of the program are its
own. A whole body is wrapped in `try … except: note; raise`, which costs nothing where nothing is raised.

At level `ids` an event is the number of its site; with values it is a tuple: site, values by reference (`references`)
or by `summary` (`summaries`). Exact ints are passed as they are, without a call. Events of generators and coroutines
carry their frame's identity behind the site, since such frames do not end in the order in which they began.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: lambdas and comprehensions, code that
the program makes by `exec`.
"""

from __future__ import annotations

import ast
import sys
import types
import warnings
from collections.abc import Collection
from typing import Any

from trialrun.lang.blocks import Block, Layout, written_items
from trialrun.run.child.event_log import EventLog

IDS, REFERENCES, SUMMARIES = "ids", "references", "summaries"
_MARK = "\0trialrun:"
"""Beginning of the constants that are replaced by functions."""
_VALUE = "@value"
"""The one local variable of ours: what is about to be returned. No program can spell it."""
_NONE: dict[str, Any] = {}
_RAW_LIST = (ast.List, ast.ListComp, ast.Dict, ast.DictComp, ast.Set, ast.SetComp, ast.Tuple)


def instrument(
    source: Any, filename: str, level: str, log: EventLog, only: Collection[str] = ()
) -> tuple[Any, Layout]:
    """Return the code of a text with a probe in every block, and its layout. Raises what `compile` raises.

    With `only`, blocks of the codes of these qualified names alone have probes.
    """
    tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    with warnings.catch_warnings():  # a constant that is called looks like a mistake
        warnings.simplefilter("ignore")
        return _instrumented(tree, filename, level, log, only)


def _instrumented(
    tree: Any, filename: str, level: str, log: EventLog, only: Collection[str]
) -> tuple[Any, Layout]:
    layout = Layout(tree)
    beyond = max((getattr(node, "end_lineno", None) or 0 for node in ast.walk(tree)), default=0) + 1
    layout.beyond = beyond
    writer = _Writer(layout, level, beyond)
    for one in layout.codes:
        if not only or one.name in only:
            writer.code(one)
    functions: dict[str, Any] = {
        "item": log.note_item,
        "float": float,
        "event": log.event,
        "value": log.value,
        "note": log.note,
        "type": type,
        "int": int,
        "info": sys.exc_info,
        "id": id,
        "frame": sys._getframe,
    }
    code = compile(tree, filename, "exec", dont_inherit=True)
    return _resolved(code, functions), layout


def _resolved(code: Any, functions: dict[str, Any]) -> Any:
    """Return a code object whose marked constants are the functions that they stand for, in nested code too."""
    constants = []
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            one = _resolved(one, functions)
        elif type(one) is str and one.startswith(_MARK):
            one = functions.get(one[len(_MARK) :], one)
        constants.append(one)
    return code.replace(co_consts=tuple(constants))


class _Writer:
    """Puts the probes into one tree."""

    def __init__(self, layout: Layout, level: str, beyond: int) -> None:
        self.layout, self.level, self.beyond = layout, level, beyond
        # An item is looked up by its key: that must not compare it with keys that compare as the program says.
        compares = (code.name.endswith((".__eq__", ".__hash__")) for code in layout.codes)
        self.has_items = level == SUMMARIES and not any(compares)

    def code(self, code: Any) -> None:
        """Instrument one code: its body is replaced in place, those inside it have their own turn."""
        node = code.node
        kept, body = node.body[: code.prefix], self._body(node.body, code)
        body = [*self._event(code.call, code, self._guesses(code)), *body]
        noted = [*self._raised(code.error, code), self._at(ast.Raise(exc=None, cause=None))]
        handler = ast.ExceptHandler(type=None, name=None, body=noted)
        whole = ast.Try(body=body, handlers=[self._at(handler)], orelse=[], finalbody=[])
        whole = self._at(whole)
        if code.guarded:
            leave = self._event(code.leave, code, {})
            whole = self._at(ast.Try(body=[whole], handlers=[], orelse=[], finalbody=leave))
        node.body = [*kept, whole]

    def _body(self, body: list[Any], code: Any) -> list[Any]:
        """Return the statements of a list with their probes."""
        segments = self.layout.bodies[id(body)]
        guesses = self._guesses(code)
        found: list[Any] = []
        for segment in segments:
            if isinstance(segment, Block):
                found += self._run(segment, code, guesses)
            else:
                self._compound(segment, code)
                found.append(segment)
        return found

    def _compound(self, node: Any, code: Any) -> None:
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if inner:
                setattr(node, name, self._body(inner, code))
        for case in getattr(node, "cases", ()):
            case.body = self._body(case.body, code)
        for handler in getattr(node, "handlers", ()):
            site = self.layout.catches[id(handler)]
            handler.body = [*self._raised(site, code), *self._body(handler.body, code)]

    def _run(self, block: Block, code: Any, guesses: dict[str, bool]) -> list[Any]:
        statements = list(block.statements)
        keys = written_items(statements) if self.has_items else _NONE
        last = statements[-1] if statements else None
        if isinstance(last, ast.Return) and last.value is not None:
            statements[-1] = ast.copy_location(
                ast.Assign(targets=[self._name(_VALUE, ast.Store())], value=last.value, type_comment=None),
                last,
            )
            event = self._event(block.site, code, guesses, keys)
            return [*statements, *event, self._at(ast.Return(value=self._name(_VALUE, ast.Load())))]
        event = self._event(block.site, code, guesses, keys)
        if isinstance(last, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            return [*statements[:-1], *event, last]
        return [*statements, *event]

    # -- expressions

    def _at(self, node: Any) -> Any:
        """Place a new node on the line of probes."""
        node.lineno = node.end_lineno = self.beyond
        node.col_offset, node.end_col_offset = 0, 0
        return node

    def _name(self, name: str, how: Any) -> Any:
        return self._at(ast.Name(id=name, ctx=how))

    def _ours(self, name: str) -> Any:
        return self._at(ast.Constant(value=_MARK + name, kind=None))

    def _call(self, name: str, *arguments: Any) -> Any:
        return self._at(ast.Call(func=self._ours(name), args=list(arguments), keywords=[]))

    def _tuple(self, items: list[Any]) -> Any:
        return self._at(ast.Tuple(elts=items, ctx=ast.Load()))

    def _number(self, value: int) -> Any:
        return self._at(ast.Constant(value=value, kind=None))

    def _event(
        self, number: int, code: Any, guesses: dict[str, bool], keys: dict[str, Any] = _NONE
    ) -> list[Any]:
        """Return the statements that note one event: its values, then its site."""
        site = self.layout.sites[number]
        noted = []
        if code.suspends:
            noted.append(self._call("value", self._call("id", self._call("frame"))))
        if self.level != IDS:
            noted += [self._value(name, guesses.get(name, False), keys.get(name)) for name in site.names]
            if site.has_value:
                noted.append(self._value(_VALUE, False, None))
        return self._noting(number, noted)

    def _noting(self, number: int, noted: list[Any]) -> list[Any]:
        calls = [*noted, self._call("event", self._number(number))]
        return [self._at(ast.Expr(value=call)) for call in calls]

    def _value(self, name: str, is_container: bool, key: Any) -> Any:
        """Return the call that notes a variable's value; exact ints and floats are noted without one of Python's."""
        read = self._name(name, ast.Load())
        if self.level == REFERENCES:
            return self._call("value", read)
        if key is not None:
            return self._call("item", read, self._at(key))
        noted = self._call("note", read)
        if is_container:
            return noted
        for kind in ("float", "int"):
            test = ast.Compare(
                left=self._call("type", self._name(name, ast.Load())),
                ops=[ast.Is()],
                comparators=[self._ours(kind)],
            )
            noted = ast.IfExp(
                test=self._at(test), body=self._call("value", self._name(name, ast.Load())), orelse=noted
            )
            noted = self._at(noted)
        return noted

    def _raised(self, number: int, code: Any) -> list[Any]:
        """Return the statements that note an exception: the frame's identity, its line in this frame, its type."""
        trace = self._at(ast.Subscript(value=self._call("info"), slice=self._number(2), ctx=ast.Load()))
        kind = self._at(ast.Subscript(value=self._call("info"), slice=self._number(0), ctx=ast.Load()))
        line = self._at(ast.Attribute(value=trace, attr="tb_lineno", ctx=ast.Load()))
        frame = [self._call("id", self._call("frame"))] if code.suspends else []
        return self._noting(number, [self._call("value", one) for one in (*frame, line, kind)])

    def _guesses(self, code: Any) -> dict[str, bool]:
        """Return, for names of a code, whether they are likely to hold containers: then no int is looked for first."""
        found: dict[str, bool] = {}
        for block in code.blocks:
            for node in block.statements if block.role == "run" else ():
                for target in node.targets if isinstance(node, ast.Assign) else ():
                    if isinstance(target, ast.Name):
                        is_container = isinstance(node.value, _RAW_LIST)
                        found[target.id] = found.get(target.id, True) and is_container
                    elif isinstance(target, (ast.Subscript, ast.Attribute)):
                        base: Any = target
                        while isinstance(base, (ast.Subscript, ast.Attribute)):
                            base = base.value
                        if isinstance(base, ast.Name):
                            found.setdefault(base.id, True)
        return found
