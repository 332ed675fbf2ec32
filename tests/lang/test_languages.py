"""Languages as data, and splicing."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.lang.languages import LANGUAGES, language, of_file
from trialrun.lang.splice import complete

pytestmark = pytest.mark.fast


def test_names_aliases_and_suffixes():
    assert language("C++").name == language("cpp").name == "c++"
    assert language("node").suffix == ".js"
    assert of_file("a/b.rs") is LANGUAGES["rust"] and of_file("README") is None
    assert {"python", "c", "c++", "rust", "go", "java", "javascript", "ruby", "perl", "php", "lua"} <= set(
        LANGUAGES
    )


def test_unknown_language_names_the_nearest():
    with pytest.raises(UsageError, match=r"no language 'pyton' \(did you mean 'python'"):
        language("pyton")


def test_every_language_says_how_to_install_it():
    for entry in LANGUAGES.values():
        assert entry.suffix.startswith(".") and entry.commands and entry.version and entry.package
        assert entry.install == f"apt-get install {entry.package}"
    assert len({entry.suffix for entry in LANGUAGES.values()}) == len(LANGUAGES)


def test_tool_is_found_without_starting_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert language("ruby").tool() is None
    (tmp_path / "ruby").write_text("#!/bin/sh\ntouch started\n")
    (tmp_path / "ruby").chmod(0o755)
    assert language("ruby").tool() == str(tmp_path / "ruby")
    assert not (tmp_path / "started").exists()


def test_a_completion_is_joined_as_upstream_joins_it():
    whole = "def f():\n    return 2\n"
    assert complete("def f():\n    '''doc'''\n", whole) == "def f():\n    '''doc'''\n" + whole
