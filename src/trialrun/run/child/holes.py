"""Invented values: the universal dummy, typed dummies, and the namespace in which a missing name becomes one.

A `Hole` answers every operator, call, iteration, context manager, `await` and use as a class. What it answers is a
hole again, remembered under its *origin* (the name with the function that reads it, then attribute, call or item), so
that equal expressions are equal objects. Each origin keeps what was done with it: from that its type is narrowed
later. An origin for which the plan has a type gets a value of that type: a subclass of the builtin type that still
answers everything, or, in a plain run, the builtin value itself, so that what breaks on it breaks. Chains are
bounded: `DEEPEST` steps from a name, then a hole answers itself; `MOST` holes, then there is one for all.

Runs inside the sandbox: standard library only, Python 3.9 syntax. The snippet can look at holes and lie about them;
what it says is weak. Leaves out: which way a test goes (`partial.py`), choosing types (`observe/`).
Source: LExecutor and SelfPiCo (values injected at undefined uses); the universal dummy is our own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from opcode import opmap
from typing import Any

DEEPEST = 12
MOST = 4000
USES = 40
"""Uses of one origin that are kept."""
ITEMS = 3
"""Items of a hole, where nothing says how many."""
_ABSENT: Any = object()
_UNPACK, _UNPACK_EX = opmap["UNPACK_SEQUENCE"], opmap["UNPACK_EX"]
_SUBSCRIPTS = {number for name, number in opmap.items() if "SUBSCR" in name or "SLICE" in name}
_MERGES = {opmap[name] for name in ("DICT_MERGE", "DICT_UPDATE") if name in opmap}
_ERRORS = ("Error", "Exception", "Warning", "Exit", "Interrupt")
_SWALLOW = ("raises", "assertRaises", "suppress", "ignored", "expect_exception")
_SET = object.__setattr__


class Record:
    """What is known of one origin."""

    __slots__ = ("kind", "line", "predictor", "uses", "where")

    def __init__(self, kind: str, predictor: str, line: int) -> None:
        self.kind, self.predictor, self.line = kind, predictor, line
        self.uses: dict[str, None] = {}


class World:
    """All holes of one run."""

    def __init__(self, types: dict[str, Any], plain: bool) -> None:
        self.types, self.plain = types, plain
        self.made: dict[Any, Any] = {}
        self.records: dict[str, Record] = {}
        self.operations = 0
        """Operations on holes so far: tells whether a piece of code touched any."""
        self.truths: dict[Any, int] = {}
        self.errors: dict[str, type] = {}
        self.bases: dict[str, type] = {}
        self.build: Callable[[Any, str, int], Any] | None = None
        """Makes a value of a planned type (`typed.py`)."""
        self.recent: list[str] = []
        """Origins in the order in which holes were made, the last few."""
        self.draw: Callable[[str], str] | None = None
        """Draws a kind for each origin, where values are to be random."""

    def get(self, key: Any, origin: str, depth: int, predictor: str = "universal") -> Any:
        """Return the object of a key, made at its first use."""
        self.operations += 1
        found = self.made.get(key, _ABSENT)
        if found is _ABSENT:
            if len(self.made) >= MOST:
                key, origin, predictor = "…", "…", "universal"
                if key in self.made:
                    return self.made[key]
            found = self.made[key] = self._make(origin, depth, predictor)
        return found

    def _make(self, origin: str, depth: int, predictor: str) -> Any:
        self.recent = [*self.recent[-3:], origin]
        planned = self.types.get(origin)
        if self.draw is not None:
            planned = (self.draw(origin), "random")
        if planned is not None and self.build is not None:
            kind, predictor = planned
            self.note(origin, kind if isinstance(kind, str) else "value", predictor)
            return self.build(kind, origin, depth)
        self.note(origin, "universal", predictor)
        return self.hole(origin, depth)

    def hole(self, origin: str, depth: int) -> Any:
        """Return a new hole."""
        hole = object.__new__(Hole)
        _SET(hole, "_origin", origin)
        _SET(hole, "_depth", depth)
        return hole

    def note(self, origin: str, kind: str, predictor: str) -> Record:
        """Return the record of an origin."""
        record = self.records.get(origin)
        if record is None:
            record = self.records[origin] = Record(kind, predictor, line_of_snippet())
        return record

    def use(self, origin: str, what: str) -> None:
        """Remember what was done with an origin."""
        self.operations += 1
        record = self.records.get(origin)
        if record is not None and len(record.uses) < USES:
            record.uses[what] = None

    def truth(self, frame: Any) -> bool:
        """Return the truth of a hole where no statement asks: by turns at one place, true at first."""
        place = (id(frame.f_code), frame.f_lasti)
        count = self.truths[place] = self.truths.get(place, 0) + 1
        return count % 2 == 1

    def error(self, origin: str) -> type:
        """Return the exception class that stands for an origin."""
        origin = origin[:-2] if origin.endswith("()") else origin
        if origin not in self.errors:
            self.errors[origin] = type(last_name(origin), (HoleError,), {"_origin": origin})
        return self.errors[origin]

    def base(self, origin: str, alone: bool) -> type:
        """Return the class that stands for an origin where it is a base; with others it has no operators."""
        self.use(origin, "base")
        if last_name(origin).endswith(_ERRORS) or self.types.get(origin, ("",))[0] == "exception":
            return self.error(origin)
        if self.types.get(origin, ("",))[0] == "metaclass":
            return type
        key = origin if alone else origin + " among others"
        if key not in self.bases:
            self.bases[key] = type(last_name(origin), (Hole if alone else Beside,), {"_base_origin": origin})
        return self.bases[key]


world = World({}, False)


def begin(new: World) -> None:
    """Make `new` the world that holes belong to."""
    global world
    world = new


def line_of_snippet() -> int:
    """Return the line of the snippet that runs."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == "solution.py":
            return int(frame.f_lineno)
        frame = frame.f_back
    return 0


def last_name(origin: str) -> str:
    """Return a name for what an origin stands for."""
    name = origin.rstrip("()[]").rpartition(".")[2].rpartition(":")[2]
    return name if name.isidentifier() else "Invented"


def origin_of(obj: Any) -> str:
    """Return the origin of a hole, or of an instance of a class with an invented base."""
    found = obj.__dict__.get("_origin")
    if found is None:
        found = type(obj).__name__ + "()"
        _SET(obj, "_origin", found)
        _SET(obj, "_depth", 1)
        world.note(found, "universal", "universal")
    return str(found)


def child(obj: Any, step: str, key: Any) -> Any:
    """Return what a step from a hole leads to."""
    origin = origin_of(obj)
    depth = obj.__dict__.get("_depth", 1)
    if depth >= DEEPEST:
        world.operations += 1
        return obj
    return world.get((origin, key), origin + step, depth + 1)


def of(origin: str, key: Any = None, predictor: str = "universal") -> Any:
    """Return the hole of an origin that is no step from another."""
    return world.get(origin if key is None else key, origin, 1, predictor)


def kind_of(value: Any) -> str:
    """Name the type of the other operand."""
    return "?" if isinstance(value, Hole) else type(value).__name__[:40]


def shown(value: Any) -> str:
    """Return an operand as an origin has it."""
    if isinstance(value, Hole):
        return origin_of(value)
    if type(value) in (int, float, bool, type(None)) or (type(value) is str and len(value) < 20):
        return repr(value)[:24]
    return type(value).__name__[:24]


class HoleMeta(type):
    """Gives the class of holes, and classes derived from it, every attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        origin = cls.__name__
        world.note(origin, "universal", "universal")
        return world.get((origin, "attr", name), "%s.%s" % (origin, name), 2)


class Missing:
    """Attributes that an object does not have are holes; special names stay missing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            if name in _SPECIAL:
                return _SPECIAL[name](self)
            raise AttributeError(name)
        world.use(origin_of(self), "attr:" + name[:40])
        return child(self, "." + name[:60], ("attr", name))

    def __delattr__(self, name: str) -> None:
        self.__dict__.pop(name, None)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take whatever a class statement gives."""


class Beside(Missing, metaclass=HoleMeta):
    """An invented base beside real ones: it leaves operators to them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except TypeError:
            pass


class HoleError(Missing, Exception, metaclass=HoleMeta):
    """Base of the exceptions that stand for invented classes."""


class Raised(HoleError):
    """What an invented operation raises where the plan wants a handler to run."""

    def __init__(self, number: int, handler: int) -> None:
        super().__init__("invented")
        _SET(self, "_at", (number, handler))

    def __str__(self) -> str:
        return "invented"


class Hole(Missing, metaclass=HoleMeta):
    """The universal dummy."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return object.__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take anything."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        world.use(origin_of(self), "call")
        return child(self, "()", "call")

    def __getitem__(self, key: Any) -> Any:
        world.use(origin_of(self), "get:" + kind_of(key))
        if isinstance(key, str):
            return child(self, "[%s]" % repr(key[:40]), ("key", key))
        if isinstance(key, slice):
            return child(self, "[:]", "slice")
        return child(self, "[]", ("item", key if type(key) is int else shown(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        world.use(origin_of(self), "set:" + kind_of(key))
        name = ("key", key) if isinstance(key, str) else ("item", key if type(key) is int else shown(key))
        if len(world.made) < MOST and not isinstance(key, slice):
            world.made[(origin_of(self), name)] = value

    def __delitem__(self, key: Any) -> None:
        world.use(origin_of(self), "del:" + kind_of(key))

    def __contains__(self, item: Any) -> bool:
        world.use(origin_of(self), "contains:" + kind_of(item))
        return world.truth(sys._getframe(1))

    def __iter__(self) -> Iterator[Any]:
        count, told = _wanted(sys._getframe(1))
        world.use(origin_of(self), told)
        return iter([child(self, "[]", ("item", place)) for place in range(count)])

    def __reversed__(self) -> Iterator[Any]:
        return iter([child(self, "[]", ("item", place)) for place in reversed(range(ITEMS))])

    def __next__(self) -> Any:
        world.use(origin_of(self), "next")
        key = (origin_of(self), "next")
        count = world.truths[key] = world.truths.get(key, 0) + 1
        if count > 3:
            raise StopIteration
        return child(self, "[]", ("item", count))

    def keys(self) -> Any:
        """Return a hole; a name, where a call or a display takes all items of a mapping."""
        frame = sys._getframe(1)
        world.use(origin_of(self), "attr:keys")
        if frame.f_code.co_code[frame.f_lasti] in _MERGES:
            return ["a"]
        return child(child(self, ".keys", ("attr", "keys")), "()", "call")

    def __len__(self) -> int:
        world.use(origin_of(self), "len")
        return ITEMS

    def __bool__(self) -> bool:
        world.use(origin_of(self), "bool")
        return world.truth(sys._getframe(1))

    def __hash__(self) -> int:
        return hash(origin_of(self))

    def __int__(self) -> int:
        world.use(origin_of(self), "int")
        return 1

    def __float__(self) -> float:
        world.use(origin_of(self), "float")
        return 1.0

    def __complex__(self) -> complex:
        return 1 + 0j

    def __index__(self) -> int:
        world.use(origin_of(self), "index")
        frame = sys._getframe(1)
        return 0 if frame.f_code.co_code[frame.f_lasti] in _SUBSCRIPTS else ITEMS

    def __round__(self, digits: Any = None) -> Any:
        return child(self, ".__round__()", "round")

    def __trunc__(self) -> int:
        return 1

    __floor__ = __ceil__ = __trunc__

    def __str__(self) -> str:
        world.use(origin_of(self), "str")
        return "a"

    def __repr__(self) -> str:
        return "<%s>" % origin_of(self)

    def __format__(self, spec: str) -> str:
        world.use(origin_of(self), "format:" + spec[-1:])
        return "1"

    def __bytes__(self) -> bytes:
        return b"a"

    def __fspath__(self) -> str:
        world.use(origin_of(self), "fspath")
        return "a"

    def __enter__(self) -> Any:
        world.use(origin_of(self), "with")
        return child(self, ".__enter__()", "enter")

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return (
            kind is not None
            and issubclass(kind, Exception)
            and origin_of(self).rstrip("()").endswith(_SWALLOW)
        )

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> bool:
        return self.__exit__(kind, error, trace)

    def __await__(self) -> Any:
        world.use(origin_of(self), "await")
        return child(self, ".__await__()", "await")
        yield

    def __aiter__(self) -> Any:
        return _Later([child(self, "[]", ("item", place)) for place in range(ITEMS)])

    async def __anext__(self) -> Any:
        try:
            return self.__next__()
        except StopIteration:
            raise StopAsyncIteration from None

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return str, ("a",)

    def __instancecheck__(self, other: Any) -> bool:
        world.use(origin_of(self), "class")
        return isinstance(other, Hole) or any(_is_base(base, self) for base in type(other).__mro__)

    def __subclasscheck__(self, other: Any) -> bool:
        world.use(origin_of(self), "class")
        return isinstance(other, Hole) or any(_is_base(base, self) for base in getattr(other, "__mro__", ()))

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        alone = not any(isinstance(base, type) and base is not object for base in bases)
        return (world.base(origin_of(self), alone),)

    def __divmod__(self, other: Any) -> Any:
        return (self // other, self % other)

    def __rdivmod__(self, other: Any) -> Any:
        return (other // self, other % self)


class _Later:
    """Asynchronous iterator over given items."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        if not self.items:
            raise StopAsyncIteration
        return self.items.pop(0)


def _is_base(kind: Any, hole: Any) -> bool:
    return bool(kind.__dict__.get("_base_origin") == origin_of(hole))


def _wanted(frame: Any) -> tuple[int, str]:
    """Return how many items the instruction that iterates takes, and the name of that use."""
    code, place = frame.f_code.co_code, frame.f_lasti
    operation, argument = code[place], code[place + 1]
    if operation == _UNPACK:
        return argument, "unpack:%d" % argument
    if operation == _UNPACK_EX:
        return argument + 1, "iter"
    return ITEMS, "iter"


def _operator(name: str, symbol: str, swapped: bool) -> Callable[[Any, Any], Any]:
    def operation(self: Any, other: Any, *rest: Any) -> Any:
        world.use(origin_of(self), "op:%s:%s%s" % (symbol, kind_of(other), ":r" if swapped else ""))
        sides = (shown(other), origin_of(self)) if swapped else (origin_of(self), shown(other))
        if self.__dict__["_depth"] >= DEEPEST or len(sides[0]) + len(sides[1]) > 120:
            return self
        text = "(%s %s %s)" % (sides[0], symbol, sides[1])
        return world.get(text, text, self.__dict__["_depth"] + 1)

    operation.__name__ = name
    return operation


def _unary(name: str, symbol: str) -> Callable[[Any], Any]:
    def operation(self: Any) -> Any:
        world.use(origin_of(self), "unary:" + symbol)
        return child(self, "." + name + "()", name)

    return operation


_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
for _name, _symbol in _BINARY.items():
    setattr(Hole, "__%s__" % _name, _operator("__%s__" % _name, _symbol, False))
    setattr(Hole, "__r%s__" % _name, _operator("__r%s__" % _name, _symbol, True))
for _name, _symbol in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
    setattr(Hole, "__%s__" % _name, _operator("__%s__" % _name, _symbol, False))
for _name, _symbol in {"neg": "-", "pos": "+", "invert": "~", "abs": "abs"}.items():
    setattr(Hole, "__%s__" % _name, _unary("__%s__" % _name, _symbol))

_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "__name__": lambda hole: last_name(origin_of(hole)),
    "__qualname__": lambda hole: last_name(origin_of(hole)),
    "__all__": lambda hole: [],
    "__file__": lambda hole: "a.py",
    "__path__": lambda hole: [],
    "__version__": lambda hole: "1.0",
    "__wrapped__": lambda hole: hole,
}
"""Special attributes that a hole has: those of modules, functions and classes that programs read."""
