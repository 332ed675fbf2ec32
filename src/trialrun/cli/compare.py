"""`trialrun compare`: two files, a function of each, or two revisions, and inputs on which they differ.

Leaves out: comparing (`comparing.py`, `revisions.py`), how results are shown (`report/`).
"""

import contextlib
import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.status import Status

from trialrun import comparing, revisions
from trialrun.cli.compare_output import Output, Test, show_line
from trialrun.cli.flags import refuse_below_zero, seconds
from trialrun.cli.model_options import ModelOptions
from trialrun.cli.output import stderr_console
from trialrun.compare.differential import SEARCH, Differential
from trialrun.compare.ledger import Ledger, line_of
from trialrun.compare.outcomes import Exceptions, Rules
from trialrun.compare.stages import Stages
from trialrun.core.compare_values import STRICT, Comparator
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.core.task import Case
from trialrun.core.text_files import read_text
from trialrun.lang.expected import read_expected
from trialrun.models.open import open_model
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.worktrees import Repository
from trialrun.store.calls import CALLS, read_calls

FAILED = 1


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
        refuse_below_zero(inputs=self.inputs, call_limit=self.call_limit)
        return Differential(
            seed=self.seed,
            inputs=self.inputs,
            cpu_s=seconds(self.time),
            rules=Rules(comparator=comparator, exceptions=self.exceptions),
            limits=dataclasses.replace(SEARCH, cpu_s=self.call_limit),
            frozen=not self.no_freeze,
        )


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """Two revisions of a git repository in place of two files."""

    base: str | None = None
    """Revision that behaved as it should, such as origin/main; what follows are paths to look at."""
    head: str = "HEAD"
    """Revision under review."""
    map: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """OLD:NEW of what was moved or renamed: f:g, a.py:b.py, a.py::f:b.py::g. May be repeated."""
    expected: Path | None = None
    """TOML file of announced changes: [[change]] with name and reason."""
    calls: Path | None = None
    """Directory of recorded calls; default: .trialrun/calls of the repository, where it is there."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of two files beside their sources."""

    sample: Annotated[tuple[Path, ...], Parameter(negative="")] = ()
    """Example inputs: JSON lines of cases ({"args": [3]}), or a text that the programs read. May be repeated."""
    accepted: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Another program that is right (file.py, file.py:function): where it does not do as OLD does, the input may be
    none that is meant, and a difference gives way to others. May be repeated."""


def compare(
    *targets: str,
    revised: Revisions = Revisions(),
    known: Known = Known(),
    assume: str | None = None,
    search: Search = Search(),
    crosshair: str | None = None,
    model: str | None = None,
    asked: Annotated[ModelOptions, Parameter(name="*")] = ModelOptions(),  # noqa: B008 (frozen)
    python: str | None = None,
    output: Output = Output(),  # noqa: B008 (frozen)
    json: bool = False,
) -> int:
    """Look for an input on which two programs differ; print the smallest one found.

    OLD NEW are file.py:function, or file.py: then every function that both define is compared, or, where the files read
    stdin, the whole programs. With --base every function that changed since is compared; PATHs narrow that down. Exits
    with 1 where something differs (see --fail-on), with 0 where nothing was found to.

    Parameters
    ----------
    targets
        OLD and NEW, or with --base any number of files and directories.
    assume
        Predicate (file.py:function) that inputs have to meet; it takes what the functions take.
    crosshair
        Ask CrossHair about pairs that stay open, for so much CPU time each, such as 10s.
    model
        Ask a model (local, openai:MODEL, …) for inputs of pairs that stay open after that.
    python
        Interpreter or virtual environment that runs them; default: the interpreter that runs trialrun.
    json
        The same as --format json.
    """
    forms = output.forms(json=json)
    with contextlib.ExitStack() as stack:
        stages = Stages(first=search.settings())
        if crosshair is not None:
            opening = functools.partial(comparing.symbolic_sandbox, stderr_console().print)
            stages = dataclasses.replace(stages, symbolic=opening, symbolic_s=seconds(crosshair))
        if model is not None:
            opened = stack.enter_context(contextlib.closing(open_model(model, asked)))
            stages = dataclasses.replace(stages, model=opened)
        status = stack.enter_context(stderr_console().status(""))
        how = _How(stages, status, assume, python, streams=forms.streams_text)
        if revised.base is not None:
            if known != Known():
                raise UsageError(
                    "--sample and --accepted are for two files; trialrun record gives revisions calls"
                )
            ledger, tests = _revisions(revised, targets, how)
        else:
            ledger, tests = _files(revised, targets, known, how, wants_tests=output.emit_test is not None)
    forms.write(ledger)
    output.write_tests(tests)
    return FAILED if ledger.fails(output.fail_on) else 0


@dataclass(frozen=True, slots=True)
class _How:
    stages: Stages
    status: Status
    assume: str | None
    python: str | None
    streams: bool
    """Whether each line is printed when it is there."""

    def begin(self, place: int, count: int, name: str) -> None:
        self.status.update(printable(f"comparing {name} ({place + 1} of {count})", 200))


def _revisions(revised: Revisions, paths: tuple[str, ...], how: _How) -> tuple[Ledger, list[Test]]:
    assert revised.base is not None
    here = Path.cwd()
    if revised.calls is not None and not revised.calls.is_dir():
        raise UsageError(f"{revised.calls} is no directory of calls: trialrun record makes one")
    request = revisions.Request(
        base=revised.base,
        head=revised.head,
        paths=paths,
        maps=revised.map,
        expected=read_expected(read_text(revised.expected)) if revised.expected is not None else (),
        python=how.python,
        stages=how.stages,
        assume=comparing.predicate(how.assume),
        seeds=_recorded(revised.calls or Repository.around(here).root / CALLS),
    )
    show = show_line if how.streams else lambda line: None
    found = revisions.compare_revisions(request, here, begin=how.begin, done=show)
    return found.ledger, [Test(finding) for finding in found.findings]


def _recorded(directory: Path) -> dict[str, list[Seed]]:
    return {
        name: [Seed(case=Case(args=args), origin=Origin.RECORDED) for args in found]
        for name, found in read_calls(directory).arguments.items()
    }


def _files(
    revised: Revisions, targets: tuple[str, ...], known: Known, how: _How, *, wants_tests: bool
) -> tuple[Ledger, list[Test]]:
    if len(targets) != 2:
        raise UsageError("compare takes OLD and NEW, or --base REVISION and any number of paths")
    if revised != Revisions():
        raise UsageError("--head, --map, --expected and --calls go with --base")
    old, new = (comparing.Target.parse(target) for target in targets)
    questions = comparing.questions(old, new)
    results = comparing.compare_all(
        questions,
        samples=known.sample,
        accepted=known.accepted,
        assume=how.assume,
        python=how.python,
        stages=how.stages,
    )
    lines, tests = [], []
    with contextlib.closing(results):
        for place, question in enumerate(questions):
            how.begin(place, len(questions), question.name)
            compared = next(results)
            lines.append(line_of(compared))
            if how.streams:
                show_line(lines[-1])
            if wants_tests and compared.comparison.difference is not None:
                finding = comparing.finding(question, compared, how.stages.first, python=how.python)
                tests.append(Test(finding, file=new.path))
    facts = (("old", targets[0]), ("new", targets[1]), ("seed", str(how.stages.first.seed)))
    return Ledger(lines=tuple(lines), facts=facts), [test for test in tests if test.finding is not None]
