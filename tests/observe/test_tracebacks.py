"""Tracebacks and test output: what differs from run to run folds, the type of the exception does not."""

import random

import pytest

from trialrun.measure.log_abstraction import pairwise_f1
from trialrun.observe.logs import Abstraction
from trialrun.observe.tracebacks import Folder, Message

pytestmark = pytest.mark.fast


def fold(text: str) -> list[Message]:
    folder = Folder()
    return [done for line in text.splitlines() for done in folder.add(line)] + list(folder.end())


def crash(rng: random.Random, cause: str) -> str:
    """Return a traceback of one of some causes, with paths, lines, addresses and callers that differ."""
    root = f"/tmp/{rng.getrandbits(32):08x}/src"
    frames = [f'  File "{root}/run_{rng.randrange(99)}.py", line {rng.randrange(900)}, in main\n    step()']
    frames += [
        f'  File "{root}/deep.py", line {rng.randrange(90)}, in again\n    again(n - 1)'
        for _ in range(rng.randrange(4))
    ]
    address = f"0x{rng.getrandbits(44):x}"
    code, raised = {
        "index": ("    return rows[at]\n           ~~~~^^^^", "IndexError: list index out of range"),
        "type": (
            "    left + right",
            f"TypeError: no sum of <Node object at {address}> and {rng.randrange(50)}",
        ),
        "key": ("    return table[name]", f"KeyError: {rng.randrange(5000)}"),
        "other key": ("    return index[name]", f"KeyError: {rng.randrange(5000)}"),
        "value": ("    return rows[at]", "ValueError: list index out of range"),
    }[cause]
    frames.append(f'  File "{root}/table.py", line {rng.randrange(400)}, in find\n{code}')
    return "\n".join(["Traceback (most recent call last):", *frames, raised])


def test_ten_crashes_from_two_causes_are_two_templates() -> None:
    rng = random.Random(4)
    causes = ["index", "type"] * 5
    abstraction = Abstraction()
    found = list(abstraction.read("\n".join(crash(rng, cause) for cause in causes).splitlines()))
    templates = abstraction.templates()
    assert [template.count for template in templates] == [5, 5] and len(found) == 10
    shown = " ".join(template.text for template in templates)
    assert "IndexError" in shown and "TypeError" in shown
    assert "/tmp" not in shown and "0x" not in shown and "line" not in shown.replace("list", "")


def test_crashes_with_known_causes_are_grouped_by_them() -> None:
    rng = random.Random(9)
    causes = [rng.choice(["index", "type", "key", "other key", "value"]) for _ in range(200)]
    abstraction = Abstraction()
    text = "\n\n".join(crash(rng, cause) for cause in causes)
    groups = [abstraction.number(one) for one in list(abstraction.read(text.splitlines()))]
    assert pairwise_f1(groups, causes).f1 >= 0.95


def test_a_type_apart_is_a_template_apart() -> None:
    rng = random.Random(1)
    abstraction = Abstraction()
    list(abstraction.read((crash(rng, "index") + "\n" + crash(rng, "value")).splitlines()))
    assert len(abstraction.templates()) == 2


def test_chained_exceptions_are_one_message_and_the_last_counts() -> None:
    text = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x[3]\nIndexError: no\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "a.py", line 4, in g\n    raise Broken from None\nlib.Broken: bad\n'
        "\nready"
    )
    messages = fold(text)
    assert [message.text for message in messages] == [
        "Traceback in g: `raise Broken from None` raised lib.Broken: bad",
        "ready",
    ]
    assert messages[0].lines == 11 and messages[1].first == 13


def test_lines_after_a_traceback_are_messages_of_their_own() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError\n'
    text += "Traceback (most recent call last):\n"
    text += '  File "a.py", line 1, in g\nKeyError\n  indented\nplain'
    assert [message.text for message in fold(text)] == [
        "Traceback in f raised KeyError",
        "Traceback in g raised KeyError",
        "  indented",
        "plain",
    ]


def test_a_traceback_that_is_cut_off_is_still_told() -> None:
    (message,) = fold('Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x[3]')
    assert message.text == "Traceback in f: `x[3]` raised ?"


def test_calls_of_other_languages_fold_into_their_message() -> None:
    text = (
        "java.io.IOException: Broken pipe\n\tat sun.nio.ch.Dispatcher.write(Dispatcher.java:47)\n"
        "\tat app.Main.run(Main.java:9)\nCaused by: java.net.SocketException: reset\n\t... 7 more\n"
        "==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014\n"
        "    #0 0x4f2a10 in parse /src/parse.c:31:7\n    #1 0x4f2b77 in main /src/main.c:9:3\nnext"
    )
    assert [message.text for message in fold(text)] == [
        "java.io.IOException: Broken pipe at sun.nio.ch.Dispatcher.write caused by java.net.SocketException: reset",
        "==12==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014 at parse",
        "next",
    ]


def test_a_traceback_without_end_takes_no_memory() -> None:
    folder = Folder()
    list(folder.add("Traceback (most recent call last):"))
    for number in range(20_000):
        assert not list(folder.add(f'  File "a.py", line {number}, in f'))
    (message,) = folder.end()
    assert message.lines == 20_001 and len(message.text) < 100


def test_test_output_folds() -> None:
    lines = [
        "tests/test_a.py::test_one PASSED [ 10%]",
        "tests/test_b.py::test_two PASSED [ 20%]",
        "tests/test_c.py::test_three PASSED [ 30%]",
        "FAILED tests/test_a.py::test_four - AssertionError: assert 3 == 4",
        "FAILED tests/test_b.py::test_five - AssertionError: assert 17 == 4",
        "FAILED tests/test_b.py::test_six - AssertionError: assert 1 == 9",
        "FAILED tests/test_b.py::test_six - KeyError: assert 1 == 9",
        "3 failed, 20 passed in 0.31s",
        "1 failed, 22 passed in 12.07s",
    ]
    abstraction = Abstraction()
    list(abstraction.read(lines))
    assert sorted(template.count for template in abstraction.templates()) == [1, 2, 3, 3]
