"""Requests that differ share no key; requests that mean the same do; nonsense is refused."""

import itertools

import msgspec
import pytest

from trialrun.core.errors import UsageError
from trialrun.models.protocol import Capability, Message, Request, Scored, Usage, require
from trialrun.models.score import literal_grammar
from trialrun.models.scripted import Scripted

pytestmark = pytest.mark.fast

BASE = Request(prompt="p")
OTHERS = [
    Request(prompt="p "), Request(prompt="p", n=2), Request(prompt="p", temperature=0.5),
    Request(prompt="p", top_p=0.5), Request(prompt="p", max_tokens=1), Request(prompt="p", stop=("a",)),
    Request(prompt="p", stop=("a", "b")), Request(prompt="p", stop=("ab",)), Request(prompt="p", seed=0),
    Request(prompt="p", seed=1), Request(prompt="p", schema={}), Request(prompt="p", grammar="g"),
    Request(prompt="p", logprobs=1), Request(prompt="p", extra={"top_k": 1}),
    Request(messages=(Message("user", "p"),)), Request(messages=(Message("system", "p"),)),
    Request(prompt="p", schema={"properties": {"a": {}, "b": {}}}),
    Request(prompt="p", schema={"properties": {"b": {}, "a": {}}}),
]  # fmt: skip


def test_requests_that_differ_anywhere_have_different_keys() -> None:
    keys = [request.key("m") for request in [BASE, *OTHERS]] + [BASE.key("m2")]
    assert not [pair for pair in itertools.combinations(keys, 2) if pair[0] == pair[1]]


def test_the_key_of_old_recordings_still_holds() -> None:
    assert BASE.key("m") == "15360fa0334dc489d1000e448bd942043d59b3f3596b8f257241fa6271d57ed2"
    again = msgspec.json.decode(msgspec.json.encode(OTHERS[5]), type=Request)
    assert again == OTHERS[5] and again.key("m") == OTHERS[5].key("m")
    assert Request(prompt="p", temperature=1, top_p=1).key("m") == Request(prompt="p", temperature=1.0).key(
        "m"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"prompt": "a", "messages": (Message("user", "b"),)}, {"prompt": "a", "n": 0},
        {"prompt": "a", "max_tokens": 0}, {"prompt": "a", "temperature": -1}, {"prompt": "a", "top_p": 0},
        {"prompt": "a", "temperature": float("nan")}, {"prompt": "a", "logprobs": 21},
        {"prompt": "a", "schema": {}, "grammar": "g"}, {"prompt": "a", "schema": {}, "stop": ("}",)},
    ],
)  # fmt: skip
def test_a_request_that_no_server_can_mean_is_refused(fields) -> None:
    with pytest.raises(UsageError):
        Request(**fields)


def test_what_a_model_lacks_is_named_before_it_is_asked() -> None:
    model = Scripted(["a"])
    with pytest.raises(UsageError, match=r"scripted has no grammar and no logprobs \(it has: stream\)"):
        model.complete(Request(prompt="p", grammar="g", logprobs=1))
    assert model.requests == []
    require(model, [Capability.STREAM])


def test_costs_add_up_and_unknown_cpu_time_stays_unknown() -> None:
    assert Usage(prompt_tokens=1) + Usage(output_tokens=2) == Usage(prompt_tokens=1, output_tokens=2)
    assert (Usage(cpu_s=1.0) + Usage(cpu_s=2.0)).cpu_s == 3.0


def test_means_of_a_score_are_per_token_and_per_byte() -> None:
    scored = Scored(tokens=("é", "x"), logprobs=(-1.0, -2.0), total=-3.0)
    assert (scored.per_token, scored.per_byte) == (-1.5, -1.0)


def test_a_literal_grammar_escapes_what_gbnf_would_read() -> None:
    assert literal_grammar('a"\\\t\x01é😀') == 'root ::= "a\\"\\\\\\t\\x01\\u00e9\\U0001f600"'
