"""Canonical values as Python source: an expression that makes the value, and the imports that it needs.

The values come from programs that may be hostile, so nothing is built here: text is written from the lowered tree
(`core/parse_values.py`), names in it are checked against the names that the program's own source defines, and depth and
length are bounded. What no expression says (opaque objects, cycles, iterators cut short, instances of classes that are
not the program's own) raises `Unsayable`.

Leaves out: sharing inside a value, unless it is asked for: then an object that occurs twice becomes a variable.
"""

import ast
import decimal
import keyword
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from trialrun.core import values as v
from trialrun.core.printable import printable
from trialrun.lang.statements import bound

MOST_CHARACTERS = 20_000
"""Longest expression."""
_DEPTH = 60
"""Brackets inside one another; Python's own parser ends at 200."""
_DTYPE = re.compile(r"[<>|=][biufcSUmM][0-9]{0,6}(\[[a-z0-9]{1,8}\])?")
_SHAPE = re.compile(r"[0-9]{0,12}(,[0-9]{1,12})*")
_FACTORIES = frozenset(("list", "int", "dict", "set", "str", "float", "bool", "tuple"))


class Unsayable(Exception):
    """No Python expression makes this value; the text says why."""


@dataclass(frozen=True, slots=True)
class OwnClasses:
    """Classes that a program's source defines, and under which module's name it was run."""

    module: str
    """Module part of their class tags: `solution`, or the dotted name of a package's module."""
    prefix: str
    """What stands before their names in the source that is written: `module.`."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Qualified name → `dataclass`, `enum`, `namedtuple`, or empty for any other class."""

    @classmethod
    def of(cls, tree: ast.Module, module: str, prefix: str) -> "OwnClasses":
        """Read them from a syntax tree."""
        kinds: dict[str, str] = {}
        _collect(tree.body, "", kinds)
        return cls(module, prefix, kinds)

    def named(self, tag: str, kind: str) -> str:
        """Return how to name the class of a tag. Raises `Unsayable` where it is not one of these."""
        name = tag.removeprefix(f"{self.module}.")
        if name == tag or self.kinds.get(name) != kind:
            raise Unsayable(f"an instance of {printable(tag, 100)}")
        return self.prefix + name


def _collect(body: list[ast.stmt], prefix: str, kinds: dict[str, str]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef):
            kinds[prefix + node.name] = _kind(node)
            _collect(node.body, f"{prefix}{node.name}.", kinds)
        elif _makes_namedtuple(node):
            kinds.update((prefix + name, "namedtuple") for name in bound(node))


def _makes_namedtuple(node: ast.stmt) -> bool:
    made = node.value if isinstance(node, ast.Assign) else None
    return isinstance(made, ast.Call) and ast.unparse(made.func).rpartition(".")[2].lower() == "namedtuple"


def _kind(node: ast.ClassDef) -> str:
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    own = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    if any("dataclass" in ast.unparse(one) for one in node.decorator_list):
        plain = not own & {"__init__", "__new__", "__post_init__"}
        hidden = any(
            "init=False" in ast.unparse(inner) for inner in node.body if isinstance(inner, ast.AnnAssign)
        )
        return "dataclass" if plain and not hidden else ""
    if "NamedTuple" in bases:
        return "namedtuple"
    return "enum" if any(base.endswith(("Enum", "Flag")) for base in bases) else ""


class Writer:
    """Writes the values of one value graph; `imports` gathers what the expressions need."""

    def __init__(self, lowered: Any, own: OwnClasses, *, shared: bool = False) -> None:
        """`shared`: what occurs twice becomes a variable, set in `statements`; else it is written twice."""
        self.imports: set[str] = set()
        self.statements: list[str] = []
        self.strict = False
        """Whether a plain `==` does not tell the value from its like: it holds a NaN or a negative zero."""
        self._own = own
        self._nodes = v.index(lowered) if type(lowered) is tuple else []
        self._numbers = {id(node): number for number, node in enumerate(self._nodes)}
        self._shared = _referred(lowered) if shared else frozenset()
        self._names: dict[int, str] = {}
        self._open: set[int] = set()
        self._room = MOST_CHARACTERS

    def write(self, low: Any) -> str:
        """Return the expression of one value of the graph. Raises `Unsayable`."""
        return self._text(low, 0)

    def _text(self, low: Any, depth: int) -> str:
        text = self._atom(low) if type(low) is not tuple else self._object(low, depth)
        self._room -= len(text) if type(low) is not tuple else 4
        if self._room < 0:
            raise Unsayable(f"a value of more than {MOST_CHARACTERS:,} characters")
        return text

    def _object(self, low: Any, depth: int) -> str:
        if depth > _DEPTH:
            raise Unsayable("a value nested too deeply")
        low = self._nodes[low[1]] if low[0] == v.REF else low
        number = self._numbers.get(id(low), -1)
        if number in self._names:
            return self._names[number]
        if id(low) in self._open:
            raise Unsayable("a value that contains itself")
        self._open.add(id(low))
        write = _WRITERS.get(low[0])
        if write is None:
            raise Unsayable(_named(low))
        text = write(self, low, depth + 1)
        self._open.discard(id(low))
        if number in self._shared:
            self._names[number] = f"shared{len(self._names)}"
            self.statements.append(f"{self._names[number]} = {text}")
            return self._names[number]
        return text

    def _items(self, items: Any, depth: int) -> str:
        return ", ".join(self._text(item, depth) for item in items)

    def _pairs(self, items: Any, depth: int) -> str:
        texts = [self._text(item, depth) for item in items]
        return ", ".join(f"{key}: {value}" for key, value in zip(texts[::2], texts[1::2], strict=True))

    # -- one method a kind of value

    def _atom(self, value: Any) -> str:
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, complex):
            parts = self._float(value.real), self._float(value.imag)
            return f"complex({', '.join(parts)})"
        if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
            return hex(value)  # decimal digits beyond some 4,300 are refused by the parser
        if isinstance(value, str):
            return repr(value) if printable(value, len(value)) == value else ascii(value)
        return "..." if value is ... else repr(value)

    def _float(self, value: float) -> str:
        if math.isfinite(value):
            self.strict |= value == 0 and math.copysign(1, value) < 0
            return repr(value)
        self.strict |= math.isnan(value)
        return f'float("{value}")'

    def _list(self, low: Any, depth: int) -> str:
        return f"[{self._items(low[1:], depth)}]"

    def _tuple(self, low: Any, depth: int) -> str:
        return f"({self._items(low[1:], depth)}{',' if len(low) == 2 else ''})"

    def _dict(self, low: Any, depth: int) -> str:
        return f"{{{self._pairs(low[1:], depth)}}}"

    def _set(self, low: Any, depth: int) -> str:
        return f"{{{self._items(low[1:], depth)}}}" if len(low) > 1 else "set()"

    def _frozenset(self, low: Any, depth: int) -> str:
        return f"frozenset({{{self._items(low[1:], depth)}}})" if len(low) > 1 else "frozenset()"

    def _bytearray(self, low: Any, depth: int) -> str:
        return f"bytearray({low[1]!r})"

    def _from(self, module: str, name: str) -> str:
        self.imports.add(module)
        return f"{module}.{name}"

    def _deque(self, low: Any, depth: int) -> str:
        most = "" if low[1] is None else f", maxlen={low[1]}"
        return f"{self._from('collections', 'deque')}([{self._items(low[2:], depth)}]{most})"

    def _odict(self, low: Any, depth: int) -> str:
        texts = [self._text(item, depth) for item in low[1:]]
        pairs = ", ".join(f"({key}, {value})" for key, value in zip(texts[::2], texts[1::2], strict=True))
        return f"{self._from('collections', 'OrderedDict')}([{pairs}])"

    def _defaultdict(self, low: Any, depth: int) -> str:
        if low[1] is not None and low[1] not in _FACTORIES:
            raise Unsayable("a defaultdict with a factory of its own")
        return f"{self._from('collections', 'defaultdict')}({low[1]}, {{{self._pairs(low[2:], depth)}}})"

    def _counter(self, low: Any, depth: int) -> str:
        return f"{self._from('collections', 'Counter')}({{{self._pairs(low[1:], depth)}}})"

    def _decimal(self, low: Any, depth: int) -> str:
        sign, digits, exponent = low[1:]
        plain = not digits or (digits.isascii() and digits.isdecimal())
        if not plain or sign not in (0, 1) or (isinstance(exponent, str) and exponent not in ("F", "n", "N")):
            raise Unsayable("a malformed Decimal")
        try:
            made = decimal.Decimal((sign, tuple(map(int, digits)), exponent))
        except (ValueError, ArithmeticError):
            raise Unsayable("a malformed Decimal") from None
        self.strict |= made.is_nan() or (made.is_zero() and sign == 1)
        return f"{self._from('decimal', 'Decimal')}({str(made)!r})"

    def _fraction(self, low: Any, depth: int) -> str:
        return f"{self._from('fractions', 'Fraction')}({self._atom(low[1])}, {self._atom(low[2])})"

    def _date(self, low: Any, depth: int) -> str:
        name = {v.DATE: "date", v.TIMEDELTA: "timedelta"}[low[0]]
        return f"{self._from('datetime', name)}({', '.join(map(self._atom, low[1:]))})"

    def _clock(self, low: Any, depth: int) -> str:
        *numbers, fold, zone = low[1:]
        parts = [*map(self._atom, numbers)]
        parts += [] if zone is None else [f"tzinfo={self._text(zone, depth)}"]
        parts += [f"fold={self._atom(fold)}"] if fold else []
        name = "time" if low[0] == v.TIME else "datetime"
        return f"{self._from('datetime', name)}({', '.join(parts)})"

    def _timezone(self, low: Any, depth: int) -> str:
        if low[1:] == ("UTC", (v.TIMEDELTA, 0, 0, 0)):
            return self._from("datetime", "timezone.utc")
        return f"{self._from('datetime', 'timezone')}({self._text(low[2], depth)}, {self._atom(low[1])})"

    def _range(self, low: Any, depth: int) -> str:
        return f"range({', '.join(map(self._atom, low[1:]))})"

    def _array(self, low: Any, depth: int) -> str:
        shape = low[3] if low[0] == v.ARRAY else ""
        if not _DTYPE.fullmatch(low[1]) or not _SHAPE.fullmatch(shape):
            raise Unsayable("an array of an odd type")
        flat = f"{self._from('numpy', 'frombuffer')}({low[2]!r}, dtype={low[1]!r})"
        return f"{flat}[0]" if low[0] == v.SCALAR else f"{flat}.reshape({shape or '()'}).copy()"

    def _dataclass(self, low: Any, depth: int) -> str:
        name = self._own.named(low[1], "dataclass")
        fields = low[2].split()
        if not all(field.isidentifier() and not keyword.iskeyword(field) for field in fields):
            raise Unsayable(f"an instance of {printable(low[1], 100)}")
        self.strict = True  # its class may define no equality
        texts = [f"{field}={self._text(item, depth)}" for field, item in zip(fields, low[3:], strict=True)]
        return f"{name}({', '.join(texts)})"

    def _namedtuple(self, low: Any, depth: int) -> str:
        return f"{self._own.named(low[1], 'namedtuple')}({self._items(low[3:], depth)})"

    def _enum(self, low: Any, depth: int) -> str:
        name = self._own.named(low[1], "enum")
        if not low[2].isidentifier() or keyword.iskeyword(low[2]) or low[2].startswith("_"):
            raise Unsayable(f"a member of {printable(low[1], 100)}")
        return f"{name}.{low[2]}"


_WRITERS: dict[int, Callable[[Writer, Any, int], str]] = {
    v.LIST: Writer._list,
    v.TUPLE: Writer._tuple,
    v.DICT: Writer._dict,
    v.SET: Writer._set,
    v.FROZENSET: Writer._frozenset,
    v.BYTEARRAY: Writer._bytearray,
    v.DEQUE: Writer._deque,
    v.ODICT: Writer._odict,
    v.DEFAULTDICT: Writer._defaultdict,
    v.COUNTER: Writer._counter,
    v.DECIMAL: Writer._decimal,
    v.FRACTION: Writer._fraction,
    v.DATE: Writer._date,
    v.TIMEDELTA: Writer._date,
    v.TIME: Writer._clock,
    v.DATETIME: Writer._clock,
    v.TIMEZONE: Writer._timezone,
    v.RANGE: Writer._range,
    v.SCALAR: Writer._array,
    v.ARRAY: Writer._array,
    v.DATACLASS: Writer._dataclass,
    v.NAMEDTUPLE: Writer._namedtuple,
    v.ENUM: Writer._enum,
}


def _named(low: Any) -> str:
    if low[0] == v.OPAQUE:
        return f"an object of type {printable(low[2], 100)}"
    if low[0] == v.SUBCLASS:
        return f"an instance of {printable(low[1], 100)}"
    return f"a value of type {v.SHAPES[low[0]][0]} inside another"


def _referred(lowered: Any) -> frozenset[int]:
    """Return the numbers of the objects that occur more than once."""
    found: set[int] = set()
    waiting = [lowered]
    while waiting:
        low = waiting.pop()
        if type(low) is tuple:
            if low[0] == v.REF:
                found.add(low[1])
            waiting += low[1:]
    return frozenset(found)
