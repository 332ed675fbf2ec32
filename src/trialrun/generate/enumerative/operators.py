"""Operators on numbers, truth values, texts and anything: each a function with its Python text.

What would be too large (powers, repetitions, ranges) is undefined here, in the search alone; the text has no limit.

Leaves out: sequences (`sequences.py`), comprehensions (`loops.py`).
"""

# ruff: noqa: E501 (tables: one entry a line)
import math
from typing import Any

from trialrun.generate.enumerative.kinds import NUMBER
from trialrun.generate.enumerative.terms import (
    AND,
    ATOM,
    BITAND,
    BITS,
    COMPARE,
    CONDITION,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SHIFT,
    SIGN,
    SUM,
    XOR,
    Operator,
    Undefined,
)

_LARGEST = 10**30
_LONGEST = 2000


def bounded(value: Any) -> Any:
    """Return a value; undefined for a huge whole number."""
    if type(value) is int and not -_LARGEST < value < _LARGEST:
        raise Undefined
    return value


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > 64 or abs(base) > 10**12 or (base == 0 and exponent < 0):
        raise Undefined
    value = base**exponent
    if type(value) is complex:
        raise Undefined
    return bounded(value)


def _times(text: Any, count: int) -> Any:
    if len(text) * count > _LONGEST:
        raise Undefined
    return text * count


def _two(
    name: str,
    takes: str,
    gives: str,
    run: Any,
    text: str,
    binds: int,
    *,
    right: int = 0,
    inner: int = 0,
    **more: Any,
) -> Operator:
    """Return an operator between two operands, binding to the left, or as `inner` says."""
    wants = (inner or (right if binds == COMPARE else binds), right or (inner or binds) + 1)
    return Operator(
        name=name, takes=(takes, takes), gives=gives, run=run, text=text, binds=binds, wants=wants, **more
    )


def _of_one(
    name: str, takes: str, gives: str, run: Any, text: str, *, binds: int = ATOM, **more: Any
) -> Operator:
    """Return a function or, where the text begins with its operand, a method of one operand."""
    loose = binds if text.endswith("{0}") else binds + 1
    wants = (loose if binds < ATOM else ATOM if text.startswith("{0}") else 0,)
    return Operator(
        name=name, takes=(takes,), gives=gives, run=run, text=text, binds=binds, wants=wants, **more
    )


_PRIME = "is_prime"
_BASE = "to_base"

NUMBERS: tuple[Operator, ...] = (
    _two("add", NUMBER, "", lambda a, b: bounded(a + b), "{0} + {1}", SUM, symmetric=True, cost=1.5,
         words=("sum", "add", "total", "plus")),
    _two("sub", NUMBER, "", lambda a, b: bounded(a - b), "{0} - {1}", SUM, cost=1.5,
         words=("difference", "subtract", "remaining", "minus")),
    _two("mul", NUMBER, "", lambda a, b: bounded(a * b), "{0} * {1}", PRODUCT, symmetric=True, cost=1.5,
         words=("product", "multiply", "area", "volume", "times", "multiple", "double")),
    _two("floordiv", NUMBER, "", lambda a, b: a // b, "{0} // {1}", PRODUCT,
         words=("half", "divide", "quotient")),
    _two("div", NUMBER, "f", lambda a, b: a / b, "{0} / {1}", PRODUCT,
         words=("average", "mean", "ratio", "half", "divide", "slope")),
    _two("mod", NUMBER, "", lambda a, b: a % b, "{0} % {1}", PRODUCT,
         words=("remainder", "modulo", "divisible", "even", "odd", "multiple", "last", "parity")),
    _two("pow", NUMBER, "", _power, "{0} ** {1}", POWER, right=SIGN,
         words=("power", "square", "cube", "squared", "cubed", "squares", "powers", "exponent")),
    _of_one("neg", NUMBER, "", lambda a: -a, "-{0}", binds=SIGN, words=("negative", "opposite", "invert")),
    _of_one("abs", NUMBER, "", abs, "abs({0})", words=("absolute", "distance", "difference")),
    Operator(name="min2", takes=(NUMBER, NUMBER), gives="", run=min, text="min({0}, {1})", cost=2.5,
             words=("min", "smallest", "smaller", "minimum", "least"), symmetric=True),
    Operator(name="max2", takes=(NUMBER, NUMBER), gives="", run=max, text="max({0}, {1})", cost=2.5,
             words=("max", "largest", "larger", "maximum", "greatest"), symmetric=True),
    Operator(name="gcd", takes=("i", "i"), gives="i", run=math.gcd, text="math.gcd({0}, {1})", cost=3,
             words=("gcd", "divisor", "common", "prime", "fraction"), symmetric=True, needs=("import math",)),
    Operator(name="lcm", takes=("i", "i"), gives="i", run=math.lcm, text="math.lcm({0}, {1})", cost=4,
             words=("lcm", "multiple", "common"), symmetric=True, needs=("import math",)),
    _two("bitand", "i", "i", lambda a, b: a & b, "{0} & {1}", BITAND, symmetric=True, cost=3.5,
         words=("bit", "bits", "and", "bitwise", "binary")),
    _two("bitxor", "i", "i", lambda a, b: a ^ b, "{0} ^ {1}", XOR, symmetric=True, cost=3.5,
         words=("bit", "bits", "xor", "bitwise", "binary", "differ", "differing")),
    _two("bitor", "i", "i", lambda a, b: a | b, "{0} | {1}", BITS, symmetric=True, cost=4,
         words=("bit", "bits", "or", "bitwise")),
    _two("shift", "i", "i", lambda a, b: a >> b, "{0} >> {1}", SHIFT, cost=4, words=("shift", "bit", "bits")),
    _of_one("int", "fs", "i", lambda a: bounded(int(a)), "int({0})", words=("int", "integer", "number", "numbers", "parse", "digit")),
    _of_one("float", "s", "f", float, "float({0})", cost=3, words=("float", "decimal")),
    _of_one("round", "f", "i", round, "round({0})", cost=2.5, words=("round", "rounded", "nearest")),
    _of_one("round2", "f", "f", lambda a: round(a, 2), "round({0}, 2)", cost=2.5,
            words=("round", "rounded", "price", "area", "cost", "percentage", "total")),
    _of_one("round1", "f", "f", lambda a: round(a, 1), "round({0}, 1)", cost=3, words=("round", "rounded")),
    _of_one("round3", "f", "f", lambda a: round(a, 3), "round({0}, 3)", cost=3.5, words=("round", "rounded")),
    _of_one("sqrt", NUMBER, "f", math.sqrt, "math.sqrt({0})", needs=("import math",), cost=2.5,
            words=("sqrt", "square", "root", "hypotenuse", "distance")),
    _of_one("isqrt", "i", "i", math.isqrt, "math.isqrt({0})", needs=("import math",), cost=3,
            words=("square", "root", "perfect")),
    _of_one("ceil", "f", "i", math.ceil, "math.ceil({0})", needs=("import math",), cost=2.5,
            words=("ceil", "needed", "required", "up", "minimum")),
    _of_one("floor", "f", "i", math.floor, "math.floor({0})", needs=("import math",), cost=3,
            words=("floor", "full", "maximum")),
    _of_one("radians", NUMBER, "f", math.radians, "math.radians({0})", needs=("import math",), cost=4,
            words=("radian", "radians", "degree", "degrees", "angle")),
    _of_one("sin", NUMBER, "f", math.sin, "math.sin({0})", needs=("import math",), cost=4,
            words=("sin", "angle", "polar", "polygon", "trig", "cartesian")),
    _of_one("cos", NUMBER, "f", math.cos, "math.cos({0})", needs=("import math",), cost=4,
            words=("cos", "angle", "polar", "trig", "cartesian")),
    _of_one("log2", NUMBER, "f", math.log2, "math.log2({0})", needs=("import math",), cost=4,
            words=("log", "power", "two")),
    _of_one("factorial", "i", "i", lambda n: math.factorial(n) if n < 26 else _none(), "math.factorial({0})",
            needs=("import math",), cost=4, words=("factorial", "permutations", "arrangements")),
    _of_one("is_prime", "i", "b", lambda n: is_prime(n), "is_prime({0})", needs=(_PRIME,), cost=4,
            words=("prime", "primes")),
    _of_one("bin", "i", "s", bin, "bin({0})", cost=2.5,
            words=("binary", "bit", "bits", "ones", "set", "zeros", "base", "evil", "odious")),
    _of_one("binary", "i", "s", lambda n: f"{n:b}", 'format({0}, "b")', cost=3,
            words=("binary", "bit", "bits", "ones", "set", "zeros")),
    _of_one("hex", "i", "s", lambda n: f"{n:x}", 'format({0}, "x")', cost=4, words=("hex", "hexadecimal")),
    _of_one("commas", NUMBER, "s", lambda n: f"{n:,}", 'format({0}, ",")', cost=4,
            words=("commas", "format", "price", "thousand")),
    Operator(name="to_base", takes=("i", "i"), gives="s", run=lambda n, b: to_base(n, b),
             text="to_base({0}, {1})", cost=4, words=("base", "convert", "ternary", "octal"), needs=(_BASE,)),
    Operator(name="int_base", takes=("s", "i"), gives="i", run=lambda s, b: int(s, b), text="int({0}, {1})",
             cost=3, words=("binary", "hex", "base", "decimal", "octal", "convert")),
    _of_one("is_integer", "f", "b", lambda a: a.is_integer(), "{0}.is_integer()", cost=3,
            words=("integer", "whole", "perfect", "power")),
)  # fmt: skip

TRUTH: tuple[Operator, ...] = (
    _two("eq", "ifsb", "b", lambda a, b: a == b, "{0} == {1}", COMPARE, right=BITS, symmetric=True,
         words=("equal", "same", "is", "palindrome", "are", "match")),
    _two("ne", "ifs", "b", lambda a, b: a != b, "{0} != {1}", COMPARE, right=BITS, symmetric=True, cost=2.5,
         words=("not", "different", "mismatches", "differ")),
    _two("lt", NUMBER, "b", lambda a, b: a < b, "{0} < {1}", COMPARE, right=BITS,
         words=("less", "below", "smaller", "under", "negative", "increasing")),
    _two("le", NUMBER, "b", lambda a, b: a <= b, "{0} <= {1}", COMPARE, right=BITS,
         words=("most", "within", "enough", "can", "greater", "above", "positive")),
    _two("slt", "s", "b", lambda a, b: a < b, "{0} < {1}", COMPARE, right=BITS, cost=4, words=("before",)),
    _of_one("not", "b", "b", lambda a: not a, "not {0}", binds=NOT, words=("not", "no", "without")),
    _of_one("nonzero", "i", "b", lambda a: a != 0, "{0} != 0", binds=COMPARE, cost=2.5,
            words=("odd", "not", "non")),
    _of_one("zero", "i", "b", lambda a: a == 0, "{0} == 0", binds=COMPARE, cost=2.5,
            words=("even", "divisible", "multiple", "zero")),
    _two("divisible", "i", "b", lambda a, b: a % b == 0, "{0} % {1} == 0", COMPARE, inner=PRODUCT, cost=3,
         words=("even", "divisible", "multiple", "parity", "odd", "leap")),
    _of_one("is_none", "n", "b", lambda a: a is None, "{0} is None", binds=COMPARE, cost=3, words=("none",)),
    _of_one("as_int", "b", "i", int, "int({0})", cost=3),
)  # fmt: skip

_DIGITS = ("digit", "digits", "number", "numbers")

TEXTS: tuple[Operator, ...] = (
    _two("concat", "s", "s", lambda a, b: a + b, "{0} + {1}", SUM, words=("concatenate", "append", "add", "combine")),
    Operator(name="repeat", takes=("s", "i"), gives="s", run=_times, text="{0} * {1}", binds=PRODUCT,
             wants=(PRODUCT, POWER), words=("repeat", "repeated", "double", "times", "multiply")),
    _of_one("str", "ifbIFSBMPAtnd", "s", str, "str({0})", words=("string", "str", "digit", "digits", "number", "format")),
    _of_one("lower", "s", "s", str.lower, "{0}.lower()", words=("lower", "lowercase", "case", "insensitive", "ignoring")),
    _of_one("upper", "s", "s", str.upper, "{0}.upper()", words=("upper", "uppercase", "case", "capitalize")),
    _of_one("title", "s", "s", str.title, "{0}.title()", cost=2.5, words=("title", "capitalize", "name", "capital")),
    _of_one("capitalize", "s", "s", str.capitalize, "{0}.capitalize()", cost=2.5,
            words=("capitalize", "capitalized", "first", "sentence")),
    _of_one("swapcase", "s", "s", str.swapcase, "{0}.swapcase()", cost=2.5, words=("swap", "toggle", "case", "flip")),
    _of_one("strip", "s", "s", str.strip, "{0}.strip()", cost=2.5, words=("strip", "trim", "clean", "whitespace")),
    _of_one("isdigit", "s", "b", str.isdigit, "{0}.isdigit()", words=_DIGITS),
    _of_one("isalpha", "s", "b", str.isalpha, "{0}.isalpha()",
            words=("alpha", "letter", "letters", "alphabet", "alphabetic", "alphabetical")),
    _of_one("isalnum", "s", "b", str.isalnum, "{0}.isalnum()", cost=2.5, words=("alphanumeric", "palindrome")),
    _of_one("isupper", "s", "b", str.isupper, "{0}.isupper()", words=("upper", "uppercase", "capital", "case")),
    _of_one("islower", "s", "b", str.islower, "{0}.islower()", words=("lower", "lowercase", "case")),
    _of_one("isspace", "s", "b", str.isspace, "{0}.isspace()", cost=2.5, words=("space", "whitespace", "empty")),
    _of_one("ord", "s", "i", ord, "ord({0})", words=("ascii", "ord", "code", "value", "shift", "cipher", "alphabet", "weight")),
    _of_one("chr", "i", "s", lambda n: chr(n) if n < 0x3000 else _none(), "chr({0})", words=("char", "character", "shift", "cipher", "letter")),
    Operator(name="startswith", takes=("s", "s"), gives="b", run=str.startswith, text="{0}.startswith({1})", wants=(ATOM, 0),
             words=("start", "starts", "prefix", "begins")),
    Operator(name="endswith", takes=("s", "s"), gives="b", run=str.endswith, text="{0}.endswith({1})", wants=(ATOM, 0),
             words=("end", "ends", "suffix", "ending")),
    Operator(name="contains", takes=("s", "s"), gives="b", run=lambda a, b: a in b, text="{0} in {1}", binds=COMPARE, wants=(BITS, BITS),
             words=("contains", "in", "substring", "vowel", "vowels", "has", "includes", "consonants")),
    Operator(name="scount", takes=("s", "s"), gives="i", run=str.count, text="{0}.count({1})", wants=(ATOM, 0),
             words=("count", "occurrences", "number", "frequency")),
    Operator(name="find", takes=("s", "s"), gives="i", run=str.find, text="{0}.find({1})", wants=(ATOM, 0), cost=2.5,
             words=("find", "index", "position")),
    Operator(name="split_at", takes=("s", "s"), gives="S", run=str.split, text="{0}.split({1})", wants=(ATOM, 0), cost=2.5,
             words=("split", "words", "parts", "separate")),
    _of_one("split", "s", "S", str.split, "{0}.split()", words=("word", "words", "split", "sentence", "numbers")),
    _of_one("splitlines", "s", "S", str.splitlines, "{0}.splitlines()", cost=3, words=("line", "lines")),
    Operator(name="remove", takes=("s", "s"), gives="s", run=lambda a, b: a.replace(b, ""), text='{0}.replace({1}, "")', wants=(ATOM, 0),
             words=("remove", "without", "delete", "strip", "exclude")),
    Operator(name="replace", takes=("s", "s", "s"), gives="s", run=str.replace, text="{0}.replace({1}, {2})", wants=(ATOM, 0, 0), cost=2,
             words=("replace", "convert", "substitute", "encode", "transform")),
    Operator(name="zfill", takes=("s", "i"), gives="s", run=lambda s, n: s.zfill(n) if n < _LONGEST else _none(), text="{0}.zfill({1})",
             wants=(ATOM, 0), cost=4, words=("zeros", "pad", "leading")),
)  # fmt: skip

BRANCH = Operator(
    name="if", takes=("b", "*", "*"), gives="", run=lambda c, a, b: a if c else b, text="{1} if {0} else {2}",
    binds=CONDITION, wants=(OR, OR, CONDITION), cost=2,
)  # fmt: skip
BOTH = Operator(name="and", takes=("b", "b"), gives="b", run=lambda a, b: a and b, text="{0} and {1}",
                binds=AND, wants=(AND, NOT), cost=2)  # fmt: skip
EITHER = Operator(name="or", takes=("b", "b"), gives="b", run=lambda a, b: a or b, text="{0} or {1}",
                  binds=OR, wants=(OR, AND), cost=2)  # fmt: skip
NEGATION = next(op for op in TRUTH if op.name == "not")
BY_NAME = {op.name: op for op in (*NUMBERS, *TRUTH, *TEXTS, BRANCH, BOTH, EITHER)}

HELPERS = {
    _PRIME: "def is_prime(n):\n    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n",
    _BASE: (
        "def to_base(n, base):\n    digits = \"\"\n    while n > 0:\n        digits = str(n % base) + digits\n"
        "        n //= base\n    return digits or \"0\"\n"
    ),
}  # fmt: skip
"""Functions that texts may call, by name."""


def is_prime(n: int) -> bool:
    """Say whether a number is prime; undefined for large ones."""
    if n > 10**8:
        raise Undefined
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def to_base(n: int, base: int) -> str:
    """Write a number in a base, the digits as decimal numbers; undefined for bases below 2."""
    if base < 2 or n > _LARGEST:
        raise Undefined
    digits = ""
    while n > 0:
        digits = str(n % base) + digits
        n //= base
    return digits or "0"


def _none() -> Any:
    raise Undefined
