"""`trialrun probe`: inputs that tell a function from its mutants, as pytest tests or as cases.

Leaves out: finding them (`probing.py`).
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs
from rich.text import Text

from trialrun import probing
from trialrun.cli.emitted_tests import seen_from, write_tests
from trialrun.cli.flags import refuse_below_zero, seconds
from trialrun.cli.output import print_json, print_rich, require_directory, stderr_console, write_text
from trialrun.compare.augment import LIMITS
from trialrun.comparing import Target
from trialrun.core import values
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Outcome
from trialrun.core.printable import printable
from trialrun.lang.emit_test import Finding
from trialrun.lang.emit_test import Target as Tested
from trialrun.lang.literals import Unsayable
from trialrun.lang.signatures import Binding
from trialrun.probing import Kept, Probed, Settings
from trialrun.report.differences import case_text
from trialrun.tasks.write_cases import case_line

_HEADING = "Present behaviour, held by inputs that tell the code from small mistakes in it. Read what is expected here."
SHOWN = 20
"""Living mutants of a function that are listed; all of them with --json."""


@Parameter(name="*")
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long and how inputs are looked for."""

    time: str = "10s"
    """CPU time for all functions together, such as 90s or 2m."""
    inputs: int = 2000
    """Valid inputs tried at most, for each function."""
    mutants: int = 300
    """Mutants of each function at most."""
    suite: int | None = None
    """Inputs to keep for each function; default: the fewest that kill and take what all tried do."""
    seed: int = 0
    """Seed of every random choice."""
    call_limit: float = LIMITS.cpu_s
    """CPU seconds of one call; inputs that take longer are refused."""

    def settings(self) -> Settings:
        """Return the search that these flags mean. Raises `UsageError` for what cannot be meant."""
        suite = 1 if self.suite is None else self.suite
        refuse_below_zero(inputs=self.inputs, mutants=self.mutants, suite=suite, call_limit=self.call_limit)
        limits = dataclasses.replace(LIMITS, cpu_s=self.call_limit)
        return Settings(
            cpu_s=seconds(self.time),
            inputs=self.inputs,
            mutants=self.mutants,
            suite=self.suite,
            seed=self.seed,
            limits=limits,
        )


def probe(
    file: str,
    /,
    *,
    emit_test: Path | None = None,
    cases: Path | None = None,
    sample: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    assume: str | None = None,
    budget: Budget = Budget(),
    python: str | None = None,
    json: bool = False,
) -> int:
    """Find inputs that tell a function from its mutants; write them as tests that hold its present behaviour.

    FILE is file.py:function, or file.py for every function at its top level. What the function does now is what the
    tests expect: read them before you trust them.

    Parameters
    ----------
    file
        The file, or file.py:function.
    emit_test
        File to write plain pytest tests to; they load the file by its path and know nothing of trialrun.
    cases
        File to write cases to, as JSON lines ({"args": [3], "expected": 4}); for one function.
    sample
        Example inputs: JSON lines of cases. May be repeated.
    assume
        Predicate (file.py:function) that inputs have to meet; it takes what the function takes.
    python
        Interpreter or virtual environment that runs it; default: the interpreter that runs trialrun.
    json
        Print one JSON document.
    """
    require_directory(emit_test, cases)
    target, settings = Target.parse(file), budget.settings()
    probed = probing.probe(target, samples=sample, assume=assume, python=python, settings=settings)
    found: list[Probed] = []
    with stderr_console().status(printable(f"probing {file}", 200)) as status:
        for one in probed:
            found.append(one)
            status.update(printable(f"probing {file}: {one.name} done", 200))
            if not json:
                _show(one)
    if cases is not None and len(found) != 1:
        raise UsageError(f"--cases is for one function, and {target.path} has {len(found)}: name one")
    if emit_test is not None:
        _write_tests(emit_test, target.path, found)
    if cases is not None:
        _write_cases(cases, found[0])
    if json:
        print_json([_document(one) for one in found])
    return 0


def _show(one: Probed) -> None:
    branches = f"branches {one.coverage.taken}/{one.coverage.total}"
    tried = f"{one.inputs:,} inputs tried, {sum(one.refused.values()):,} refused, {one.cpu_s:.1f} s CPU"
    print_rich(
        Text(
            f"{one.name}: {one.killed} of {one.mutants} mutants killed by {len(one.suite)} inputs, {branches} ({tried})"
        )
    )
    for mutant in one.alive[:SHOWN]:
        print_rich(Text(printable(f"  alive  {mutant.description}  ({mutant.operator})", 200)))
    if len(one.alive) > SHOWN:
        print_rich(Text(f"  and {len(one.alive) - SHOWN} more"))
    for case, why in one.left_out:
        stderr_console().print(Text(printable(f"left out {case_text(case)}: {why}", 300)))


def _document(one: Probed) -> dict[str, object]:
    return {
        "name": one.name,
        "mutants": one.mutants,
        "killed": one.killed,
        "alive": [{"line": m.line, "operator": m.operator, "what": m.description} for m in one.alive],
        "inputs": one.inputs,
        "refused": one.refused,
        "suite": [
            {
                "input": repr(kept.case.args),
                "outcome": kept.did.outcome,
                "kills": [mutant.description for mutant in kept.kills],
            }
            for kept in one.suite
        ],
        "left_out": [{"input": repr(case.args), "why": why} for case, why in one.left_out],
        "branches": {"taken": one.coverage.taken, "total": one.coverage.total},
        "cpu_s": one.cpu_s,
        "why": one.why,
    }


# -- files


def _write_tests(path: Path, source: Path, found: Sequence[Probed]) -> None:
    """Write the tests of all functions, and say which inputs have none."""
    file = seen_from(path.parent, source)
    findings = [finding for one in found for kept in one.suite for finding in _findings(one, kept, file)]
    write_tests(path, findings, heading=_HEADING)


def _findings(one: Probed, kept: Kept, file: str) -> list[Finding]:
    signature = one.subject.signature
    assert signature is not None
    target = Tested(qualname=one.name, file=file, source=one.subject.source, signature=signature)
    about = kept.kills[0].description if kept.kills else "a branch of its own"
    about += f", and {len(kept.kills) - 1} more" if len(kept.kills) > 1 else ""
    made = signature.binding in (Binding.METHOD, Binding.PROPERTY)
    others = {repr(other): other for other in (_shown(kept.did, other, made=made) for other in kept.others)}
    return [
        Finding(target=target, case=kept.case, old=kept.did, new=other, about=about)
        for other in others.values() or [_another(kept.did, made=made)]
    ]


def _shown(did: Execution, other: Execution, *, made: bool) -> Execution:
    """Return what a mutant did so that a test says something of the result also where the mutant raised."""
    raised = did.outcome is Outcome.RETURNED and other.outcome is Outcome.RAISED
    return _another(did, made=made) if raised else other


def _another(did: Execution, *, made: bool) -> Execution:
    """Return an execution that differs in its result alone, from whatever was returned."""
    if did.outcome is not Outcome.RETURNED:
        return structs.replace(did, outcome=Outcome.RETURNED, exception=None, message="")
    options = [values.encode((text, {}) if made else text) for text in ("another", "and another")]
    return structs.replace(did, value=next(value for value in options if value != did.value))


def _write_cases(path: Path, one: Probed) -> None:
    """Write what JSON can say, and say what it cannot."""
    lines = []
    console = stderr_console()
    for kept in one.suite:
        try:
            lines.append(case_line(kept.case, kept.did))
        except Unsayable as why:
            console.print(Text(printable(f"no case for {case_text(kept.case)}: {why}", 300)))
    write_text(path, "".join(lines))
    console.print(Text(printable(f"{len(lines)} cases in {path}", 300)))
