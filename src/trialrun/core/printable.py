r"""`printable`: hostile text made safe to show on a terminal.

Task ids, exception messages and program output come from outside. Escape sequences in them could move the
cursor, repaint earlier lines or set the window's title; bidirectional marks could reorder what is read. Here
every such character becomes a visible escape, and the length is capped.

Leaves out: markup of a particular renderer (pass the result as `rich.text.Text`, never as markup) and HTML.
"""

import unicodedata

SHOWN_AS_IS = "LNPSM"
"""Unicode categories shown: letters, numbers, punctuation, symbols, marks. Controls and formats are not."""

MARKS_IN_A_ROW = 4
"""Combining marks shown on one character; more would paint over neighbouring lines."""


def printable(text: str, limit: int = 2000, *, lines: bool = False) -> str:
    r"""Return `text` with control, format and separator characters escaped, at most `limit` characters of it.

    With `lines`, newlines and tabs stay (tabs as four spaces).

    >>> printable("\x1b[2Jok\r\u202egnp.exe")
    '\\x1b[2Jok\\r\\u202egnp.exe'
    >>> printable("a\nb"), printable("a\nb", lines=True)
    ('a\\nb', 'a\nb')
    >>> printable("x" * 9, limit=4)
    'xxxx… (9 characters)'
    """
    shown: list[str] = []
    marks = 0
    for char in text[:limit]:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if char == " " or (category[0] in SHOWN_AS_IS and marks <= MARKS_IN_A_ROW):
            shown.append(char)
        elif lines and char in "\n\t":
            shown.append("\n" if char == "\n" else "    ")
        else:
            shown.append(_escape(char))
    if len(text) > limit:
        shown.append(f"… ({len(text):,} characters)")
    return "".join(shown)


def _escape(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if short is not None:
        return short
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
