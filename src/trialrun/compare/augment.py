"""Growing inputs for one trusted program: what a proposer makes is run, kept where it is valid, and tried on mutants.

An input is valid where the precondition holds and the program returns (or, if errors are behaviour too, raises an
exception). Each batch runs on the program and then on the mutants that are still alive; taking a new branch or killing
a mutant makes an input novel, which is what proposers look for. Mutants keep their job from batch to batch while few
are left. `kernel` names the inputs that did something new: a small suite to reduce further (`probe/reduce.py`).

Leaves out: making inputs (`probe/`), making mutants (`lang/mutants.py`), judging whether the program is right.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from trialrun.compare.mutants import key_of, kills
from trialrun.compare.pair import can_be_sent, encode
from trialrun.compare.precondition import Precondition
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.lang.subject import Subject
from trialrun.probe.proposer import Feedback, Proposer, Seed
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Branch, Reply, Serving

LIMITS = Limits(cpu_s=0.2, memory_mb=1024)
"""Limits of one call: what takes longer is refused."""
_KEPT_OPEN = 32
"""Mutants whose jobs stay between batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A valid input, and what it did."""

    seed: Seed
    execution: Execution
    """What the program did."""
    branches: frozenset[Branch]
    """Branches that no earlier input took."""
    killed: tuple[int, ...]
    """Places of the mutants that no earlier input killed."""

    @property
    def outcome(self) -> bytes:
        """What came out: the value's bytes, or the exception."""
        did = self.execution
        return did.value if did.value is not None else (did.exception or str(did.outcome)).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What came of growing inputs."""

    inputs: tuple[Grown, ...]
    """The valid ones, seeds first, in the order they were tried."""
    alive: tuple[int, ...]
    """Places of the mutants that none of them killed."""
    refused: dict[str, int]
    """Inputs that were not valid: by exception, `precondition`, or how the call ended."""
    cpu_s: float
    """CPU seconds of all jobs and of this process."""
    loads: bool
    """Whether the program loads at all."""
    why: str
    """Why it ended: budget, or nothing new to try."""

    def best(self, count: int, first: int = 0) -> list[int]:
        """Return, in order, the places of `count` inputs from the `first` on that tell most.

        Those of the kernel, then those that share what came out with the fewest inputs before them.
        """
        kernel = set(self.kernel)
        ranks: Counter[bytes] = Counter()
        rated: list[tuple[int, int]] = []
        for place, one in enumerate(self.inputs):
            if place >= first:
                rated.append((-1 if place in kernel else ranks[one.outcome], place))
            ranks[one.outcome] += 1
        return sorted(place for _, place in sorted(rated)[:count])

    @property
    def kernel(self) -> list[int]:
        """Places of the inputs that took a branch or killed a mutant first."""
        return [place for place, one in enumerate(self.inputs) if one.branches or one.killed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Settings; `grow` may be called often."""

    inputs: int = 1000
    """Valid inputs to find at most, beside the seeds."""
    cpu_s: float = 10.0
    """CPU seconds at most, of all processes."""
    errors: bool = False
    """Whether raising an exception is behaviour, too."""
    limits: Limits = LIMITS
    """Limits of one call."""

    def grow(
        self,
        sandbox: Sandbox,
        subject: Subject,
        seeds: Sequence[Seed],
        proposer: Proposer,
        *,
        mutants: Sequence[Program] = (),
        assume: Subject | None = None,
    ) -> Growth:
        """Return the valid inputs that were found. `assume` is a predicate that inputs have to meet."""
        with contextlib.ExitStack() as stack:
            served = stack.enter_context(Serving(sandbox, subject.program, self.limits, watch=subject.watch))
            condition = None
            if assume is not None:
                condition = stack.enter_context(Precondition(sandbox, assume, self.limits))
            rivals = [
                _Rival(place, stack.enter_context(Serving(sandbox, mutant, self.limits)))
                for place, mutant in enumerate(mutants)
            ]
            return _Growing(self, subject, served, condition, rivals).run(seeds, proposer)


@dataclass(frozen=True, slots=True)
class _Rival:
    """One mutant that is still alive."""

    place: int
    served: Serving

    def first_kill(self, calls: Sequence[bytes], keys: Sequence[str | None]) -> int | None:
        """Return the place of the first call that tells it from the program, or None."""
        for place, reply in enumerate(self.served.call(calls, stop_at_hang=True)):
            if reply.execution.outcome in NEVER_LOADS or kills(reply.execution, keys[place]):
                return place
        return None


@dataclass(slots=True)
class _Growing:
    """One run: its state."""

    settings: Augmentation
    subject: Subject
    served: Serving
    condition: Precondition | None
    rivals: list[_Rival]
    found: list[Grown] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    dead_s: float = 0.0
    began: float = field(default_factory=time.process_time)

    def run(self, seeds: Sequence[Seed], proposer: Proposer) -> Growth:
        """Try the seeds, then what the proposer makes of them."""
        for start in range(0, len(seeds), 64):
            self._try(seeds[start : start + 64])
        wanted = len(self.found) + self.settings.inputs
        why = "nothing new to try"
        batches = proposer.propose(seeds)
        batch = next(batches, None) if self._loads() else None
        while batch is not None:
            feedback = self._try(batch[: max(1, wanted - len(self.found))])
            if len(self.found) >= wanted:
                why = f"{self.settings.inputs:,} inputs found"
                break
            if self._cpu_s() >= self.settings.cpu_s:
                why = f"the CPU budget of {self.settings.cpu_s:g} s is used up"
                break
            try:
                batch = batches.send(feedback)
            except StopIteration:
                break
        return Growth(
            inputs=tuple(self.found),
            alive=tuple(rival.place for rival in self.rivals),
            refused=dict(self.refused.most_common()),
            cpu_s=self._cpu_s(),
            loads=self._loads(),
            why=why,
        )

    def _loads(self) -> bool:
        return self.served.failed is None

    def _cpu_s(self) -> float:
        jobs = self.served.spent + sum(rival.served.spent for rival in self.rivals) + self.dead_s
        condition = self.condition.serving.spent if self.condition is not None else 0.0
        return time.process_time() - self.began + jobs + condition

    def _try(self, batch: Sequence[Seed]) -> list[Feedback]:
        """Run a batch; keep what is valid; return one feedback each."""
        told = [Feedback(valid=False)] * len(batch)
        places = [place for place, seed in enumerate(batch) if can_be_sent(self.subject, seed.case)]
        if self.condition is not None:
            holds = self.condition.holds([batch[place].case for place in places])
            self.refused["precondition"] += holds.count(False)
            places = [place for place, held in zip(places, holds, strict=True) if held]
        calls = encode(self.subject, [batch[place].case for place in places])
        replies = list(self._replies(calls))
        valid: list[tuple[int, bytes, Grown]] = []
        for place, call, (execution, branches) in zip(places, calls, replies, strict=True):
            told[place] = Feedback(valid=False, cpu_s=execution.cpu_s)
            if not self._is_valid(execution):
                self.refused[execution.exception or str(execution.outcome)] += 1
                continue
            grown = Grown(
                seed=batch[place],
                execution=execution,
                branches=frozenset(branches),
                killed=(),
            )
            valid.append((place, call, grown))
        killed = self._kill([call for _, call, _ in valid], [one.execution for _, _, one in valid])
        for number, (place, _, one) in enumerate(valid):
            one = replace(one, killed=tuple(killed.get(number, ())))
            self.found.append(one)
            told[place] = Feedback(novel=bool(one.branches or one.killed), cpu_s=one.execution.cpu_s)
        return told

    def _replies(self, calls: Sequence[bytes]) -> Iterator[tuple[Execution, tuple[Branch, ...]]]:
        """Yield what the program does on each call; a call that hangs does not keep the others from being made."""
        done = 0
        while done < len(calls):
            replies = self.served.call(calls[done:], stop_at_hang=True)
            for reply in replies or [Reply(Execution(outcome=Outcome.TIMEOUT))]:
                done += 1
                yield reply.execution, reply.branches

    def _is_valid(self, execution: Execution) -> bool:
        if execution.outcome is Outcome.RETURNED:
            return True
        return self.settings.errors and execution.outcome is Outcome.RAISED

    def _kill(self, calls: Sequence[bytes], executions: Sequence[Execution]) -> dict[int, list[int]]:
        """Try the living mutants; return, by the call's place, the mutants that it killed."""
        killed: dict[int, list[int]] = {}
        if not calls or not self.rivals:
            return killed
        keys = list(map(key_of, executions))
        living: list[_Rival] = []
        for rival in self.rivals:
            place = rival.first_kill(calls, keys)
            if place is None:
                living.append(rival)
            else:
                killed.setdefault(place, []).append(rival.place)
            if place is not None or len(self.rivals) > _KEPT_OPEN:
                rival.served.close()
            if place is not None:
                self.dead_s += rival.served.cpu_s
        self.rivals = living
        return killed
