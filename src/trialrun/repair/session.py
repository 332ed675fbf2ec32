"""A sketch under work: what is filled, what its holes received and returned, and the edits that a user may ask for.

    compile ─▶ all checks pass? ─no─▶ a user (a person, an oracle) does one thing ─▶ compile what is open ─▶ …
                                      edit the sketch · rewrite a hole's text · give a hole's input and output ·
                                      decompose a hole

Open holes are filled by a `Generator` that is given the sketch as its task's prefix; whatever it makes, only bodies of
open holes are taken over, so the sketch and the frozen holes stay as they are. A hole that already satisfies the pairs
that a user gives is left alone. Every action counts as one question.

Source: ANPL (2023), sections on tracing and on editing. Leaves out: talking to a person (`cli/anpl.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from trialrun.compare.part_checks import judge_part, passes
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.method import Generator
from trialrun.core.program import Program
from trialrun.core.task import CaseCheck, PublicTask
from trialrun.lang.filling import body_of
from trialrun.lang.known_cases import known_cases
from trialrun.lang.sketch import Pair, Sketch, cases_of, read_sketch
from trialrun.repair.suspects import Suspect, suspects


@dataclass(frozen=True, slots=True)
class Edit:
    """Put another sketch in place of the present one; holes of the same name and text keep what fills them."""

    source: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Give a hole another text."""

    hole: str
    text: str


@dataclass(frozen=True, slots=True)
class Give:
    """Say what a hole has to return on some inputs."""

    hole: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Decompose:
    """Put a sub-sketch in place of a hole."""

    hole: str
    source: str


Action = Edit | Rewrite | Give | Decompose


@dataclass(slots=True, kw_only=True)
class Session:
    """One sketch, its task, and what was said about it. A task's public checks may be empty."""

    task: PublicTask
    ctx: Context
    sketch: Sketch
    fill: Generator
    pairs: dict[str, tuple[Pair, ...]] = field(default_factory=dict)
    """Hole → pairs that a user gave."""
    questions: int = 0
    """Actions of a user so far."""
    evidence: str = ""
    """What the next filling is told beside the task's statement."""

    @property
    def program(self) -> Program:
        """The program as it is."""
        return Program.from_source(self.sketch.source, entry=self.task.entry)

    @property
    def cases(self) -> tuple[Pair, ...]:
        """Cases of the whole that its public checks state."""
        return known_cases(self.task.public_checks)

    def check(self) -> tuple[Judgement, ...]:
        """Judge the program by the task's public checks."""
        return self.ctx.runner.check(self.program)

    @property
    def solved(self) -> bool:
        """Whether no hole is open, all public checks pass, and every hole satisfies what was said of it."""
        return not self.sketch.open and passes(self.check()) and all(map(self.satisfied, self.pairs))

    def satisfied(self, name: str) -> bool:
        """Say whether a hole is filled and does what its given pairs say."""
        if self.sketch.hole(name).is_open:
            return False
        given = self.pairs.get(name, ())
        return not given or judge_part(self.ctx.runner, self.program, name, given).verdict is Verdict.PASS

    def suspects(self) -> tuple[Suspect, ...]:
        """Return the holes with all their calls on the known cases, those to look at first in front."""
        names = [hole.name for hole in self.sketch.holes]
        still_open = [hole.name for hole in self.sketch.open]
        return suspects(self.ctx.runner, self.program, names, self.cases, still_open)

    def compile(self) -> bool:
        """Fill the open holes; return whether all of them are filled."""
        if self.sketch.open:
            given = tuple(_check(name, pairs) for name, pairs in sorted(self.pairs.items()))
            told = [part for part in (self.task.statement.strip(), self.evidence) if part]
            task = replace(
                self.task,
                prefix=self.sketch.source,
                statement="\n\n".join(told),
                public_checks=(*self.task.public_checks, *given),
            )
            for program in self.fill.generate(task, self.ctx):
                self.sketch = self._taken_over(program)
                if not self.sketch.open:
                    break
        self.evidence = ""
        return not self.sketch.open

    def refill(self, name: str, evidence: str = "") -> bool:
        """Fill one hole anew; it keeps its filling where no other came. Return whether it has another."""
        before = self.sketch
        self.sketch, self.evidence = before.emptied(name), evidence
        self.compile()
        if self.sketch.hole(name).is_open:
            self.sketch = before
        return self.sketch.hash(name) != before.hash(name)

    def apply(self, action: Action) -> None:
        """Do what a user asks for, and fill what is open then. Raises `UsageError` for what cannot be done."""
        self.questions += 1
        match action:
            case Give(hole, pairs):
                self.sketch.hole(hole)
                self.pairs[hole] = (*self.pairs.get(hole, ()), *pairs)
                if not self.satisfied(hole):
                    self.refill(hole)
            case Rewrite(hole, text):
                self.sketch = self.sketch.with_text(hole, text)
            case Decompose(hole, source):
                self.sketch = self.sketch.decomposed(hole, source)
                self.pairs = self._still_there()
            case Edit(source):
                self.sketch = _carried_over(self.sketch, read_sketch(source, self.sketch.also))
                self.pairs = self._still_there()
        self.compile()

    def _taken_over(self, program: Program) -> Sketch:
        """Return the sketch with the bodies that a program has for its open holes, and nothing else of it."""
        sketch = self.sketch
        try:
            made = read_sketch(program.source, sketch.also)
        except UsageError:
            return sketch
        if made.skeleton == sketch.skeleton:
            bodies = {hole.name: made.body(hole.name) for hole in sketch.open}
        else:  # a program that was written anew, around the same functions
            found = {hole.name: body_of(program.source, hole, sketch) for hole in sketch.open}
            bodies = {name: body for name, body in found.items() if body is not None}
        for name, body in bodies.items():
            if body:
                try:
                    sketch = sketch.filled(name, body)
                except UsageError:
                    continue
        return sketch

    def _still_there(self) -> dict[str, tuple[Pair, ...]]:
        names = {hole.name for hole in self.sketch.holes}
        return {name: pairs for name, pairs in self.pairs.items() if name in names}


class User(Protocol):
    """Who says what is wrong with a program: a person, a script, an oracle."""

    def act(self, session: Session) -> Action | None:
        """Return what to do next; None to stop."""


@dataclass(slots=True)
class Scripted:
    """A user who does one thing after the other."""

    actions: list[Action]

    def act(self, session: Session) -> Action | None:
        """Return the next action."""
        return self.actions.pop(0) if self.actions else None


def interact(session: Session, user: User, most: int) -> bool:
    """Compile, then let a user act until all is right or `most` actions are spent; return whether it is."""
    session.compile()
    while not (solved := session.solved) and session.questions < most:
        action = user.act(session)
        if action is None:
            break
        session.apply(action)
    return solved


def _check(name: str, pairs: Sequence[Pair]) -> CaseCheck:
    cases, expected = cases_of(tuple(pairs))
    return CaseCheck(name=name, cases=cases, expected=expected)


def _carried_over(old: Sketch, new: Sketch) -> Sketch:
    """Return a new sketch, its open holes filled as those of the old one that have the same head."""
    heads = {hole.head: hole.name for hole in old.holes if not hole.is_open}
    for hole in new.open:
        if hole.head in heads:
            new = new.filled(hole.name, old.body(heads[hole.head]))
    return new
