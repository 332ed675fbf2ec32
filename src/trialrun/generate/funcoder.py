"""FunCoder: split a task into functions, write each several times, keep the version that most others behave like.

    solve(f):  divide   one answer, which may leave functions to be written: solve each of them first
               conquer  ask again, several times, with their code in the prompt
               choose   run all candidates on the same calls; the consensus stays

Calls come from the public checks (at the root), from the model, and, where both are few, are made by type. Every
candidate runs each call in a job of its own, with chance frozen alike. A function that two parents want is written
once. Where a budget ends, what there is by then is chosen among.

Source: Chen et al. 2024, "Divide-and-Conquer Meets Consensus" (arXiv:2405.20092). There leaves are not written again,
candidates share a process, and calls come from the model alone; `compare/consensus.py` says how the score differs, and
`--published` takes theirs.

Leaves out: few-shot examples, languages other than Python.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from trialrun.compare.consensus import ENOUGH_S, Consensus, agreement
from trialrun.core.behaviour import behaviour_key
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.execution import Execution
from trialrun.core.judgement import Verdict
from trialrun.core.method import Generator, Off, method
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.core.truncation import Truncation
from trialrun.lang.answer import program_from
from trialrun.lang.pieces import Piece, assembled, needed, split
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Signature, read_signature
from trialrun.models.prompt import chat, fenced
from trialrun.models.protocol import Message, Request
from trialrun.probe.calls import checked_cases, distinct, filled, read_calls, read_texts

DIVIDE = (
    "Write the following in Python. Where a part is worth a function of its own, call that function and only declare "
    "it: its signature with types and a docstring that says exactly what it does, and `pass`. It is written later. "
    "What is simple write out. Answer with one block of code."
)
CONQUER = "Write the following in Python, completely. Answer with one block of code."
GIVEN = "These functions are there already; call them where they help, and do not repeat them:"
CALLS = (
    "Write {count} calls of `{name}` below, one a line, whose arguments are literals: usual ones, and ones at the "
    "edges of what it is for. Do not write what they return."
)
TEXTS = (
    "Write {count} inputs for the program below, usual ones and odd ones, each in a block of code of its own."
)

FLOATS = Truncation(bits=40)
"""Sums in another order are the same result."""


@method(paper="arXiv:2405.20092", title="FunCoder")
@dataclass(frozen=True, slots=True, kw_only=True)
class FunCoder(Generator):
    """Split a task into functions, write each, keep the candidate that most others behave like."""

    depth: Annotated[int, Meta(ge=1)] = 6
    """Levels of the tree of functions; what lies deeper is given up."""
    candidates: Annotated[int, Meta(ge=1)] = 10
    """Usable answers wanted for each function, beside the one that divided it."""
    per_call: Annotated[int, Meta(ge=1)] = 5
    """Answers asked for at once."""
    retries: Annotated[int, Meta(ge=1)] = 5
    """Times to ask, for dividing and for conquering, until there are enough usable answers."""
    cases: Annotated[int, Meta(ge=1)] = 10
    """Calls that the candidates for a function are compared on."""
    divide_temperature: Annotated[float, Meta(ge=0)] = 0.2
    """Sampling temperature for dividing, and for calls."""
    temperature: Annotated[float, Meta(ge=0)] = 0.8
    """Sampling temperature for conquering."""
    max_tokens: Annotated[int, Meta(ge=1)] = 1024
    """Tokens at most, per answer."""
    published: Annotated[bool, Off("ours")] = False
    """Score as published; --ours counts nearly equal values and takes votes from constants."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the program whose every function was chosen by consensus."""
        if task.language != "python":
            raise UsageError(f"{self.declared.id} divides Python programs, and {task.id} is {task.language}")
        run = _Run(self, ctx)
        run.solve(task, 0)
        text = run.code.get(_name(task))
        if text is not None:
            yield _program(assembled(text, run.others(task)), task)
        else:  # nothing that could be used: a program that fails, since a task without one is missing from the score
            yield from list(run.read.values())[:1]


@dataclass(slots=True)
class _Run:
    """One task under way."""

    settings: FunCoder
    ctx: Context
    code: dict[str, str] = field(default_factory=dict)
    """Function → its piece: while it is being solved the one that divided it, then the chosen one."""
    owned: dict[str, str] = field(default_factory=dict)
    """What chosen pieces define beside their functions → its source."""
    visited: list[str] = field(default_factory=list)
    read: dict[tuple[str, str], Program] = field(default_factory=dict)
    """(function, answer) → the program in it."""
    asked: int = 0
    over: bool = False
    """Whether a budget has run out."""

    def others(self, task: PublicTask) -> dict[str, str]:
        """Return the pieces of all functions but a task's own."""
        return {name: text for name, text in self.code.items() if name != _name(task)}

    def solve(self, task: PublicTask, depth: int) -> None:
        """Write one function, those that it wants first."""
        name = _name(task)
        self.visited.append(name)
        if depth >= self.settings.depth:
            return
        draft = self._divide(task)
        if draft is not None:
            self.code[name] = draft.text
            for stub, source in draft.stubs:
                if stub not in self.visited:  # by now another function may have wanted it, too
                    self.solve(_part(task, stub, source), depth + 1)
        candidates = self._conquer(task, draft)
        if candidates:
            chosen = self._choose(task, candidates)
            self.code[name] = chosen.text
            self.owned.update(chosen.binds)
        self.ctx.progress(f"{name or 'program'}: {len(candidates)} candidates")

    def _divide(self, task: PublicTask) -> Piece | None:
        for _ in range(self.settings.retries):
            for piece in self._pieces(task, chat(task, DIVIDE), 1, self.settings.divide_temperature):
                return piece
        return None

    def _conquer(self, task: PublicTask, draft: Piece | None) -> list[Piece]:
        """Return the candidates; those with other parameters than were asked for only where there are no others."""
        others = self.others(task)
        there = [others[name] for name in needed(draft.text, others)] if draft else []
        given = [f"{GIVEN}\n\n{fenced(chr(10).join(there), 'python')}"] if there else []
        messages = chat(task, "\n\n".join([CONQUER, *given]))
        wanted = _parameters(_signature(task) or (draft.signature if draft else None))
        found = [draft] if draft else []
        for _ in range(self.settings.retries):
            usable = [piece for piece in found if _parameters(piece.signature) == wanted]
            if len(usable) - (draft in usable) >= self.settings.candidates:
                break
            found += self._pieces(task, messages, self.settings.per_call, self.settings.temperature)
        return [piece for piece in found if wanted in (None, _parameters(piece.signature))] or found

    def _choose(self, task: PublicTask, candidates: Sequence[Piece]) -> Piece:
        """Return the candidate that most others behave like."""
        programs = [_program(assembled(piece.text, self.others(task)), task) for piece in candidates]
        different = list({program.id: program for program in programs}.values())
        places = [
            next(at for at, one in enumerate(different) if one.id == program.id) for program in programs
        ]
        cases = self._cases(task, candidates)
        rows = [self.ctx.runner.run(program, cases, cpu_s=ENOUGH_S) for program in different]
        steady = [
            _keys(row) == _keys(self.ctx.runner.run(program, cases, cpu_s=ENOUGH_S))
            for program, row in zip(different, rows, strict=True)
        ]
        failed = [bool(task.public_checks) and self._fails(program) for program in different]
        rule = Consensus.funcoder() if self.settings.published else Consensus(floats=FLOATS)
        choice = agreement(rows, rule).vote(
            places,
            failed=[failed[place] for place in places],
            steady=[steady[place] for place in places],
            seed=self.ctx.seed,
        )
        return candidates[choice.winner]

    def _fails(self, program: Program) -> bool:
        return any(found.verdict is Verdict.FAIL for found in self.ctx.runner.check(program))

    def _cases(self, task: PublicTask, candidates: Sequence[Piece]) -> list[Case]:
        """Return the calls on which candidates are compared, asked for with one of them in view."""
        shown = random.Random(f"funcoder {self.ctx.seed} {_name(task)}").choice(candidates)
        asked = (TEXTS if shown.signature is None else CALLS).format(
            count=self.settings.cases, name=_name(task)
        )
        messages = (Message("user", f"{asked}\n\n{fenced(shown.text, 'python')}"),)
        found: list[Case] = []
        for answer in self._ask(messages, 1, self.settings.divide_temperature):
            found += read_texts(answer) if shown.signature is None else read_calls(answer, shown.signature)
        found = distinct([*found, *checked_cases(task.public_checks, shown.signature)])
        sources = list(dict.fromkeys(piece.text for piece in candidates))
        return filled(found, shown.signature, sources, count=self.settings.cases, seed=self.ctx.seed)

    def _pieces(
        self, task: PublicTask, messages: tuple[Message, ...], n: int, temperature: float
    ) -> list[Piece]:
        """Ask, and return the answers that can be used."""
        known = self.others(task)
        pieces: list[Piece] = []
        for answer in self._ask(messages, n, temperature):
            key = (_name(task), answer)
            if key not in self.read:
                self.read[key] = program_from(answer, task, maker=FunCoder.declared.id)
            piece = split(self.read[key].source, task.entry, known)
            # Two functions with different helpers of one name cannot stand in one program.
            if piece is not None and all(self.owned.get(name, text) == text for name, text in piece.binds):
                pieces.append(piece)
        return pieces

    def _ask(self, messages: tuple[Message, ...], n: int, temperature: float) -> tuple[str, ...]:
        if self.over:
            return ()
        self.asked += 1
        request = Request(
            messages=messages,
            n=n,
            temperature=temperature,
            max_tokens=self.settings.max_tokens,
            seed=self.ctx.seed + 1000 * self.asked,
        )
        response = self.ctx.model.complete(request)
        self.over = response.exhausted is not None
        return response.texts


def _name(task: PublicTask) -> str:
    return task.entry or ""


def _part(task: PublicTask, name: str, stub: str) -> PublicTask:
    """Return the task of writing one function that another declared."""
    return PublicTask(
        id=f"{task.id}/{name}",
        suite=task.suite,
        statement=stub,
        entry=name,
        language=task.language,
        prefix=stub,
        public_checks=(),
    )


def _program(source: str, task: PublicTask) -> Program:
    return Program(files=(("solution.py", source),), entry=task.entry, maker=FunCoder.declared.id)


def _signature(task: PublicTask) -> Signature | None:
    """Return the signature that a task's code begins, if it does."""
    for text in (task.prefix, f"{task.prefix.rstrip()}\n    pass\n"):
        tree = parse(text)
        if task.entry is not None and not isinstance(tree, Unparseable):
            return read_signature(tree, task.entry)
    return None


def _parameters(signature: Signature | None) -> tuple[tuple[str, str], ...] | None:
    """Return what has to agree for two functions to be called alike."""
    if signature is None:
        return None
    return tuple((parameter.name, parameter.variadic) for parameter in signature.parameters)


def _keys(row: Sequence[Execution]) -> list[str | None]:
    return [behaviour_key([execution]) for execution in row]
