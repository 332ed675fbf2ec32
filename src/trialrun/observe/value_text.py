"""Values of a trace as bounded texts, made when first asked for, and a form of them that can be read back.

A text is much like `repr`; where the trace holds only the beginning of a value, its length follows. `written` puts a
text into a line that other text stands in, `read` takes it out again: a text that is one Python literal stands as it
is, any other as a JSON string behind `~`. So neither quotes nor brackets nor `#` in a hostile value can end it early.

Leaves out: values as objects (`core/parse_values.py`).
"""

import json
import re

from trialrun.core.parse_values import parse, render
from trialrun.core.printable import printable
from trialrun.core.trace import Level, Trace, Value
from trialrun.core.values import SHAPES, SUBCLASS, Malformed

CHARACTERS = 200
"""Characters of a value that are shown."""
LAST_STATE = " (last state)"
"""Behind a value that is shown as it was when the run was over, not at the event."""
_OPENING, _CLOSING = "([{<", ")]}>"
_BARE = re.compile(r"[^\s'\"()\[\]{}<>,#~=;]+")
_NAME = re.compile(r"[^\W\d]\w*")


class Texts:
    """Texts of the values of one trace, each rendered once."""

    def __init__(self, trace: Trace, limit: int = CHARACTERS) -> None:
        self.trace, self.limit = trace, limit
        self._known: dict[int, str] = {}
        self._is_late = trace.level is Level.REFERENCES

    def of_value(self, place: int) -> str:
        """Return the text of a value by its place in `Trace.values`; of a lost one a question mark."""
        if place < 0:
            return "?"
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = text_of(self.trace.values[place], self.limit)
        return known

    def of(self, row: int) -> str:
        """Return the text of a binding's value by the binding's row, with a mark where it may be a later state."""
        text = self.of_value(self.trace.value[row])
        return text + LAST_STATE if self._is_late and self.trace.identity[row] else text


def text_of(value: Value, limit: int = CHARACTERS) -> str:
    """Return a value as text of at most `limit` characters, and its length where only a part of it is known."""
    text = printable(render(value.data, limit=limit), limit)
    if value.is_whole or value.length < 0 or _items(value.data) >= value.length:
        return text
    unit = "bits" if value.type_name == "int" else "in all"
    return f"{text} … ({value.length:,} {unit})"


def _items(data: bytes) -> int:
    """Return how many items or characters canonical bytes hold; −1 where that is not known."""
    try:
        tree = parse(data)
    except Malformed:
        return -1
    if isinstance(tree, (str, bytes)):
        return len(tree)
    if type(tree) is not tuple:
        return -1
    if tree[0] == SUBCLASS and type(tree[2]) is tuple:
        tree = tree[2]
    _, header, rule = SHAPES[tree[0]]
    return (len(tree) - 1 - len(header)) // (2 if rule == "even" else 1) if rule in ("even", "any") else -1


def shortened(text: str, most: int = 100, kept: int = 50) -> str:
    """Return a text; of one that is longer than `most` characters the first and the last `kept`, as LDB shows them.

    >>> shortened("x" * 60 + "y" * 60, kept=5)
    'xxxxx...yyyyy'
    """
    return text if len(text) <= most else f"{text[:kept]}...{text[-kept:]}"


def written(text: str) -> str:
    """Return a value's text in the form that `read` takes.

    >>> written("[1, 'a]']"), written("[1, 'a…")
    ("[1, 'a]']", '~"[1, \\'a…"')
    """
    if "#" not in text and not text.startswith("~") and _literal_end(text, 0) == len(text) > 0:
        return text
    return "~" + json.dumps(text, ensure_ascii=False).replace("#", "\\u0023")


def read(line: str, start: int) -> tuple[str, int]:
    """Return the text of a value that `written` put at a place in a line, and where it ends. Raises `ValueError`."""
    if line.startswith('~"', start):
        text, end = json.JSONDecoder().raw_decode(line, start + 1)
        return str(text), end
    end = _literal_end(line, start)
    if end <= start:
        raise ValueError(f"no value at {start}")
    return line[start:end], end


def _literal_end(line: str, start: int) -> int:
    """Return where the literal that begins at a place ends: outside strings and brackets; −1 where it does not."""
    place, depth = start, 0
    while place < len(line):
        character = line[place]
        if character in "'\"":
            place = _string_end(line, place)
            if place < 0:
                return -1
        elif character in _OPENING:
            depth, place = depth + 1, place + 1
        elif character in _CLOSING:
            if not depth:
                return -1
            depth, place = depth - 1, place + 1
        else:
            bare = _BARE.match(line, place)
            if bare is None and not depth:
                return -1
            place = bare.end() if bare else place + 1
            if bare and line[place : place + 1] and line[place] in "('\"<":  # Counter({…}), b'…'
                continue
        if not depth:
            return place
    return -1


def _string_end(line: str, start: int) -> int:
    quote, place = line[start], start + 1
    while place < len(line):
        if line[place] == "\\":
            place += 1
        elif line[place] == quote:
            return place + 1
        place += 1
    return -1


def written_name(name: str) -> str:
    """Return a variable's name in the form that `read_name` takes: as it is, or as a JSON string."""
    if _NAME.fullmatch(name):
        return name
    return json.dumps(name, ensure_ascii=True).replace("#", "\\u0023")


def read_name(line: str, start: int) -> tuple[str, int]:
    """Return the name at a place in a line, and where it ends. Raises `ValueError`."""
    if line.startswith('"', start):
        name, end = json.JSONDecoder().raw_decode(line, start)
        return str(name), end
    found = _NAME.match(line, start)
    if found is None:
        raise ValueError(f"no name at {start}")
    return found[0], found.end()
