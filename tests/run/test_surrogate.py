"""A model as a runner: its predictions are marked, refused as evidence, escalated and measured."""

import pytest

from trialrun.compare.outcomes import Rules, compare_executions
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Execution, Limits, Outcome, PredictedEvidence, Provenance
from trialrun.core.task import Case, CaseCheck, Output, ProgramCheck
from trialrun.measure.calibration import calibration
from trialrun.models.scripted import Scripted
from trialrun.run.batch import encode_calls
from trialrun.run.reference import Expected
from trialrun.run.sandbox import Sandbox
from trialrun.run.surrogate import Call, Surrogate, agrees, escalate
from trialrun.verify.cases import prepare_cases
from trialrun.verify.programs import prepare_runs

SOURCE = "def f(n):\n    return n * 2\n"
LIMITS = Limits(cpu_s=2.0)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def surrogate(*answers: str) -> Surrogate:
    return Surrogate(model=Scripted(lambda _, index: answers[index % len(answers)]), samples=5)


def test_the_most_frequent_answer_is_predicted_with_its_share():
    found = surrogate("4", "4.0", "4", "[ANSWER]4[/ANSWER]", "5").predict(Call(SOURCE, "f", "2"))
    assert found.execution.provenance is Provenance.PREDICTED and found.execution.outcome is Outcome.RETURNED
    assert found.confidence == pytest.approx(3 / 5) and found.answer == "4"
    assert surrogate("TypeError: no").predict(Call(SOURCE, "f", "None")).execution.exception == "TypeError"
    assert surrogate("no idea").predict(Call(SOURCE, "f", "2")).execution.outcome is Outcome.SKIPPED


def test_every_judgement_refuses_a_prediction():
    predicted = surrogate("4").predict(Call(SOURCE, "f", "2")).execution
    real = Execution(outcome=Outcome.RETURNED, value=predicted.value)
    check = CaseCheck(name="cases", cases=(Case(args=(2,)),), expected=(4,))
    expected = [Expected(Outcome.RETURNED, predicted.value, None)]
    prepared = prepare_cases(check, "f", encode_calls("f", check.cases), expected, "upstream", lambda _: b"")
    assert prepared.agrees(0, real) is True
    whole = ProgramCheck(name="runs", cases=(Case(stdin=""),), expected=(Output(stdout=b""),))
    runs = prepare_runs(whole, whole.expected or (), "upstream", LIMITS)
    for judge in (
        lambda: prepared.agrees(0, predicted),
        lambda: runs.agrees(0, predicted),
        lambda: compare_executions(real, predicted, Rules()),
        lambda: compare_executions(predicted, real, Rules()),
        lambda: behaviour_key([predicted]),
    ):
        with pytest.raises(PredictedEvidence):
            judge()


def test_what_is_doubtful_is_run_and_a_sample_of_the_rest(sandbox):
    def script(request, index):
        doubtful = "f(7)" in request.messages[-1].content
        return str(index) if doubtful else "0" if "f(0)" in request.messages[-1].content else "1"

    calls = [Call(SOURCE, "f", str(n)) for n in (0, 7, *range(20, 60))]
    found = escalate(Surrogate(model=Scripted(script)), sandbox, calls, LIMITS, bound=0.8, sampled=0.5)
    assert found[1].escalated and found[1].real is not None and found[1].real.provenance is Provenance.RUN
    looked = [one for one in found if one.real is not None and not one.escalated]
    assert 5 < len(looked) < 35 and [one.escalated for one in found].count(True) == 1
    assert all(one.right is None for one in found if one.real is None)
    judged = [(one.prediction.confidence, bool(one.right)) for one in looked]
    measured = calibration(judged)
    wrong = sum(not right for _, right in judged)
    assert measured.n == len(judged) and measured.brier == pytest.approx(wrong / len(judged))
    again = escalate(Surrogate(model=Scripted(script)), sandbox, calls, LIMITS, bound=0.8, sampled=0.5)
    assert [one.real is None for one in again] == [one.real is None for one in found]


def test_agreement_is_by_value_and_by_exception():
    five = surrogate("5").predict(Call(SOURCE, "f", "2")).execution
    assert agrees(five, Execution(outcome=Outcome.RETURNED, value=five.value)) is True
    raised = Execution(outcome=Outcome.RAISED, exception="TypeError")
    assert agrees(five, raised) is False
    assert agrees(surrogate("TypeError").predict(Call(SOURCE, "f", "2")).execution, raised) is True


def test_a_confidence_out_of_range_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([(1.5, True)])
