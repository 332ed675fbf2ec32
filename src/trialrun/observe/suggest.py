"""What an exception on invented values suggests: the type, or the value, that the failing expression wanted.

A table of the interpreter's messages. `suggest` reads a message and the text of the failing line and returns kinds in
order of likelihood; a kind is a word of `run/child/typed.py`, `tuple:3`, or ["literal", text].

Leaves out: trying them (`selfpico.py`).
"""

import re
import time
from collections.abc import Iterator

Suggested = str | list[str]

_TYPES: tuple[tuple[str, str], ...] = (
    (r"bytes-like object is required|expected (a )?bytes|must be bytes|not bytes-like", "bytes"),
    (
        r"expected str|must be (a )?str|expected string|must be a string|requires string|concatenate str|str, bytes or|"
        r"should return strings|"
        r"requires a 'str'|string argument|coercing to str|string or bytes|path should be|must be text|not a string",
        "str",
    ),
    (
        r"integer is required|as an integer|indices must be integers|must be (an )?int|expected int|integer argument|"
        r"an integer|requires int",
        "int",
    ),
    (r"real number|float is required|must be (a )?float|a number|numeric|unsupported format", "float"),
    (r"must be a mapping|mapping|keywords must be strings|must be (a )?dict|expected dict", "dict"),
    (r"derive from BaseException|do not inherit from BaseException|exception", "exception"),
    (
        r"bases must be types|arg 1 must be a class|arg 2 must be|must be a type|must be a class|type\(\)",
        "type",
    ),
    (r"not callable|must be callable|callable", "callable"),
    (r"iterator", "iterator"),
    (r"must be (a )?list|expected list|can only concatenate list|list", "list"),
    (r"must be (a )?tuple|concatenate tuple|tuple", "tuple"),
    (r"must be (a )?set|set", "set"),
    (r"iterable|sequence|subscriptable|argument after \*", "list"),
    (r"bool", "bool"),
)


def suggest(error: str, message: str, line: str = "") -> list[Suggested]:
    """Return the kinds that an exception suggests, likeliest first.

    >>> suggest("TypeError", "sequence item 0: expected str instance, Hole found")
    ['str', 'list']
    >>> suggest("ValueError", "not enough values to unpack (expected 3, got 2)")
    ['tuple:3']
    >>> suggest("ValueError", "invalid literal for int() with base 10: 'a'")
    [['literal', "'1'"]]
    """
    if error in ("ValueError", "TypeError", "IndexError") and (found := list(_counts(message, line))):
        return found
    if error not in ("TypeError", "AttributeError", "Error"):
        return list(_literals(error, message))
    kinds: list[Suggested] = [kind for pattern, kind in _TYPES if re.search(pattern, message)]
    return kinds[:3]


def _counts(message: str, line: str) -> Iterator[Suggested]:
    """Yield tuples of the length that an unpacking or a format string wants."""
    wanted = re.search(r"values to unpack \(expected (?:at least )?(\d+)", message)
    if wanted is not None and int(wanted[1]) <= 20:
        yield f"tuple:{wanted[1]}"
    if "arguments for format string" in message:
        yield f"tuple:{min(20, max(2, len(re.findall('%[^%]', line))))}"
    if "not all arguments converted" in message:
        yield "str"
    if "sequence element #0 has length" in message or "update sequence" in message:
        yield "dict"


def _literals(error: str, message: str) -> Iterator[Suggested]:
    """Yield values that the message itself describes."""
    if "invalid literal for int" in message:
        yield ["literal", "'1'"]
    elif "could not convert string to float" in message or "InvalidOperation" in error:
        yield ["literal", "'1.0'"]
    elif match := re.search(r"time data .* does not match format '([^']*)'", message):
        try:
            text = time.strftime(match[1], time.gmtime(86_400 * 400))
        except ValueError:
            return
        yield ["literal", repr(text)]
    elif error == "JSONDecodeError" or "Expecting value" in message:
        yield ["literal", repr('{"a": 1}')]
        yield ["literal", "'[1, 2]'"]
    elif "Invalid isoformat string" in message:
        yield ["literal", "'2001-02-03'"]
    elif "hexadecimal" in message or "Odd-length" in message or "Non-hex" in message:
        yield ["literal", "'00'"]
    elif error == "ZeroDivisionError" or "math domain" in message:
        yield "int"
