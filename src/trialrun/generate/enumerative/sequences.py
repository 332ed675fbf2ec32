"""Operators on lists, strings as sequences, tuples, sets, dicts and ranges.

Leaves out: comprehensions (`loops.py`).
"""

# ruff: noqa: E501 (tables: one entry a line)
import itertools
import math
from collections import Counter
from typing import Any

from trialrun.generate.enumerative.kinds import LISTS, SEQUENCE
from trialrun.generate.enumerative.operators import HELPERS, bounded
from trialrun.generate.enumerative.terms import (
    ATOM,
    BITAND,
    BITS,
    COMPARE,
    PRODUCT,
    SUM,
    XOR,
    Operator,
    Undefined,
)

_NUMBERS = "IFBtrz"
_ANY = LISTS + "strz"
_LONGEST = 2000
_COUNTER = ("from collections import Counter",)
_ITERTOOLS = ("import itertools",)
_MATH = ("import math",)
_RUNS = "runs"

HELPERS[_RUNS] = (
    "def runs(items):\n    found = []\n    for item in items:\n        if found and found[-1][0] == item:\n"
    "            found[-1].append(item)\n        else:\n            found.append([item])\n    return found\n"
)


def runs(items: Any) -> list[list[Any]]:
    """Return the longest pieces of equal items."""
    found: list[list[Any]] = []
    for item in items:
        if found and found[-1][0] == item:
            found[-1].append(item)
        else:
            found.append([item])
    return found


def _range(*ends: int) -> list[int]:
    if len(range(*ends)) > _LONGEST:
        raise Undefined
    return list(range(*ends))


def _product(items: Any) -> Any:
    if len(items) >= 60 or not all(type(item) in (int, float) for item in items):
        raise Undefined
    return bounded(math.prod(items))


def _f(
    name: str, takes: str, gives: str, run: Any, text: str, cost: float = 2, words: str = "", **more: Any
) -> Operator:
    """Return a function, method or subscript of one operand."""
    wants = more.pop("wants", (ATOM if text.startswith("{0}") else 0,))
    return Operator(name=name, takes=(takes,), gives=gives, run=run, text=text, wants=wants, cost=cost,
                    words=tuple(words.split()), **more)  # fmt: skip


def _g(
    name: str,
    takes: tuple[str, ...],
    gives: str,
    run: Any,
    text: str,
    cost: float = 2,
    words: str = "",
    **more: Any,
) -> Operator:
    """Return a function, method or subscript of several operands."""
    wants = more.pop("wants", (ATOM if text.startswith("{0}") else 0, 0, 0))
    return Operator(name=name, takes=takes, gives=gives, run=run, text=text, wants=wants, cost=cost,
                    words=tuple(words.split()), **more)  # fmt: skip


ITEMS: tuple[Operator, ...] = (
    _f("len", _ANY + "d", "i", len, "len({0})", words="len length count number size unique distinct words"),
    _f("first", SEQUENCE, "", lambda x: x[0], "{0}[0]", words="first start initial head"),
    _f("second", SEQUENCE, "", lambda x: x[1], "{0}[1]", 2.5, "second"),
    _f("last", SEQUENCE, "", lambda x: x[-1], "{0}[-1]", words="last end final largest maximum"),
    _f("reversed", SEQUENCE, "", lambda x: x[::-1], "{0}[::-1]", words="reverse reversed backwards palindrome flip mirror rotated"),
    _f("tail", SEQUENCE, "", lambda x: x[1:], "{0}[1:]", words="tail rest remove adjacent consecutive"),
    _f("init", SEQUENCE, "", lambda x: x[:-1], "{0}[:-1]", words="init last remove"),
    _f("evens", SEQUENCE, "", lambda x: x[::2], "{0}[::2]", 2.5, "even odd alternate every second indices positions"),
    _f("odds", SEQUENCE, "", lambda x: x[1::2], "{0}[1::2]", 2.5, "odd even alternate every second indices positions"),
    _g("item", (SEQUENCE, "i"), "", lambda x, i: x[i], "{0}[{1}]", words="index nth get element item position at"),
    _g("take", (SEQUENCE, "i"), "", lambda x, i: x[:i], "{0}[:{1}]", words="first take prefix truncate smallest n"),
    _g("drop", (SEQUENCE, "i"), "", lambda x, i: x[i:], "{0}[{1}:]", words="drop last skip rotate suffix largest n"),
    _g("step", (SEQUENCE, "i"), "", lambda x, i: x[::i], "{0}[::{1}]", 3, "every nth step"),
    _g("join_lists", (LISTS, LISTS), "", lambda a, b: a + b, "{0} + {1}", 2, "concatenate merge combine rotate", binds=SUM, wants=(SUM, SUM + 1)),
    _g("join_tuples", ("t", "t"), "t", lambda a, b: a + b, "{0} + {1}", 2, "concatenate merge combine", binds=SUM, wants=(SUM, SUM + 1)),
    _g("in", ("*", LISTS + "tzdr"), "b", lambda a, b: a in b, "{0} in {1}", 2, "in contains element present exists check", binds=COMPARE, wants=(BITS, BITS)),
    _g("not_in", ("*", LISTS + "tzdr"), "b", lambda a, b: a not in b, "{0} not in {1}", 2.5, "not exclude difference without missing", binds=COMPARE, wants=(BITS, BITS)),
    _g("count", (LISTS + "t", "*"), "i", lambda x, v: x.count(v), "{0}.count({1})", 2, "count occurrences frequency number times unique"),
    _g("index", (LISTS + "t", "*"), "i", lambda x, v: x.index(v), "{0}.index({1})", 2, "index position find first"),
    _g("lists_equal", (LISTS + "stzd", LISTS + "stzd"), "b", lambda a, b: a == b, "{0} == {1}", 2, "equal same palindrome sorted is are anagrams", binds=COMPARE, wants=(BITS, BITS), symmetric=True),
    _g("repeat_list", (LISTS, "i"), "", lambda x, n: x * n if len(x) * n <= _LONGEST else _none(), "{0} * {1}", 3, "repeat", binds=PRODUCT, wants=(PRODUCT, PRODUCT + 1)),
    _f("list", "st", "", list, "list({0})", words="list characters chars letters convert"),
    _f("tuple", LISTS, "t", tuple, "tuple({0})", 2.5, "tuple"),
    _f("set", SEQUENCE, "z", set, "set({0})", words="unique distinct set duplicates different same common repeated isogram"),
    _f("sorted", _ANY + "d", "", sorted, "sorted({0})", words="sort sorted order smallest largest anagram anagrams median second ascending arrange"),
    _f("sorted_down", _ANY + "d", "", lambda x: sorted(x, reverse=True), "sorted({0}, reverse=True)", 2.5, "descending largest sort sorted top decreasing"),
    _f("unique", SEQUENCE, "", lambda x: list(dict.fromkeys(x)), "list(dict.fromkeys({0}))", 3, "unique duplicates remove distinct preserve order dedupe"),
    _f("sorted_unique", SEQUENCE, "", lambda x: sorted(set(x)), "sorted(set({0}))", 3, "unique sorted distinct second third smallest largest"),
    _f("joined", "Ss", "s", lambda x: "".join(x), '"".join({0})', 1.5, "join concatenate string combine"),
    _f("sorted_text", "s", "s", lambda x: "".join(sorted(x)), '"".join(sorted({0}))', 3, "sort sorted anagram order alphabetical alphabetically"),
    _g("join", ("s", "S"), "s", lambda a, b: a.join(b), "{0}.join({1})", 2, "join words sentence separated format comma"),
    _f("runs", LISTS + "st", "M", runs, "runs({0})", 4, "runs consecutive groups compress group streak repeated adjacent", needs=(_RUNS,)),
)  # fmt: skip

SETS: tuple[Operator, ...] = (
    _g("union", ("z", "z"), "z", lambda a, b: a | b, "{0} | {1}", 2.5, "union combine unique all", binds=BITS, wants=(BITS, BITS + 1), symmetric=True),
    _g("common", ("z", "z"), "z", lambda a, b: a & b, "{0} & {1}", 2, "common intersection shared both", binds=BITAND, wants=(BITAND, BITAND + 1), symmetric=True),
    _g("minus", ("z", "z"), "z", lambda a, b: a - b, "{0} - {1}", 2.5, "difference missing without", binds=SUM, wants=(SUM, SUM + 1)),
    _g("xor", ("z", "z"), "z", lambda a, b: a ^ b, "{0} ^ {1}", 3.5, "symmetric difference dissimilar", binds=XOR, wants=(XOR, XOR + 1), symmetric=True),
    _g("subset", ("z", "z"), "b", lambda a, b: a <= b, "{0} <= {1}", 2.5, "subset all contains every pangram can", binds=COMPARE, wants=(BITS, BITS)),
)  # fmt: skip

TOTALS: tuple[Operator, ...] = (
    _f("sum", _NUMBERS, "", sum, "sum({0})", 1.5, "sum total add average mean sums"),
    _f("max", _ANY, "", max, "max({0})", 2, "max maximum largest greatest highest biggest extreme"),
    _f("min", _ANY, "", min, "min({0})", 2, "min minimum smallest lowest least extreme"),
    _f("prod", "IFtr", "", lambda x: _product(x), "math.prod({0})", 2.5, "product multiply multiplication", needs=_MATH),
    _f("mean", "IFt", "f", lambda x: sum(x) / len(x), "sum({0}) / len({0})", 3, "average mean", binds=PRODUCT),
    _f("numbers", "S", "I", lambda x: [int(i) for i in x], "[int(x) for x in {0}]", 2, "number numbers digits int sum"),
    _f("digits", "s", "I", lambda x: [int(i) for i in x], "[int(d) for d in {0}]", 2, "digit digits number sum"),
    _f("digits_of", "i", "I", lambda n: [int(i) for i in str(n)], "[int(d) for d in str({0})]", 3, "digit digits number sum"),
    _f("words_of", "IF", "S", lambda x: [str(i) for i in x], "[str(x) for x in {0}]", 2, "string strings concatenate digits convert join"),
    _f("flat", "M", "", lambda x: [i for y in x for i in y] if sum(map(len, x)) <= _LONGEST else _none(), "[x for row in {0} for x in row]", 2.5, "flatten nested total all merge combine"),
    _f("sums", "M", "", lambda x: [sum(y) for y in x], "[sum(row) for row in {0}]", 2.5, "sum total nested rows"),
    _f("lengths", "MS", "I", lambda x: [len(y) for y in x], "[len(x) for x in {0}]", 2.5, "length lengths longest shortest"),
    _f("accumulated", "IF", "", lambda x: list(itertools.accumulate(x)), "list(itertools.accumulate({0}))", 3, "cumulative running prefix balance accumulate partial", needs=_ITERTOOLS),
    _f("differences", "IF", "", lambda x: [b - a for a, b in itertools.pairwise(x)], "[b - a for a, b in zip({0}, {0}[1:])]", 3, "difference differences consecutive adjacent gap arithmetic"),
    _f("any", "B", "b", any, "any({0})", 2, "any has"),
    _f("all", "B", "b", all, "all({0})", 2, "all every"),
    _f("longest", "SM", "", lambda x: max(x, key=len), "max({0}, key=len)", 3, "longest"),
    _f("shortest", "SM", "", lambda x: min(x, key=len), "min({0}, key=len)", 3, "shortest smallest"),
    _f("by_length", "SM", "", lambda x: sorted(x, key=len), "sorted({0}, key=len)", 3, "length sort sorted order"),
    _f("gcd_of", "It", "i", lambda x: math.gcd(*x), "math.gcd(*{0})", 4, "gcd greatest common divisor factor", needs=_MATH),
    _f("lcm_of", "It", "i", lambda x: bounded(math.lcm(*x)) if len(x) < 30 else _none(), "math.lcm(*{0})", 4, "lcm least common multiple", needs=_MATH),
)  # fmt: skip

MAPS: tuple[Operator, ...] = (
    _f("counts", SEQUENCE, "d", lambda x: dict(Counter(x)), "dict(Counter({0}))", 3, "count frequency occurrences counter histogram", needs=_COUNTER),
    _f("keys", "d", "", list, "list({0})", 2.5, "keys"),
    _f("values", "d", "", lambda d: list(d.values()), "list({0}.values())", 2, "values count frequency"),
    _f("pairs", "d", "P", lambda d: list(d.items()), "list({0}.items())", 2, "items count frequency"),
    _g("get", ("d", "*"), "", lambda d, k: d[k], "{0}[{1}]", 2, "get value"),
    _f("most_common", SEQUENCE, "", lambda x: max(x, key=x.count), "max({0}, key={0}.count)", 4, "common frequent most mode majority occurrences"),
    _f("range", "i", "r", _range, "range({0})", 2, "range below until up indices"),
    _f("range1", "i", "r", lambda n: _range(1, n + 1), "range(1, {0} + 1)", 2, "range numbers up first sum multiples divisors count", wants=(SUM,)),
    _f("range2", "i", "r", lambda n: _range(2, n), "range(2, {0})", 3, "prime divisor factor factors"),
    _g("range_between", ("i", "i"), "r", _range, "range({0}, {1})", 2, "range between"),
    _g("range_through", ("i", "i"), "r", lambda a, b: _range(a, b + 1), "range({0}, {1} + 1)", 2.5, "range between inclusive", wants=(0, SUM)),
    _f("range_list", "r", "I", list, "list({0})", 2, "range list generate"),
    _f("enumerated", LISTS + "st", "E", lambda x: list(enumerate(x)), "enumerate({0})", 2, "index position indices positions weighted odd even alternate"),
    _f("numbered", LISTS + "st", "E", lambda x: list(enumerate(x, 1)), "enumerate({0}, 1)", 2.5, "index position indices positions weighted"),
    _f("adjacent", LISTS + "st", "E", lambda x: list(itertools.pairwise(x)), "zip({0}, {0}[1:])", 2.5, "adjacent consecutive neighbours increasing decreasing sorted monotonic ordered"),
    _g("zip", (LISTS + "st", LISTS + "st"), "E", lambda a, b: list(zip(a, b, strict=False)), "zip({0}, {1})", 2, "zip pair elementwise corresponding interleave mismatches dot hamming matching"),
    _f("combinations", LISTS + "st", "E", lambda x: list(itertools.combinations(x, 2)) if len(x) < 25 else _none(), "itertools.combinations({0}, 2)", 3, "pair pairs combinations two any", needs=_ITERTOOLS),
)  # fmt: skip

SEQUENCES = (*ITEMS, *SETS, *TOTALS, *MAPS)


def _none() -> Any:
    raise Undefined
