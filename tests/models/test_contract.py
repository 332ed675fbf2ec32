"""The same properties for every back end, through the whole stack that `open_model` builds."""

import json

import pytest

from trialrun.core.budget import Budget
from trialrun.core.errors import Missing
from trialrun.models.local import server_version, shipped_weights
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Message, ModelError, Request

from .conftest import completion

PROMPTS = [f"def f{i}(x):\n    return" for i in range(4)]
ASKED = [Request(prompt=prompt, n=2, temperature=0.7, seed=3, max_tokens=6) for prompt in PROMPTS]
KINDS = ["scripted", "openai", "local", "replay of scripted", "replay of openai"]


def have_local():
    try:
        return bool(server_version() and shipped_weights())
    except Missing:
        return False


@pytest.fixture(params=KINDS)
def spec(request, tmp_path, server, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server.script = lambda number, body: completion(*[f"{body['prompt']} {body['seed']}"] * body.get("n", 1))
    script = tmp_path / "script.json"
    script.write_text(json.dumps({prompt: ["pass", "x + 1"] for prompt in PROMPTS}))
    live = {"scripted": f"scripted:{script}", "openai": f"openai:m@{server.url}", "local": "local"}
    _, _, kind = request.param.rpartition("replay of ")
    if kind == "local" and not have_local():
        pytest.skip("needs the extra `local`")
    if not request.param.startswith("replay"):
        return live[kind]
    with open_model(live[kind], ModelOptions(record=tmp_path / "r.sqlite")) as model:
        dict(model.complete_many(ASKED))
    script.unlink()
    server.shutdown()  # whoever asks it now waits for ever
    return f"replay:{tmp_path / 'r.sqlite'}"


def test_a_model_keeps_the_protocol(spec, tmp_path):
    fresh = ModelOptions(cache=False)
    with open_model(spec, fresh) as model:
        first = [model.complete(request) for request in ASKED]
        assert [len(answer.samples) for answer in first] == [2] * 4
        assert all(answer.usage.output_tokens > 0 and answer.model for answer in first)
        assert dict(model.complete_many(ASKED)) == dict(enumerate(first))
        assert list(model.complete_many([])) == []
        some = model.complete_many(ASKED)
        next(some)
        some.close()
    model.close()  # again
    with open_model(spec, fresh) as model:
        assert [model.complete(request) for request in reversed(ASKED)] == first[::-1]


def test_a_model_respects_the_budget_to_the_call_and_the_cache_pays_for_nothing(spec, tmp_path):
    cache = ModelOptions(cache_file=tmp_path / "cache.sqlite")
    budget = Budget(model_calls=3)
    with open_model(spec, cache, budget=budget) as model:
        answers = [model.complete(request) for request in ASKED]
        assert [answer.exhausted for answer in answers] == [None] * 3 + ["model_calls"]
        assert answers[3].samples == () and budget.left("model_calls") == 0
        again = [model.complete(request) for request in ASKED[:3]]
        cached = spec.startswith(("openai", "local"))
        assert model.counts().cache_hits == (3 if cached else 0)
        assert (again == answers[:3]) if cached else all(a.exhausted for a in again)


def test_a_recording_answers_only_what_it_holds(spec):
    if not spec.startswith("replay"):
        return
    with open_model(spec) as model, pytest.raises(ModelError, match="but none to"):
        model.complete(Request(messages=(Message("user", PROMPTS[0]),), max_tokens=3, seed=1))
