"""Cases as JSON: calls, whole programs, and errors that name the line and the field."""

import json

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.task import Case, Output, ProgramCheck
from trialrun.tasks import registry
from trialrun.tasks.cases import read_cases

pytestmark = pytest.mark.fast
RUN = {"stdin": "1\n", "expected": {"stdout": "2\n"}}


def write(tmp_path, *rows):
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def own(tmp_path, *cases, **more):
    row = {"id": "p", "statement": "Double.", "cases": list(cases)} | more
    return registry.load(str(write(tmp_path, row))).tasks[0]


def test_a_task_of_a_whole_program(tmp_path):
    full = {
        "argv": ["-v"],
        "files": {"b": {"base64": "/w=="}, "a/x": "é"},
        "expected": {"files": {"out": "1", "raw": {"base64": "AA=="}}},
    }
    task = own(tmp_path, RUN, full)
    assert task.entry is None
    assert task.hidden_checks == (
        ProgramCheck(
            name="cases",
            cases=(Case(stdin="1\n"), Case(argv=("-v",), files=(("a/x", "é".encode()), ("b", b"\xff")))),
            expected=(Output(stdout=b"2\n"), Output(files=(("out", b"1"), ("raw", b"\0")))),
        ),
    )
    check = own(tmp_path, {"stdin": ""}, reference="print(1)").hidden_checks[0]
    assert isinstance(check, ProgramCheck) and check.expected is None


@pytest.mark.parametrize(
    ("cases", "more", "message"),
    [
        ([RUN, {"stdin": "1"}], {}, "line 1: `cases`: 1 of 2 state `expected`"),
        ([{"stdin": "1"}], {}, "line 1: `cases` state no `expected`"),
        ([RUN], {"entry": "f"}, "line 1: `entry`: `cases` of a whole program call nothing"),
        ([RUN], {"tests": "assert 1"}, "line 1: `tests` needs an `entry`"),
        ([RUN, {"args": [1], "expected": 1}], {}, "line 1: `cases`: calls and runs"),
        ([{"args": [1], "expected": 1}], {}, "line 1: `cases` with `args` need an `entry`"),
        ([{"expected": {"stdout": "1"}}], {}, r"line 1: `cases`\[0\]: needs `args`, or `stdin`"),
        ([{"args": [1], "stdin": "1", "expected": 1}], {}, r"`cases`\[0\]: `stdin` is for whole programs"),
        ([RUN | {"expected": "2"}], {}, r"`cases`\[0\].expected: Expected `object`"),
        (
            [RUN | {"expected": {"sdout": "2"}}],
            {},
            r"`cases`\[0\].expected: no field 'sdout' \(did you mean 'stdout'",
        ),
        ([RUN | {"expected": {}}], {}, "states neither `stdout` nor `files`"),
        (
            [RUN, RUN | {"files": {"../a": ""}}],
            {},
            r"`cases`\[1\]: `files`: the file name '../a' has a part '..'",
        ),
        ([RUN | {"files": {"/a": ""}}], {}, "is not relative"),
        ([RUN | {"files": {"a": "", "a/b": ""}}], {}, "is a file, and above"),
        ([RUN | {"files": {"a": {"base64": "?"}}}], {}, r"`cases`\[0\]: `files`: 'a' is not base64"),
        ([RUN | {"files": {"a": 5}}], {}, r"line 1: .*files"),
        ([RUN | {"expected": {"files": {"..": ""}}}], {}, r"`cases`\[0\].expected: `files`: .* has a part"),
        ([RUN | {"argv": ["a\0b"]}], {}, "`argv`: an argument holds a NUL"),
    ],
)
def test_errors_name_line_and_field(tmp_path, cases, more, message):
    with pytest.raises(UsageError, match=message):
        own(tmp_path, *cases, **more)


def test_a_file_of_cases(tmp_path):
    assert read_cases(write(tmp_path, {"args": [1]}, {"args": [], "expected": 5})) == (
        Case(args=(1,)),
        Case(),
    )
    assert read_cases(write(tmp_path, RUN, {"argv": ["x"]})) == (Case(stdin="1\n"), Case(argv=("x",)))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "holds no case"),
        ([{"args": [1]}, {"arg": [1]}], "line 2: no field 'arg' .*or 'args'"),
        ([{"args": [1]}, {"stdin": ""}], "line 2: calls and runs of a whole program"),
        ([{"args": 1}], "line 1: Expected `array`"),
        ([{}], "line 1: needs `args`"),
    ],
)
def test_errors_in_a_file_of_cases_name_the_line(tmp_path, rows, message):
    with pytest.raises(UsageError, match=message):
        read_cases(write(tmp_path, *rows))
