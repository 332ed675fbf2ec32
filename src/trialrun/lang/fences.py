"""Find the fenced code blocks of a model's answer, however carelessly they are fenced.

Fences are ``` or ~~~, three or more, perhaps indented or quoted; a block ends at a bare fence as long as its own, at
the next tagged fence, at a fence glued to the end of a line, or with the text. A fence inside a docstring belongs to
the code: `blocks` reads the text both ways and returns every block of either reading, so that the caller can keep
the one that is a program.

Leaves out: which block is the answer (`lang/extract.py`), other markup.
"""

import re
from dataclasses import dataclass, field

MAX_BLOCKS = 64
"""Blocks read of one answer; later ones are passed over."""

LONGEST_LINE = 2_000
"""Characters of a line that may hold a block of its own."""

_FENCE = re.compile(
    r"^(?P<indent>[ \t]*(?:> ?)?)(?P<mark>`{3,}|~{3,})[ \t]*(?P<tag>[\w+#.-]*)(?P<rest>[^`]*)$"
)
_ONE_LINE = re.compile(r"(`{3,})(?:(?:python3?|py)\b)?(?P<code>[^`]+)\1")
_CODE_AFTER_TAG = re.compile(r"^[ \t]+(?:def|class|import|from|async|@)\b")
_TRANSPARENT = frozenset(("markdown", "md"))


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code in an answer."""

    text: str
    tag: str
    """What the opening fence says, in lower case: `python`, or nothing."""
    closed: bool
    """Whether a fence ends it."""
    introduced: bool = field(default=True, compare=False)
    """Whether words stand between it and the block before; where none do, it is an alternative, no correction."""


@dataclass(slots=True)
class _Open:
    mark: str
    tag: str
    indent: str
    introduced: bool
    lines: list[str] = field(default_factory=list)

    def ends_at(self, mark: str) -> bool:
        return mark[0] == self.mark[0] and len(mark) >= len(self.mark)

    def close(self, *, closed: bool) -> Block:
        lines = [line.removeprefix(self.indent) for line in self.lines]
        return Block("\n".join(lines) + "\n" if lines else "", self.tag, closed, self.introduced)


def blocks(text: str) -> list[Block]:
    r"""Return the blocks in the order of their ends, without repetitions.

    >>> [(block.tag, block.text) for block in blocks("Sure:\n```python\nx = 1\n```\nor\n~~~\nx = 2")]
    [('python', 'x = 1\n'), ('', 'x = 2\n')]
    """
    if "```" not in text and "~~~" not in text:
        return []
    lines = text.split("\n")
    found = dict.fromkeys(_read(lines, mind_quotes=True))
    if '"""' in text or "'''" in text:
        found |= dict.fromkeys(_read(lines, mind_quotes=False))
    return [block for block in found if block.text.strip()]


def _read(lines: list[str], *, mind_quotes: bool) -> list[Block]:
    found: list[Block] = []
    current: _Open | None = None
    quote = ""
    words = True
    for line in lines:
        if len(found) >= MAX_BLOCKS:
            return found
        fence = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if current is None:
            short = fence is None and "```" in line and len(line) <= LONGEST_LINE
            single = _ONE_LINE.search(line) if short else None
            if single is not None:
                found.append(Block(single["code"].strip() + "\n", "", True))
            elif fence is not None:
                current, quote, words = _opened(fence, words), "", False
            else:
                words = words or bool(line.strip())
        elif fence is None or (quote and mind_quotes):
            glued = line.rstrip()
            if glued.endswith(current.mark) and not quote and not glued.lstrip().startswith(("#", "`", "~")):
                current.lines.append(glued[: -len(current.mark)])
                found.append(current.close(closed=True))
                current = None
            else:
                current.lines.append(line)
                quote = _quote_after(line, quote)
        elif fence["tag"] and not fence["rest"].strip():
            if current.tag not in _TRANSPARENT:
                found.append(current.close(closed=False))
            current, quote = _opened(fence, current.tag in _TRANSPARENT), ""
        elif current.ends_at(fence["mark"]) and not fence["tag"]:
            found.append(current.close(closed=True))
            current = None
        else:
            current.lines.append(line)
    if current is not None:
        found.append(current.close(closed=False))
    return found


def _opened(fence: re.Match[str], introduced: bool) -> _Open:
    tag, rest = fence["tag"].lower(), fence["rest"]
    opened = _Open(mark=fence["mark"], tag=tag, indent=fence["indent"], introduced=introduced)
    if _CODE_AFTER_TAG.match(rest):
        opened.lines.append(fence["indent"] + rest.strip())
    elif tag in ("def", "class", "import", "from"):
        opened.tag = ""
        opened.lines.append(fence["indent"] + fence["tag"] + rest)
    return opened


def _quote_after(line: str, quote: str) -> str:
    """Return which triple quote is open after a line that began inside `quote`, or outside any."""
    at = 0
    while at < len(line):
        if quote:
            end = line.find(quote, at)
            if end < 0:
                return quote
            at, quote = end + 3, ""
        else:
            starts = [(line.find(mark, at), mark) for mark in ('"""', "'''")]
            starts = [(place, mark) for place, mark in starts if place >= 0]
            if not starts:
                return ""
            place, quote = min(starts)
            at = place + 3
    return quote
