"""`trialrun compare`: two files, or a function of each, and the smallest input on which they differ."""

import contextlib
import dataclasses
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from trialrun import comparing
from trialrun.cli.model_options import ModelOptions
from trialrun.cli.output import print_json, print_rich, stderr_console
from trialrun.compare.difference import Compared, Coverage
from trialrun.compare.differential import SEARCH, Differential
from trialrun.compare.outcomes import Exceptions, Rules
from trialrun.compare.stages import Stages
from trialrun.core.compare_values import STRICT, Comparator
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Outcome
from trialrun.core.parse_values import render
from trialrun.core.printable import printable
from trialrun.core.task import Case
from trialrun.models.open import open_model

DIFFERS = 1
_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How a difference is looked for."""

    time: str = "10s"
    """CPU time for all functions together, such as 90s or 2m."""
    inputs: int = 10_000
    """Inputs tried at most, for each function."""
    seed: int = 0
    """Seed of every random choice."""
    exceptions: Exceptions = "type"
    """When two exceptions are alike: all are, those of one type, or those of one type and message."""
    float_tol: float | None = None
    """Let floats differ by this much, absolutely and relative to the old one's."""
    ignore_order: bool = False
    """Let the items of the outermost list or tuple come in any order."""
    no_freeze: bool = False
    """Let clock, chance and uuids run free; what depends on them then counts as nondeterministic."""
    call_limit: float = SEARCH.cpu_s
    """CPU seconds of one call in the search; what hangs is given five times as long before it counts."""

    def settings(self) -> Differential:
        """Return the search that these flags mean. Raises `UsageError` for what cannot be meant."""
        if self.float_tol is not None and self.ignore_order:
            raise UsageError("--float-tol and --ignore-order are two comparators: choose one")
        comparator = STRICT
        if self.float_tol is not None:
            comparator = Comparator(name="approx", atol=self.float_tol, rtol=self.float_tol)
        elif self.ignore_order:
            comparator = Comparator(name="multiset")
        for name, value in (("--inputs", self.inputs), ("--call-limit", self.call_limit)):
            if not value > 0:
                raise UsageError(f"{name} is {value}; it must be above 0")
        return Differential(
            seed=self.seed,
            inputs=self.inputs,
            cpu_s=seconds(self.time),
            rules=Rules(comparator=comparator, exceptions=self.exceptions),
            limits=dataclasses.replace(SEARCH, cpu_s=self.call_limit),
            frozen=not self.no_freeze,
        )


def seconds(text: str) -> float:
    """Read a length of time.

    >>> seconds("90s"), seconds("1.5m"), seconds("20")
    (90.0, 90.0, 20.0)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text)
    if match is None or match[2] not in _UNITS or not float(match[1]):
        raise UsageError(f"{text!r} is no length of time, such as 90s or 2m")
    return float(match[1]) * _UNITS[match[2]]


def compare(
    old: str,
    new: str,
    /,
    *,
    sample: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    assume: str | None = None,
    search: Search = Search(),
    crosshair: str | None = None,
    model: str | None = None,
    asked: Annotated[ModelOptions, Parameter(name="*")] = ModelOptions(),  # noqa: B008 (frozen)
    python: str | None = None,
    json: bool = False,
) -> int:
    """Look for an input on which two programs differ; print the smallest one found.

    Each is file.py:function, or file.py: then every function that both define is compared, or, where the files read
    stdin, the whole programs. Exits with 1 where something differs, with 0 where nothing was found to.

    Parameters
    ----------
    old
        The program as it was.
    new
        The program as it is now.
    sample
        Example inputs: JSON lines of cases ({"args": [3]}), or a text that the programs read. May be repeated.
    assume
        Predicate (file.py:function) that inputs have to meet; it takes what the functions take.
    crosshair
        Ask CrossHair about pairs that stay open, for so much CPU time each, such as 10s.
    model
        Ask a model (local, openai:MODEL, …) for inputs of pairs that stay open after that.
    python
        Interpreter or virtual environment that runs them; default: the interpreter that runs trialrun.
    json
        Print one JSON document.
    """
    questions = comparing.questions(comparing.Target.parse(old), comparing.Target.parse(new))
    found: list[Compared] = []
    with contextlib.ExitStack() as stack:
        stages = Stages(first=search.settings())
        if crosshair is not None:
            opening = functools.partial(comparing.symbolic_sandbox, stderr_console().print)
            stages = dataclasses.replace(stages, symbolic=opening, symbolic_s=seconds(crosshair))
        if model is not None:
            opened = stack.enter_context(contextlib.closing(open_model(model, asked)))
            stages = dataclasses.replace(stages, model=opened)
        results = stack.enter_context(
            contextlib.closing(
                comparing.compare_all(questions, samples=sample, assume=assume, python=python, stages=stages)
            )
        )
        status = stack.enter_context(stderr_console().status(""))
        for place, question in enumerate(questions):
            status.update(printable(f"comparing {question.name} ({place + 1} of {len(questions)})", 200))
            found.append(next(results))
            if not json:
                _show(found[-1])
    if json:
        print_json([_document(one) for one in found])
    return DIFFERS if any(one.comparison.difference is not None for one in found) else 0


def _show(one: Compared) -> None:
    comparison, difference = one.comparison, one.comparison.difference
    tried = f"{comparison.inputs:,} inputs, {comparison.cpu_s:.1f} s CPU"
    covered = f", branches {_covered(comparison.old_coverage)} old, {_covered(comparison.new_coverage)} new"
    if difference is None:
        print_rich(Text(f"{one.name}: no difference found ({comparison.why}; {tried}{covered})"))
        return
    print_rich(
        Text(f"{one.name}: differs in {difference.what} ({difference.kind}, {difference.origin} input)")
    )
    print_rich(Text(f"  input  {printable(show_case(difference.case), 2000)}"))
    print_rich(Text(f"  old    {printable(_did(difference.old, difference.what), 2000)}"))
    print_rich(Text(f"  new    {printable(_did(difference.new, difference.what), 2000)}"))
    print_rich(
        Text(f"  {'smallest of its kind' if difference.shrunk else 'not made smaller'} ({tried}{covered})")
    )


def show_case(case: Case) -> str:
    """Return a case as it would be written: the arguments, or the text that is read."""
    if case.stdin is not None:
        return repr(case.stdin)
    return repr(case.args) if len(case.args) != 1 else f"({case.args[0]!r})"


def _did(execution: Execution, what: str) -> str:
    if execution.outcome is not Outcome.RETURNED:
        return ": ".join(
            part for part in (execution.exception or execution.outcome, execution.message) if part
        )
    if what == "stdout" or (execution.stdout and what == "outcome"):
        return execution.stdout.decode("utf-8", "backslashreplace")
    value = execution.arguments if what == "arguments" else execution.value
    return "" if value is None else render(value, limit=2000)


def _covered(coverage: Coverage | None) -> str:
    if coverage is None:
        return "unknown"
    return f"{coverage.taken}/{coverage.total}"


def _document(one: Compared) -> dict[str, object]:
    comparison, difference = one.comparison, one.comparison.difference
    document: dict[str, object] = {
        "name": one.name,
        "file": one.file,
        "line": one.line,
        "verdict": comparison.verdict,
        "why": comparison.why,
        "inputs": comparison.inputs,
        "refused": comparison.refused,
        "cpu_s": comparison.cpu_s,
        "seed": comparison.seed,
        "unobserved": comparison.unobserved,
        "coverage": {
            side: None if covered is None else {"taken": covered.taken, "total": covered.total}
            for side, covered in (("old", comparison.old_coverage), ("new", comparison.new_coverage))
        },
        "difference": None,
    }
    if difference is not None:
        document["difference"] = {
            "kind": difference.kind,
            "what": difference.what,
            "origin": difference.origin,
            "input": show_case(difference.case),
            "old": _did(difference.old, difference.what),
            "new": _did(difference.new, difference.what),
            "shrunk": difference.shrunk,
        }
    return document
