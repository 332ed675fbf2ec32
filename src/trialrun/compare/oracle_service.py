"""A function is hidden; whoever looks for it may call it and submit programs, so often and no more: the metered oracle.

`query` runs the hidden function on cases and says what it did. `check` searches for an input on which a submission
differs and returns it, made small. Calls, checks and malformed requests are counted by a `Budget`; what would overdraw
one is refused, as a whole, and costs a try; with the last try, the last check or a submission that holds, the game is
over and nothing is answered or charged any more.

Of the hidden function nothing is told but its behaviour: values, output and the types of exceptions; no message (it may
quote the source), no cost, no coverage. It runs in jobs of its own. A counterexample may show a constant of its source,
where only that tells the programs apart.

*Equal* means: no difference on so many inputs. A submission, or a hidden function, that is not steady or does not load
is *unknown*. Inputs that the hidden function refuses by an exception say nothing, unless `rules.refused`.

Source: CodeARC (arXiv:2503.23145); there Pynguin and Mokav are the oracle, and Pynguin's silence counts as equal.

Leaves out: the solver and its dialogue (`tasks/codearc.py` reads statements).
"""

import dataclasses
from collections.abc import Sequence

from trialrun.compare.difference import Comparison
from trialrun.compare.differential import NOT_LOADED, UNSTEADY, Differential
from trialrun.compare.outcomes import Rules
from trialrun.compare.pair import can_be_sent, encode
from trialrun.core.budget import Budget
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution
from trialrun.core.oracle import CALLS, CHECKS, CPU, TRIES, Answer, Check, Holds, Refused
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject
from trialrun.lang.subject import Subject
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

RULES = Rules(arguments=False, refused=False)
"""Values and output count, since these are what a solver sees."""
SEARCH = Differential(inputs=2000, cpu_s=5.0, rules=RULES)


def codearc_budget() -> Budget:
    """Return CodeARC's budgets: 30 calls, 2 checks, 2 malformed requests."""
    return Budget(**{CALLS: 30, CHECKS: 2, TRIES: 2})


class EquivalenceService:
    """One hidden function and what may still be asked about it."""

    def __init__(
        self,
        sandbox: Sandbox,
        hidden: Subject,
        *,
        recorded: Sequence[Case] = (),
        given: int | None = None,
        budget: Budget | None = None,
        search: Differential = SEARCH,
    ) -> None:
        """`recorded` are cases whose results the solver knows from the start: they count as `given` calls, or one each.

        Counters that `budget` does not limit are counted without end. Raises `UsageError` where the recorded cases
        alone overdraw it.
        """
        self.budget = codearc_budget() if budget is None else budget
        self._sandbox, self._hidden, self._search = sandbox, hidden, search
        self._recorded = [case for case in recorded if can_be_sent(hidden, case)]
        self._seeds = [Seed(case=case, origin=Origin.RECORDED) for case in self._recorded]
        self._ended = ""
        given = len(recorded) if given is None else given
        if not self.budget.spend(CALLS, given):
            raise UsageError(f"{given} recorded calls are more than the budget allows")

    @property
    def ended(self) -> str:
        """Why the game is over; empty while it is on."""
        return self._ended

    def recorded(self) -> tuple[tuple[Case, Answer], ...]:
        """Return the recorded cases and what the hidden function does on them, at no charge."""
        return tuple(zip(self._recorded, self._answers(self._recorded), strict=True))

    def query(self, cases: Sequence[Case]) -> tuple[Answer, ...] | Refused:
        """Call the hidden function on each case, or refuse them all where fewer calls are left."""
        if self._ended:
            return Refused(self._ended)
        if not all(can_be_sent(self._hidden, case) for case in cases):
            return self.malformed("an argument is of a kind that cannot be sent")
        if not self.budget.spend(CALLS, len(cases)):
            return self.malformed(f"{len(cases)} calls asked for, {self.budget.left(CALLS):g} left")
        self._seeds += [Seed(case=case, origin=Origin.USER) for case in cases]
        return self._answers(cases)

    def malformed(self, why: str) -> Refused:
        """Charge one try, for a request that cannot be met or read, and refuse it."""
        if not self._ended:
            self.budget.spend(TRIES)
            if self.budget.left(TRIES) < 1:
                self._ended = "no tries are left"
        return Refused(why)

    def check(self, program: Program) -> Check | Refused:
        """Say whether a program behaves like the hidden function, with a counterexample where it does not.

        One that does not define its entry point is malformed: it costs a try, no check.
        """
        if self._ended:
            return Refused(self._ended)
        try:
            submission = function_subject(program.source, program.entry or "")
        except UsageError as error:
            return self.malformed(str(error))
        if self.budget.left(CPU) <= 0:
            self._ended = "no CPU time is left"
            return Refused(self._ended)
        if not self.budget.spend(CHECKS):
            return self.malformed("no checks are left")
        search = dataclasses.replace(self._search, cpu_s=min(self._search.cpu_s, self.budget.left(CPU)))
        came = search.search(self._sandbox, self._hidden, submission, self._seeds)
        if not self.budget.spend(CPU, came.cpu_s):  # the last slice may pass the limit: what is left is gone
            self.budget.spend(CPU, self.budget.left(CPU))
        found = _check(came)
        if found.holds is Holds.EQUAL:
            self._ended = "a submission holds"
        elif self.budget.left(CHECKS) < 1:
            self._ended = "no checks are left"
        return found

    def _answers(self, cases: Sequence[Case]) -> tuple[Answer, ...]:
        with Serving(self._sandbox, self._hidden.program, self._search.limits) as served:
            # Each in a job of its own: what one call leaves behind is no part of what the next one does.
            answers = tuple(_told(served.alone(call)) for call in encode(self._hidden, cases))
            self.budget.spend(CPU, served.spent)
        return answers


def _told(execution: Execution) -> Answer:
    """Return what may be told of an execution."""
    return Answer(execution.outcome, execution.value, execution.exception, execution.stdout)


def _check(came: Comparison) -> Check:
    found = came.difference
    if found is not None:
        return Check(
            holds=Holds.DIFFERENT,
            case=found.case,
            expected=_told(found.old),
            got=_told(found.new),
            minimal=found.shrunk,
            inputs=came.inputs,
        )
    if came.why in (UNSTEADY, NOT_LOADED):
        return Check(holds=Holds.UNKNOWN, inputs=came.inputs, why=came.why)
    if came.inputs - came.refused <= 0:
        return Check(holds=Holds.UNKNOWN, inputs=came.inputs, why="no input was accepted")
    return Check(holds=Holds.EQUAL, inputs=came.inputs)
