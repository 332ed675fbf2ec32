"""The extractor: on answers as models write them, on real answers in many wrappings, on hostile text."""

import gzip
import json
import os
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialrun.lang.extract import MAX_TEXT, extract
from trialrun.lang.extraction import Step
from trialrun.lang.fences import blocks
from trialrun.lang.parts import Parser

pytestmark = pytest.mark.fast

DOCUMENT = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))
TASKS: dict[str, dict[str, str]] = DOCUMENT["tasks"]
ANSWERS: list[dict[str, Any]] = DOCUMENT["answers"]


def taken(answer: dict[str, Any]) -> str:
    task = TASKS[answer["task"]]
    return extract(
        answer["text"], entry=task["entry"], prefix=task["prefix"], raw=answer.get("raw", False)
    ).source


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["name"])
def test_takes_what_a_person_would(answer: dict[str, Any]) -> None:
    assert taken(answer) == answer["want"]


def test_the_answers_are_many_and_told_apart() -> None:
    assert len(ANSWERS) >= 60 and len({answer["name"] for answer in ANSWERS}) == len(ANSWERS)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["name"])
def test_a_program_is_taken_as_it_is(answer: dict[str, Any]) -> None:
    task = TASKS[answer["task"]]
    if f"{task['entry']}" in answer["want"]:
        again = extract(answer["want"], entry=task["entry"], prefix=task["prefix"])
        assert again.source == answer["want"]
        assert not again.steps


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["name"])
def test_what_defines_the_entry_point_says_so(answer: dict[str, Any]) -> None:
    """`defines` is checked against running the definition, which is trusted text here."""
    task = TASKS[answer["task"]]
    found = extract(answer["text"], entry=task["entry"], prefix=task["prefix"], raw=answer.get("raw", False))
    space: dict[str, Any] = {}
    if found.defines:
        exec(found.source, space)
        assert callable(space[task["entry"]])
        if "wrong" not in answer["name"]:
            assert str(eval(task["call"], space)) == task["gives"]
    else:
        assert task["entry"] not in answer["want"] or "def " not in answer["want"]


PROSE = "As an AI model, I'd say: it's easy (really).\n\n"
WRAPPINGS = {
    "as it is": "{code}",
    "fenced": "```python\n{code}```\n",
    "prose and fence": PROSE + "```python\n{code}```\n" + PROSE,
    "unclosed": PROSE + "```python\n{code}",
    "prose before": PROSE + "{code}",
    "prose after": "{code}\n" + PROSE,
    "usage block": "```python\n{code}```\nExample:\n```python\nprint({entry}(1))\n```\n",
    "usage below": "```python\n{code}\n\nprint({entry}(1))\nassert {entry}(1) == 2\n```\n",
    "main below": "{code}\n\nif __name__ == '__main__':\n    print({entry}(int(input())))\n",
    "cut after": "{code}\n\ndef another(x):\n    return [y for y in (1, 2",
    "windows": "\r\n{code}",
    "special token": "{code}<|im_end|>",
}


def references() -> list[tuple[str, str]]:
    from trialrun.tasks.registry import load

    return [(task.entry or "", task.reference or "") for task in load("starter").tasks if task.entry]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_real_programs_in_every_wrapping(wrapping: str) -> None:
    for entry, source in references():
        text = WRAPPINGS[wrapping].replace("{entry}", entry).replace("{code}", source)
        found = extract(text, entry=entry)
        assert found.defines and found.source.split() == source.split(), entry


@pytest.mark.data
def test_no_stored_answer_is_lost() -> None:
    path = Path(os.environ.get("TRIALRUN_DATA", "")) / "ldb" / "humaneval_gpt35_ldb_results.jsonl.gz"
    if not path.is_file():
        pytest.skip("the stored answers of LDB are not on this machine")
    answers = 0
    for line in gzip.decompress(path.read_bytes()).splitlines():
        row = json.loads(line)
        for text in (row["seed"], *row["implementations"]):
            answers += 1
            found = extract(text, entry=row["entry_point"], prefix=row["prompt"])
            stub = row["task_id"] == "HumanEval/129" and "def find_min" in text
            assert found.defines != stub, row["task_id"]
            assert "\nassert" not in found.source
    assert answers >= 300


HOSTILE = {
    "parentheses": "(" * 1_000_000,
    "nul": "\0" * 1_000_000,
    "signs": "-" * 300_000 + "1",
    "sum": "1" + "+1" * 300_000,
    "half definitions": "def x(:\n" * 50_000,
    "definitions": "def f(): pass\n" * 20_000,
    "fences": "```python\n" * 50_000,
    "ticks": "`" * 1_000_000,
    "a long fence line": "```python " + " " * 1_000_000,
    "quotes": '"""\n' * 50_000,
    "json": '{"a":' * 100_000,
    "blanks": " " * 1_000_000,
    "thoughts": "<think>" * 50_000,
    "tags": "[PYTHON]" * 50_000,
    "prompts": ">>> (\n" * 60_000,
    "broken bodies": "".join(f"def f{i}(:\n  return (\n" for i in range(20_000)),
    "a chain of calls": "def f(): return a0()\n"
    + "".join(f"def a{i}(): return a{i + 1}()\n" for i in range(4000)),
    "lambdas": "lambda:" * 100_000,
    "attributes": "a" + ".b" * 100_000,
    "escapes": "\x1b[" * 300_000,
    "a title": "\x1b]" + "a" * 500_000,
    "surrogates": "def f():\n    return '\ud800'\n",
    "semicolons": "f();" * 50_000,
    "asserts": "def f(): return 1\n" + "assert f()\n" * 15_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("raw", [False, True])
def test_hostile_text_is_bounded(name: str, raw: bool) -> None:
    began = time.thread_time()
    found = extract(HOSTILE[name], entry="f", prefix='def f():\n    """Give 1."""\n', raw=raw)
    assert isinstance(found.source, str) and len(found.source) <= MAX_TEXT + 1_000
    assert time.thread_time() - began < 20, "CPU time; generous, for slow machines"


def test_a_parser_stops_when_its_allowance_is_spent() -> None:
    parser = Parser(allowance=250)
    assert parser.parsed("x = 1\n") is not None
    assert parser.parsed("y = 2\n" + "#" * 200) is not None
    assert parser.parsed("z = 3\n") is None
    assert parser.parsed("x = 1\n") is not None, "what is known costs nothing"


PIECES = [
    *("```", "```python", "~~~", "def f(x):", "    return x", "return x", ">>> f(1)", "+ x = 1", "'''", "@@"),
    *("class A:", "  pass", "assert f(1)", "&lt;", "1 x", "\x0c", "if __name__ == '__main__':", ""),
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES) | st.text(max_size=8),
        max_size=14,
    ),
    st.booleans(),
)
def test_never_raises_and_what_parses_parses(lines: list[str], raw: bool) -> None:
    found = extract("\n".join(lines), entry="f", prefix="def f(x):\n", raw=raw)
    if found.parses:
        compile(found.source, "<extracted>", "exec", dont_inherit=True, flags=0x400)  # to a syntax tree
    if found.defines:
        assert "f" in found.source


def test_steps_tell_what_was_done() -> None:
    body = "def f(x):\n    return x\n"
    assert extract(body, entry="f").steps == ()
    assert extract(f"```\n{body}```", entry="f").steps == (Step.BLOCK,)
    assert extract(f"Well: it is\n{body}", entry="f").steps == (Step.PROSE,)
    assert extract("    return x", entry="f", prefix="def f(x):\n", raw=True).steps == (Step.CONTINUED,)
    assert extract("return x", entry="f", prefix="def f(x):\n").steps == (Step.CONTINUED, Step.INDENTED)
    assert extract(body + "    if (", entry="f").steps == (Step.CUT,)
    assert extract(body + "f(1)\n", entry="f").steps == (Step.TRIMMED,)
    assert extract(">>> " + body.replace("    ", "...     "), entry="f").steps == (Step.MENDED,)
    used = extract("def f(x):\n    return math.pi\n", entry="f", prefix="import math\n")
    assert used.steps == (Step.ADDED,) and used.source.startswith("import math\n")
    assert extract(body + "#" * MAX_TEXT, entry="f").steps[0] is Step.SHORTENED


def test_a_whole_program_keeps_all_its_statements() -> None:
    source = "n = int(input())\nprint(n)\nassert n\n"
    assert extract(f"Here:\n```python\n{source}```", entry=None).source == source


def test_other_languages_are_taken_by_their_tag() -> None:
    text = "```sh\nmake\n```\n```cpp\nint f();\n```\n```cpp\nint f() { return 1; }\n```\n"
    found = extract(text, entry="f", language="c++")
    assert (found.source, found.steps) == ("int f() { return 1; }\n", (Step.BLOCK,))
    assert extract("  return 1; }\n", entry="f", prefix="int f() {\n", raw=True, language="c++").source == (
        "int f() {\n  return 1; }\n"
    )


def test_blocks_are_read_both_ways() -> None:
    text = '```python\nx = """\n```\n"""\n```\n'
    assert 'x = """\n```\n"""\n' in [block.text for block in blocks(text)]
    assert not blocks("no fence") and len(blocks("".join(f"```\n{n}\n```\n" for n in range(99)))) == 64
