"""Drivers that turn a system under test into one plain function from a text to `[reaction, error class, output]`.

A system is a function of a Python module (a parser, a library's entry, a binding of a native library), or a command
that is given a file. The generated source knows how the system refuses an input: by exceptions of certain types, or by
an exit code; everything else that goes wrong is told as it is, and counts as a potential bug.

A command is started from a list of arguments, never by a shell, and finds its input in a file whose name is ours.

Leaves out: running (`compare/systems.py`), what an output means.
"""

from collections.abc import Sequence

from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.lang.scopes import Unparseable, guarded

CHECK = "__trialrun_check__"
"""Name of the generated function."""
INTERNAL = (
    "internal compiler error",
    "Internal error",
    "ASSERTION VIOLATION",
    "Assertion `",
    "Sanitizer",
    "panicked at",
    "UNREACHABLE",
    "Segmentation fault",
)
"""What systems print when they fail by their own fault."""

_CALLABLE = """
def {check}(text):
    try:
        said = {entry}(text)
    except ({rejects}) as error:
        return ["invalid", type(error).__name__, ""]
    return ["safe", "", said if type(said) is str else ""]
"""

_COMMAND = """
import os, subprocess

def {check}(text):
    with open({name!r}, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(text)
    with open("output", "wb") as output:
        status = subprocess.run(
            {argv!r} + [{name!r}], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ).returncode
    with open("output", encoding="utf-8", errors="replace") as output:
        said = output.read({most})
    for name in os.listdir("."):  # what it wrote would be there for the next input
        if os.path.isfile(name):
            os.unlink(name)
    if status < 0:
        return ["bug", "signal %d" % -status, said]
    for sign in {internal!r}:
        if sign in said:
            return ["bug", sign, said]
    return ["invalid", "exit code %d" % status, said] if status else ["safe", "", said]
"""
_MOST_OUTPUT = 1 << 16


def callable_system(source: str, entry: str, rejects: Sequence[str] = ("SyntaxError",)) -> Program:
    """Return the program that gives a text to `entry`, a function that `source` defines or imports.

    `rejects` are the exceptions by which it refuses, as expressions in `source`. What it returns is its output, where
    that is a text. Raises `UsageError` for a source that does not compile.
    """
    written = source + _CALLABLE.format(check=CHECK, entry=entry, rejects=", ".join(rejects) + ",")
    code = guarded(written, lambda: compile(written, "system.py", "exec", dont_inherit=True))
    if isinstance(code, Unparseable):
        raise UsageError(f"the system under test does not compile: {code.reason}")
    return Program(files=(("system.py", written),), entry=CHECK)


def command_system(
    argv: Sequence[str], *, suffix: str = ".txt", internal: Sequence[str] = INTERNAL
) -> Program:
    """Return the program that runs a command on a file: `argv` and then the file's name, which ends in `suffix`.

    The first of `argv` is an absolute path that jobs can see. `internal` are the signs of an internal error.
    """
    if not argv or not argv[0].startswith("/"):
        raise UsageError("a command is a list that begins with the absolute path of a program")
    written = _COMMAND.format(
        check=CHECK, name=f"input{suffix}", argv=list(argv), internal=tuple(internal), most=_MOST_OUTPUT
    )
    return Program(files=(("system.py", written),), entry=CHECK)
