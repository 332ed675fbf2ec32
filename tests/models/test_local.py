"""The embedded model over HTTP by the client for any server: samples, log-probabilities, schema, grammar, its end.

Needs the extra `local`; skipped, visibly, where it is not installed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.models.endpoint import Endpoint
from trialrun.models.llama_server import LlamaServer, ServerFailed, ServerSettings
from trialrun.models.local import Local, server_version, shipped_weights
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.openai_compatible import LLAMA_CPP, OpenAICompatible
from trialrun.models.protocol import Capability, ContextTooLong, Finish, Message, ModelError, Request

try:
    server_version()
    WEIGHTS = shipped_weights()
except Missing as missing:
    pytest.skip(f"{missing.what}; {missing.install}", allow_module_level=True)

ADD = 'def add(a, b):\n    """Return the sum of a and b."""\n   '
CHAT = (Message("user", "Name a colour and a number."),)
SCHEMA = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "blue"]},
        "number": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["colour", "number"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def local():
    model = Local()
    yield model
    model.close()


@pytest.fixture(scope="module")
def model(local):
    """The whole stack, in front of the embedded server seen as any server: by address and key alone."""
    running = local.server()
    options = ModelOptions(api_key=running.key, cache=False, max_in_flight=4)
    with open_model(running.url, options) as opened:
        yield opened


def test_the_server_is_recognised(model):
    assert model.capabilities >= {
        Capability.GRAMMAR,
        Capability.SCORE,
        Capability.SCHEMA,
        Capability.LOGPROBS,
    }
    assert Capability.EMBED not in model.capabilities


def test_greedy_answers_do_not_depend_on_what_else_is_computed(model):
    asked = [Request(prompt=f"def f{i}(x):\n    return", max_tokens=12, logprobs=1) for i in range(6)]
    alone = [model.complete(request).samples for request in asked]
    together = {index: answer.samples for index, answer in model.complete_many(asked * 2)}
    assert [together[i] for i in range(12)] == alone * 2
    assert all(sample.text == "".join(t.text for t in sample.tokens or ()) for (sample,) in alone)


def test_n_samples_differ_and_come_again_with_the_seed(model):
    asked = Request(messages=CHAT, n=6, temperature=1.0, seed=5, max_tokens=12)
    first = model.complete(asked)
    assert len(first.samples) == 6 and len(set(first.texts)) > 1
    assert model.complete(asked).samples == first.samples
    assert first.usage.output_tokens > 12  # the tokens of every sample are counted
    assert (
        model.complete(Request(messages=CHAT, temperature=1.0, seed=7, max_tokens=12)).texts
        == first.texts[2:3]
    )
    other = Request(messages=CHAT, n=6, temperature=1.0, seed=99, max_tokens=12)
    assert model.complete(other).texts != first.texts


def test_log_probabilities(model):
    tokens = model.complete(Request(prompt=ADD, max_tokens=4, logprobs=3)).samples[0].tokens
    assert tokens and all(len(token.top) == 3 and token.logprob <= 0 for token in tokens)
    assert all(token.top[0] == (token.text, token.logprob) for token in tokens)  # greedy takes the likeliest


@pytest.mark.parametrize("asked", [{"messages": CHAT}, {"prompt": "A colour and a number as JSON:\n"}])
def test_a_schema_binds_chat_and_raw_completion(model, asked):
    answer = model.complete(Request(**asked, n=4, temperature=1.0, seed=1, schema=SCHEMA, max_tokens=200))
    for sample in answer.samples:
        assert sample.finish is Finish.STOP
        found = json.loads(sample.text)
        assert found["colour"] in ("red", "blue") and 0 <= found["number"] <= 99 and len(found) == 2


def test_a_grammar_binds(model):
    asked = Request(messages=CHAT, n=8, temperature=2.0, seed=1, grammar='root ::= ("red" | "blue") "!"')
    assert set(model.complete(asked).texts) <= {"red!", "blue!"}
    with pytest.raises(ModelError, match="failed to parse grammar"):
        model.complete(Request(prompt="a", grammar="root ::= nothing"))


def test_scores_rank_continuations(model):
    right, wrong, odd = (
        model.score(ADD, text) for text in (" return a + b", " return a - b", " return xyzzy(9)")
    )
    assert 0 > right.total > wrong.total > odd.total
    assert right.canonical and "".join(right.tokens) == " return a + b"
    hard = "\té😀\x01\"\\'\n"
    assert "".join(model.score(ADD, hard).tokens).startswith("\t") and model.score(ADD, "").total == 0


def test_a_score_is_the_sum_that_greedy_reports(model):
    tokens = model.complete(Request(prompt=ADD, max_tokens=5, logprobs=1)).samples[0].tokens
    scored = model.score(ADD, "".join(token.text for token in tokens))
    assert scored.total == pytest.approx(sum(token.logprob for token in tokens), abs=0.02)


def test_a_stream_writes_the_answer(model):
    asked = Request(messages=CHAT, max_tokens=12)
    assert "".join(chunk.text for chunk in model.stream(asked)) == model.complete(asked).texts[0]


def test_stop_strings_and_length(model):
    assert (
        model.complete(Request(prompt="1 2 3 4 5 6", max_tokens=30, stop=("9",))).samples[0].finish
        is Finish.STOP
    )
    assert model.complete(Request(prompt="1 2 3 4 5 6", max_tokens=3)).samples[0].finish is Finish.LENGTH


def test_what_does_not_fit_and_a_wrong_key(local, model):
    with pytest.raises(ContextTooLong, match="do not fit the context"):
        model.complete(Request(prompt="word " * 9000))
    wrong = OpenAICompatible(Endpoint(local.server().url, "wrong"), "m", server=LLAMA_CPP)
    with pytest.raises(Missing, match="refuses the key in OPENAI_API_KEY"):
        wrong.complete(Request(prompt="a"))


def test_a_recorded_run_replays_with_the_model_gone(tmp_path):
    record = tmp_path / "r.sqlite"
    asked = [
        Request(prompt=ADD, n=2, temperature=0.8, seed=0, max_tokens=8, logprobs=1),
        Request(messages=CHAT, schema=SCHEMA, max_tokens=100),
    ]
    with open_model("local", ModelOptions(record=record)) as model:
        first = dict(model.complete_many(asked))
    with open_model(f"replay:{record}") as replay:
        assert dict(replay.complete_many(asked)) == first
        assert replay.id == model.id


def test_it_starts_at_the_first_request_and_again_after_a_crash():
    model = Local(slots=1, context=256)
    assert model.starts == 0
    for start in (1, 2, 3):
        assert model.complete(Request(prompt="a", max_tokens=1)).samples
        assert model.starts == start
        running = model.server()
        os.kill(running.pid, signal.SIGKILL)
        while running.running:
            time.sleep(0.01)
    with pytest.raises(ModelError, match="has ended by itself 3 times"):
        model.complete(Request(prompt="a", max_tokens=1))
    model.close()


def test_starting_and_closing_leaves_nothing():
    def open_now():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    model = Local(slots=1, context=256)
    counts = []
    for _ in range(20):
        model.complete(Request(prompt="a", max_tokens=1))
        pid = model.server().pid
        model.close()
        assert not Path(f"/proc/{pid}").exists()
        counts.append(open_now())
    assert len(set(counts[1:])) == 1


def test_it_dies_with_its_owner():
    code = (
        "import time\nfrom trialrun.models.local import Local\n"
        "model = Local(slots=1, context=256)\nprint(model.server().pid, flush=True)\ntime.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(owner.stdout.readline())
    assert b"OPENAI" not in Path(f"/proc/{pid}/environ").read_bytes()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        time.sleep(0.01)


def test_weights_that_are_none(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"GGUF but not really")
    with pytest.raises(ModelError, match="local model's server ended with status"):
        Local(tmp_path / "bad.gguf").complete(Request(prompt="a"))
    with pytest.raises(ServerFailed):
        LlamaServer(ServerSettings(weights="/no/such", name="x"))
    with pytest.raises(UsageError, match="no weights at"):
        Local(tmp_path / "none.gguf")
