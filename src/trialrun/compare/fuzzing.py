"""A fuzzing campaign: Fuzz4All's loop driven against systems under test, with oracles, reduction and a log.

Oracles are two: the system crashed or failed by its own fault; or two solvers disagree, which is `sat` against `unsat`
where neither printed an error line, and nothing else: `unknown`, `unsupported` or a timeout of either is no answer.
A suspicion is asked again in fresh jobs, made smaller (`probe/delta.py`), and confirmed once more, before it is a
finding.

With a log the campaign can be stopped at any time and resumed: each round is one line, and what is on record is not
generated again; of it only the programs that behaved in a new way are run again, to know which behaviour is known.

Leaves out: telling one bug from another beyond their error class; judging which of two solvers is right.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from trialrun.compare.systems import Reply, Served
from trialrun.core.errors import StoreError, UsageError
from trialrun.lang.smtlib import read_answers
from trialrun.lang.trees import Parse
from trialrun.probe.delta import reduce_text
from trialrun.probe.engine import Engine, Strategy, Target
from trialrun.probe.fuzz4all import Answer, Fuzz4All, Reaction, Round

_ROUND = msgspec.json.Decoder(Round)
_EACH = 3
"""Suspicions of one class that are looked into."""
_ENOUGH = 25
"""Programs that have to fail alike, and none other than alike, before the caller is told that it is no finding."""
_FRESH = 2
"""Fresh jobs that have to agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A program on which a system fails, or two disagree: in fresh jobs, and made smaller."""

    kind: Literal["bug", "disagreement"]
    error: str
    """Class of the error; of a disagreement, both answers."""
    text: str
    """The smallest that was found."""
    original: str
    systems: tuple[str, ...]
    reactions: tuple[Reaction, ...]
    """Of each system, in a fresh job."""
    outputs: tuple[str, ...]

    @property
    def lines(self) -> int:
        """How many lines the program has."""
        return len([line for line in self.text.splitlines() if line.strip()])


@dataclass(slots=True)
class Campaign:
    """What came of it."""

    written: int = 0
    """Programs that the engine wrote, duplicates among them."""
    distinct: int = 0
    """Programs that were run."""
    valid: int = 0
    """Of those, the safe ones that pass the content filter."""
    reactions: Counter[Reaction] = field(default_factory=Counter)
    strategies: Counter[Strategy] = field(default_factory=Counter)
    """Programs written by strategy, after autoprompting."""
    prompt: str = ""
    """The best prompt, once it is known."""
    scores: list[int] = field(default_factory=list)
    """Valid programs of each prompt's batch."""
    suspicions: int = 0
    unsteady: int = 0
    """Suspicions that fresh jobs did not show again."""
    findings: list[Finding] = field(default_factory=list)
    branches: int = 0
    """Branches of the first system that were taken."""
    cpu_s: float = 0.0
    """CPU seconds of all systems and of this process."""
    ended: str = ""
    """Why it ended: `enough`, or `time`."""

    @property
    def validity(self) -> float:
        """Valid programs by programs written: a duplicate is none."""
        return self.valid / self.written if self.written else 0.0

    def count(self, target: Target, round_: Round) -> None:
        """Add one round."""
        batch = round_.batch
        self.written += batch.generated
        self.distinct += len(batch.texts)
        self.reactions.update(answer.reaction for answer in round_.answers)
        valid = len(round_.accepted(target))
        self.valid += valid
        if batch.scoring:
            self.scores.append(valid)
        else:
            self.strategies[batch.prompt.strategy] += batch.generated
            self.prompt = batch.prompt.distilled


def disagree(one: Reply, two: Reply) -> str:
    """Return how two solvers disagree, such as `sat/unsat`; the empty string where they do not or nobody can say.

    Both have to have answered every question without an error line.
    """
    if one.answer.reaction is not Reaction.SAFE or two.answer.reaction is not Reaction.SAFE:
        return ""
    said, also = read_answers(one.output), read_answers(two.output)
    if said.errors or also.errors or len(said.check) != len(also.check):
        return ""
    for pair in zip(said.check, also.check, strict=True):
        if set(pair) == {"sat", "unsat"}:
            return "/".join(pair)
    return ""


@dataclass(slots=True)
class Fuzzing:
    """Everything that a campaign needs; `run` is its verb."""

    method: Fuzz4All
    engine: Engine
    target: Target
    systems: Sequence[Served]
    """The first is under test; a second one is asked about every program that the first finds safe."""
    documentation: str = ""
    seeds: Sequence[str] = ()
    """Programs that are known, such as the engine's corpus: run first, so that only what they do not do is new."""
    parse: Parse | None = None
    """Parser of the input language, for reduction."""
    log: Path | None = None
    """JSON lines of all rounds; a campaign that finds some goes on from there."""
    cpu_s: float | None = None
    """CPU seconds after which no batch is begun."""
    progress: Callable[[Campaign], None] = lambda campaign: None
    """Told after each round."""

    def run(self) -> Campaign:
        """Run to the end of the method or of the time, then look into the suspicions."""
        began = time.process_time()
        campaign = Campaign(ended="enough")
        self.systems[0].run(self.seeds)
        recorded = self._recorded()
        suspects: dict[str, list[str]] = {}
        for round_ in recorded:
            self._note(campaign, round_, suspects)
            self.systems[0].run([text for text, answer in round_.pairs() if answer.novel])
        proposals = self.method.propose(self.engine, self.target, self.documentation, recorded)
        try:
            batch = next(proposals)
            while True:
                round_ = Round(batch, tuple(self._answers(batch.texts)))
                self._record(round_)
                self._note(campaign, round_, suspects)
                self._account(campaign, began)
                self._refuse_hopeless(campaign, round_)
                self.progress(campaign)
                if self.cpu_s is not None and campaign.cpu_s >= self.cpu_s:
                    campaign.ended = "time"
                    break
                batch = proposals.send(round_.answers)
        except StopIteration:
            pass
        self._look_into(campaign, suspects)
        return campaign

    def _answers(self, texts: Sequence[str]) -> list[Answer]:
        """Run the first system on all, and the second on those that the first found safe."""
        replies = self.systems[0].run(texts)
        if len(self.systems) < 2:
            return [reply.answer for reply in replies]
        safe = [place for place, reply in enumerate(replies) if reply.answer.reaction is Reaction.SAFE]
        others = dict(zip(safe, self.systems[1].run([texts[place] for place in safe]), strict=True))
        return [
            msgspec.structs.replace(reply.answer, differs=bool(disagree(reply, others[place])))
            if place in others
            else reply.answer
            for place, reply in enumerate(replies)
        ]

    def _note(self, campaign: Campaign, round_: Round, suspects: dict[str, list[str]]) -> None:
        campaign.count(self.target, round_)
        for text, answer in round_.pairs():
            if answer.reaction is Reaction.BUG or answer.differs:
                suspects.setdefault("" if answer.differs else answer.error, []).append(text)

    def _account(self, campaign: Campaign, began: float) -> None:
        campaign.branches = len(self.systems[0].branches)
        campaign.cpu_s = time.process_time() - began + sum(system.cpu_s for system in self.systems)

    def _refuse_hopeless(self, campaign: Campaign, round_: Round) -> None:
        """Raise `UsageError` where every program so far failed in one way: then the driver is at fault."""
        errors = {answer.error for answer in round_.answers}
        if len(errors) == 1 and campaign.reactions[Reaction.BUG] == campaign.distinct >= _ENOUGH:
            name = self.systems[0].system.name
            raise UsageError(
                f"{name} fails on every input, always by {errors.pop()!r}: is it called rightly?"
            )

    # -- suspicions

    def _look_into(self, campaign: Campaign, suspects: dict[str, list[str]]) -> None:
        """Turn suspicions into findings: steady in fresh jobs, reduced, no two with the same text."""
        campaign.suspicions = sum(map(len, suspects.values()))
        found: set[str] = set()
        for error, texts in suspects.items():
            for text in sorted(texts, key=len)[:_EACH]:
                finding = self._finding(text, error)
                if finding is None:
                    campaign.unsteady += 1
                elif finding.text not in found:
                    found.add(finding.text)
                    campaign.findings.append(finding)

    def _finding(self, text: str, error: str) -> Finding | None:
        """Return the finding that a suspicion is, or None where fresh jobs do not show it."""
        how = self._shown(text, fresh=True)
        if not how:
            return None
        smaller = reduce_text(text, self.parse)
        smallest = text
        try:
            candidate = next(smaller)
            while True:
                candidate = smaller.send(self._shown(candidate) == how)
        except StopIteration as end:
            smallest = end.value
        if self._shown(smallest, fresh=True) != how:
            smallest = text  # what the state of a job made of it does not count
        replies = [system.alone(smallest) for system in self.systems]
        return Finding(
            kind="bug" if error else "disagreement",
            error=how,
            text=smallest,
            original=text,
            systems=tuple(system.system.name for system in self.systems),
            reactions=tuple(reply.answer.reaction for reply in replies),
            outputs=tuple(reply.output for reply in replies),
        )

    def _shown(self, text: str, *, fresh: bool = False) -> str:
        """Return the class of what a text shows, the same in several fresh jobs where that is asked; or nothing."""
        shown = {self._shows(text, fresh=fresh) for _ in range(_FRESH if fresh else 1)}
        return shown.pop() if len(shown) == 1 else ""

    def _shows(self, text: str, *, fresh: bool) -> str:
        def ask(system: Served) -> Reply:
            return system.alone(text) if fresh else system.run([text])[0]

        first = ask(self.systems[0])
        if first.answer.reaction is Reaction.BUG:
            return first.answer.error
        if len(self.systems) > 1 and first.answer.reaction is Reaction.SAFE:
            return disagree(first, ask(self.systems[1]))
        return ""

    # -- the log

    def _recorded(self) -> list[Round]:
        """Return the rounds on record; a line that was cut off by an interruption, and what follows, is dropped."""
        if self.log is None or not self.log.exists():
            return []
        rounds, kept = [], 0
        data = self.log.read_bytes()
        for line in data.splitlines(keepends=True):
            try:
                if not line.endswith(b"\n"):
                    break
                rounds.append(_ROUND.decode(line))
            except msgspec.MsgspecError:
                break
            kept += len(line)
        if kept < len(data):
            os.truncate(self.log, kept)
        return rounds

    def _record(self, round_: Round) -> None:
        if self.log is None:
            return
        try:
            with open(self.log, "ab") as file:
                file.write(msgspec.json.encode(round_) + b"\n")
        except OSError as error:
            raise StoreError(f"cannot write to {self.log}: {error.strerror}") from error
