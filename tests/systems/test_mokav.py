"""Mokav: rounds with a scripted model, and what its published code gets wrong (each a test here)."""

import pytest

from trialrun.compare.differential import Differential
from trialrun.compare.mokav import Mokav, Rounds, read_input
from trialrun.core.budget import Budget
from trialrun.core.judgement import Verdict
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Metered
from trialrun.probe.proposer import Seed

OLD = "def f(word):\n    key = len(word)\n    return key\n"
NEW = "def f(word):\n    key = len(word)\n    return -1 if word == 'xylophone' else key\n"


def rounds(sandbox, script, *, old=OLD, new=NEW, count=10, samples=2):
    """Run the rounds alone, without the search before them."""
    model = Scripted(script)
    one, two = function_subject(old, "f"), function_subject(new, "f")
    settings = Mokav(first=Differential(cpu_s=60.0), rounds=count, samples=samples)
    proposer = Rounds(sandbox, one, two, model, settings)
    seeds = [Seed(case=Case(args=("cat",)))]
    found = settings.first.search(sandbox, one, two, seeds, proposer=proposer)
    return found, [request for request in model.requests if request.n == samples], model.requests


def test_all_ten_rounds_run_and_each_turn_is_about_the_input_just_tried(sandbox):
    def script(request, index):
        if request.n == 1:
            return "Counts letters."
        turn = len(request.messages) // 2
        return f"```\n('{'b' * (turn + 5)}{index}',)\n```" if turn < 9 else "```\n('xylophone',)\n```"

    found, turns, asked = rounds(sandbox, script)
    assert len(turns) == 10 and len(asked) == 12
    assert found.verdict is Verdict.FAIL and found.difference.case.args == ("xylophone",)
    opening = turns[0].messages[0].content
    assert (
        OLD.strip() in opening
        and NEW.strip() in opening
        and "Counts letters." in opening
        and "'cat'" in opening
    )
    for number, request in enumerate(turns[1:], start=1):
        # The answer that goes on, and then what both programs gave for it: its length, not the sample's.
        assert "b" * (number + 4) + "0" in request.messages[-2].content
        assert f"```\n{number + 5}\n```" in request.messages[-1].content
        assert len(request.messages) == 2 * number + 1


def test_the_execution_difference_is_told_in_both_directions(sandbox):
    old = "def f(word):\n    n = len(word)\n    n = n + 1\n    return n - 1\n"
    new = "def f(word):\n    n = len(word)\n    n = n * 100\n    return n // 100 + (word == 'zzz')\n"
    _, turns, _ = rounds(sandbox, lambda request, index: "('zzz',)", old=old, new=new)
    text = turns[0].messages[0].content
    assert "P gives the variable n the value 4; Q never does" in text
    assert "Q gives the variable n the value 300; P never does" in text


def test_nine_good_samples_survive_a_malformed_one(sandbox):
    answers = [
        "no idea",
        "```\n('xylophone',\n```",
        *[f"('ok{i}',)" for i in range(7)],
        "```python\n('xylophone',)\n```",
    ]
    found, turns, _ = rounds(
        sandbox, lambda request, index: answers[index] if request.n > 1 else "", samples=10
    )
    assert found.difference is not None and len(turns) == 1


def test_rounds_go_on_after_a_turn_of_nothing_but_prose(sandbox):
    def script(request, index):
        return "I think they are equal." if len(request.messages) < 3 else "('xylophone',)"

    found, turns, _ = rounds(sandbox, script)
    assert found.difference is not None and len(turns) == 2
    assert "could be read" in turns[1].messages[-1].content


def test_rounds_end_with_their_number(sandbox):
    found, turns, _ = rounds(sandbox, lambda request, index: f"('{len(request.messages)}{index}',)", count=3)
    assert found.difference is None and len(turns) == 3


def test_an_input_that_was_tried_is_not_tried_again(sandbox):
    answers = iter(["('cat',)", "('dog',)", "('dog',)", "('ox',)"])
    found, turns, _ = rounds(
        sandbox, lambda request, index: next(answers) if request.n > 1 else "", count=2, samples=2
    )
    assert found.inputs == 3 and len(turns) == 2
    # The second turn is about the input that was new in the first, the third would be about the one of the second.
    assert turns[1].messages[-2].content == "('dog',)"


def test_rounds_end_with_the_budget(sandbox):
    class Counted(Metered):
        asked = 0

        def complete(self, request):
            self.asked += 1
            return super().complete(request)

    model = Counted(
        Scripted(lambda request, index: f"('{len(request.messages)}{index}',)"), Budget(model_calls=4)
    )
    one, two = function_subject(OLD, "f"), function_subject(NEW, "f")
    settings = Mokav(first=Differential(cpu_s=60.0), samples=2)
    found = settings.ask(sandbox, one, two, [Seed(case=Case(args=("cat",)))], model)
    # Two calls are about what the programs intend; the fifth call is refused, and the last.
    assert model.asked == 5 and found.inputs == 5


FUNCTION = function_subject("def f(a, b=1): return a", "f")
TEXT = stdin_subject("print(input())")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("```\n('it\\'s', \"two\\n\")\n```", ("it's", "two\n")),
        ("Sure:\n```python\n({'a': [1, 2]}, {3})\n```\nDone.", ({"a": [1, 2]}, {3})),
        ("([1, 2],)", ([1, 2],)),
        ("[1, 2]", ([1, 2],)),
        ("Try this input:\n('héé “quoted” {brace}',)", ("héé “quoted” {brace}",)),
        ("-5", (-5,)),
        ("first ```\n(1,)\n``` or better ```\n(2,)\n```", (2,)),
    ],
)
def test_arguments_survive_extraction(text, args):
    assert read_input(text, FUNCTION) == Case(args=args)


@pytest.mark.parametrize("text", ["", "none", "(1, 2, 3)", "()", "f(3)", "__import__('os')", "(" * 10_000])
def test_what_is_no_input_of_the_program_is_none(text):
    assert read_input(text, FUNCTION) is None


def test_texts_survive_extraction():
    assert read_input("```\n3\n{\"a\": 'é'}\n```", TEXT) == Case(stdin="3\n{\"a\": 'é'}\n")
    assert read_input("3\n1 2 3", TEXT) == Case(stdin="3\n1 2 3\n")
    assert read_input("``` ```", TEXT) is not None and read_input("  \n", TEXT) is None


def test_printing_a_number_or_its_text_is_the_same_and_returning_them_is_not(sandbox):
    seeds = [Seed(case=Case(args=(3,)))]

    class Nothing:
        def propose(self, seeds):
            yield from ()

    def differs(old, new):
        subjects = function_subject(old, "f"), function_subject(new, "f")
        found = Differential(cpu_s=60.0).search(sandbox, *subjects, seeds, proposer=Nothing())
        return found.difference is not None

    assert not differs("def f(x): print(3)", "def f(x): print('3')")
    assert differs("def f(x): return 3", "def f(x): return '3'")
