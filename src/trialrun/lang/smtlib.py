"""SMT-LIB 2 scripts as trees in which the kind of a term is its sort, so that a term only replaces one that fits.

S-expressions are read by one pattern; sorts follow from declarations and from a table of the operators of the theories
Core, Ints, Reals, Strings, BitVec, FloatingPoint and arrays. A term that mentions a bound variable, or whose sort is
not known, has no kind: it is never moved. Declarations are known by name, so that a term that moves to another script
brings them.

Leaves out: `match`, datatypes' constructors, widths of `concat` (no kind), checking that a script is well sorted.

Source: Barrett, Fontaine, Tinelli, "The SMT-LIB Standard", version 2.6.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from trialrun.lang.trees import Node, Tree

_TOKEN = re.compile(r';[^\n]*|"(?:""|[^"])*"|\|[^|]*\||[()]|[^\s()";|]+')
DEEPEST = 400
"""Nesting beyond which a script has no tree: what follows is recursive."""


def _table(text: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for line in text.strip().splitlines():
        sort, _, operators = line.partition(":")
        table |= dict.fromkeys(operators.split(), sort.strip())
    return table


_RESULT = _table("""
Bool: and or not => xor = distinct < <= > >= is_int str.< str.<= str.contains str.prefixof str.suffixof str.in_re
Bool: str.is_digit bvult bvule bvugt bvuge bvslt bvsle bvsgt bvsge forall exists fp.eq fp.lt fp.leq fp.gt fp.geq
Bool: fp.isNaN fp.isInfinite fp.isZero fp.isNormal fp.isSubnormal fp.isNegative fp.isPositive
Int: div mod abs to_int str.len str.indexof str.to_int str.to_code bv2nat seq.len
Real: / to_real fp.to_real
String: str.++ str.at str.substr str.replace str.replace_all str.replace_re str.replace_re_all str.from_int
String: str.from_code
RegLan: str.to_re re.++ re.union re.inter re.* re.+ re.opt re.range re.comp re.diff
first: + - * bvadd bvsub bvmul bvand bvor bvxor bvnot bvneg bvudiv bvurem bvsdiv bvsrem bvshl bvlshr bvashr store
first: bvnand bvnor bvxnor bvsmod fp.abs fp.neg fp.min fp.max fp.rem
last: fp.add fp.sub fp.mul fp.div fp.fma fp.sqrt fp.roundToIntegral
""")
"""Sort of the result by operator; `first` and `last` are the sorts of those arguments."""
_VARIADIC = frozenset(
    name
    for names in (
        "and or xor = distinct + * - < <= > >=",
        "str.++ re.++ re.union re.inter",
        "bvadd bvmul bvand bvor",
    )
    for name in names.split()
)
_CONSTANTS = _table("""
Bool: true false
RegLan: re.none re.all re.allchar
RoundingMode: RNE RNA RTP RTN RTZ
""")


@dataclass(slots=True)
class _Item:
    """An S-expression: a token, or a list."""

    text: str
    start: int
    end: int
    items: list["_Item"] = field(default_factory=list)

    @property
    def is_list(self) -> bool:
        return self.text == "("

    @property
    def head(self) -> str:
        return self.items[0].text if self.items else ""


def parse_smtlib(source: str) -> Tree | None:
    """Return the tree of a script, or None where brackets do not match or nest deeper than `DEEPEST`."""
    items = _read(source)
    if items is None or not items:
        return None
    data = source.encode("utf-8", "replace")
    if len(data) != len(source):
        # Offsets are of characters up to here; a script is ASCII but for what stands in strings and comments.
        offsets = [0]
        for character in source:
            offsets.append(offsets[-1] + len(character.encode("utf-8", "replace")))
        _rebase(items, offsets)
    sorts = _Sorts(data)
    commands = tuple(sorts.command(item) for item in items if item.is_list)
    asserts = [place for place, node in enumerate(commands) if node.kind == "assert"]
    runs = ((asserts[0], asserts[-1] + 1),) if asserts and _together(asserts) else ()
    prelude = commands[asserts[0]].start if asserts else len(data)
    return Tree(data, Node("", 0, len(data), commands, runs), sorts.declares, prelude)


def _together(places: list[int]) -> bool:
    return places[-1] - places[0] + 1 == len(places)


def _read(source: str) -> list[_Item] | None:
    open_: list[_Item] = [_Item("(", 0, 0)]
    for found in _TOKEN.finditer(source):
        token = found[0]
        if token == "(":
            open_.append(_Item("(", found.start(), 0))
            if len(open_) > DEEPEST:
                return None
        elif token == ")":
            if len(open_) == 1:
                return None
            done = open_.pop()
            done.end = found.end()
            open_[-1].items.append(done)
        elif not token.startswith(";"):
            open_[-1].items.append(_Item(token, found.start(), found.end()))
    return open_[0].items if len(open_) == 1 else None


def _rebase(items: list[_Item], offsets: list[int]) -> None:
    for item in items:
        item.start, item.end = offsets[item.start], offsets[item.end]
        _rebase(item.items, offsets)


class _Sorts:
    """Sorts of terms, learnt from the declarations so far."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.declares: dict[str, bytes] = {}
        self._known: dict[str, str] = {}

    def command(self, item: _Item) -> Node:
        """Return the node of one command, having learnt what it declares."""
        words = [part.text for part in item.items]
        children: tuple[Node, ...] = ()
        if (
            item.head in ("declare-const", "declare-fun", "define-fun", "declare-sort")
            and len(item.items) >= 3
        ):
            self.declares[words[1]] = self._data[item.start : item.end]
            if item.head != "declare-sort":
                self._known[words[1]] = self._name(item.items[-2 if item.head == "define-fun" else -1])
            if item.head == "define-fun" and item.items[2].is_list:
                bound = frozenset(pair.head for pair in item.items[2].items)
                children = (self.term(item.items[-1], bound)[0],)
        elif item.head == "assert" and len(item.items) == 2:
            children = (self.term(item.items[1], frozenset())[0],)
        kind = "assert" if item.head == "assert" else ""  # what else there is has its place
        return Node(kind, item.start, item.end, children)

    def term(self, item: _Item, bound: frozenset[str]) -> tuple[Node, bool]:
        """Return the node of a term and whether it mentions a bound variable."""
        if not item.is_list:
            text = item.text
            free = text not in bound
            sort = self._atom(text) if free else ""
            return Node(sort, item.start, item.end, is_name=text in self._known), not free
        parts = item.items
        if not parts or item.head == "_" or item.head == "as":
            return Node(_indexed(parts), item.start, item.end), False
        inner, skip = bound, 1
        if item.head in ("forall", "exists", "let") and len(parts) == 3 and parts[1].is_list:
            inner, skip = bound | {pair.head for pair in parts[1].items}, 2
        if item.head == "!":
            parts = parts[:2]
        found = [self.term(part, inner) for part in parts[skip:]]
        # A variable bound here is no matter to those outside, but the terms that mention it stay in.
        mentions = any(
            mentioned and (inner == bound or _mentions(part, bound))
            for (_, mentioned), part in zip(found, parts[skip:], strict=True)
        )
        nodes = tuple(node for node, _ in found)
        sort = "" if mentions else self._result(item, nodes)
        runs = ((0, len(nodes)),) if item.head in _VARIADIC and len(nodes) > 2 else ()
        return Node(sort, item.start, item.end, nodes, runs), mentions

    def _atom(self, text: str) -> str:
        if text in self._known:
            return self._known[text]
        if text[0].isdigit():
            return "Real" if "." in text else "Int"
        if text[0] == '"':
            return "String"
        if text.startswith(("#b", "#x")):
            return f"(_ BitVec {(len(text) - 2) * (4 if text[1] == 'x' else 1)})"
        return _CONSTANTS.get(text, "")

    def _result(self, item: _Item, nodes: tuple[Node, ...]) -> str:
        head = item.items[0]
        if head.is_list:
            return _applied(head.items, nodes)
        kind = _RESULT.get(head.text) or self._known.get(head.text, "")
        if head.text == "ite":
            return nodes[1].kind if len(nodes) == 3 else ""
        if head.text == "let" or head.text == "!":
            return nodes[-1].kind if nodes else ""
        if head.text == "select" and nodes:
            return _split(nodes[0].kind)[-1] if nodes[0].kind.startswith("(Array ") else ""
        if kind == "last":
            return nodes[-1].kind if nodes else ""
        if head.text == "fp" and len(nodes) == 3:
            exponent, significand = (node.kind.partition("BitVec ")[2].rstrip(")") for node in nodes[1:])
            known = exponent.isdigit() and significand.isdigit()
            return f"(_ FloatingPoint {exponent} {int(significand) + 1})" if known else ""
        if kind == "first":
            sorts = [node.kind for node in nodes]
            return "Real" if "Real" in sorts else sorts[0] if sorts else ""
        return kind

    def _name(self, item: _Item) -> str:
        return " ".join(self._data[item.start : item.end].decode("utf-8", "replace").split())


def _mentions(item: _Item, names: frozenset[str]) -> bool:
    return item.text in names or any(_mentions(part, names) for part in item.items)


def _applied(head: list[_Item], nodes: tuple[Node, ...]) -> str:
    """Return the sort of `((_ extract 3 0) x)` and the like."""
    words = [part.text for part in head]
    numbers = [int(word) for word in words[2:] if word.isdigit()]
    match words[1:2], numbers:
        case ((["re.loop"] | ["re.^"]), _):
            return "RegLan"
        case ["extract"], [high, low]:
            return f"(_ BitVec {high - low + 1})"
        case ["to_fp"], [exponent, significand]:
            return f"(_ FloatingPoint {exponent} {significand})"
        case ((["fp.to_ubv"] | ["fp.to_sbv"] | ["int2bv"]), [width]):
            return f"(_ BitVec {width})"
        case ((["rotate_left"] | ["rotate_right"]), [_]):
            return nodes[0].kind if nodes else ""
    return ""


def _indexed(parts: list[_Item]) -> str:
    """Return the sort of `(_ bv5 8)` and the like."""
    words = [part.text for part in parts]
    if len(words) == 4 and words[1] in ("+oo", "-oo", "NaN", "+zero", "-zero"):
        return f"(_ FloatingPoint {words[2]} {words[3]})"
    if len(parts) == 3 and parts[1].text.startswith("bv") and parts[2].text.isdigit():
        return f"(_ BitVec {parts[2].text})"
    if len(parts) == 3 and parts[1].text in ("char", "Char"):
        return "String"
    return ""


def _split(sort: str) -> list[str]:
    """Return the parts of a sort that is written as a list."""
    items = _read(sort)
    if not items or not items[0].is_list:
        return [""]
    return [sort[part.start : part.end] for part in items[0].items]


class Said(NamedTuple):
    """What a solver printed."""

    check: tuple[str, ...]
    """Its answers to `check-sat`, in order."""
    errors: tuple[str, ...]


def read_answers(output: str) -> Said:
    """Return what a solver said.

    >>> read_answers('sat\\n(error "line 1")\\nunknown\\n')
    Said(check=('sat', 'unknown'), errors=('(error "line 1")',))
    """
    lines = [line.strip() for line in output.splitlines()]
    return Said(
        tuple(line for line in lines if line in ("sat", "unsat", "unknown", "unsupported", "timeout")),
        tuple(line for line in lines if line.startswith("(error")),
    )
