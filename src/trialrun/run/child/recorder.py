"""Keeps the arguments of real calls: runs inside the user's own test process, without any wall.

`trialrun record` puts this module, under the name `trialrun_recorder`, on that process's path; pytest loads it as a
plugin, other programs run through it (`python -m trialrun_recorder script.py`). Functions of the files asked for are
seen by `sys.monitoring` (Python 3.12 and newer; before that by a profile function, which is slow), and no longer once
enough of their calls are known. Arguments are written down when the call begins, as canonical bytes.

Only plain values of exactly Python's own types are kept: looking at anything else could run the program's code, or use
up an iterator. A method's call is kept where its object is a dataclass, or where the arguments that made it were seen;
the state that it got since then is lost. All else is counted, by reason.

Standard library only, Python 3.9 syntax. Leaves out: results, nested functions, callables without code of their own.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import runpy
import sys
import threading
import weakref
from typing import Any

from trialrun.core import values

SETTINGS = "TRIALRUN_RECORD"
"""Variable with the settings as JSON: root, prefixes, output, each, most."""
_NODES = 20_000
"""Parts of one call's arguments that are looked at."""
_BYTES = 256 << 10
_PLAIN: dict[type, Any] = dict.fromkeys((type(None), bool, int, float, complex, str, bytes, bytearray, range))
_HOLDERS = {"list", "tuple", "dict", "set", "frozenset"}
_KNOWN = {
    ("decimal", "Decimal"), ("fractions", "Fraction"), ("datetime", "datetime"), ("datetime", "date"),
    ("datetime", "time"), ("datetime", "timedelta"), ("datetime", "timezone"), ("collections", "deque"),
    ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"),
}  # fmt: skip


_running: list[Recorder] = []


class Recorder:
    """Everything that is known of the calls of this process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.root = settings["root"]
        self.prefixes = tuple(settings["prefixes"])
        self.each, self.most = settings["each"], settings["most"]
        self.kept: dict[str, set[bytes]] = {}
        self.skipped: dict[str, dict[str, int]] = {}
        self.total = 0
        self.made: dict[int, tuple[Any, bytes]] = {}
        """Object → (weak reference, arguments that made it)."""
        name = "%d-%s.jsonl" % (os.getpid(), base64.b32encode(os.urandom(5)).decode().lower())
        self.output = os.open(
            os.path.join(settings["output"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        self.busy = threading.local()

    def path_of(self, code: Any) -> str | None:
        """Return the path below the root of a function that is wanted, or None."""
        file = code.co_filename
        is_function = code.co_flags & 0x01  # the bodies of classes and modules have names that may change
        if not (is_function and file.startswith(self.prefixes)) or "<" in _qualname(code):
            return None
        return str(os.path.relpath(file, self.root)).replace(os.sep, "/")

    def see(self, code: Any, frame: Any) -> bool:
        """Take note of one call; return whether more calls of this function are wanted."""
        if getattr(self.busy, "now", False):
            return True
        path = self.path_of(code)
        if path is None:
            return False
        name = "%s::%s" % (path, _qualname(code))
        is_constructor = code.co_name == "__init__"
        full = len(self.kept.get(name, ())) >= self.each or self.total >= self.most
        if full and not is_constructor:
            return False
        self.busy.now = True
        try:
            self._keep(name, code, frame, full)
        except Exception as error:
            self._skip(name, type(error).__name__)
        finally:
            self.busy.now = False
        return True

    def _keep(self, name: str, code: Any, frame: Any, full: bool) -> None:
        arguments = _arguments(code, frame)
        owner = _qualname(code).rpartition(".")[0]
        made = None
        if owner and code.co_varnames[:1] in (("self",), ("cls",)):
            holder = arguments.pop(0)
            if code.co_name == "__init__":
                self._remember(holder, arguments)
            elif code.co_varnames[0] == "self":
                made = self._constructor(holder, owner)
                if made is None:
                    return self._skip(name, "a method of an object whose making was not seen")
        if full:
            return None
        wrong = _foreign(arguments)
        if wrong is not None:
            return self._skip(name, "an argument of type %s" % wrong)
        data = values.encode_graph(arguments, limit=_BYTES)[0]
        key = data if made is None else made + b"|" + data
        kept = self.kept.setdefault(name, set())
        if key in kept:
            return None
        kept.add(key)
        self.total += 1
        line = {"function": name, "args": _text(data)}
        if made is not None:
            line["made"] = _text(made)
        os.write(self.output, (json.dumps(line) + "\n").encode())
        return None

    def _skip(self, name: str, why: str) -> None:
        counts = self.skipped.setdefault(name, {})
        counts[why] = counts.get(why, 0) + 1

    def _remember(self, holder: Any, arguments: list[Any]) -> None:
        """Keep what an object is made from, for as long as it lives."""
        number = id(holder)
        self.made.pop(number, None)
        if _foreign(arguments) is None:
            try:
                alive = weakref.ref(holder, lambda _: self.made.pop(number, None))
            except TypeError:  # it knows no weak references: its number may be another's tomorrow
                return
            self.made[number] = (alive, values.encode_graph(arguments, limit=_BYTES)[0])

    def _constructor(self, holder: Any, owner: str) -> bytes | None:
        """Return the arguments that make an object like this one, or None."""
        kind = type(holder)
        if kind.__qualname__ != owner:
            return None
        alive, data = self.made.get(id(holder), (None, None))
        if alive is not None and alive() is holder:
            return data
        fields = kind.__dict__.get("__dataclass_fields__")
        inherited = any("__dataclass_fields__" in base.__dict__ for base in kind.__mro__[1:])
        if fields is None or inherited or not all(one.init for one in fields.values()):
            return None
        there = getattr(holder, "__dict__", {})
        current = [there[name] for name in fields if name in there]
        if len(current) != len(fields) or _foreign(current) is not None:
            return None
        return values.encode_graph(current, limit=_BYTES)[0]

    def close(self) -> None:
        """Write down what was not kept."""
        if self.skipped:
            os.write(self.output, (json.dumps({"skipped": self.skipped}) + "\n").encode())


def _qualname(code: Any) -> str:
    """Return the qualified name, which Python 3.9 and 3.10 do not know of methods: there they are left out."""
    return str(
        getattr(code, "co_qualname", code.co_name if code.co_varnames[:1] != ("self",) else "<method>")
    )


def _arguments(code: Any, frame: Any) -> list[Any]:
    """Return the arguments as the signature lists the parameters: positional, *rest, keyword-only, **more."""
    local = frame.f_locals
    names = code.co_varnames
    plain, keyword = code.co_argcount, code.co_kwonlyargcount
    found = [local[name] for name in names[:plain]]
    more = plain + keyword
    if code.co_flags & 0x04:
        found.append(list(local[names[more]]))
        more += 1
    found += [local[name] for name in names[plain : plain + keyword]]
    if code.co_flags & 0x08:
        found.append(local[names[more]])
    return found


def _foreign(arguments: list[Any]) -> str | None:
    """Return the type of the first part that is no plain value of Python's own, or None. Runs no code of theirs."""
    waiting: list[Any] = list(arguments)
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind in _PLAIN:
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        if len(seen) > _NODES or len(waiting) > 4 * _NODES:
            return "of too many parts"
        place = (kind.__module__, kind.__name__)
        if place[0] == "builtins" and place[1] in _HOLDERS:
            if kind is dict:
                waiting += [*value, *value.values()]
            else:
                waiting += value
        elif place in _KNOWN and getattr(sys.modules.get(place[0]), place[1], None) is kind:
            if place[0] == "collections":
                waiting += value if place[1] == "deque" else [*dict.keys(value), *dict.values(value)]
        else:
            return ("%s.%s" % place)[:100]
    return None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def start() -> Recorder | None:
    """Begin to look at calls; only where the settings are there, and once."""
    if SETTINGS not in os.environ or _running:
        return None
    recorder = Recorder(json.loads(os.environ[SETTINGS]))
    _running.append(recorder)
    if hasattr(sys, "monitoring"):
        _monitor(recorder, sys.monitoring)
    else:
        _profile(recorder)
    atexit.register(recorder.close)
    return recorder


def _monitor(recorder: Recorder, monitoring: Any) -> None:
    tool = next(number for number in (4, 3, 2, 5, 1) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "trialrun record")

    def begins(code: Any, offset: int) -> Any:
        return None if recorder.see(code, sys._getframe(1)) else monitoring.DISABLE

    monitoring.register_callback(tool, monitoring.events.PY_START, begins)
    monitoring.set_events(tool, monitoring.events.PY_START)


def _profile(recorder: Recorder) -> None:
    over: set[Any] = set()

    def called(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code not in over and not recorder.see(frame.f_code, frame):
            over.add(frame.f_code)

    threading.setprofile(called)
    sys.setprofile(called)


def main(arguments: list[str]) -> None:
    """Run a script, or with -m a module, as Python would."""
    start()
    if arguments[:1] == ["-m"]:
        sys.argv[:] = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")
