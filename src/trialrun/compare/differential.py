"""Differential search: look for an input on which two programs differ, and make it small.

The loop: proposers make inputs, both programs run on them, what is new comes back to the proposers as feedback. A
suspicion is confirmed in fresh jobs. A strict difference on a valid input ends the search; a weaker one (one program
crashes, the input breaks a relation of the seeds, only the representation differs) waits while a share of the budget
is spent on a better one. What was found is shrunk, every step by running, and confirmed again.

The result is `fail` with a difference or `unknown` with what was tried, never `pass`. Source: Mokav (2024), Part A,
with isolation, ranks and a cap on inputs that hang added.

Leaves out: making inputs (`probe/`), rounds with a model (`mokav.py`).
"""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from trialrun.compare.difference import Comparison, Difference, Kind
from trialrun.compare.outcomes import Rules
from trialrun.compare.pair import Pair, Trial, can_be_sent
from trialrun.compare.precondition import Precondition
from trialrun.core.errors import UsageError
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.lang.subject import Subject
from trialrun.probe.portfolio import portfolio_for
from trialrun.probe.proposer import Feedback, Origin, Proposer, Seed
from trialrun.probe.shrink import shrink
from trialrun.run.sandbox import Sandbox

SEARCH = Limits(cpu_s=0.1, memory_mb=1024, output_kb=16 * 1024)
"""Limits of a call in the search: what takes longer teaches little for its price."""
UNSTEADY = "nondeterministic, or keeps state between calls"
NOT_LOADED = "does not load"
"""Why a comparison is unknown, where more inputs would not help."""
_SLICE_S = 0.05
"""CPU seconds of one step of the loop: so long a budget may be overdrawn."""
_WAIT = 0.3
"""Share of the budget that a weak difference waits for a better one."""
_HANGS = 2
"""Inputs that hang a program before such large ones are left out."""
_UNCONFIRMED = 8
"""Suspicions that come to nothing in fresh jobs before the programs are called unsteady."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differential:
    """Settings of a search; `search` may be called often."""

    seed: int = 0
    """Seed of every random choice."""
    inputs: int = 10_000
    """Inputs tried at most."""
    cpu_s: float = 2.0
    """CPU seconds at most, of all processes, shrinking included."""
    rules: Rules = field(default_factory=Rules)
    """Which differences matter."""
    limits: Limits = SEARCH
    """Limits of one call."""
    frozen: bool = True
    """Whether clock and chance are the same for every call."""
    accepted: tuple[Subject, ...] = ()
    """Other programs that are right: a difference on which one of them does not do as the old one is a weak one."""

    def search(
        self,
        sandbox: Sandbox | tuple[Sandbox, Sandbox],
        old: Subject,
        new: Subject,
        seeds: Sequence[Seed],
        *,
        assume: Subject | None = None,
        proposer: Proposer | None = None,
    ) -> Comparison:
        """Return what was found. `sandbox` may be one for each program, where they see different directories.

        Seeds run first. `assume` is a predicate that inputs have to meet. `proposer` defaults to all that need no
        model (`probe/portfolio.py`).
        """
        sandboxes = sandbox if isinstance(sandbox, tuple) else (sandbox, sandbox)
        seeds = [seed for seed in seeds if can_be_sent(old, seed.case)]
        if proposer is None:
            proposer = portfolio_for((old, new), seeds, seed=self.seed)
        with contextlib.ExitStack() as stack:
            pair = stack.enter_context(
                Pair(
                    sandboxes, (old, new), self.rules, self.limits, frozen=self.frozen, accepted=self.accepted
                )
            )
            precondition = None
            if assume is not None:
                precondition = stack.enter_context(Precondition(sandboxes[0], assume, self.limits))
            return _Search(self, pair, precondition).run(proposer, seeds)


class _Search:
    """One search: its state, and the rule by which it ends."""

    def __init__(self, settings: Differential, pair: Pair, precondition: Precondition | None) -> None:
        self.settings, self.pair, self.precondition = settings, pair, precondition
        self.inputs = self.refused = self.undecided = self.outside = self.unconfirmed = 0
        self.best: Difference | None = None
        self.found_at = 0.0
        self.waiting: list[Seed] = []
        """Inputs on which one program hung: confirmed last, since that is dear."""
        self.unobserved: dict[str, None] = {}
        self.cap = _Cap()

    def run(self, proposer: Proposer, seeds: Sequence[Seed]) -> Comparison:
        """Search, shrink, and say what was found."""
        why = self._look(proposer, seeds)
        if 0 < len(self.waiting) < _HANGS:
            self._take_hangs()
        if self.best is not None and not self.pair.steady(self.best.case):
            self.best, self.unconfirmed = None, _UNCONFIRMED
        if self.best is not None:
            self.best = self._shrunk(self.best, seeds)
        elif self._fails_to_load():
            why = NOT_LOADED
        elif self.unconfirmed >= _UNCONFIRMED or (self.unconfirmed and not self._steady(seeds)):
            why = UNSTEADY
        return Comparison(
            verdict=Verdict.UNKNOWN if self.best is None else Verdict.FAIL,
            difference=self.best,
            inputs=self.inputs,
            refused=self.refused,
            undecided=self.undecided,
            outside=self.outside,
            cpu_s=self.pair.cpu_s(),
            old_coverage=self.pair.old.coverage(),
            new_coverage=self.pair.new.coverage(),
            seed=self.settings.seed,
            why="" if self.best is not None else why,
            unobserved=tuple(self.unobserved),
        )

    def _look(self, proposer: Proposer, seeds: Sequence[Seed]) -> str:
        """Run the loop; return why it ended."""
        self._try(list(seeds))
        if self._enough():
            return "found"
        batches = proposer.propose(seeds)
        batch = next(batches, None)
        while batch is not None:
            feedback = self._try(batch)
            if self._fails_to_load():
                return NOT_LOADED
            if self._enough():
                return "found"
            if self.inputs >= self.settings.inputs:
                return "as many inputs as were allowed show no difference"
            if self.pair.cpu_s() >= self.settings.cpu_s:
                return f"the CPU budget of {self.settings.cpu_s:g} s is used up"
            try:
                batch = batches.send(feedback)
            except StopIteration:
                break
        return "nothing left to try"

    def _try(self, batch: Sequence[Seed]) -> list[Feedback]:
        """Run a batch in slices; stop early, with as much feedback as there is, once there is enough."""
        feedback: list[Feedback] = []
        while len(feedback) < len(batch) and self.inputs < self.settings.inputs:
            size = min(self.cap.slice_size(), self.settings.inputs - self.inputs)
            part = batch[len(feedback) : len(feedback) + size]
            feedback += self._try_slice(part)
            if self._enough() or self.pair.cpu_s() >= self.settings.cpu_s:
                break
        return feedback + [Feedback(valid=False)] * (len(batch) - len(feedback))

    def _try_slice(self, part: Sequence[Seed]) -> list[Feedback]:
        """Run some cases; return the feedback of those up to the first that hung."""
        allowed = self._allowed([seed.case for seed in part])
        trials = self.pair.run([seed.case for seed, runs in zip(part, allowed, strict=True) if runs])
        self.inputs += len(trials)
        left = iter(trials)
        feedback = []
        for seed, runs in zip(part, allowed, strict=True):
            if not runs:
                feedback.append(Feedback(valid=False))
                continue
            trial = next(left, None)
            if trial is None:
                break
            self._weigh(seed, trial)
            cpu_s = trial.old.cpu_s + trial.new.cpu_s
            feedback.append(Feedback(novel=trial.novel, valid=not trial.refused, cpu_s=cpu_s))
        return feedback

    def _allowed(self, cases: Sequence[Case]) -> list[bool]:
        """Say of each case whether it is to run: not too large, and within the precondition."""
        allowed = [self.cap.allows(case) for case in cases]
        if self.precondition is not None:
            kept = [case for case, runs in zip(cases, allowed, strict=True) if runs]
            answers = iter(self.precondition.holds(kept))
            allowed = [runs and next(answers) for runs in allowed]
            self.outside += len(kept) - sum(allowed)
            why = self.precondition.why_not()
            if why is not None:
                raise UsageError(f"the predicate {self.precondition.subject.name} does not load: {why}")
        return allowed

    def _weigh(self, seed: Seed, trial: Trial) -> None:
        """Take note of one case; confirm it where it would be the best difference yet."""
        if self._fails_to_load():
            return
        # Where what the old program refuses does not count, such an input says nothing, whatever the new one does.
        unheard = not self.settings.rules.refused and trial.old.outcome is Outcome.RAISED
        self.refused += trial.refused or unheard
        self.cap.learn(seed.case, trial)
        finding = trial.finding
        if finding.kind is None:
            if finding.what:
                self.undecided += 1
                self.unobserved[finding.what] = None
            return
        if Outcome.TIMEOUT in (trial.old.outcome, trial.new.outcome):
            self.waiting.append(seed)
            if len(self.waiting) == _HANGS:
                self._take_hangs()
            return
        suspected = Difference(
            case=seed.case,
            kind=finding.kind,
            what=finding.what,
            origin=seed.origin,
            old=trial.old,
            new=trial.new,
        )
        if self.unconfirmed < _UNCONFIRMED and (self.best is None or _rank(suspected) < _rank(self.best)):
            self._take(seed)

    def _take(self, seed: Seed) -> None:
        """Confirm a suspicion, and keep it where it is the best so far."""
        difference = self.pair.confirm(seed)
        if difference is None:
            self.unconfirmed += 1
        elif self.best is None or _rank(difference) < _rank(self.best):
            if self.best is None:
                self.found_at = self.pair.cpu_s()
            self.best = difference

    def _take_hangs(self) -> None:
        """Give one input that hung a program the time to show whether it hangs."""
        if self.best is None:
            self._take(self.waiting[0])

    def _enough(self) -> bool:
        if self.best is None:
            return self.unconfirmed >= _UNCONFIRMED
        if _is_final(self.best):
            return True
        return self.pair.cpu_s() - self.found_at > _WAIT * self.settings.cpu_s

    def _shrunk(self, found: Difference, seeds: Sequence[Seed]) -> Difference:
        """Return the smallest case near the one found on which the programs still differ in the same way."""
        steps = shrink(found.case, seeds, self.pair.old.subject.signature)
        smallest = found.case
        complete = False
        limit = max(self.settings.cpu_s, self.pair.cpu_s() + 0.25 * self.settings.cpu_s)
        still = False
        try:
            case = next(steps)
            while self.pair.cpu_s() < limit and Outcome.TIMEOUT not in (found.old.outcome, found.new.outcome):
                still = self._allowed([case])[0] and _same_way(self.pair.run([case])[0], found)
                if still:
                    smallest = case
                case = steps.send(still)
        except StopIteration as end:
            complete = bool(end.value)
        if smallest is found.case:
            return dataclasses.replace(found, shrunk=complete)
        confirmed = self.pair.confirm(Seed(case=smallest, origin=_origin_of_part(found.origin)))
        if confirmed is not None and not self.pair.steady(smallest):
            confirmed = None
        if confirmed is None or _rank(confirmed)[:-1] > _rank(found)[:-1]:
            return found
        return dataclasses.replace(confirmed, shrunk=complete)

    def _fails_to_load(self) -> bool:
        return self.pair.old.serving.failed is not None or self.pair.new.serving.failed is not None

    def _steady(self, seeds: Sequence[Seed]) -> bool:
        return all(self.pair.steady(seed.case) for seed in seeds[:2])


def _rank(difference: Difference) -> tuple[bool, int, bool, int]:
    """Order differences: those that accepted programs bear out first, then by kind and by origin.

    One that the old program crashes on is weaker than one that only the new one does.
    """
    kinds, origins = list(Kind), list(Origin)
    only_new = difference.kind is Kind.CRASH and difference.old.outcome is Outcome.RETURNED
    return (
        difference.doubted,
        kinds.index(difference.kind),
        not only_new,
        origins.index(difference.origin),
    )


def _is_final(difference: Difference) -> bool:
    strong = difference.kind is Kind.STRICT and difference.origin is not Origin.FUZZED
    return strong and not difference.doubted


def _same_way(trial: Trial, found: Difference) -> bool:
    """Say whether a smaller case shows the difference that was found, not another, weaker one."""
    if trial.finding.kind is not found.kind:
        return False
    if found.kind is not Kind.CRASH:
        return True
    return trial.old.outcome is found.old.outcome and trial.new.outcome is found.new.outcome


def _origin_of_part(origin: Origin) -> Origin:
    """Return the origin of what is left of a case: nobody recorded it."""
    return origin if origin is Origin.FUZZED else Origin.VALID


class _Cap:
    """Keeps inputs away that are as large as those which hung, and slices as long as a slice may take."""

    def __init__(self) -> None:
        self._hung: list[tuple[int, int]] = []
        self._spent_s = 0.0
        self._runs = 0

    def slice_size(self) -> int:
        """Return how many cases make about `_SLICE_S`."""
        if not self._runs:
            return 1
        mean = self._spent_s / self._runs
        return max(1, min(64, int(_SLICE_S / max(mean, 1e-5))))

    def allows(self, case: Case) -> bool:
        """Say whether a case is smaller, in its numbers or its length, than every one that hung."""
        if len(self._hung) < _HANGS:
            return True
        number, length = _bulk(case)
        return not any(number >= n and length >= m for n, m in self._hung)

    def learn(self, case: Case, trial: Trial) -> None:
        """Take note of what a case took."""
        self._spent_s += trial.old.cpu_s + trial.new.cpu_s
        self._runs += 1
        if Outcome.TIMEOUT in (trial.old.outcome, trial.new.outcome):
            number, length = _bulk(case)
            # What is half as large probably hangs too; a small input that hangs says nothing of size.
            self._hung.append((max(number // 2, 1000), length // 2))


_NUMBER = re.compile(r"\d{4,}")


def _bulk(case: Case) -> tuple[int, int]:
    """Return the largest number in a case (small ones count as 0) and its number of items and characters."""
    if case.stdin is not None:
        numbers = [int(text[:30]) for text in _NUMBER.findall(case.stdin)]
        return max(numbers, default=0), len(case.stdin)
    largest = length = 0
    for item in _items(case.args):
        if type(item) is int:
            largest = max(largest, abs(item))
        elif isinstance(item, str):
            length += len(item)
            largest = max([largest, *(int(text[:30]) for text in _NUMBER.findall(item))])
        else:
            length += 1
    return largest, length


def _items(value: Any) -> Iterator[Any]:
    """Yield atoms, and each container once, of nested arguments."""
    todo = [value]
    while todo:
        item = todo.pop()
        yield item
        if isinstance(item, list | tuple | set | frozenset):
            todo += item
        elif isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
