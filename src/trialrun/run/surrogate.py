"""A model as a runner: it says what a program would do, without running it. Never evidence.

`Surrogate.predict` asks the question that a person would be asked (`tasks/questions.py`) several times and gives the
most frequent answer as an `Execution` with provenance `predicted`, which every judgement refuses; its confidence is
the share of the answers that gave it. `escalate` predicts many calls, runs for real what is below a bound and a
random sample of the rest, and gives both, so that `measure/calibration.py` can say how far the confidence is to be
trusted.

Leaves out: programs in other languages than Python, effects other than the result.
Source: SURGE (2025), turned round: there a model is measured, here it saves runs.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.core import values
from trialrun.core.compare_values import Comparator, equal
from trialrun.core.execution import Execution, Limits, Outcome, Provenance
from trialrun.lang.final_answer import final_answer
from trialrun.lang.literal_calls import read_literal
from trialrun.models.protocol import Message, Model, Request
from trialrun.run.expressions import run_expression
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.questions import question

_PYTHON = Comparator(name="python")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a program's function, the arguments as text."""

    source: str
    entry: str
    arguments: str

    @property
    def text(self) -> str:
        """The call as an expression."""
        return f"{self.entry}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says that a call would do."""

    execution: Execution
    """Provenance `predicted`; the outcome is `skipped` where no answer could be read."""
    confidence: float
    """Share of the answers that say this, 0 to 1."""
    answer: str
    """The most frequent answer, as it was given."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """A prediction, and what really happened where that was looked at."""

    call: Call
    prediction: Prediction
    real: Execution | None
    """None where the prediction was taken without looking."""
    escalated: bool
    """Whether it was run since the confidence was below the bound."""

    @property
    def right(self) -> bool | None:
        """Whether the prediction was right; None where nobody looked, or the values cannot be compared."""
        return None if self.real is None else agrees(self.prediction.execution, self.real)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """A model that stands for the runner."""

    model: Model
    samples: int = 5
    """Answers asked for at a time; the share that agrees is the confidence."""
    temperature: float = 0.7
    max_tokens: int = 1024

    def predict(self, call: Call, *, seed: int = 0) -> Prediction:
        """Return what the model thinks that a call gives."""
        task = question("output", id="", suite="", program=call.source, entry=call.entry, call=call.arguments)
        request = Request(
            messages=(Message("user", task.statement),),
            n=self.samples,
            temperature=self.temperature if self.samples > 1 else 0.0,
            max_tokens=self.max_tokens,
            seed=seed,
        )
        answers = [final_answer(text) for text in self.model.complete(request).texts]
        read = [(_read(answer), answer) for answer in answers]
        counts = Counter(_key(execution) for execution, _ in read if execution is not None)
        if not counts:
            skipped = Execution(outcome=Outcome.SKIPPED, message="no answer", provenance=Provenance.PREDICTED)
            return Prediction(skipped, 0.0, answers[0] if answers else "")
        best, count = counts.most_common(1)[0]
        execution, answer = next(
            (found, text) for found, text in read if found is not None and _key(found) == best
        )
        return Prediction(execution, count / len(answers), answer)


def escalate(
    surrogate: Surrogate,
    sandbox: Sandbox,
    calls: Sequence[Call],
    limits: Limits,
    *,
    bound: float = 0.8,
    sampled: float = 0.1,
    seed: int = 0,
) -> list[Foretold]:
    """Predict calls; run those whose confidence is below `bound`, and a share `sampled` of all others."""
    chance = random.Random(seed)
    found = []
    for place, call in enumerate(calls):
        prediction = surrogate.predict(call, seed=seed + place)
        doubtful = prediction.confidence < bound
        looked = chance.random() < sampled
        real = run_expression(sandbox, call.source, call.text, limits) if doubtful or looked else None
        found.append(Foretold(call, prediction, real, doubtful))
    return found


def agrees(predicted: Execution, real: Execution) -> bool | None:
    """Tell whether a prediction is what happened; this is a measurement of the prediction, no verdict on a program."""
    if real.outcome is Outcome.RETURNED and predicted.outcome is Outcome.RETURNED:
        try:
            return equal(predicted.value or b"", real.value or b"", _PYTHON)
        except values.Malformed:
            return False
    return predicted.outcome is real.outcome and predicted.exception == real.exception


def _read(answer: str) -> Execution | None:
    """Return an answer as a predicted execution; None where it is neither a literal nor a name of an exception."""
    literal = read_literal(answer)
    if literal is not None:
        try:
            data = values.encode(literal.value)
        except (ValueError, RecursionError):
            return None
        return Execution(outcome=Outcome.RETURNED, value=data, provenance=Provenance.PREDICTED)
    name = answer.strip().partition(":")[0].partition("(")[0].strip()
    if name.isidentifier() and name.endswith(("Error", "Exception", "Exit", "Interrupt", "Iteration")):
        return Execution(outcome=Outcome.RAISED, exception=name, provenance=Provenance.PREDICTED)
    return None


def _key(execution: Execution) -> tuple[str, bytes, str]:
    return execution.outcome, execution.value or b"", execution.exception or ""
