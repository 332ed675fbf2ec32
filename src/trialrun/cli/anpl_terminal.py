"""The user of `trialrun anpl` who sits at a terminal, or whose commands come from a file: one a line.

Leaves out: doing what is asked for (`repair/session.py`).
"""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_rich, stderr_console, write_text
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.core.text_files import read_text
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.lang.sketch import Pair, read_sketch
from trialrun.repair.session import Action, Decompose, Edit, Give, Rewrite, Session
from trialrun.repair.suspects import Suspect

_SHOWN = 200
HELP = """\
holes                       the holes, those to look at first in front
calls HOLE                  what it received and returned, test by test
show [HOLE]                 the program, or one hole of it
case HOLE(ARGS) == VALUE    say what a hole has to return
text HOLE NEW TEXT          give it another text
split HOLE FILE             put a sub-sketch in its place
edit FILE                   put another sketch in the place of this one
save FILE                   write the program as it is
quit                        stop"""


class Nobody:
    """A user who has nothing to say."""

    def act(self, session: Session) -> Action | None:
        """Stop."""
        return None


class Terminal:
    """A user who writes commands, one a line."""

    def __init__(self, read: Callable[[], str] | None = None) -> None:
        """Read lines by `read`, which gives an empty text at the end; by default from stdin."""
        self._read = read or sys.stdin.readline
        self._greeted = False

    def act(self, session: Session) -> Action | None:
        """Take commands until one of them changes something; None where there are no more."""
        if not self._greeted:
            say("the tests fail; `help` lists the commands")
            self._greeted = True
        _print_holes(session)
        while True:
            stderr_console().print("anpl> ", end="")
            line = self._read()
            if not line:
                return None
            try:
                action = self._command(line.strip(), session)
            except UsageError as error:
                say(str(error))
                continue
            if action == "quit":
                return None
            if not isinstance(action, str):
                return action

    def _command(self, line: str, session: Session) -> Action | str:
        """Carry a line out; return what changes something, or the word that was understood."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "case":
            given = _given(rest)
            session.sketch.hole(given.hole)
            return given
        if word == "text":
            name, _, text = rest.partition(" ")
            session.sketch.hole(name)
            return Rewrite(name, text)
        if word == "split":
            name, path = _words(rest, 2)
            session.sketch.decomposed(name, read_text(Path(path)))
            return Decompose(name, read_text(Path(path)))
        if word == "edit":
            source = read_text(Path(_words(rest, 1)[0]))
            read_sketch(source, session.sketch.also)
            return Edit(source)
        if word == "save":
            write_text(Path(_words(rest, 1)[0]), session.sketch.source)
        elif word == "holes":
            _print_holes(session)
        elif word == "calls":
            session.sketch.hole(rest)
            _print_calls(next(one for one in session.suspects() if one.hole == rest))
        elif word == "show":
            hole = session.sketch.hole(rest) if rest else None
            source = session.sketch.source
            sys.stdout.write(
                printable(source if hole is None else source[hole.begin : hole.stop], 1 << 20, lines=True)
                + "\n"
            )
        elif word == "help":
            sys.stdout.write(HELP + "\n")
        elif word not in ("", "quit"):
            raise UsageError(f"no command {word[:30]!r}; `help` lists them")
        return word


def _given(text: str) -> Give:
    name = text.partition("(")[0].strip()
    asserts = read_plain_asserts(f"assert {text}", (name,))
    if not asserts or asserts[0].relation not in ("equal", "is"):
        raise UsageError("say what a hole has to return as in: case HOLE([1, 2]) == 3")
    return Give(name, (Pair(args=asserts[0].args, expected=asserts[0].expected),))


def _words(text: str, count: int) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"that cannot be read: {error}") from None
    if len(words) != count:
        raise UsageError("`help` shows what this command takes")
    return words


def _print_holes(session: Session) -> None:
    still_open = {hole.name for hole in session.sketch.open}
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("hole", "", "calls", "output depends on it", "suspicion"):
        table.add_column(name)
    for one in session.suspects():
        calls = str(sum(map(len, one.calls))) if one.reached else "not reached: nothing is known of it"
        table.add_row(
            Text(printable(one.hole, 60)),
            "open" if one.hole in still_open else "",
            calls,
            "yes" if one.matters else "no",
            f"{one.score:.2f}",
        )
    print_rich(table)


def _print_calls(one: Suspect) -> None:
    if not any(one.calls):
        say(f"{one.hole} is not reached by any test")
    for number, calls in enumerate(one.calls, 1):
        for call in calls:
            ending = repr(call.value) if call.ending == "returned" else f"{call.ending} {call.exception}"
            args = ", ".join(printable(repr(arg), _SHOWN) for arg in call.args)
            print_rich(Text(f"test {number}: {one.hole}({args}) -> {printable(ending, _SHOWN)}"))


def say(text: str) -> None:
    """Print one line on stderr."""
    stderr_console().print(Text(printable(text, 1000)))
