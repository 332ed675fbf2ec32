"""LDB: show a model what its program really did on one failing check, block by block, and have it written again.

Up to `iterations` times: one failing check is chosen (the smallest input, equals by the seed), its run is traced, and
at most ten blocks stand in the next message with their values (`observe/excerpts.py`). The model says of each block
whether it is correct, and writes the program anew in the same conversation; the public checks decide. Where nothing was
traced, for a program that does not load or checks that state no call, what is known of the failure takes the blocks'
place. A program that does not load loses tests of its own first: one wrong assert at its end, and nothing runs.

Published is a check chosen at random, and the first and last five blocks (`shown="ends"`); ours are chosen by what the
failing value depends on and by suspiciousness over passing and failing checks. Values come out of the tracer's record,
never out of what a program prints, and hidden tests are not here.

Source: Zhong et al. 2024 (arXiv:2402.16906). Leaves out: models that only complete text, languages other than Python.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from msgspec import Meta

from trialrun.compare.part_checks import passed, passes
from trialrun.core import values
from trialrun.core.context import Context
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.method import Repairer, method
from trialrun.core.parse_values import render
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.parts import Parser
from trialrun.lang.trim import trimmed
from trialrun.models.prompt import chat, fenced
from trialrun.models.protocol import ContextTooLong, Message, Request
from trialrun.observe.excerpts import Choice, Granularity, cut, excerpt
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import Evidence, evidence_of

TASK = "Solve this in Python. Answer with one block of code that holds the whole program."
FAILS = "This program is wrong. Help me to find out where."
BLOCKS = (
    "This is what the call did, {unit} by {unit}, with the values of variables before and after each. Go through all "
    "of them. Write a line of JSON for each, with the keys `block`, `correct` (true or false) and `explanation`, like\n"
    '{{"block": "BLOCK-1", "correct": false, "explanation": "`total` leaves out the last item."}}'
)
NO_BLOCKS = "There is no record of what it did. Explain what is wrong with it."
REWRITE = "Now mend the program. Answer with one block of code that holds the whole program."
LONGEST = 60_000
"""Characters of a conversation; one that is longer, or too long for the model, begins anew with the present program."""
_READ, _SHOWN = 2000, 400


@method(
    paper="arXiv:2402.16906",
    title="Debug like a Human: A Large Language Model Debugger via Verifying Runtime Execution Step-by-step",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Ldb(Repairer):
    """Show the blocks that ran on a failing check with their values, and have the program written again."""

    iterations: Annotated[int, Meta(ge=1)] = 10
    """Times that a program is written anew at most."""
    granularity: Granularity = "block"
    """What is shown one by one: ten basic blocks, thirty lines, or the call as a whole."""
    shown: Choice = "relevant"
    """Which blocks are shown of many: those that matter, or the first and last ones as published."""
    temperature: Annotated[float, Meta(ge=0)] = 0.0
    """Sampling temperature."""
    max_tokens: Annotated[int, Meta(ge=1)] = 2048
    """Tokens at most, per answer."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield each program that passes more public checks than those before; one that passes all is the last."""
        found = judgements or ctx.runner.check(program)
        if task.language != "python" or not found or passes(found):
            return
        best = passed(found)
        fails_to_load = any(one.outcome is Outcome.LOAD for one in found)
        bare = without_tests(program) if fails_to_load else program
        if bare.id != program.id:
            found, program = ctx.runner.check(bare), bare
            if passed(found) > best:
                best = passed(found)
                yield program
        talk: list[Message] = []
        for turn in range(self.iterations):
            if passes(found):
                return
            made = self._written(task, program, found, ctx, talk, turn)
            if made is None:
                return
            found, program = ctx.runner.check(made), made
            ctx.progress(f"iteration {turn + 1}: {passed(found)} of {len(found)} public checks pass")
            if passed(found) > best:
                best = passed(found)
                yield program

    def _written(
        self,
        task: PublicTask,
        program: Program,
        found: Sequence[Judgement],
        ctx: Context,
        talk: list[Message],
        turn: int,
    ) -> Program | None:
        """Return the program as the model writes it after it has seen what went wrong; None where a budget ran out."""
        opening = [
            *chat(task, TASK),
            Message("assistant", fenced(cut(program.source, LONGEST // 2), "python")),
        ]
        if not talk or sum(len(one.content) for one in talk) > LONGEST:
            talk[:] = opening
        earlier = len(talk)
        for number, question in enumerate((self._evidence(task, program, found, ctx, turn), REWRITE)):
            talk.append(Message("user", question))
            seed = ctx.seed + 2 * turn + number
            try:
                answer = self._answer(ctx, talk, seed)
            except ContextTooLong:
                if earlier == len(opening):
                    raise
                talk[:earlier] = opening
                earlier = len(opening)
                answer = self._answer(ctx, talk, seed)
            if answer is None:
                return None
            talk.append(Message("assistant", answer))
        made = program_from(talk[-1].content, task, maker=self.declared.id)
        return replace(made, parents=(program.id,))

    def _answer(self, ctx: Context, talk: Sequence[Message], seed: int) -> str | None:
        """Return what the model says next; None where a budget ran out."""
        request = Request(
            messages=tuple(talk), temperature=self.temperature, max_tokens=self.max_tokens, seed=seed
        )
        response = ctx.model.complete(request)
        return response.texts[0] if response.exhausted is None and response.texts else None

    def _evidence(
        self, task: PublicTask, program: Program, found: Sequence[Judgement], ctx: Context, turn: int
    ) -> str:
        """Return what is said of one failing check: the call, what came of it, and the blocks that ran."""
        evidence = evidence_of(ctx.runner, task, program)
        if not evidence.failing:
            return "\n\n".join([FAILS, *_told(found), NO_BLOCKS])
        place = _chosen(evidence, f"{ctx.seed}:{turn}")
        scores = suspiciousness(evidence.spectrum())
        seen = excerpt(evidence.traces[place], self.granularity, self.shown, scores)
        parts = [FAILS, _call(evidence, place, task.entry or "")]
        if seen is None:
            return "\n\n".join([*parts, NO_BLOCKS])
        return "\n\n".join([*parts, BLOCKS.format(unit=self.granularity), fenced(seen.text, "")])


def without_tests(program: Program) -> Program:
    """Return a program without tests and example calls of its own, or as it is where it has none."""
    parsed = Parser().parsed(program.source) if program.entry is not None else None
    if parsed is None or program.entry is None:
        return program
    (name, _), *others = program.files
    files = ((name, trimmed(parsed, program.entry)), *others)
    return replace(program, files=files, maker=Ldb.declared.id, parents=(program.id,))


def _chosen(evidence: Evidence, seed: str) -> int:
    """Return the failing case with the smallest input, of several the one that a seed gives."""
    sizes = {place: len(values.encode(evidence.pairs[place].args)) for place in evidence.failing}
    smallest = min(sizes.values())
    return random.Random(seed).choice([place for place, size in sizes.items() if size == smallest])


def _call(evidence: Evidence, place: int, entry: str) -> str:
    """Return a failing case as text: the call, what it should return, and what it did."""
    pair, ended = evidence.pairs[place], evidence.traces[place].execution
    arguments = ", ".join(_text(values.encode(one)) for one in pair.args)
    if ended.outcome is Outcome.RETURNED and ended.value is not None:
        did = f"it returned `{_text(ended.value)}`"
    else:
        did = f"it ended otherwise: {cut(printable(ended.ending, _READ), _SHOWN)}"
    return f"`{entry}({arguments})` should return `{_text(values.encode(pair.expected))}`, but {did}."


def _text(value: bytes) -> str:
    """Return canonical bytes as text of bounded length that says what was cut."""
    return cut(render(value, limit=_READ), _SHOWN)


def _told(found: Sequence[Judgement]) -> Iterator[str]:
    """Yield what the first failing public check says of itself."""
    for one in found:
        if one.verdict is not Verdict.PASS:
            told = [f"The check `{printable(one.check, 100)}` fails ({one.outcome})."]
            for shown in one.evidence[:1]:
                for name in ("input", "expected", "got", "message"):
                    text = getattr(shown, name)
                    told += [f"{name}: {cut(printable(text, _READ), _SHOWN)}"] if text else []
            yield "\n".join(told)
            return
