"""The client against a server that misbehaves: samples, retries, and what is said about each failure."""

import json
import threading

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.models import retry
from trialrun.models.endpoint import Endpoint
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.openai_compatible import OpenAICompatible
from trialrun.models.protocol import ContextTooLong, Finish, Message, ModelError, Request, Token, Usage

from .conftest import Reply, completion, sample

KEY = "canary.1234567890"
CHAT = (Message("user", "hello"),)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # loopback must not go through a proxy


@pytest.fixture
def waits(monkeypatch):
    kept = []
    plain = retry.Retrying.__init__

    def patched(self, inner, backoff=None):
        plain(self, inner, backoff, sleep=kept.append, jitter=lambda: 1.0)

    monkeypatch.setattr(retry.Retrying, "__init__", patched)
    return kept


def opened(server, **options):
    return open_model(f"openai:m@{server.url}", ModelOptions(cache=False, **options))


def said(server, reply, request=None, **options):
    """Return the message of the error that a reply leads to, checked to be free of the key."""
    server.script = reply if callable(reply) else lambda number, body: reply
    with opened(server, attempts=2, **options) as model, pytest.raises(Exception) as error:
        model.complete(request or Request(prompt="p"))
    shown = [str(error.value), repr(error.value), repr(model.inner), getattr(error.value, "install", "")]
    assert not [text for text in shown if KEY in text or "canary" in text]
    assert error.value.__cause__ is None and (error.value.__suppress_context__ or not error.value.__context__)
    return error.value


def test_what_is_sent(server):
    with opened(server) as model:
        model.complete(Request(prompt="p"))
        model.complete(
            Request(
                messages=CHAT, n=2, temperature=0.5, top_p=0.9, max_tokens=7, stop=("a", "b"), seed=3, logprobs=2,
                extra={"user": "u"},
            )
        )  # fmt: skip
        model.complete(Request(prompt="p", logprobs=3, schema={"type": "integer"}))
    assert server.paths == [
        "/v1/completions",
        "/v1/chat/completions",
        "/v1/chat/completions",
        "/v1/completions",
    ]
    assert server.asked[0] == {"model": "m", "prompt": "p", "max_tokens": 512, "temperature": 0.0}
    assert server.asked[1] == {
        "model": "m", "messages": [{"role": "user", "content": "hello"}], "n": 2, "temperature": 0.5,
        "top_p": 0.9, "max_tokens": 7, "stop": ["a", "b"], "seed": 3, "logprobs": True, "top_logprobs": 2,
        "user": "u",
    }  # fmt: skip
    assert server.asked[3]["response_format"]["json_schema"]["schema"] == {"type": "integer"}
    assert server.asked[3]["logprobs"] == 3 and set(server.keys) == {f"Bearer {KEY}"}


def test_what_comes_back(server):
    tokens = {
        "content": [
            {"token": "h", "bytes": [195], "logprob": -1.0,
             "top_logprobs": [{"token": "x", "logprob": -2.0}, {"token": "h", "logprob": -1.0}]},
        ]
    }  # fmt: skip
    chat = [
        {"index": 1, "message": {"content": None, "refusal": "no"}, "finish_reason": "stop"},
        {"index": 0, "message": {"content": "h"}, "finish_reason": "length", "logprobs": tokens},
        {"index": 2, "message": {"content": "z"}, "finish_reason": "brand_new"},
    ]
    server.script = lambda number, body: completion(choices=chat)
    with opened(server) as model:
        answer = model.complete(Request(messages=CHAT, n=3, logprobs=2))
    assert answer.texts == ("h", "", "z")
    assert [s.finish for s in answer.samples] == [Finish.LENGTH, Finish.REFUSED, Finish.OTHER]
    assert answer.samples[0].tokens == (Token("h", -1.0, (("h", -1.0), ("x", -2.0)), b"\xc3"),)
    assert (answer.model, answer.server, answer.usage.prompt_tokens) == ("m-1", "fp", 5)


def test_the_older_log_probabilities(server):
    old = {
        "tokens": ["a", "b"],
        "token_logprobs": [None, -0.5],
        "top_logprobs": [None, {"b": -0.5, "c": -0.1}],
    }
    server.script = lambda number, body: completion(choices=[sample("ab", logprobs=old)])
    with opened(server) as model:
        tokens = model.complete(Request(prompt="p", logprobs=1)).samples[0].tokens
    assert tokens == (Token("a", float("-inf")), Token("b", -0.5, (("c", -0.1), ("b", -0.5))))


def test_a_server_that_ignores_n_and_one_that_refuses_it(server):
    server.script = lambda number, body: completion(f"seed {body['seed']}")
    with opened(server) as model:
        asked = Request(prompt="p", n=5, seed=10, temperature=1)
        assert model.complete(asked).texts == tuple(f"seed {seed}" for seed in range(10, 15))
        assert model.complete(asked).usage == Usage(prompt_tokens=25, output_tokens=10)
    assert sorted(body.get("n", 1) for body in server.asked) == [1] * 9 + [5]
    refusal = Reply(400, {"error": {"message": "Only one completion choice is allowed"}})
    server.script = lambda number, body: refusal if "n" in body and body["n"] > 1 else completion("a")
    with opened(server) as model:
        assert model.complete(asked).texts == ("a",) * 5


def test_samples_are_in_flight_together_and_never_more_than_allowed(server):
    server.models = Reply(body={"data": [{"id": "m", "owned_by": "llamacpp"}]})
    together = threading.Barrier(4)

    def script(number, body):
        together.wait(60)  # only four at once get through
        return completion("a")

    server.script = script
    with opened(server, max_in_flight=4) as model:
        assert len(model.complete(Request(prompt="p", n=12)).samples) == 12
        assert len(list(model.complete_many([Request(prompt=str(i), n=2) for i in range(4)]))) == 4
    assert server.most == 4 and len(server.asked) == 20


def test_transient_failures_are_asked_again_and_the_wait_is_the_servers(server, waits):
    replies = [
        Reply(429, {"error": {"message": "slow down"}}, {"retry-after": "7"}),
        Reply(drop="before"),
        Reply(503, "<html>busy</html>", content_type="text/html"),
        Reply(drop="middle", body=completion("half").body),
        Reply(body='{"choices": [{"text": "ha'),
        Reply(500, {"error": {"message": "oops"}}, {"retry-after-ms": "1500"}),
        completion("whole"),
    ]
    server.script = lambda number, body: replies[number]
    with opened(server, attempts=7) as model:
        assert model.complete(Request(prompt="p")).texts == ("whole",)
        counts = model.counts()
    assert (counts.retries, counts.spent["model_calls"], counts.spent["output_tokens"]) == (6, 1, 2)
    assert waits == [7.5, 1.0, 2.0, 4.0, 8.0, 1.5 + 16.0]


def test_a_rate_limit_that_stays_says_how_often_it_was_tried(server, waits):
    error = said(server, Reply(429, {"error": {"message": "slow down"}}, {"retry-after": "3"}))
    assert isinstance(error, ModelError) and "asks to slow down (HTTP 429): slow down" in str(error)
    assert "gave up after 2 attempts; it asks to wait 3 s" in str(error) and waits == [3.5]


def test_an_empty_account_is_not_asked_again(server, waits):
    error = said(server, Reply(429, {"error": {"message": "You exceeded it", "code": "insufficient_quota"}}))
    assert "will not answer on this account" in str(error) and waits == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_names_the_variable_and_not_the_key(server, waits, status):
    error = said(server, Reply(status, {"error": {"message": f"Incorrect API key provided: {KEY}"}}))
    assert isinstance(error, Missing) and "refuses the key in OPENAI_API_KEY" in error.what
    assert error.install.startswith("export OPENAI_API_KEY=") and error.exit_code == 2 and waits == []


def test_a_key_that_is_not_set(server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    error = said(server, Reply(401, {"error": {"message": "no key"}}))
    assert "asks for a key, and none is set" in str(error) and server.keys == ["Bearer none"]


def test_a_key_quoted_by_the_server_is_blotted_out(server, waits):
    error = said(server, Reply(400, {"error": {"message": f"bad header {KEY} and Bearer {KEY}"}}))
    assert "bad header [key] and Bearer [key]" in str(error)


def test_an_unknown_model_names_those_that_the_server_has(server):
    server.models = Reply(body={"data": [{"id": "mm"}, {"id": "other\x1b[2J"}]})
    error = said(server, Reply(404, {"error": {"message": "no"}}))
    assert isinstance(error, UsageError) and "has no model 'm'" in str(error)
    assert r"it has: mm, other\x1b[2J" in str(error)


def test_a_wrong_path(server):
    server.models = Reply(404, "nothing", content_type="text/plain")
    error = said(server, Reply(404, "nothing", content_type="text/plain"))
    assert isinstance(error, UsageError) and "is the address right? it usually ends in /v1" in str(error)


def test_a_web_page_instead_of_an_answer(server, waits):
    error = said(server, Reply(body="<!doctype html><p>Welcome", content_type="text/html"))
    assert "answered with a web page, not JSON" in str(error) and waits == []


@pytest.mark.parametrize(
    "body",
    [
        {"message": "This model's maximum context length is 4096 tokens", "code": "context_length_exceeded"},
        {"message": "request (9 tokens) exceeds it", "type": "exceed_context_size_error", "code": 400},
    ],
)
def test_a_prompt_that_does_not_fit(server, waits, body):
    error = said(server, Reply(400, {"error": body}))
    assert isinstance(error, ContextTooLong) and "do not fit the context of m" in str(error) and waits == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"choices": [', r"sent half an answer: 13 characters that are no JSON"),
        ("", "sent half an answer: 0 characters"),
        ("[]", "without samples"),
        ('{"choices": []}', "without samples"),
        ('{"choices": [{"index": 0}]}', "a sample without text"),
        ('{"choices": [{"message": {"content": 3}}]}', "a sample without text"),
    ],
)
def test_half_an_answer(server, waits, body, words):
    error = said(server, Reply(body=body))
    assert isinstance(error, ModelError) and words in str(error) and "gave up after 2 attempts" in str(error)


def test_hostile_words_of_a_server_are_capped_and_escaped(server, waits):
    error = said(server, Reply(400, {"error": {"message": "\x1b]0;x\x07" + "A" * 100_000}}))
    assert "\x1b" not in str(error) and len(str(error)) < 600


def test_an_endpoint_that_is_down_is_told_at_once(waits):
    model = open_model("openai:m@http://127.0.0.1:9/v1", ModelOptions(cache=False))
    with pytest.raises(ModelError, match=r"no connection to 127.0.0.1:9/v1: nothing listens there") as error:
        model.complete(Request(prompt="p"))
    assert error.value.exit_code == 3 and waits == []


def test_an_answer_that_does_not_come(server, waits):
    release = threading.Event()

    def script(number, body):
        release.wait(60)
        return completion("late")

    try:
        error = said(server, script, timeout_s=0.2)
    finally:
        release.set()
    assert "no answer from" in str(error) and "within 0.2 s (gave up after 2 attempts)" in str(error)


def test_the_only_model_of_a_server_needs_no_name(server):
    with open_model(server.url, ModelOptions(cache=False)) as model:
        assert model.id == f"m@{server.url.removeprefix('http://')}"
        model.complete(Request(prompt="p"))
    assert server.asked[0]["model"] == "m"
    server.models = Reply(body={"data": [{"id": "a"}, {"id": "b"}]})
    with (
        open_model(server.url) as model,
        pytest.raises(UsageError, match="lists a, b: name one, as openai:MODEL@"),
    ):
        model.complete(Request(prompt="p"))


def test_what_only_llama_cpp_has(server):
    with opened(server) as model, pytest.raises(UsageError, match="has no grammar"):
        model.complete(Request(prompt="p", grammar='root ::= "a"'))
    assert server.asked == []
    server.models = Reply(body={"data": [{"id": "m", "owned_by": "llamacpp"}]})
    with opened(server) as model:
        model.complete(Request(prompt="p", grammar='root ::= "a"'))
        model.complete(Request(prompt="p", schema={"type": "integer"}, extra={"top_k": 5}))
    assert server.asked[0]["grammar"] == 'root ::= "a"'
    assert server.asked[0].items() >= {"top_k": 0, "min_p": 0.0, "top_p": 1.0}.items()
    assert server.asked[1]["json_schema"] == {"type": "integer"} and server.asked[1]["top_k"] == 5


def events(*texts, end="[DONE]"):
    lines = [json.dumps({"id": "x", "choices": [{"index": 0, "text": text}]}) for text in texts]
    return Reply(events=[*lines, end])


def test_a_stream(server, waits):
    replies = [Reply(drop="before"), events("a\nb", "", "ç"), events("a", end='{"choi')]
    server.script = lambda number, body: replies[number]
    with opened(server) as model:
        assert [chunk.text for chunk in model.stream(Request(prompt="p"))] == ["a\nb", "ç"]
        assert server.asked[1]["stream"] is True and len(waits) == 1
        with pytest.raises(ModelError, match="broke off in the middle of an answer"):
            list(model.stream(Request(prompt="p")))
        with pytest.raises(UsageError, match="one sample"):
            list(model.stream(Request(prompt="p", n=2)))


def test_a_chat_stream_that_is_left_early(server):
    delta = [json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}) for text in "abc"]
    server.script = lambda number, body: Reply(events=[*delta, "[DONE]"])
    with opened(server, max_in_flight=1) as model:
        stream = model.stream(Request(messages=CHAT))
        assert next(iter(stream)).text == "a"
        stream.close()
        assert [chunk.text for chunk in model.stream(Request(messages=CHAT))] == ["a", "b", "c"]


def test_a_stream_cut_by_the_network(server):
    line = json.dumps({"choices": [{"index": 0, "text": "ab"}]})
    server.script = lambda number, body: Reply(events=[line] * 50, drop="end")
    seen = []
    with opened(server) as model, pytest.raises(ModelError, match=r"broke: peer closed|broke off"):
        for chunk in model.stream(Request(prompt="p")):
            seen.append(chunk.text)
    assert seen[:3] == ["ab"] * 3 and len(server.asked) == 1


def test_embeddings(server):
    rows = [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}]
    server.script = lambda number, body: Reply(body={"data": rows})
    with opened(server) as model:
        assert model.embed(["a", "b"]) == ((1.0, 2.0), (3.0, 4.0))
        with pytest.raises(ModelError, match="sent 2 vectors for 3 texts"):
            model.embed(["a", "b", "c"])


def test_a_text_that_utf_8_cannot_hold(server):
    with opened(server) as model, pytest.raises(UsageError, match="lone surrogates"):
        model.complete(Request(prompt="\ud800"))


def test_a_recorded_run_replays_with_the_server_gone_and_without_the_key(server, tmp_path):
    path = tmp_path / "run.sqlite"
    server.script = lambda number, body: completion(f"text {body['seed']}")
    asked = [Request(prompt=prompt, n=3, seed=seed, temperature=1) for prompt in "ab" for seed in (1, 9)]
    with opened(server, record=path) as model:
        first = dict(model.complete_many(asked))
    server.shutdown()
    assert KEY.encode() not in path.read_bytes()
    with open_model(f"replay:{path}") as replay:
        assert dict(replay.complete_many(asked)) == first and replay.id == model.id


def test_the_key_is_in_no_representation(server):
    endpoint = Endpoint(server.url, KEY)
    model = OpenAICompatible(endpoint, "m")
    assert KEY not in f"{endpoint!r} {model!r} {model.id} {ModelOptions(api_key=KEY)!r}"
