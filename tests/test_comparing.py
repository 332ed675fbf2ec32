"""Two files: what the command says of each way in which a comparison can go wrong, before any work is done."""

import json

import pytest

from trialrun.cli import execute

FILES = {
    "old.py": "def f(x: int) -> int:\n    return x\n",
    "new.py": "def f(x: int) -> int:\n    return x if x < 50 else 0\n",
    "broken.py": "def f(x:\n",
    "lost.py": "import a_module_that_is_not_there\ndef f(x: int) -> int:\n    return x\n",
    "gone.py": "import os\nos._exit(0)\ndef f(x: int) -> int:\n    return x\n",
    "other.py": "def g(x: int) -> int:\n    return x\n",
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A directory with files to compare, which is the present one."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_smallest_input_is_the_smallest(files, capsys):
    assert execute(["compare", "old.py:f", "new.py:f", "--json"]) == 1
    (line,) = json.loads(capsys.readouterr().out)["functions"]
    assert line["difference"]["input"] == "(50)" and line["difference"]["shrunk"]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("lost.py", "does not load: the new version: ModuleNotFoundError: No module named"),
        ("gone.py", "does not load: the new version: exited"),
    ],
)
def test_what_does_not_load_is_skipped_and_says_why(files, capsys, new, why):
    assert execute(["compare", "old.py", new]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert why in shown and "+ 1 skipped" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old.py", "broken.py"], "broken.py is no Python that can be read: syntax error in line 1"),
        (["old.py:f", "broken.py:f"], "broken.py:f is no Python that can be read"),
        (["old.py", "other.py"], "have no function in common"),
        (["old.py", "missing.py"], "cannot read missing.py"),
        (["old.py:f", "new.py:ff"], "did you mean 'f'?"),
        (["old.py", "new.py", "--time", "1x"], "such as 90s or 2m"),
        (["old.py", "new.py", "--time", "0"], "such as 90s or 2m"),
        (["old.py", "new.py", "--inputs", "0"], "must be above 0"),
        (["old.py", "new.py", "--format", "jsno"], "did you mean 'json'?"),
        (["old.py", "new.py", "--format", "text", "--format", "json"], "give one a file, as in json=FILE"),
        (["old.py", "new.py", "--format", "json=no/file"], "make the directory no first"),
        (["old.py", "new.py", "--emit-test", "no/test_x.py"], "make the directory no first"),
        (["old.py", "new.py", "--float-tol", "1", "--ignore-order"], "choose one"),
        (["--base", "main"], "is in no git repository"),
    ],
)
def test_every_mistake_is_one_line_that_helps_and_json(files, monkeypatch, capsys, arguments, said):
    monkeypatch.setattr("trialrun.comparing.compare_all", None)  # nothing runs
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(files.parent))
    assert execute(["compare", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1 and said in shown.err
    if "--format" not in arguments:
        assert execute(["compare", *arguments, "--json"]) == 2
        assert said in json.loads(capsys.readouterr().out)["error"]


def test_probe_looks_for_the_directory_first(files, monkeypatch, capsys):
    monkeypatch.setattr("trialrun.probing.probe", None)
    for flag in ("--emit-test", "--cases"):
        assert execute(["probe", "old.py:f", flag, "no/file"]) == 2
        assert "make the directory no first" in capsys.readouterr().err
