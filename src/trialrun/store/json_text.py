"""`to_json`: any of our structs as JSON bytes, whatever hostile text it carries."""

import json
from typing import Any

import msgspec


def to_json(value: Any, *, indent: int | None = None) -> bytes:
    r"""Encode a struct; code points that UTF-8 cannot hold (lone surrogates) become `?`.

    >>> to_json(["a\ud800"])
    b'["a?"]'
    """
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, str_keys=True)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8", "replace")
    return data if indent is None else msgspec.json.format(data, indent=indent)
