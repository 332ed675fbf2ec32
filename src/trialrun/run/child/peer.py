"""One end of the call channel, inside a sandboxed process: frames, calls in both directions, live arguments.

A frame is a header (body length, nonce, call number, kind) and a body of canonical bytes. Calls nest like function
calls: while one waits for its answer, the other side may call back. Objects that cannot cross as values stay where
they are and cross as handles; containers passed as arguments come back with their new contents, and the caller's
own objects are updated in place, so that effects and identity inside a call are those of a plain call.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: loading programs (`job.py`).
"""

from __future__ import annotations

import builtins
import marshal
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from trialrun.core import values
from trialrun.core.build_values import load_trusted

HEADER = struct.Struct("<IQIB")
LOAD, CALL, RETURN, RAISE, READY, DONE, AFTER, FILES = range(1, 9)
NOTES = 10
PLAIN = b"["
"""How the body of a call begins that is no graph: a list of the entry point's name and its arguments."""

_SIZE = struct.Struct("<I")
_NO_ORIGINS = _SIZE.pack(0)
"""A RETURN body of a graph call: size in bytes of the origins, the origins (int32 each), the graph."""

MESSAGE = 500
"""Most characters of an exception's text that cross."""

_mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_TYPES = sorted((name for name, value in vars(builtins).items() if isinstance(value, type)), key=str)
_FIRST_TYPE = 1 << 40
"""Handles from here on stand for Python's own types, which are the same on both sides."""


class CandidateError(Exception):
    """The candidate raised an exception that is not one of Python's own."""


class CandidateExit(BaseException):
    """The candidate raised SystemExit, KeyboardInterrupt or the like; no test may catch it as an Exception."""


class Remote:
    """An object of the other side. It can be indexed and, where it is made for that, called, iterated and measured
    (`_REMOTES`); it never answers `==` or arithmetic, since then it would learn what it is compared with."""

    __slots__ = ("_handle", "_peer", "_type_name")

    def __init__(self, peer: Peer, handle: int, type_name: str) -> None:
        self._peer, self._handle, self._type_name = peer, handle, type_name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.call(self._handle, "__getattribute__", (name,), {})

    def __bool__(self) -> bool:
        return bool(self._peer.call(self._handle, "__bool__", (), {}) is True)

    def __getitem__(self, key: Any) -> Any:
        return self._peer.call(self._handle, "__getitem__", (key,), {})

    def __str__(self) -> Any:
        return self._peer.call(self._handle, "__str__", (), {})

    def __repr__(self) -> str:
        return "<" + self._type_name + " of the candidate>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and other._handle == self._handle

    def __hash__(self) -> int:
        return self._handle


def _call(self: Remote, *args: Any, **kwargs: Any) -> Any:
    return self._peer.call(self._handle, "__call__", args, kwargs)


def _iter(self: Remote) -> Iterator[Any]:
    return iter(self._peer.call(self._handle, "__iter__", (), {}))


def _len(self: Remote) -> Any:
    return self._peer.call(self._handle, "__len__", (), {})


_ABILITIES: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("__call__", _call),
    ("__iter__", _iter),
    ("__len__", _len),
)
_BITS = len(_ABILITIES)
"""Low bits of a handle: which of these the object has. A test may ask `callable(f(x))`, and no call is made."""
_REMOTES: tuple[type[Remote], ...] = tuple(
    type(
        "Remote",
        (Remote,),
        {"__slots__": (), **{name: ask for bit, (name, ask) in enumerate(_ABILITIES) if bits >> bit & 1}},
    )
    for bits in range(1 << _BITS)
)


def _defines(kind: type, name: str) -> bool:
    """Say whether a type, and not only its metaclass, has a special method."""
    return any(name in base.__dict__ for base in _mro_of(kind))


_INNER = ("f_", "tb_", "co_", "gi_", "cr_", "ag_")
"""Public prefixes of frames, tracebacks, code objects, generators and coroutines."""

_MODULE = type(os)


def attribute_of(obj: Any, name: object) -> Any:
    """Return a public attribute of an object that the other side holds a handle of.

    From a function's `__globals__`, a generator's frame or a module there is a way to every object of this process
    and so, in the tester, to the verdict.
    """
    if type(name) is not str or name.startswith("_") or name.startswith(_INNER) or isinstance(obj, _MODULE):
        raise AttributeError("no attribute %r for the other side" % (name,))
    return getattr(obj, name)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "__call__": lambda obj, *args, **kwargs: obj(*args, **kwargs),
    "__getattribute__": attribute_of,
    "__bool__": bool,
    "__len__": len,
    "__getitem__": lambda obj, key: obj[key],
    "__iter__": list,
    "__str__": str,
}


class Peer:
    """The channel's end in this process."""

    def __init__(self, descriptor: int, hostile_input: bool) -> None:
        self.descriptor = descriptor
        self.nonce = 0
        self.entries: dict[str, Any] = {}
        """Names that the other side may call."""
        self.graph = True
        """Whether answers carry the arguments after the call, for the caller to update its own."""
        self.after = False
        """Whether arguments after the call are sent to the supervisor, in their own frame."""
        self.before_call: Callable[[], None] | None = None
        """Called before each call of the other side."""
        self.before_answer: Callable[[], None] | None = None
        """Called when a call is over and before its answer is sent: writes out what the program printed."""
        self.note: Callable[[], bytes | None] | None = None
        """Called last before an answer: what to send beside it."""
        self.value_limit = 16 << 20
        self.calls_made = 0
        self.raised: BaseException | None = None
        """The last exception that came from the other side."""
        self.refuted: AssertionError | None = None
        """The last assertion of test code that failed while the candidate was calling it."""
        self._tester = hostile_input
        self._read_graph = self._decode if hostile_input else self._load
        self._exported: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._remotes: dict[int, Remote] = {}
        self._buffer = b""
        self._position = 0

    # -- frames

    def receive(self) -> tuple[int, int, bytes]:
        """Return the next frame as (call number, kind, body). The process ends when the channel does."""
        start = self._position
        if len(self._buffer) - start >= HEADER.size:
            length, self.nonce, number, kind = HEADER.unpack_from(self._buffer, start)
            end = start + HEADER.size + length
            if end <= len(self._buffer):
                self._position = end
                return number, kind, self._buffer[start + HEADER.size : end]
        length, self.nonce, number, kind = HEADER.unpack(self._take(HEADER.size))
        return number, kind, self._take(length)

    def _take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._buffer):
            parts = [self._buffer[self._position :]]
            have = len(parts[0])
            while have < count:
                part = os.read(self.descriptor, max(65536, min(count - have, 1 << 20)))
                if not part:
                    os._exit(0)
                parts.append(part)
                have += len(part)
            self._buffer = b"".join(parts)
            self._position, end = 0, count
        taken = self._buffer[self._position : end]
        self._position = end
        return taken

    def send(self, number: int, kind: int, body: bytes) -> None:
        """Write one frame."""
        self._write(self._frame(number, kind, body))

    def _frame(self, number: int, kind: int, body: bytes) -> bytes:
        return HEADER.pack(len(body), self.nonce, number, kind) + body

    def _write(self, data: bytes) -> None:
        written = os.write(self.descriptor, data)
        while written < len(data):
            data = data[written:]
            written = os.write(self.descriptor, data)

    # -- calls to the other side

    def call(
        self, target: str | int, method: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call an entry point (by name) or a handle (by number) of the other side; return or raise its answer."""
        body, sent = self._encode([target, method, args, kwargs])
        number = self.calls_made
        self.calls_made += 1
        self.send(number, CALL, body)
        while True:
            answered, kind, body = self.receive()
            if kind == CALL:
                self.answer(answered, body)
            elif kind == RETURN:
                return self._accept(body, sent)
            elif kind == RAISE:
                self.raised = rebuild_exception(*self._read_graph(body)[0][0])
                if isinstance(self.raised, StopIteration):
                    # As itself it would end a `map` or `filter` of the test, and nobody would see it.
                    self.raised = CandidateError("StopIteration: %s" % self.raised)
                raise self.raised

    def _accept(self, body: bytes, sent: list[Any]) -> Any:
        size = _SIZE.unpack_from(body)[0]
        roots, nodes = self._read_graph(body[4 + size :])
        if not size:
            return roots[0]
        origins = struct.unpack("<%di" % (size // 4), body[4 : 4 + size])
        return update_in_place(roots[0], nodes, origins, sent)

    # -- calls from the other side

    def answer(self, number: int, body: bytes) -> None:
        """Serve one call: run it and send what it returned or raised, with what goes beside it, in one write."""
        beside = b""
        if self.before_call is not None:
            self.before_call()
        try:
            if body[:1] == PLAIN and not self._tester:
                nodes: list[Any] = []
                target, args = marshal.loads(body)
                kwargs: dict[str, Any] = {}
                result = self._function(target, None)(*args)
            else:
                (target, method, args, kwargs), nodes = self._read_graph(body)
                result = self._function(target, method)(*args, **kwargs)
            if not self.graph:
                answer = values.encode(result, limit=self.value_limit)
            elif nodes:
                answer = self._encode_with_arguments(result, args, kwargs, nodes)
            else:
                answer = _NO_ORIGINS + self._encode([result])[0]
            if self.after:
                beside = self._frame(number, AFTER, self._encode([args, result])[0])
            kind = RETURN
        except BaseException as error:
            kind, answer = RAISE, describe_exception(error)
            if self._tester and isinstance(error, AssertionError):
                # Its text holds what was expected, and the candidate could catch it and try again.
                self.refuted, answer = error, describe_exception(AssertionError())
        if self.before_answer is not None:
            self.before_answer()
        note = self.note() if self.note is not None else None
        if note is not None:
            beside += self._frame(number, NOTES, note)
        self._write(beside + self._frame(number, kind, answer))

    def _function(self, target: str | int, method: str | None) -> Callable[..., Any]:
        if isinstance(target, str):
            if target not in self.entries:
                raise NameError("name %r is not defined" % target)
            function: Callable[..., Any] = self.entries[target]
            return function
        operation = _OPERATIONS[method or ""]
        subject = self._exported[target >> _BITS]
        return lambda *args, **kwargs: operation(subject, *args, **kwargs)

    def _encode_with_arguments(self, result: Any, args: Any, kwargs: Any, nodes: list[Any]) -> bytes:
        number_of = {id(node): number for number, node in enumerate(nodes)}
        body, after = self._encode([result, args, kwargs])
        origins = [number_of.get(id(node), -1) for node in after]
        return _SIZE.pack(4 * len(origins)) + struct.pack("<%di" % len(origins), *origins) + body

    # -- objects that stay on their side

    def _encode(self, roots: list[Any]) -> tuple[bytes, list[Any]]:
        return values.encode_graph(roots, limit=self.value_limit, opaque=self._export)

    def _export(self, obj: Any) -> int:
        kind = type(obj)
        if issubclass(kind, Remote):
            return -2 - int(obj._handle)
        name = obj.__name__ if kind is type else ""
        if name in _TYPES and getattr(builtins, name) is obj:
            return _FIRST_TYPE + _TYPES.index(name)
        handle = self._numbers.get(id(obj))
        if handle is None:
            abilities = sum(_defines(kind, name) << bit for bit, (name, _) in enumerate(_ABILITIES))
            handle = self._numbers[id(obj)] = len(self._exported) << _BITS | abilities
            self._exported.append(obj)
        return handle

    def _import(self, handle: int, type_name: str) -> Any:
        if _FIRST_TYPE <= handle < _FIRST_TYPE + len(_TYPES):
            kind = vars(builtins)[_TYPES[handle - _FIRST_TYPE]]
            # A callback that calls it would make classes here, with an `==` of the candidate's choice.
            return values.Opaque("type") if kind is type and self._tester else kind
        if handle >= 0:
            if handle not in self._remotes:  # one object is one object, also for `is`
                self._remotes[handle] = _REMOTES[handle & (1 << _BITS) - 1](self, handle, type_name)
            return self._remotes[handle]
        own = -2 - handle >> _BITS
        return self._exported[own] if 0 <= own < len(self._exported) else values.Opaque(type_name)

    def _load(self, body: bytes) -> tuple[tuple[Any, ...], list[Any]]:
        return load_trusted(body, opaque=self._import)

    def _decode(self, body: bytes) -> tuple[tuple[Any, ...], list[Any]]:
        from trialrun.core import parse_values

        return parse_values.decode(body, limit=self.value_limit, opaque=self._import)


def update_in_place(result: Any, nodes: list[Any], origins: Iterable[int], sent: list[Any]) -> Any:
    """Give the caller's own containers their contents after the call; return the result in terms of them.

    `nodes` are the containers of the answer, `origins[i]` the number of the argument container that node i is (or
    −1), `sent` the caller's containers by number. Impossible claims are ignored: they only harm the claimant.
    """
    own = {}
    for node, origin in zip(nodes, origins):
        if isinstance(origin, int) and 0 <= origin < len(sent) and isinstance(sent[origin], type(node)):
            own[id(node)] = sent[origin]
    done: dict[int, tuple[Any, ...]] = {}

    def translate(value: Any) -> Any:
        if id(value) in own:
            return own[id(value)]
        if type(value) is tuple and any(id(item) in own or type(item) is tuple for item in value):
            if id(value) not in done:  # a tuple that occurs 2**60 times is one tuple
                done[id(value)] = tuple([translate(item) for item in value])
            return done[id(value)]
        return value

    for node in nodes:
        target = own.get(id(node), node)
        if isinstance(node, list):
            list.__setitem__(target, slice(None), [translate(item) for item in node])
        elif isinstance(node, dict):
            kind = type(node)  # an OrderedDict keeps its order beside the table
            items = [(key, translate(value)) for key, value in node.items()]
            kind.clear(target)
            for key, value in items:
                kind.__setitem__(target, key, value)
        elif target is not node:
            _replace_contents(target, node)
    return translate(result)


def _replace_contents(target: Any, node: Any) -> None:
    if isinstance(node, set):
        set.clear(target)
        set.update(target, node)
    elif isinstance(node, bytearray):
        bytearray.__setitem__(target, slice(None), node)
    elif type(node).__name__ == "deque":
        contents = list(node)
        target.clear()
        target.extend(contents)


def describe_exception(error: BaseException) -> bytes:
    """Return canonical bytes of (is it one of Python's own, type name, text, line, nearest type of Python's own)."""
    kind = type(error)
    own = getattr(builtins, kind.__name__, None) is kind
    bases = (base.__name__ for base in _mro_of(kind) if getattr(builtins, base.__name__, None) is base)
    try:
        text = str(error)[:MESSAGE]
    except BaseException:
        text = ""
    line = line_in(error, "solution.py")
    return values.encode((own, str(kind.__name__)[:200], str.__str__(text), line, next(bases, "")))


def line_in(error: BaseException, file: str) -> int:
    """Return the deepest line of `file` on an exception's traceback, 0 if there is none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def rebuild_exception(own: Any, name: Any, text: Any, line: Any, base: Any) -> BaseException:
    """Return the exception that the other side described.

    Python's own types come back as themselves, others as `CandidateError`; derived from one of Python's own, they are
    caught as that too.
    """
    kind = getattr(builtins, base, None) if isinstance(base, str) else None
    shown = "%s: %s" % (name, text)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return CandidateError(shown)
    if not issubclass(kind, Exception):
        return CandidateExit(shown)
    try:
        if own is not True:
            return _derived(kind)(shown)
        if kind is KeyError:  # its text is its key's `repr`
            from ast import literal_eval

            text = literal_eval(text)
        return kind(text)
    except Exception:
        return CandidateError(shown)


def _derived(kind: type[Exception]) -> type[Exception]:
    """Return `CandidateError`, or one that is a `kind` as well."""
    if kind is Exception:
        return CandidateError
    return type("CandidateError", (CandidateError, kind), {"__str__": Exception.__str__})
