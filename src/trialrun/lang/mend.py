r"""Undo what chat interfaces and careless copying do to Python text: one small function per kind of damage.

Each takes text and returns text; where there is nothing of its kind it returns the text unchanged. None of them
looks at meaning: `lang/extract.py` decides which to apply by whether the result is a program.

Leaves out: misspelt syntax, missing colons or brackets: those are the model's errors, and count.
"""

import html
import json
import re
import textwrap

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\x00\x07\x08", None),
        **dict.fromkeys("\u2013\u2014\u2212", "-"),
        "\u00d7": "*",
        "\u2264": "<=",
        "\u2265": ">=",
        "\u2260": "!=",
        "\uff08": "(",
        "\uff09": ")",
        "\uff1a": ":",
        "\uff0c": ",",
        "\u2026": "...",
    }
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34);")
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_SPECIAL = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|end_of_text|end|fim_\w+|file_sep|file_separator)\|>|</s>"
)
_THOUGHT = re.compile(r"\A.{0,200}?<(think|thinking|reasoning)>.*?</\1>", re.DOTALL)
_TAGGED = re.compile(
    r"(?:\[(PYTHON|CODE|SOLUTION|ANSWER)\]|<(code|python|solution|answer|pre)>)(.*?)(?:\[/\1\]|</\2>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_PROMPT = re.compile(r"^[ \t]*(?:>>> ?|In \[\d+\]: ?)")
_MORE = re.compile(r"^[ \t]*(?:\.\.\.(?: |$)|   \.\.\.: ?)")
_HUNK = re.compile(r"^(?:@@ .*|diff --git .*|index [0-9a-f]+.*|\+\+\+ .*|--- .*|\\ No newline.*)$")
_NUMBERED = re.compile(r"^[ \t]*(\d+)(?:[:.|]|\t)? ?(.*)$")


def plain(text: str) -> str:
    r"""Return text with LF line ends, without byte-order mark, terminal escapes and thoughts; ended at a special token.

    >>> plain("\ufeff<think>hm</think>x = 1\r\n<|im_end|>more")
    'x = 1\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    text = _THOUGHT.sub("", _ANSI.sub("", text))
    special = next((match for match in _SPECIAL.finditer(text) if text[: match.start()].strip()), None)
    return _SPECIAL.sub("", text if special is None else text[: special.start()])


def characters(text: str) -> str:
    """Return text with typographic quotes, dashes, blanks and full-width signs as ASCII.

    >>> characters("s\u00a0= \u201chi\u201d")
    's = "hi"'
    """
    return text.translate(_QUOTES)


def entities(text: str) -> str:
    """Return text with HTML's escapes undone.

    >>> entities("a &lt; b &amp;&amp; c")
    'a < b && c'
    """
    return html.unescape(text) if _ENTITY.search(text) else text


def dedented(text: str) -> str:
    """Return text whose common indentation is gone, tabs counting as four blanks where both occur."""
    if "\t" in text:
        text = "\n".join(_expanded(line) for line in text.split("\n"))
    return textwrap.dedent(text.lstrip("\n"))


def first_line_dedented(text: str) -> str:
    """Return text whose first line alone is moved to the left edge."""
    return text.lstrip("\n").lstrip(" \t")


def as_body(text: str, indent: str = "    ") -> str:
    """Return text as the body of a function: all lines moved to one common indentation."""
    return textwrap.indent(dedented(text), indent)


def first_line_indented(text: str, indent: str = "    ") -> str:
    """Return text whose first line alone is given an indentation, as where an answer was stripped."""
    return indent + text.lstrip("\n").lstrip(" \t")


def transcript(text: str) -> str:
    r"""Return what was typed in an interpreter's transcript, without prompts and results.

    >>> transcript(">>> def f(x):\n...     return x\n...\n>>> f(3)\n3\n")
    'def f(x):\n    return x\n\nf(3)\n'
    """
    lines = text.split("\n")
    typed = []
    for line in lines:
        for prompt in (_PROMPT, _MORE):
            match = prompt.match(line)
            if match is not None:
                typed.append(line[match.end() :])
                break
    return "\n".join(typed) + "\n" if any(_PROMPT.match(line) for line in lines) else text


def patched(text: str) -> str:
    r"""Return what a diff leaves behind: its added and its common lines.

    >>> patched("@@ -1,2 +1,2 @@\n def f(x):\n-    return x\n+    return -x\n")
    'def f(x):\n    return -x\n'
    """
    lines = [line for line in text.split("\n") if not _HUNK.match(line)]
    if not any(line.startswith("+") for line in lines):
        return text
    kept = [line[1:] if line[:1] in ("+", " ") else line for line in lines if not line.startswith("-")]
    return "\n".join(kept)


def unnumbered(text: str) -> str:
    r"""Return text without the line numbers 1, 2, 3 … that stand before its lines.

    >>> unnumbered("1 def f():\n2     return 1\n")
    'def f():\n    return 1\n'
    """
    lines = text.strip("\n").split("\n")
    matches = [_NUMBERED.match(line) for line in lines]
    numbers = [int(match[1][:9]) for match in matches if match is not None]
    if (
        len(numbers) < 2
        or len(numbers) < len(lines)
        or numbers != list(range(numbers[0], numbers[0] + len(lines)))
    ):
        return text
    return "\n".join(match[2] for match in matches if match is not None) + "\n"


def tagged(text: str) -> list[str]:
    """Return what stands between tags such as [PYTHON]…[/PYTHON] or <code>…</code>, at most eight texts."""
    if "[" not in text and "<" not in text:
        return []
    found = []
    for match in _TAGGED.finditer(text):
        found.append(match[3])
        if len(found) == 8:
            break
    return found


def in_json(text: str) -> str | None:
    r"""Return the longest text of a JSON object that holds code, or None.

    >>> in_json('{"why": "easy", "code": "def f():\\n    return 1"}')
    'def f():\n    return 1'
    """
    stripped = text.strip()
    if not (stripped.startswith("{") and stripped.endswith("}")):
        return None
    try:
        document = json.loads(stripped, strict=False)
    except (ValueError, RecursionError):
        return None
    texts = [value for value in document.values() if isinstance(value, str)]
    texts = [value for value in texts if "def " in value or "return" in value or "\n" in value]
    return max(texts, key=len, default=None)


def _expanded(line: str) -> str:
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].replace("\t", "    ") + body
