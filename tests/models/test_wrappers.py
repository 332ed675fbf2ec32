"""Cache, budget, every sample, retry, pace: each alone, and in their order."""

import threading

import pytest

from trialrun.core.budget import Budget
from trialrun.models.in_flight import in_flight
from trialrun.models.open import OpenModel
from trialrun.models.protocol import (
    BudgetExhausted,
    Chunk,
    ModelError,
    Request,
    Response,
    Sample,
    Scored,
    Usage,
)
from trialrun.models.replay import Recorded, Replay
from trialrun.models.retry import Backoff, Paced, Retrying
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Cached, EverySample, Metered, Wrapper

pytestmark = pytest.mark.fast


def echo(request, index):
    return f"{request.prompt} {request.seed} {index}"


class Shaky(Wrapper):
    """Fails as often as told, then passes on."""

    def __init__(self, inner, failures):
        super().__init__(inner)
        self.failures = list(failures)
        self.calls = 0

    def complete(self, request):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return super().complete(request)

    def stream(self, request):
        if self.failures:
            raise self.failures.pop(0)
        yield from super().stream(request)

    def score(self, prompt, continuation):
        return Scored(tokens=("a",), logprobs=(-1.0,), total=-1.0)


def busy(retry_after_s=None):
    return ModelError("busy", transient=True, retry_after_s=retry_after_s)


def test_a_cache_hit_costs_no_call_and_no_budget(tmp_path):
    inner = Scripted(echo)
    budget = Budget(model_calls=2)
    model = Cached(Metered(inner, budget), tmp_path / "cache")
    first = model.complete(Request(prompt="a"))
    assert model.complete(Request(prompt="a")) == first
    model.complete(Request(prompt="a", seed=1))
    assert model.complete(Request(prompt="c")).exhausted == "model_calls"
    assert model.complete(Request(prompt="c")).exhausted == "model_calls"  # a refusal is not kept
    assert model.complete(Request(prompt="a")) == first
    assert (model.hits, len(inner.requests), budget.spent()["model_calls"]) == (2, 2, 2)
    model.close()
    again = Cached(Scripted([]), tmp_path / "cache")
    assert again.complete(Request(prompt="a")) == first


def test_threads_that_ask_the_same_cause_one_call(tmp_path):
    inner = Scripted(echo)
    model = Cached(inner, tmp_path / "cache")
    answers = dict(model.complete_many([Request(prompt="a")] * 32))
    assert len(set(answers.values())) == 1 and (len(inner.requests), model.hits) == (1, 31)


def test_the_budget_is_exact_to_the_call_among_threads():
    inner = Scripted(echo)
    budget = Budget(model_calls=50)
    model = Metered(inner, budget)
    answers = dict(in_flight(model.complete, [Request(prompt=str(i)) for i in range(80)], 16))
    assert sum(answer.exhausted is None for answer in answers.values()) == 50 == len(inner.requests)
    assert sum(answer.exhausted == "model_calls" and not answer.samples for answer in answers.values()) == 30
    assert budget.left("model_calls") == 0


def test_the_call_that_passes_a_limit_of_tokens_is_the_last():
    budget = Budget(output_tokens=5)
    model = Metered(Scripted(echo), budget)  # three words a sample
    answers = [model.complete(Request(prompt="a", n=n)) for n in (1, 2, 1)]
    assert [len(answer.samples) for answer in answers] == [1, 2, 0]
    assert answers[2].exhausted == "output_tokens"
    assert budget.spent() == {
        "model_calls": 2, "samples": 3, "prompt_tokens": 2, "output_tokens": 5, "tokens": 11,
    }  # fmt: skip


def test_where_no_value_can_say_it_an_exhausted_budget_raises():
    model = Metered(Shaky(Scripted(echo), []), Budget(model_calls=2))
    assert list(model.stream(Request(prompt="a"))) == [Chunk("a"), Chunk(" None"), Chunk(" 0")]
    assert model.score("a", "b").total == -1.0
    for ask in (lambda: list(model.stream(Request(prompt="a"))), lambda: model.score("a", "b")):
        with pytest.raises(BudgetExhausted, match="the budget of model_calls is used up"):
            ask()


def test_a_retried_request_is_one_call():
    waits = []
    shaky = Shaky(Scripted(echo), [busy(), busy(), busy(7.0)])
    retrying = Retrying(shaky, Backoff(attempts=4, first_s=1.0), sleep=waits.append, jitter=lambda: 1.0)
    budget = Budget()
    model = OpenModel(Metered(retrying, budget), budget)
    assert model.complete(Request(prompt="a")).texts == ("a None 0",)
    assert waits == [1.0, 2.0, 7.0 + 4.0] and shaky.calls == 4
    assert (model.counts().retries, model.counts().spent["model_calls"]) == (3, 1)


def test_jitter_and_the_upper_bound_of_a_wait():
    waits = []
    model = Retrying(
        Shaky(Scripted(echo), [busy()] * 5), Backoff(most_s=1.5), sleep=waits.append, jitter=lambda: 0.5
    )
    model.complete(Request(prompt="a"))
    assert waits == [0.25, 0.5, 0.75, 0.75, 0.75]


def test_retries_end_and_what_is_not_transient_is_not_retried():
    waits = []
    shaky = Shaky(Scripted(echo), [busy(), busy()])
    with pytest.raises(ModelError, match=r"^busy \(gave up after 2 attempts\)$"):
        Retrying(shaky, Backoff(attempts=2), sleep=waits.append).complete(Request(prompt="a"))
    with pytest.raises(ModelError, match="gave up after 1 attempt; it asks to wait 3600 s"):
        Retrying(Shaky(Scripted(echo), [busy(3600.0)]), sleep=waits.append).complete(Request(prompt="a"))
    broken = Shaky(Scripted(echo), [ModelError("no")])
    with pytest.raises(ModelError, match=r"^no$"):
        Retrying(broken, sleep=waits.append).complete(Request(prompt="a"))
    assert len(waits) == 1 and broken.calls == 1


def test_a_stream_is_asked_again_only_before_its_first_chunk():
    model = Retrying(Shaky(Scripted(echo), [busy()]), sleep=lambda wait: None)
    assert "".join(chunk.text for chunk in model.stream(Request(prompt="a"))) == "a None 0"
    assert model.retries == 1


def test_requests_are_spaced():
    now = [100.0]

    def sleep(wait):
        now[0] += wait

    starts = []
    model = Paced(
        Scripted(lambda request, index: starts.append(now[0]) or "x"), 30, clock=lambda: now[0], sleep=sleep
    )
    for _ in range(3):
        model.complete(Request(prompt="a"))
    now[0] = 200.0
    model.complete(Request(prompt="a"))
    assert starts == [100.0, 102.0, 104.0, 200.0]


class GivesOne(Wrapper):
    """A server that ignores n."""

    def complete(self, request):
        sample = Sample(f"seed {request.seed}")
        self.inner.requests.append(request)
        return Response(samples=(sample,), usage=Usage(prompt_tokens=2, output_tokens=1))


def test_a_server_that_ignores_n_still_gives_n_samples():
    model = EverySample(GivesOne(inner := Scripted([])))
    answer = model.complete(Request(prompt="a", n=4, seed=7, temperature=1))
    assert answer.texts == ("seed 7", "seed 8", "seed 9", "seed 10")
    assert answer.usage == Usage(prompt_tokens=8, output_tokens=4)
    assert sorted((r.n, r.seed) for r in inner.requests) == [(1, 8), (1, 9), (1, 10), (4, 7)]
    inner.requests.clear()
    assert model.complete(Request(prompt="a", n=3)).texts == ("seed None",) * 3
    assert [r.n for r in inner.requests] == [1, 1, 1]  # it has been found out


def test_a_failed_sample_is_retried_alone():
    shaky = Shaky(GivesOne(inner := Scripted([])), [busy(), busy()])
    model = EverySample(Retrying(shaky, sleep=lambda wait: None), one_by_one=lambda: True)
    assert model.complete(Request(prompt="a", n=5, seed=0)).texts == tuple(f"seed {i}" for i in range(5))
    assert shaky.calls == 7 and len(inner.requests) == 5


def test_the_whole_stack_records_what_it_paid_for(tmp_path):
    budget = Budget(model_calls=2)
    shaky = Shaky(Scripted(echo), [busy()])
    stack = Retrying(shaky, sleep=lambda wait: None)
    model = Cached(Metered(Recorded(EverySample(stack), tmp_path / "r"), budget), tmp_path / "c")
    asked = [Request(prompt="a", n=2), Request(prompt="a", n=2), Request(prompt="b"), Request(prompt="c")]
    answers = [model.complete(request) for request in asked]
    assert [answer.exhausted for answer in answers] == [None, None, None, "model_calls"]
    model.close()
    replay = Replay(tmp_path / "r")
    assert [replay.complete(request) for request in asked[:3]] == answers[:3]
    with pytest.raises(ModelError):
        replay.complete(asked[3])


def test_in_flight_is_bounded_concurrent_and_ends_at_the_first_error():
    together = threading.Barrier(4)
    done = []

    def call(item):
        if item < 4:
            together.wait(30)  # passes only when four are in flight
        done.append(item)
        return item

    assert sorted(in_flight(call, range(12), 4)) == [(i, i) for i in range(12)]
    done.clear()
    with pytest.raises(ZeroDivisionError):
        list(in_flight(lambda item: done.append(item) or 1 // item, range(1000), 1))
    assert done == [0]


def test_closing_the_iterator_begins_nothing_more():
    gate = threading.Event()
    begun = []

    def call(item):
        begun.append(item)
        assert item == 0 or gate.wait(30)

    before = set(threading.enumerate())
    answers = in_flight(call, range(100), 1)
    assert next(answers) == (0, None)
    answers.close()
    gate.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert begun in ([0], [0, 1])
