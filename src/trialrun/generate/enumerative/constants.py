"""Constants that a search begins with: small numbers, usual characters, pieces of the results, words of the name.

Leaves out: numbers that only a formula has (`formulas.py` finds coefficients, `decide.py` takes whole results).
"""

# ruff: noqa: E501 (tables: one entry a line)
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

VOWELS = "aeiou"
_NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "hundred": 100, "percent": 100, "percentage": 100, "thousand": 1000,
    "half": 2, "triple": 3, "cube": 3, "square": 2, "hex": 16, "binary": 2, "octal": 8, "digit": 10, "even": 2, "odd": 2,
    "century": 100, "alphabet": 26, "ascii": 97, "minutes": 60, "hours": 24, "days": 7, "weeks": 7,
}  # fmt: skip
_TEXTS = {
    "vowel": ("aeiou", "aeiouAEIOU"), "consonant": ("bcdfghjklmnpqrstvwxyz", "aeiou", "aeiouAEIOU"),
    "exclamation": ("!",), "space": (" ",), "comma": (",",), "dash": ("-",), "hyphen": ("-",), "underscore": ("_",),
    "dot": (".",), "period": (".",), "hash": ("#",), "star": ("*",), "asterisk": ("*",), "question": ("?",), "binary": ("0", "1"),
    "zero": ("0",), "one": ("1",), "ones": ("1",), "zeros": ("0",), "bit": ("1", "0"), "bits": ("1", "0"), "parenthes": ("(", ")"),
    "bracket": ("(", ")", "[", "]"), "digit": ("0123456789",), "alphabet": ("abcdefghijklmnopqrstuvwxyz",),
    "pangram": ("abcdefghijklmnopqrstuvwxyz",), "word": (" ",), "sentence": (" ", "."), "email": ("@", "."), "punctuation": ("!", "?", ".", ","),
    "dollar": ("$",), "slash": ("/",), "colon": (":",), "plus": ("+",), "snake": ("_",), "camel": ("_", " "), "kebab": ("-",),
}  # fmt: skip
_USUAL = (" ", "", "-", ",", VOWELS)
_MOST_PIECES = 8


def words_of(name: str) -> frozenset[str]:
    """Return the words of a function's name.

    >>> sorted(words_of("count_vowels_inWord"))
    ['count', 'in', 'vowels', 'word']
    """
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", name))


def constants(inputs: Sequence[Any], outputs: Sequence[Any], name: str) -> Iterator[tuple[Any, int]]:
    """Yield (constant, cost in halves), the cheap ones first; one may come twice."""
    words = words_of(name)
    flat_in, flat_out = _atoms(inputs), _atoms(outputs)
    for word in sorted(words):
        if word in _NUMBERS:
            yield _NUMBERS[word], 2
        elif word.isdigit() and len(word) < 10:
            yield int(word), 2
    for number in (1, 2, 0):
        yield number, 2
    yield from ((number, 3) for number in (3, 10, -1))
    yield from ((number, 4) for number in (4, 5, 6, 7, 8, 9, 100))
    if any(type(value) is float for value in flat_out):
        yield from ((0.5, 3), (math.pi, 3 if _round(words) else 6), (100.0, 5))
    yield from _texts(flat_in, flat_out, words)


def _texts(
    flat_in: Sequence[Any], flat_out: Sequence[Any], words: frozenset[str]
) -> Iterator[tuple[str, int]]:
    texts_in = [value for value in flat_in if type(value) is str]
    texts_out = [value for value in flat_out if type(value) is str]
    if not texts_in and not texts_out:
        if words & {"digit", "digits", "number", "bits", "bit", "ones", "binary"}:
            yield from (("1", 3), ("0", 3))
        return
    for word in sorted(words):
        for beginning, texts in _TEXTS.items():
            if word.startswith(beginning):
                yield from ((text, 2) for text in texts)
        if texts_in and 2 < len(word) < 9:
            yield word, 5
        if len(word) == 1:
            yield from ((word, 2), (word.upper(), 4))
    if len(texts_out) > 2:
        yield from _edges(texts_out)
    yield from ((text, 3 if text in (" ", "") else 4) for text in _USUAL)
    marks = {char for text in (*texts_in, *texts_out) for char in text if not char.isalnum()}
    yield from ((mark, 4) for mark in sorted(marks)[:_MOST_PIECES])
    yield from (("aeiouAEIOU", 5), ("a", 4), ("A", 5), ("0", 4), ("1", 4), (", ", 4))


def _edges(texts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the beginning and the end that all texts share."""
    if len(set(texts)) < 2:
        return
    start = _beginning(texts)
    end = _beginning([text[::-1] for text in texts])[::-1]
    yield from ((part, 3) for part in (start, end) if part)


def _beginning(texts: Sequence[str]) -> str:
    low, high = min(texts), max(texts)
    same = next((place for place, char in enumerate(low) if high[place : place + 1] != char), len(low))
    return low[:same]


def _round(words: frozenset[str]) -> bool:
    return bool(
        words & {"circle", "sphere", "cylinder", "cone", "circumference", "radius", "circular", "pi", "angle"}
    )


def _atoms(values: Sequence[Any]) -> list[Any]:
    """Return the numbers and texts in values, containers opened; a bounded number of them."""
    found: list[Any] = []
    todo = list(values)[::-1]
    while todo and len(found) < 2000:
        value = todo.pop()
        if isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            todo += value
        else:
            found.append(value)
    return found
