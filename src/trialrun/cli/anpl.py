"""`trialrun anpl`: compile a sketch, and find and mend the wrong hole with the user's help.

Leaves out: the work itself (`sketching.py`, `repair/session.py`).
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from trialrun.cli.anpl_terminal import Nobody, Terminal, say
from trialrun.cli.model_options import ModelOptions
from trialrun.cli.output import print_json, require_directory, write_text
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits
from trialrun.core.printable import printable
from trialrun.repair.session import Session, interact
from trialrun.sketching import SketchWork, open_session


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How holes are filled."""

    fill_by: Literal["model", "both", "search"] = "model"
    """`model`; `search` over compositions of the sketch's own functions, without any model; or `both`."""
    tries: int = 10
    """Samples of one hole at most, until it passes."""
    terms: int = 20_000
    """Expressions that one search tries at most."""
    call_budget: int | None = None
    """Model calls at most."""
    seed: int = 0
    """Seed of the model's samples."""


def anpl(
    sketch: Path,
    /,
    *,
    tests: Path,
    entry: str | None = None,
    filling: Filling = Filling(),
    questions: int = 20,
    output: Path | None = None,
    model: str | None = None,
    asked: Annotated[ModelOptions, Parameter(name="*")] = ModelOptions(),  # noqa: B008 (frozen)
    limits: Annotated[Limits, Parameter(name="*")] = Limits(),  # noqa: B008 (frozen)
    json: bool = False,
) -> int:
    """Fill the holes of a sketch; while the tests fail, take commands on stdin (`help` lists them).

    A hole is a function of the sketch whose body is `...`; its docstring says what it should do. The sketch itself is
    never changed. Exits with 0 where all tests pass in the end, 1 where not.

    Parameters
    ----------
    sketch
        Python file with holes.
    tests
        File of asserts that call the entry point, such as `assert main([1, 2]) == 3`.
    entry
        Function that the tests call; default: the first of the sketch that they call.
    questions
        Commands that change something, at most.
    output
        File for the program; default: stdout.
    model
        Model that fills holes: local, openai:MODEL, …
    json
        Print one JSON document, and take no commands.
    """
    if model is None and filling.fill_by != "search":
        raise UsageError("say which model fills the holes (--model MODEL), or --fill-by search")
    require_directory(output)
    work = SketchWork(
        sketch=sketch,
        tests=tests,
        entry=entry,
        settings={"fill_by": filling.fill_by, "attempts": filling.tries, "terms": filling.terms},
        model=model,
        model_options=asked,
        limits=limits,
        call_budget=filling.call_budget,
        seed=filling.seed,
    )
    with open_session(work) as session:
        solved = interact(session, Nobody() if json else Terminal(), questions)
        _tell(session, solved, output, json=json)
    return 0 if solved else 1


def _tell(session: Session, solved: bool, output: Path | None, *, json: bool) -> None:
    """Print, or write, the program and how it ended."""
    if json:
        print_json(_document(session, solved))
    if output is not None:
        write_text(output, session.sketch.source)
    elif not json:
        sys.stdout.write(printable(session.sketch.source, 1 << 20, lines=True))
    if not json:
        say(f"{'all tests pass' if solved else 'tests fail'} · {session.questions} questions")


def _document(session: Session, solved: bool) -> dict[str, Any]:
    return {
        "solved": solved,
        "open": [hole.name for hole in session.sketch.open],
        "holes": [
            {"hole": one.hole, "reached": one.reached, "matters": one.matters, "suspicion": one.score}
            for one in session.suspects()
        ],
        "program": session.sketch.source,
        "spent": session.ctx.budget.spent(),
    }
