"""Proof that what a program returns depends on a function that it is meant to call.

A self-invoking task asks for a function that uses a given *base*. That a solution passes says nothing about that: it
may write the base again, or call it and drop the result. The proof has two parts. The calls trace must have an edge
from the new function to the base. And breaking the base must break the solution: the base's mutants are put in its
place, and the task's own checks judge each. A mutant that passes them counts against the program only where it differs
from the base on the very calls that the trace recorded; one that does the same there nobody can tell from the base.

    rate = mutants that fail the task / those and the passing ones that differ on the recorded calls

The verdict: fail without an edge, or below `least`; unknown where nothing could be broken, or the program does not pass
unbroken. Weak, as the edge and the recorded calls come out of the program's own process; that mutants fail is judged
outside.

Leaves out: who else calls the base, proofs about several bases at once, classes as bases.
Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro" (arXiv:2412.21199) asks for the call; the proof is our own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from trialrun.compare.mutants import screen
from trialrun.core.build_values import build
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, CaseCheck, Task
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.observe.edges import Edges, no_edges, trace_edges
from trialrun.run.sandbox import Sandbox
from trialrun.run.transcript import transcript_of
from trialrun.store.cache import BlobCache
from trialrun.verify.cases import SHOWN
from trialrun.verify.tests import Judge

JUDGE = "verify/dependence"
_CASES = 30
"""Inputs of the task that are traced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is tried."""

    mutants: int = 12
    """Mutants of the base, at most."""
    seed: int = 0
    """Which mutants, where there are more."""
    least: float = 0.5
    """Rate from which on the result counts as dependent."""
    limits: Limits = field(default_factory=lambda: Limits(cpu_s=1.0, memory_mb=1024))
    """Limits of the traced run, and of mutants on recorded calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of both parts."""

    calls: Edges
    killed: int = 0
    """Mutants of the base with which the program fails its task."""
    alive: tuple[str, ...] = ()
    """Mutants, as text, with which it passes although they differ on the recorded calls."""
    equivalent: int = 0
    """Mutants with which it passes and that do what the base does on the recorded calls."""
    fault: str = ""
    """Why nothing could be proven."""
    least: float = 0.5
    cpu_s: float = 0.0
    """CPU seconds of the jobs that judged mutants."""

    @property
    def rate(self) -> float | None:
        """Share of the mutants that differ that are noticed; None where none differs."""
        told = self.killed + len(self.alive)
        return self.killed / told if told else None

    @property
    def verdict(self) -> Verdict:
        """Whether the program depends on the base."""
        if self.fault:
            return Verdict.UNKNOWN
        if not self.calls.reached:
            return Verdict.FAIL
        if self.rate is None:
            return Verdict.UNKNOWN
        return Verdict.PASS if self.killed and self.rate >= self.least else Verdict.FAIL

    @property
    def message(self) -> str:
        """The proof in one line."""
        if self.fault:
            return self.fault
        if not self.calls.reached:
            return f"the base is called on none of {self.calls.cases} inputs"
        told = self.killed + len(self.alive)
        return (
            f"called on {self.calls.reached} of {self.calls.cases} inputs; "
            f"{self.killed} of {told} mutants of the base are noticed, {self.equivalent} more differ nowhere"
        )

    def judgement(self) -> Judgement:
        """Return the proof as a judgement; its score is the rate."""
        found = [
            Evidence(case=number, outcome=Outcome.RETURNED, message=f"not noticed: {text}"[:SHOWN])
            for number, text in enumerate(self.alive[:2])
        ]
        told = Evidence(case=0, outcome=Outcome.RETURNED, message=self.message[:SHOWN])
        return Judgement(
            check="dependence",
            verdict=self.verdict,
            outcome=Outcome.RETURNED,
            strength=Strength.WEAK,
            visibility=Visibility.HIDDEN,
            judge=JUDGE,
            cases=self.calls.cases,
            evidence=() if self.verdict is Verdict.PASS else (told, *found),
            cpu_s=self.cpu_s,
            weak_because="which calls were made is the program's own word",
            score=self.rate or 0.0,
        )


def prove(
    sandbox: Sandbox,
    judge: Judge,
    task: Task,
    program: Program,
    base: str,
    settings: Settings | None = None,
) -> Proof:
    """Prove that `program`, a solution of `task`, depends on its function `base`. `judge` has the mutants' limits."""
    settings = settings or Settings()
    inputs = inputs_of(sandbox, task)
    if inputs is None:
        return Proof(
            calls=no_edges(0), fault="the task's tests cannot be read as calls", least=settings.least
        )
    calls = trace_edges(sandbox, program, base, inputs, settings.limits)
    if calls.fault or not calls.reached:
        return Proof(calls=calls, fault=calls.fault, least=settings.least)
    if not _passes(judge, task, program):
        fault = "the program does not pass the task as it is"
        return Proof(calls=calls, fault=fault, least=settings.least)
    made = mutants(program.source, base, limit=settings.mutants, seed=settings.seed)
    programs = mutant_programs(program, made)
    survivors, cpu_s = [], 0.0
    for place, mutant in enumerate(programs):
        found = judge.judge(task, mutant)
        cpu_s += sum(one.cpu_s for one in found)
        if not any(one.verdict is Verdict.FAIL for one in found):
            survivors.append(place)
    differ = _different(sandbox, program, base, [programs[place] for place in survivors], calls, settings)
    alive = [place for place, differs in zip(survivors, differ, strict=True) if differs]
    return Proof(
        calls=calls,
        killed=len(programs) - len(survivors),
        alive=tuple(made[place].description for place in alive),
        equivalent=len(survivors) - len(alive),
        least=settings.least,
        cpu_s=cpu_s,
    )


def _passes(judge: Judge, task: Task, program: Program) -> bool:
    return all(found.verdict is Verdict.PASS for found in judge.judge(task, program))


def _different(
    sandbox: Sandbox,
    program: Program,
    base: str,
    survivors: Sequence[Program],
    calls: Edges,
    settings: Settings,
) -> list[bool]:
    """Say of each surviving mutant whether it differs from the base on the recorded calls."""
    if not survivors or not calls.arguments:
        return [False] * len(survivors)
    screened = screen(
        sandbox,
        replace(program, entry=base),
        [replace(mutant, entry=base) for mutant in survivors],
        calls.arguments,
        limits=settings.limits,
        every=False,
    )
    return [not fate.alive for fate in screened.fates]


# -- the inputs of a task


def inputs_of(sandbox: Sandbox, task: Task) -> tuple[Case, ...] | None:
    """Return inputs of the task's entry point on which its checks judge, without what they expect; None for none.

    Test code that is more than comparisons with constants is asked of the task's reference (`run/transcript.py`).
    """
    found: list[Case] = []
    for check in task.hidden_checks:
        if isinstance(check, CaseCheck):
            found += check.cases
        elif isinstance(check, AssertCheck):
            asserts = read_plain_asserts(check.code, check.remote, task.context)
            if asserts is not None:
                found += [Case(args=one.args) for one in asserts if one.name == task.entry]
            else:
                found += _asked(sandbox, task, check)
    return tuple(found[:_CASES]) or None


def _asked(sandbox: Sandbox, task: Task, check: AssertCheck) -> Iterator[Case]:
    """Yield the calls of the entry point that test code makes of the task's own reference."""
    if task.reference is None or check.same_process is not None:
        return
    reference = Program.from_source(task.reference, entry=task.entry)
    asked = transcript_of(sandbox, task.hash, task.context, check, reference, BlobCache(), 0)
    for body in asked.calls if asked is not None else ():
        name, _, args, named = build(parse(body))[0]
        if name == task.entry and not named:
            yield Case(args=tuple(args))
