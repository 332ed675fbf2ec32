"""The narrowest builtin type for an invented value, from all uses of it that were seen.

A use is tried on a sample of each type (`1 + "a"` is no use of a string plus a string), so there is no table of
protocols to keep. An origin that is used in a way which no builtin type supports stays an object that answers
everything. Beside the uses there are annotations and defaults of parameters, results of well-known library functions,
and, apart from these since it is a guess, the name.

Leaves out: types that are not builtin, and running anything of the snippet (`partial_types.py` does).
"""

import ast
import operator
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trialrun.run.holes import Value

SAMPLES: dict[str, Any] = {
    "int": 1,
    "float": 1.0,
    "list": [1],
    "str": "a",
    "bytes": b"a",
    "tuple": (1,),
    "dict": {"a": 1},
    "set": {1},
}
"""One value of each type, the likelier of two types that support the same uses first."""
_FILE = {"read", "readline", "readlines", "write", "close", "seek", "flush", "tell", "closed", "name"}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
    "abs": abs,
}
_WEAK = ("bool", "str", "format:", "op:==", "op:!=", "hash")
"""Uses that every type supports."""
_COMMON = {
    "get", "copy", "close", "update", "pop", "remove", "clear", "add", "index", "count", "insert", "join", "name",
}  # fmt: skip
"""Methods of builtin types that objects of many other kinds have as well; alone they say nothing."""
_LIBRARY: tuple[tuple[str, str], ...] = (
    (r"(check_output|communicate)\((?!.*(text|universal_newlines|encoding)).*\)(\[\])?$", "bytes"),
    (r"check_output\(.*(text|universal_newlines|encoding).*\)$", "str"),
    (r"urlopen\(.*\)\.(read|readline)\(\)$|\.(recv|encode|digest)\(\)$", "bytes"),
    (r"(requests\.\w+\(\)|\bresponse|\bresp|\br)\.content$", "bytes"),
    (r"open\(.*'[rwa]b.*\)\.(read|readline)\(\)$|open\(.*'[rwa]b.*\)\[\]$", "bytes"),
    (r"open\([^']*('[^']*')?[^']*\)\.(read|readline)\(\)$|open\([^']*('[^']*')?[^']*\)\[\]$", "str"),
    (r"\.readlines\(\)$|\.fetchall\(\)$|\.find_all\(\)$|\.tolist\(\)$|\.splitlines\(\)$", "list"),
    (
        r"\.(strip|lstrip|rstrip|lower|upper|title|capitalize|replace|decode|hexdigest|get_text|strftime)\(\)$",
        "str",
    ),
    (r"\.(isoformat|hex|format|zfill)\(\)$|(requests\.\w+|response|resp)(\(\))?\.text$|^input\(\)$", "str"),
    (r"\.split\(\)$", "list"),
    (r"\.split\(\)\[\]$|\.splitlines\(\)\[\]$|\.readlines\(\)\[\]$", "str"),
    (r"\.(find|status_code|rowcount)(\(\))?$|\.(count|index|fileno)\(\)$", "int"),
    (r"\.(timestamp|total_seconds)\(\)$", "float"),
    (r"\.json\(\)$", "dict"),
)
_NAMES: tuple[tuple[str, str], ...] = (
    (
        r"(user|file|first|last|full|host|class|func|model|table|column|dir|base)_?names?$|name|filename|filepath|"
        r"url|text|title|message|msg|line|word|username|password|email|label|prefix|suffix|description|sentence|city|"
        r"country|string|s|greeting|address|extension|ext|path",
        "str",
    ),
    (
        r"n|num|count|size|length|index|idx|i|j|k|age|year|month|day|hour|minute|port|width|height|limit|offset|page|"
        r"level|depth|iterations|epochs|quantity|qty|seconds|retries|attempts|points|score|total|"
        r"(num|n|max|min)_\w+|\w+_(count|size|id|num|index|length)",
        "int",
    ),
    (r"price|rate|ratio|amount|weight|temperature|\w+_(rate|ratio|price)", "float"),
    (
        r"items|names|numbers|nums|lines|words|rows|results|elements|lst|files|users|urls|scores|\w+_list|values",
        "list",
    ),
    (r"params|headers|kwargs|options|mapping|\w+_dict|\w+_map|config|settings", "dict"),
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A type that an origin is taken to have."""

    origin: str
    kind: str
    by: str
    """`uses`, `annotation`, `default`, `library` or `name`."""
    why: str

    def __str__(self) -> str:
        """State it as a signature: `f() -> str`, `data in total: list`."""
        scope, _, name = (
            self.origin.rpartition(":") if re.match(r"\w+:", self.origin) else ("", "", self.origin)
        )
        where = f" in {scope}" if scope else ""
        if name.endswith("()"):
            return f"{name}{where} -> {self.kind}"
        return f"{name}{where}: {self.kind}"


def assume(tree: ast.Module, values: Iterable[Value], *, names: bool = False) -> list[Assumption]:
    """Return what the invented values of some runs may be taken for; with `names` their names count more than uses."""
    told = dict(_told(tree))
    uses: dict[str, dict[str, None]] = {}
    for value in values:
        uses.setdefault(value.origin, {}).update(dict.fromkeys(value.uses))
    found = []
    for origin, seen in uses.items():
        made = told.get(origin) or _by_library(origin) or (_by_name(origin, list(seen)) if names else None)
        made = made or _by_uses(origin, list(seen))
        if made is not None:
            found.append(made)
    return found


def _by_library(origin: str) -> Assumption | None:
    for pattern, kind in _LIBRARY:
        if re.search(pattern, origin):
            return Assumption(origin, kind, "library", "what such a function returns")
    return None


def _by_name(origin: str, uses: list[str]) -> Assumption | None:
    """Return the type that a name speaks for; operators may contradict it, attributes may not."""
    methods = [use for use in uses if use.startswith(("attr:", "call", "with", "await", "base", "class"))]
    if origin.endswith((")", "]")):
        return None
    name = last_name(origin).lower()
    for pattern, kind in _NAMES:
        if re.fullmatch(pattern, name) and all(supports(kind, use) for use in methods):
            return Assumption(origin, kind, "name", f"called {name}")
    return None


def last_name(origin: str) -> str:
    """Return the last name in an origin.

    >>> last_name("f:data.items"), last_name("Text(3)[0]")
    ('items', 'Text')
    """
    return re.split(r"[.:]", re.sub(r"[\[(].*", "", origin))[-1]


def _by_uses(origin: str, uses: list[str]) -> Assumption | None:
    if last_name(origin)[:1].isupper():
        return None  # a class, subscripted or called
    strong = [use for use in uses if not use.startswith(_WEAK)]
    methods = {use.partition(":")[2] for use in strong if use.startswith("attr:")}
    if not strong or (methods & {"read", "readline", "readlines"} and methods <= _FILE):
        return Assumption(origin, "file", "uses", _words(uses)) if strong else None
    if all(use.startswith("attr:") for use in strong) and methods <= _COMMON:
        return None
    kinds = [kind for kind in SAMPLES if all(supports(kind, use) for use in strong)]
    compared = [use.split(":")[2] for use in uses if use.startswith(("op:==", "op:!="))]
    kinds = [kind for kind in kinds if kind in compared] or kinds
    if not kinds or len(kinds) == len(SAMPLES) or _is_open(strong):
        return None
    kind = kinds[0]
    count = max((int(use[7:]) for use in strong if use.startswith("unpack:")), default=0)
    if count:
        kind = f"tuple:{count}"
    return Assumption(origin, kind, "uses", _words(uses))


def _is_open(uses: list[str]) -> bool:
    """Say whether uses leave open what an origin is: operators on another invented value, and nothing else."""
    return all(re.match(r"op:[^:]+:\?|(get|set|del|contains):\?", use) for use in uses)


def _words(uses: list[str]) -> str:
    return ", ".join(uses[:6])


def supports(kind: str, use: str) -> bool:
    """Say whether a value of a builtin type can be used so.

    >>> supports("str", "op:+:str"), supports("int", "op:+:str"), supports("dict", "get:str"), supports("str", "iter")
    (True, False, True, True)
    """
    what, _, more = use.partition(":")
    try:
        return _try(SAMPLES[kind], what, more)
    except (TypeError, AttributeError):
        return False
    except Exception:
        return True  # the wrong value, and the right type


def _try(sample: Any, what: str, more: str) -> bool:
    if what == "attr":
        return hasattr(sample, more)
    if what == "op":
        symbol, other, *swapped = more.split(":")
        return _operate(sample, symbol, other, bool(swapped))
    if what == "unary":
        _UNARY[more](sample)
    elif what in ("get", "set", "del", "contains"):
        key = SAMPLES.get(more, slice(0, 1) if more == "slice" else 0)
        if what == "contains":
            return bool(key in sample) or True
        fresh = sample.copy() if hasattr(sample, "copy") else sample
        if what == "set":
            operator.setitem(fresh, key, 1)
        else:
            (operator.getitem if what == "get" else operator.delitem)(fresh, key)
    elif what in ("iter", "unpack"):
        iter(sample)
    elif what == "format":
        format(sample, more if more in ("d", "f", "e", "g", "x") else "")
    elif what in _CALLS:
        _CALLS[what](sample)
    else:
        return False
    return True


def _operate(sample: Any, symbol: str, other: str, swapped: bool) -> bool:
    others = [SAMPLES[other]] if other in SAMPLES else list(SAMPLES.values()) if other == "?" else []
    if other == "bool":
        others = [True]
    if symbol == "%" and ((other in ("str", "bytes")) if swapped else isinstance(sample, str | bytes)):
        return True  # a format: whatever it wants
    for value in others:
        try:
            sides = (value, sample) if swapped else (sample, value)
            _OPERATORS[symbol](*sides)
        except TypeError:
            continue
        return True
    return False


_CALLS: dict[str, Callable[[Any], Any]] = {
    "len": len, "int": int, "float": float, "index": operator.index, "fspath": os.fspath, "next": next, "bool": bool,
    "str": str, "hash": hash,
}  # fmt: skip


def _told(tree: ast.Module) -> Iterator[tuple[str, Assumption]]:
    """Yield what annotations and defaults of parameters say."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args]
        defaults = [None] * (len(arguments) - len(node.args.defaults)) + list(node.args.defaults)
        pairs = [
            *zip(arguments, defaults, strict=True),
            *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
        ]
        for argument, default in pairs:
            origin = f"{node.name}:{argument.arg}"
            kind = _annotated(argument.annotation)
            if kind is not None:
                yield (
                    origin,
                    Assumption(origin, kind, "annotation", ast.unparse(argument.annotation or node)[:40]),
                )
            elif isinstance(default, ast.Constant) and type(default.value).__name__ in (
                "int",
                "float",
                "str",
                "bytes",
            ):
                kind = type(default.value).__name__
                yield origin, Assumption(origin, kind, "default", f"its default is {default.value!r}"[:60])


def _annotated(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Subscript):
        node = node.value
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        name = node.value.partition("[")[0]
    name = {"Sequence": "list", "Iterable": "list", "Mapping": "dict"}.get(name, name.lower())
    return name if name in SAMPLES else None
