"""Judges whether a program behaves like a task's hidden function, and opens the oracle that a method may ask about it.

The verdict comes from a differential search of its own (`compare/differential.py`), with another seed than the
checks that a method asked for. *Pass* says: no difference on so many inputs. Where the hidden function or the program
is not steady, does not load, or accepts no input, the verdict is unknown.

Leaves out: the game and its rules (`compare/oracle_service.py`).
"""

import dataclasses

from trialrun.compare.differential import NOT_LOADED, UNSTEADY
from trialrun.compare.oracle_service import SEARCH, EquivalenceService
from trialrun.core.budget import Budget
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.oracle import CALLS, CHECKS, TRIES, Oracle
from trialrun.core.program import Program
from trialrun.core.task import EquivalenceCheck, Task
from trialrun.lang.drivers import function_subject
from trialrun.lang.subject import Subject
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.sandbox import Sandbox
from trialrun.verify.cases import SHOWN, text_of

JUDGE = "verify/equivalence"


def allowance(task: Task) -> dict[str, float]:
    """Return the limits that a task with a hidden function sets to asking about it, by counter."""
    check = _check_of(task)
    return {} if check is None else {CALLS: check.calls, CHECKS: check.checks, TRIES: check.tries}


def oracle_of(sandbox: Sandbox, task: Task, budget: Budget) -> Oracle | None:
    """Return the oracle of a task that has a hidden function; it draws on `budget`.

    Raises `UsageError` where the calls given from the start alone overdraw it.
    """
    check = _check_of(task)
    if check is None:
        return None
    try:
        hidden = _hidden(task)
    except UsageError:
        return None
    search = dataclasses.replace(SEARCH, inputs=check.inputs, cpu_s=check.cpu_s)
    return EquivalenceService(
        sandbox, hidden, recorded=check.cases, given=check.given, budget=budget, search=search
    )


def judge_equivalence(
    sandbox: Sandbox, task: Task, check: EquivalenceCheck, program: Program, *, seed: int = 0
) -> Judgement:
    """Judge one program."""
    try:
        hidden = _hidden(task)
    except UsageError as error:
        return _judgement(check, Verdict.UNKNOWN, message=f"the hidden function: {error}")
    try:
        submission = function_subject(program.source, program.entry or "")
    except UsageError as error:
        return _judgement(check, Verdict.FAIL, Outcome.LOAD, message=str(error))
    search = dataclasses.replace(SEARCH, seed=seed + 1, inputs=check.inputs, cpu_s=check.cpu_s)
    seeds = [Seed(case=case, origin=Origin.RECORDED) for case in check.cases]
    came = search.search(sandbox, hidden, submission, seeds)
    found = came.difference
    tried = max(0, came.inputs - came.refused)
    if found is not None:
        evidence = Evidence(
            case=0,
            outcome=found.new.outcome,
            input=_arguments(found.case.args),
            expected=_shown(found.old),
            got=_shown(found.new),
        )
        return _judgement(check, Verdict.FAIL, found.new.outcome, evidence, tried, came.cpu_s)
    if came.why in (UNSTEADY, NOT_LOADED) or not tried:
        why = came.why if came.why in (UNSTEADY, NOT_LOADED) else "no input was accepted"
        return _judgement(check, Verdict.UNKNOWN, cases=tried, cpu_s=came.cpu_s, message=why)
    return _judgement(check, Verdict.PASS, cases=tried, cpu_s=came.cpu_s)


def _arguments(args: tuple[object, ...]) -> str:
    return ", ".join(map(repr, args))[:SHOWN]


def _check_of(task: Task) -> EquivalenceCheck | None:
    return next((check for check in task.hidden_checks if isinstance(check, EquivalenceCheck)), None)


def _hidden(task: Task) -> Subject:
    return function_subject(task.reference or "", task.entry or "")


def _shown(execution: Execution) -> str:
    return text_of(execution.value) if execution.value is not None else execution.ending[:SHOWN]


def _judgement(
    check: EquivalenceCheck,
    verdict: Verdict,
    outcome: Outcome = Outcome.RETURNED,
    evidence: Evidence | None = None,
    cases: int = 0,
    cpu_s: float = 0.0,
    *,
    message: str = "",
) -> Judgement:
    if message:
        evidence = Evidence(case=0, outcome=outcome, message=message[:SHOWN])
    return Judgement(
        check=check.name,
        verdict=verdict,
        outcome=outcome,
        strength=Strength.STRONG,
        visibility=Visibility.HIDDEN,
        judge=JUDGE,
        cases=cases,
        evidence=(evidence,) if evidence is not None else (),
        cpu_s=cpu_s,
    )
