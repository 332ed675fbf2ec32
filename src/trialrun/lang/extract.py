"""From a model's text to a program: the one extractor that every method uses.

The text is read in all the ways that an answer may be meant: fenced blocks, tagged text, a JSON document, bare code
among prose, the continuation of the task's prefix, a function's body. Each reading is mended only as far as needed
(`lang/mend.py`) and judged by parsing: a reading counts if it defines the entry point by more than a stub. Of several
that do, an unbroken one outweighs one that was cut, and the last outweighs earlier ones, since models correct
themselves forwards; but a block that follows another without a word between is an alternative, and the first of those
counts. Then come the definitions that the program takes from the task's prefix or from other blocks, and
tests and example calls go. Whatever happens, some text comes back: a hopeless answer is a failing program.

The text is hostile: it is only parsed, never run, and parsing is bounded (`lang/parts.py`).

Leaves out: misspelt entry points, forgotten imports that the prompt does not have, misspelt syntax: those are the
model's errors. For languages other than Python the block with the language's tag, or the longest, is taken as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from trialrun.lang import mend
from trialrun.lang.extraction import Extraction, Step
from trialrun.lang.fences import Block, blocks
from trialrun.lang.languages import language as language_named
from trialrun.lang.parts import Parsed, Parser
from trialrun.lang.scopes import Unparseable, names
from trialrun.lang.trim import definitions_of, trimmed

MAX_TEXT = 200_000
"""Characters of an answer that are read."""
_ESCAPES = frozenset(("lt", "gt", "amp", "quot", "nbsp"))
_PYTHON = ("python", "py", "python3", "pycon", "ipython", "ipython3", "diff", "")


def extract(
    text: str, *, entry: str | None, prefix: str = "", raw: bool = False, language: str = "python"
) -> Extraction:
    r"""Return the program that a model's text holds.

    `prefix` is the code that was shown to the model; `raw` says that the model was to continue it, character by
    character. Never raises, whatever the text.

    >>> extract("Sure!\n```python\ndef f(x):\n    return x\n```\nHope it helps", entry="f")
    Extraction(source='def f(x):\n    return x\n', steps=(<Step.BLOCK: 'block'>,), parses=True, defines=True)
    >>> extract("    return x\n\nprint(f(1))", entry="f", prefix="def f(x):\n", raw=True).source
    'def f(x):\n    return x\n'
    """
    steps = (Step.SHORTENED,) if len(text) > MAX_TEXT else ()
    text = text[:MAX_TEXT]
    if language != "python":
        return _foreign(mend.plain(text), prefix if raw else "", language, steps)
    text = mend.plain(text)
    reader = _Reader(entry, prefix.replace("\r\n", "\n"))
    best: _Found | None = None
    for found in reader.readings(text, raw=raw):
        if best is None or found.rank > best.rank or (found.rank == best.rank and found.introduced):
            best = found
    if best is None:
        source = text.strip("\n") + "\n" if text.strip() else ""
        return Extraction(source=source, steps=steps)
    return reader.finished(best, steps, raw=raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One reading of the text that parses."""

    program: Parsed
    steps: tuple[Step, ...]
    defines: bool
    likely: int = 0
    """How likely this kind of text is the answer: a block of Python 2, of another language 1, no block 0."""

    introduced: bool = True
    """Whether words stand before it; see `Block`."""

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        """Order of readings: those that define the entry point, themselves, uncut, in a likely place."""
        return (
            self.defines,
            Step.CONTINUED not in self.steps,
            Step.CUT not in self.steps and self.likely > 0,
            self.likely,
        )


class _Reader:
    """Reads one text for one task."""

    def __init__(self, entry: str | None, prefix: str) -> None:
        self._entry, self._prefix = entry, prefix
        self._parser = Parser()
        self._blocks: list[Block] = []

    def readings(self, text: str, *, raw: bool) -> Iterator[_Found]:
        """Yield every reading that parses, in the order of the text; each carries its rank."""
        if raw:
            found = self._continued(text, ()) or self._continued_until(text, ())
            if found is not None:
                yield found
                return
        inner = mend.in_json(text)
        if inner is not None:
            text = inner
        self._blocks = blocks(text) or [
            Block(part.strip("\n") + "\n", "", True) for part in mend.tagged(text)
        ]
        defined = False
        for block in self._blocks:
            found = self._read(block.text, (Step.BLOCK,), closed=block.closed)
            if found is not None:
                defined = defined or found.defines
                likely = 2 if block.tag in _PYTHON else 1
                yield replace(found, likely=likely, introduced=block.introduced)
        if not defined:
            found = self._read(text, () if inner is None else (Step.BLOCK,), closed=False)
            if found is not None and (found.defines or not self._blocks):
                yield found

    def finished(self, found: _Found, steps: tuple[Step, ...], *, raw: bool) -> Extraction:
        """Add what is missing, remove what is too much."""
        program, steps = found.program, (*steps, *found.steps)
        if self._entry is not None:
            source = trimmed(program, self._entry, first=raw and Step.CONTINUED in steps)
            if source != program.source:
                steps = (*steps, Step.TRIMMED)
                program = self._parser.parsed(source) or program
            added = self._missing(program) if Step.CONTINUED not in steps else ""
            if added:
                joined = self._parser.parsed(_joined(added, program.source))
                if joined is not None:
                    program, steps = joined, (*steps, Step.ADDED)
        steps = tuple(dict.fromkeys(steps))
        source = program.source.strip("\n").rstrip() + "\n"
        return Extraction(source=source, steps=steps, parses=True, defines=found.defines)

    def _missing(self, program: Parsed) -> str:
        """Return the definitions that a program takes from the blocks before it and from the prefix."""
        assert self._entry is not None
        free = _free(program.source)
        added = ""
        for text in (*(block.text for block in self._blocks), self._prefix_alone()):
            if not free:
                break
            other = self._parser.parsed(text) if text.strip() else None
            if other is not None and other.source != program.source:
                new = definitions_of(other, free, but=self._entry)
                if new:
                    added += new
                    free = _free(_joined(added, program.source))
        return added

    def _prefix_alone(self) -> str:
        """Return the prefix as a text that parses: its open function gets a body."""
        whole = self._prefix.rstrip() + "\n"
        return next((text for text in (whole, whole + "    pass\n") if self._parser.parsed(text)), "")

    def _read(self, text: str, steps: tuple[Step, ...], *, closed: bool) -> _Found | None:
        """Return the gentlest reading of a text that defines the entry point, else the first that parses."""
        fallback: _Found | None = None
        versions = list(_versions(text))
        for version, more in versions:
            program = self._parser.parsed(version)
            for found in (
                self._found(program, (*steps, *more)),
                self._body(self._continued, version, (*steps, *more)),
            ):
                if found is not None and found.defines:
                    return found
                fallback = fallback or found
        for version, more in versions:
            done = (*steps, *more)
            for found in (
                self._among_prose(version, done),
                self._cut(version, done),
                self._body(self._continued_until, version, done),
            ):
                if found is not None and found.defines:
                    return found
                fallback = fallback or found
        return fallback

    def _found(self, program: Parsed | None, steps: tuple[Step, ...]) -> _Found | None:
        if program is None or not program.tree.body:
            return None
        if "&" in program.source and not _ESCAPES.isdisjoint(_free(program.source)):
            return None  # `a &lt; b` parses
        defines = self._entry is None or program.really_defines(self._entry)
        return _Found(program=program, steps=steps, defines=defines)

    def _continued(self, text: str, steps: tuple[Step, ...]) -> _Found | None:
        """Read a text as the continuation of the prefix, or as the body of its last function."""
        for joined, more in self._joinings(text):
            found = self._found(self._parser.parsed(joined), (*steps, *more))
            if found is not None and found.defines:
                return found
        return None

    def _continued_until(self, text: str, steps: tuple[Step, ...]) -> _Found | None:
        """Read a text as such a continuation up to where it stops to be one."""
        for within, step in ((False, Step.PROSE), (True, Step.CUT)):
            for joined, more in self._joinings(text):
                program = self._parser.longest_start(joined, within=within)
                if program is None or len(program.source.rstrip()) <= len(self._prefix.rstrip()):
                    continue  # nothing but the prefix
                found = self._found(program, (*steps, *more, step))
                if found is not None and found.defines:
                    return found
        return None

    def _body(self, way: "_Way", text: str, steps: tuple[Step, ...]) -> _Found | None:
        """Read a text as a body only if it gives something back: example calls would make a body too."""
        if self._entry is None or not any(word in text for word in ("return", "yield")):
            return None
        found = way(text, steps)
        return found if found is not None and found.program.gives_back(self._entry) else None

    def _joinings(self, text: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
        if self._prefix.strip() and text.strip():
            yield self._prefix + text, (Step.CONTINUED,)
            start = self._prefix if self._prefix.endswith("\n") else f"{self._prefix}\n"
            for change in (mend.first_line_indented, mend.as_body):
                yield start + change(text), (Step.CONTINUED, Step.INDENTED)

    def _among_prose(self, text: str, steps: tuple[Step, ...]) -> _Found | None:
        """Join the parts of a text that are programs."""
        joined = "\n".join(part.source.rstrip() + "\n" for part in self._parser.parts(text))
        return self._found(self._parser.parsed(joined), (*steps, Step.PROSE))

    def _cut(self, text: str, steps: tuple[Step, ...]) -> _Found | None:
        """Cut the end off, from where the entry point (or anything) begins."""
        lines = text.split("\n")
        opener = f"def {self._entry}" if self._entry is not None else "def "
        starts = [at for at, line in enumerate(lines) if line.startswith((opener, f"class {self._entry}"))]
        if not starts:
            return None
        before = "\n".join(part.source for part in self._parser.parts("\n".join(lines[: starts[-1]])))
        program = self._parser.longest_start("\n".join(lines[starts[-1] :]), within=True)
        if program is None:
            return None
        whole = self._parser.parsed(before + program.source) or program
        return self._found(whole, (*steps, Step.CUT))


_Way = Callable[[str, tuple[Step, ...]], _Found | None]


def _versions(text: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Yield a text and its mended forms, gentlest first, none twice."""
    seen = set()
    changes: tuple[tuple[tuple[Callable[[str], str], ...], tuple[Step, ...]], ...] = (
        ((), ()),
        ((mend.entities,), (Step.MENDED,)),
        ((mend.dedented,), (Step.INDENTED,)),
        ((mend.first_line_dedented,), (Step.INDENTED,)),
        ((mend.transcript,), (Step.MENDED,)),
        ((mend.patched,), (Step.MENDED,)),
        ((mend.unnumbered, mend.dedented), (Step.MENDED,)),
        ((mend.entities, mend.characters, mend.dedented), (Step.MENDED,)),
        ((mend.entities, mend.characters, mend.transcript, mend.dedented), (Step.MENDED,)),
    )
    for functions, steps in changes:
        version = text
        for function in functions:
            version = function(version)
        version = version.strip("\n").rstrip() + "\n"
        if version.strip() and version not in seen:
            seen.add(version)
            yield version, steps


def _free(source: str) -> set[str]:
    found = names(source)
    return set() if isinstance(found, Unparseable) else set(found.free)


def _joined(added: str, source: str) -> str:
    """Put definitions before a program, after its `from __future__` lines."""
    lines = source.split("\n")
    at = next((n for n, line in enumerate(lines) if not line.startswith("from __future__")), 0)
    return "\n".join([*lines[:at], added + "\n".join(lines[at:])])


def _foreign(text: str, prefix: str, language: str, steps: tuple[Step, ...]) -> Extraction:
    known = language_named(language)
    found = blocks(text)
    if not found:
        return Extraction(source=prefix + text, steps=(*steps, Step.CONTINUED) if prefix else steps)
    ours = [block for block in found if block.tag in (known.name, *known.aliases)]
    block = ours[-1] if ours else max(found, key=lambda block: len(block.text))
    return Extraction(source=block.text, steps=(*steps, Step.BLOCK))
