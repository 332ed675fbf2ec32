"""Comments, by language: taking them out of a text, and turning prose into them.

Enough lexing to know a comment from a string, as data: what starts a line comment, what encloses a block comment, and
a pattern of the literals in which neither counts. A text that does not lex (fuzzers make many) is still answered for:
what is no comment and no literal stays as it is.

Leaves out: nested block comments, languages whose comments depend on the parser.
"""

import functools
import re
from dataclasses import dataclass

from trialrun.core.errors import UsageError, nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """How one language writes comments."""

    line: str = ""
    """Starts a comment that ends with the line; empty where there is none."""
    block: tuple[str, str] | None = None
    """Opens and closes a comment of several lines."""
    literals: str = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
    """Regular expression of the literals in which a comment sign is text."""


_C = Comments(line="//", block=("/*", "*/"))
_LISP = Comments(line=";", literals=r'"(?:""|[^"])*"|\|[^|]*\|')
_TABLE = {
    "python": Comments(
        line="#",
        literals=r'"""(?:\\.|[^\\])*?"""|' + r"'''(?:\\.|[^\\])*?'''|" + Comments().literals,
    ),
    "smtlib": _LISP,
    "json": Comments(),
    "regex": Comments(literals=r"(?!)"),
    "sql": Comments(line="--", block=("/*", "*/"), literals=r"'(?:''|[^'])*'|" + r'"(?:""|[^"])*"'),
} | dict.fromkeys(("c", "c++", "cpp", "go", "java", "javascript", "rust"), _C)


def comments_of(language: str) -> Comments:
    """Return how a language writes comments. Raises `UsageError` for one that is not known."""
    found = _TABLE.get(language)
    if found is None:
        known = ", ".join(sorted(_TABLE))
        raise UsageError(f"no comments known of {language!r}{nearest(language, _TABLE)}; there are {known}")
    return found


@functools.cache
def _pattern(language: str) -> re.Pattern[str]:
    comments = comments_of(language)
    parts = [f"(?P<literal>{comments.literals})"]
    if comments.block is not None:
        opens, closes = map(re.escape, comments.block)
        parts.append(f"{opens}.*?(?:{closes}|$(?![\\n]))")
    if comments.line:
        parts.append(re.escape(comments.line) + r"[^\n]*")
    return re.compile("|".join(parts), re.DOTALL)


def without_comments(text: str, language: str) -> str:
    r"""Return the text without comments, blank lines and blanks at the ends of lines.

    >>> without_comments('x = "#1"  # one\n\n# two\ny = 2\n', "python")
    'x = "#1"\ny = 2'
    >>> without_comments("(assert (= s \";\"))\n\n; done", "smtlib")
    '(assert (= s ";"))'
    """
    bare = _pattern(language).sub(lambda found: found["literal"] or "", text)
    return "\n".join(line.rstrip() for line in bare.splitlines() if line.strip())


def as_comment(prose: str, language: str) -> str:
    r"""Return prose as a comment of the language; as it is, for a language without comments.

    >>> as_comment("one\ntwo", "smtlib")
    '; one\n; two'
    >>> as_comment("ends */ early", "c")
    '/* ends * / early */'
    """
    comments = comments_of(language)
    if comments.block is not None:
        opens, closes = comments.block
        return f"{opens} {prose.replace(closes, closes[0] + ' ' + closes[1:])} {closes}"
    if comments.line:
        return "\n".join(f"{comments.line} {line}".rstrip() for line in prose.splitlines())
    return prose
