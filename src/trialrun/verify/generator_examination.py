"""Forms the bits of a problem generator, step by step, cheap steps first (`efa.py` says what the bits mean).

Parameters are drawn in one job, rendered and solved in another, drawn and solved again from the end in a third, so that
neither chance nor what an earlier call left behind goes unseen. Of the problems that were drawn, twenty catch mutants
of `solve` and twenty are held back to say which mutants answer otherwise at all.

Leaves out: the verdict (`efa.py`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from trialrun.core.errors import UsageError
from trialrun.core.program import Program
from trialrun.lang.families import Solved
from trialrun.lang.math_answer import Answer, read_answer, same_answer
from trialrun.lang.mutants import mutant_programs, mutants
from trialrun.lang.number_literals import shows
from trialrun.verify.generator_bits import Bit, Report, Settings
from trialrun.verify.generator_runs import (
    Operations,
    Parameters,
    Unreadable,
    read_parameters,
    read_solved,
    read_text,
)
from trialrun.verify.independent import Independent, Replay, Variant

CAUGHT = 0.95
"""Least share of the mutants that answer otherwise which must be caught."""
_SLOWER, _LEAST_S = 20, 0.2
"""A mutant may take this many times the CPU time of the generator's slowest call, or so many seconds."""
_TESTED = 20
"""Draws that mutants are caught by; as many more are held back."""


class Examination:
    """The bits as far as they are known."""

    def __init__(
        self,
        operations: Operations,
        seed: Solved,
        settings: Settings,
        solver: Independent | None,
        alike: bool,
        idle: Collection[str] = (),
    ) -> None:
        self._run, self._seed, self._settings = operations, seed, settings
        self._solver, self._alike, self._idle = solver, alike, idle
        self._wanted = read_answer(seed.answer)
        self.bits: dict[Bit, bool | None] = dict.fromkeys(Bit)
        self.stopped = False
        self._reasons: dict[Bit, str] = {}
        self._original: Parameters = {}
        self._first = Variant({}, "", "")
        """The original problem, as the generator makes it."""
        self._variants: list[Variant] = []
        self._places: list[int] = []
        """Draw of each variant."""
        self._drawn: list[bytes | None] = []
        self._caught = (0, 0)
        self._slowest_s = 0.0
        """CPU seconds of the slowest call."""

    def steps(self) -> Iterator[Callable[[], None]]:
        """Yield the steps in their order, cheap ones first."""
        yield from (
            self._extract,
            self._draw,
            self._repeat,
            self._show,
            self._agree,
            self._vary,
            self._mutate,
        )

    def report(self) -> Report:
        """Return what is known now."""
        for bit, value in self.bits.items():
            if value is None:
                self._reasons.setdefault(bit, "not known")
        return Report(
            bits=self.bits,
            reasons=self._reasons,
            variants=tuple(self._variants),
            drawn=len(self._drawn),
            mutants=self._caught,
            cpu_s=self._run.cpu_s,
        )

    def _set(self, bit: Bit, holds: bool, reason: str = "") -> None:
        """Form a bit; one that is false stays so."""
        if self.bits[bit] is not False:
            self.bits[bit] = holds
            if not holds:
                self._reasons[bit] = reason

    def _extract(self) -> None:
        missing = self._run.missing()
        self._set(Bit.EXTRACTABLE, not missing, "lacks " + ", ".join(missing))
        self.stopped = bool(missing)

    def _draw(self) -> None:
        """Draw parameters; render and solve them; form what follows from that alone."""
        seeds = self._seeds()
        first, *draws = self._run.call([("original",), *(("sample", seed) for seed in seeds)])
        try:
            original = read_parameters(first)
            if original is None:
                raise Unreadable("original() returns None")
            self._original = original
        except Unreadable as error:
            self._fail(f"original(): {error}")
            return
        drawn: list[Parameters | None] = []
        for place, execution in enumerate(draws):
            try:
                drawn.append(read_parameters(execution))
                self._drawn.append(execution.value)
            except Unreadable as error:
                self._raised(place, f"sample({seeds[place]}): {error}")
                drawn.append(None)
                self._drawn.append(None)
        kept = [(place, parameters) for place, parameters in enumerate(drawn) if parameters is not None]
        calls = [call for _, one in kept for call in (("render", one), ("solve", one))]
        text, answer, *rest = self._run.call([("render", original), ("solve", original), *calls])
        self._slowest_s = max(execution.cpu_s for execution in (text, answer, *rest))
        try:
            self._form_original(Variant(original, read_text(text), read_solved(answer)))
        except Unreadable as error:
            self._fail(f"the original: {error}")
            return
        for (place, one), shown, solved in zip(kept, rest[::2], rest[1::2], strict=True):
            try:
                self._variants.append(Variant(one, read_text(shown), read_solved(solved)))
                self._places.append(place)
            except Unreadable as error:
                self._raised(place, f"parameters {str(one)[:100]}: {error}")
        if not self._variants:
            self._fail("no draw gives a problem")
            return
        self._set(Bit.EXECUTABLE, True)
        self._set(Bit.SOUND, True)
        early = {self._drawn[place] for place in self._places if place < self._settings.paper_draws}
        self._set(Bit.FREEDOM, len(early) > 1, "draws are all the same")
        vain = 1 - len(self._variants) / len(self._drawn)
        self._set(Bit.STEADY, vain <= self._settings.most_rejected, f"{vain:.0%} of the draws are in vain")
        self._form_sound()

    def _seeds(self) -> list[int]:
        return [self._settings.seed + place for place in range(self._settings.draws)]

    def _fail(self, reason: str) -> None:
        self._set(Bit.EXECUTABLE, False, reason)
        self._set(Bit.SOUND, False, reason)
        self.stopped = True

    def _raised(self, place: int, reason: str) -> None:
        """Note an operation that failed on a draw."""
        self._set(Bit.SOUND, False, reason)
        if place < self._settings.paper_draws:
            self._set(Bit.EXECUTABLE, False, reason)

    def _form_original(self, found: Variant) -> None:
        self._first = found
        text = " ".join(found.text.split()) == " ".join(self._seed.problem.split())
        right = same_answer(found.answer, self._wanted)
        reason = "" if text else "the text is not the seed's"
        self._set(Bit.ORIGINAL, text and right, reason or f"answers {str(found.answer)[:80]}")

    def _form_sound(self) -> None:
        for one in self._variants:
            fault = _unsound(one.answer, self._wanted, alike=self._alike)
            if fault is None and isinstance(self._solver, Replay):
                replayed = self._solver.replay(one.text)
                fault = ", ".join(replayed.broken) if replayed is not None else None
            if fault:
                self._set(Bit.SOUND, False, f"{str(one.parameters)[:100]}: {fault}")
                return

    def _repeat(self) -> None:
        """Draw and solve again, in another job and from the end."""
        seeds = self._seeds()
        known = [self._first, *self._variants]
        calls = [("sample", seed) for seed in reversed(seeds)] + [
            ("solve", one.parameters) for one in reversed(known)
        ]
        again = self._run.call(calls)
        draws, solved = again[: len(seeds)][::-1], again[len(seeds) :][::-1]
        same = all(one.value == value for one, value in zip(draws, self._drawn, strict=True))
        self._set(Bit.STEADY, same, "a seed gives other parameters another time")
        for one, execution in zip(known, solved, strict=True):
            try:
                single = same_answer(read_solved(execution), one.answer)
            except Unreadable:
                single = False
            self._set(Bit.SINGLE_VALUED, single, f"{str(one.parameters)[:100]} has several answers")

    def _show(self) -> None:
        for one in [self._first, *self._variants]:
            hidden = [
                name
                for name, value in one.parameters.items()
                if name not in self._idle and not shows(one.text, value)
            ]
            if hidden:
                self._set(Bit.SHOWS, False, f"the text does not show {', '.join(hidden)[:100]}")
                return
        self._set(Bit.SHOWS, True)

    def _agree(self) -> None:
        if self._solver is None:
            return
        opinions = self._solver.agreement(self._variants)
        for one, agrees in zip(self._variants, opinions, strict=True):
            if agrees is False:
                self._set(Bit.AGREES, False, f"{str(one.parameters)[:100]}: not {str(one.answer)[:60]}")
                return
        if any(opinions) and None not in opinions:
            self._set(Bit.AGREES, True)
        else:
            self._reasons[Bit.AGREES] = "the independent solver does not know"

    def _vary(self) -> None:
        """Change one parameter at a time and see whether the answer follows."""
        known = [self._first, *self._variants]
        tried: list[tuple[str, Variant, Parameters]] = []
        for name, value in self._original.items():
            if isinstance(value, str) or name in self._idle:
                continue  # a name or a thing: it need not matter
            others = [one.parameters[name] for one in known if name in one.parameters]
            pairs = [
                (name, one, one.parameters | {name: other})
                for one in known[:4]
                for other in others
                if other != one.parameters.get(name)
            ]
            tried += pairs[:: max(1, len(pairs) // 12)]  # none for a number that all of the family share
        moved = set()
        solved = self._run.call([("solve", changed) for _, _, changed in tried])
        for (name, one, _), execution in zip(tried, solved, strict=True):
            try:
                if not same_answer(read_solved(execution), one.answer):
                    moved.add(name)
            except Unreadable:
                continue
        still = dict.fromkeys(name for name, _, _ in tried if name not in moved)
        if still or not tried:
            self._set(Bit.INFLUENCE, False, f"without influence: {', '.join(still)[:200] or 'everything'}")

    def _mutate(self) -> None:
        """See whether mutants of `solve` are caught on draws; others, held back, say which answer otherwise."""
        if not self._settings.mutants:
            self._set(Bit.INFLUENCE, True)
            return
        tested, held = self._variants[:_TESTED], self._variants[_TESTED : 2 * _TESTED]
        try:
            found = mutants(
                self._run.program.source,
                f"{self._run.program.entry}.solve",
                limit=self._settings.mutants,
                seed=self._settings.seed,
            )
        except UsageError:
            found = []
        caught = different = 0
        for mutant in mutant_programs(self._run.program, found):
            how = self._mutant(mutant, tested, held)
            different += how is not None
            caught += how is True
        self._caught = (caught, different)
        enough = different > 0 and caught >= CAUGHT * different
        self._set(Bit.INFLUENCE, enough, f"{caught} of {different} mutants of solve are caught")

    def _mutant(self, mutant: Program, tested: Sequence[Variant], held: Sequence[Variant]) -> bool | None:
        """Say whether a mutant is caught; None where it answers as the generator does."""
        cpu_s = min(self._run.limits.cpu_s, max(_LEAST_S, _SLOWER * self._slowest_s))
        run = Operations(self._run.sandbox, mutant, replace(self._run.limits, cpu_s=cpu_s))
        known = [self._first, *tested, *held]
        answers: list[Answer | None] = []
        for execution in run.call([("solve", one.parameters) for one in known]):
            try:
                answers.append(read_solved(execution))
            except Unreadable:
                answers.append(None)
        self._run.cpu_s += run.cpu_s
        if all(
            answer is not None and same_answer(answer, one.answer)
            for answer, one in zip(answers, known, strict=True)
        ):
            return None
        seen = answers[: 1 + len(tested)]
        if None in seen or not same_answer(seen[0] or "", self._wanted):
            return True
        changed = [
            replace(one, answer=answer)
            for one, answer in zip(tested, seen[1:], strict=True)
            if answer is not None
        ]
        return any(_unsound(one.answer, self._wanted, alike=self._alike) is not None for one in changed) or (
            self._solver is not None and False in self._solver.agreement(changed)
        )


def _unsound(answer: Answer, seed: Answer, *, alike: bool) -> str | None:
    """Say what is wrong with an answer on its face, or None."""
    if isinstance(answer, float) and not (abs(answer) < float("inf")):
        return "an answer that is not finite"
    if not isinstance(seed, Fraction | float):
        return None
    if isinstance(answer, str | tuple | frozenset):
        return "an answer that is no number"
    if not alike:
        return None
    if seed > 0 > answer or seed < 0 < answer:
        return "an answer of another sign"
    if isinstance(seed, Fraction) and seed.denominator == 1 and answer != int(answer):
        return "an answer that is not whole"
    return None
