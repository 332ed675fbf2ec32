"""A recorded run replays to the same bytes with the model gone; a miss is an error, never a call."""

import sqlite3

import pytest

from trialrun.core.errors import StoreError, UsageError
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Capability, Message, ModelError, Request
from trialrun.models.replay import Recorded, Replay
from trialrun.models.scripted import Scripted

pytestmark = pytest.mark.fast

ASKED = [
    Request(prompt="a", n=3, temperature=0.8, seed=1),
    Request(prompt="a", n=3, temperature=0.8, seed=2),
    Request(messages=(Message("user", "ünïcode \x00"),), stop=("\n",)),
]


def echo(request, index):
    return f"{request.prompt} {request.seed} {index}"


def test_a_recorded_run_replays_identically(tmp_path):
    path = tmp_path / "answers.sqlite"
    model = Recorded(Scripted(echo), path)
    first = dict(model.complete_many(ASKED))
    streamed = "".join(chunk.text for chunk in model.stream(Request(prompt="s")))
    model.close()
    replay = Replay(path)
    assert replay.id == model.id and Capability.STREAM in replay.capabilities
    assert dict(replay.complete_many(ASKED)) == first
    assert "".join(chunk.text for chunk in replay.stream(Request(prompt="s"))) == streamed
    replay.close()


def test_a_miss_is_an_error_that_names_the_question(tmp_path):
    path = tmp_path / "answers.sqlite"
    recorded = Recorded(Scripted(echo), path)
    recorded.complete(ASKED[0])
    replay = Replay(path)
    with pytest.raises(
        ModelError, match="holds 1 answers of scripted, but none to 'a' with these settings"
    ) as e:
        replay.complete(Request(prompt="a", n=3, temperature=0.8, seed=3))
    assert not e.value.transient and replay.misses == 1
    for ask in (lambda: replay.score("a", "b"), lambda: replay.embed(["a"])):
        with pytest.raises(UsageError, match="has no"):
            ask()


def test_one_file_holds_one_model(tmp_path):
    path = tmp_path / "answers.sqlite"
    Recorded(Scripted(echo), path).close()
    with pytest.raises(UsageError, match="records scripted, not other"):
        Recorded(Scripted(echo, id="other"), path)


def test_a_file_that_is_no_recording_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no recorded answers at"):
        Replay(tmp_path / "none")
    (tmp_path / "text").write_text("not a database, but quite a long text" * 99)
    with pytest.raises(UsageError, match="is not a file of recorded answers"):
        Replay(tmp_path / "text")
    with pytest.raises(UsageError, match="is not a file of recorded answers"):
        Recorded(Scripted(echo), tmp_path / "text")
    assert not (tmp_path / "none").exists()


def test_a_damaged_row_is_told(tmp_path):
    path = tmp_path / "answers.sqlite"
    model = Recorded(Scripted(echo), path)
    model.complete(ASKED[0])
    model.close()
    with sqlite3.connect(path) as db:
        db.execute("update answers set response = substr(response, 1, 9)")
    db.close()
    with pytest.raises(StoreError, match="is damaged"):
        Replay(path).complete(ASKED[0])


def test_recording_takes_the_place_of_the_cache(tmp_path):
    script = tmp_path / "script.json"
    script.write_text('{"a": ["1", "2"], "b": ["3"]}')
    options = ModelOptions(record=tmp_path / "r.sqlite")
    with open_model(f"scripted:{script}", options) as model:
        assert model.complete(Request(prompt="a", n=2)).texts == ("1", "2")
        with pytest.raises(ModelError, match="no sample 1 of answer to 'b'"):
            model.complete(Request(prompt="b", n=2))
    script.unlink()
    with open_model(f"replay:{options.record}") as model:
        assert model.complete(Request(prompt="a", n=2)).texts == ("1", "2")


def test_a_list_is_dealt_out_in_order_and_runs_out():
    model = Scripted(["a b c", "d;e", "f"])
    answers = dict(model.complete_many([Request(prompt="x", max_tokens=2), Request(prompt="y", stop=(";",))]))
    assert [(s.text, s.finish) for i in range(2) for s in answers[i].samples] == [
        ("a b", "length"),
        ("d", "stop"),
    ]
    with pytest.raises(ModelError, match="has 3 answers, and all are given"):
        model.complete(Request(prompt="z", n=2))


@pytest.mark.parametrize("text", ["{", '{"a": "b"}', "3", '["a", 1]'])
def test_a_file_that_is_no_script_is_refused(tmp_path, text):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(UsageError, match="is not a script"):
        open_model(f"scripted:{tmp_path / 's.json'}")
