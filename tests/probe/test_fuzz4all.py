"""Fuzz4All's loop, driven by a scripted model and by answers of the test's own: nothing is run here."""

import dataclasses
import itertools

import msgspec
import pytest

from trialrun.core.errors import UsageError
from trialrun.lang.grammar import Grammar
from trialrun.lang.trees import parse_python
from trialrun.models.scripted import Scripted, asked_text
from trialrun.probe.engine import Prompt, Strategy, Target
from trialrun.probe.fuzz4all import Answer, Fuzz4All, Reaction, Round
from trialrun.probe.grammar_engine import GrammarEngine
from trialrun.probe.model_engine import ModelEngine
from trialrun.probe.splice import Splice

pytestmark = pytest.mark.fast

TARGET = Target(name="Python", language="python", trigger="Write one Python program:", begin="import json")
SAFE, INVALID, TIMEOUT = (
    Answer(reaction) for reaction in (Reaction.SAFE, Reaction.INVALID, Reaction.TIMEOUT)
)
DOCUMENTATION = "The documentation of json: dumps, loads."


def counting():
    """Return a model that distils into a numbered summary and writes a new program for every sample."""
    numbers = itertools.count()

    def script(request, index):
        if "Summarise" in asked_text(request):
            return f"summary {'greedy' if request.temperature == 0 else next(numbers)}"
        return f"import json\nx = {next(numbers)}\n"

    return Scripted(script)


def model_engine(model, **how):
    return ModelEngine(model=model, target=TARGET, chat=False, **how)


def drive(proposals, answer, most=1000):
    """Answer every program by `answer(batch, text)`; return the rounds."""
    rounds = []
    try:
        batch = next(proposals)
        while len(rounds) < most:
            rounds.append(Round(batch, tuple(answer(batch, text) for text in batch.texts)))
            batch = proposals.send(rounds[-1].answers)
    except StopIteration:
        pass
    return rounds


def safe(batch, text):
    return SAFE


def test_autoprompting_asks_once_greedily_and_three_times_by_chance():
    model = counting()
    rounds = drive(Fuzz4All(most=150).propose(model_engine(model), TARGET, DOCUMENTATION), safe)
    asked = [request for request in model.requests if "Summarise" in asked_text(request)]
    assert [request.temperature for request in asked] == [0.0, 1.0, 1.0, 1.0]
    assert all(DOCUMENTATION in asked_text(request) and request.max_tokens == 500 for request in asked)
    assert [round_.batch.scoring for round_ in rounds] == [True] * 4 + [False]
    written = [request for request in model.requests if "Summarise" not in asked_text(request)]
    assert all(request.n == 30 and request.temperature == 1.0 for request in written)
    assert all(request.max_tokens == 1024 for request in written)
    assert all(len(round_.batch.texts) == 30 for round_ in rounds), "one sample for each that was asked"


def test_the_prompt_with_most_valid_distinct_programs_is_kept():
    def answer(batch, text):  # of the third prompt twenty are accepted, of the others ten
        allowed = 20 if batch.number == 2 else 10
        return SAFE if batch.texts.index(text) < allowed else INVALID

    rounds = drive(Fuzz4All(most=150).propose(model_engine(counting()), TARGET, DOCUMENTATION), answer)
    assert rounds[4].batch.prompt.distilled == rounds[2].batch.prompt.distilled


def test_duplicates_and_unwanted_programs_do_not_count_for_a_prompt():
    """Comments and blank lines make no new program, and the content filter is asked."""

    def script(request, index):
        text = asked_text(request)
        if "Summarise" in text:
            return "greedy" if request.temperature == 0 else "sampled"
        if "greedy" in text:  # thirty programs that are one
            return f"import json\n\nx = 1  # {index}\n"
        return f"import json\nx = {index}\n" if index < 2 else f"import json\ny = {index}\n"

    target = dataclasses.replace(TARGET, needs="x =")
    engine = ModelEngine(model=Scripted(script), target=target, chat=False)
    rounds = drive(Fuzz4All(most=150).propose(engine, target, DOCUMENTATION), safe)
    assert [len(round_.batch.texts) for round_ in rounds[:2]] == [1, 30]
    assert [round_.batch.generated for round_ in rounds[:2]] == [30, 30]
    assert rounds[4].batch.prompt.distilled == "sampled", "two that pass the filter against one"


def test_a_scripted_model_drives_all_four_strategies():
    model = counting()
    method = Fuzz4All(most=1500, strategies=tuple(Strategy))
    rounds = drive(method.propose(model_engine(model), TARGET, DOCUMENTATION), safe)
    loop = rounds[4:]
    assert {round_.batch.prompt.strategy for round_ in loop} == set(Strategy)
    prompts = [asked_text(request) for request in model.requests if "Summarise" not in asked_text(request)][
        4:
    ]
    for before, round_, prompt in zip(loop, loop[1:], prompts[1:], strict=False):
        example, strategy = before.batch.texts[-1].strip(), round_.batch.prompt.strategy
        assert example in prompt, "the last safe program of the batch before is the example"
        assert TARGET.sentence(strategy) in prompt
        assert prompt.rstrip().endswith(TARGET.begin)
    combined = [
        place for place, round_ in enumerate(loop) if round_.batch.prompt.strategy is Strategy.COMBINE
    ]
    for place in combined:
        assert all(loop[place - back].batch.texts[-1].strip() in prompts[place] for back in (1, 2))


def test_the_published_default_leaves_combining_out():
    assert Fuzz4All().strategies == (Strategy.NEW, Strategy.MUTATE, Strategy.EQUIVALENT)
    assert (Fuzz4All().batch, Fuzz4All().most) == (30, 100_000)


def test_combining_without_a_previous_example_is_a_new_program():
    method = Fuzz4All(most=300, strategies=(Strategy.COMBINE,))
    rounds = drive(method.propose(model_engine(counting()), TARGET), safe)
    assert [round_.batch.prompt.strategy for round_ in rounds[4:8]] == [0, 0, 3, 3]


def test_where_nothing_was_safe_the_prompt_stays():
    model = counting()
    method = Fuzz4All(most=400, strategies=(Strategy.MUTATE,))
    rounds = drive(
        method.propose(model_engine(model), TARGET),
        lambda batch, text: SAFE if batch.number == 4 else TIMEOUT,
    )
    prompts = [asked_text(request) for request in model.requests if "Summarise" not in asked_text(request)][
        4:
    ]
    assert TARGET.sentence(Strategy.MUTATE) not in prompts[0]
    assert TARGET.sentence(Strategy.MUTATE) in prompts[1]
    assert len(set(prompts[1:])) == 1 and len(prompts) == len(rounds) - 4


def test_programs_that_behave_in_a_new_way_are_preferred_as_examples():
    model = counting()

    def answer(batch, text):
        return Answer(Reaction.SAFE, novel=batch.texts.index(text) == 7)

    rounds = drive(Fuzz4All(most=180).propose(model_engine(model), TARGET), answer)
    assert rounds[4].batch.texts[7].strip() in asked_text(model.requests[-1])


def test_engines_are_shown_what_behaved_in_a_new_way_before_the_last_two_examples():
    shown = []

    class Seen(ModelEngine):
        def generate(self, prompt, examples, n, seed):
            shown.append(tuple(examples))
            return super().generate(prompt, examples, n, seed)

    engine = Seen(model=counting(), target=TARGET, chat=False)
    rounds = drive(
        Fuzz4All(most=270).propose(engine, TARGET),
        lambda batch, text: Answer(
            Reaction.SAFE, novel=batch.number < 6 and batch.texts.index(text) in (3, 9)
        ),
    )
    new = [rounds[number].batch.texts[place] for number in (4, 5) for place in (3, 9)]
    last = [rounds[5].batch.texts[9], rounds[6].batch.texts[-1]]
    assert shown[7] == (*new, *last)


ENGINES = {
    "model": lambda: model_engine(
        Scripted(
            lambda request, index: "a summary" if "Summarise" in asked_text(request) else f"x = {request.seed + index}"
        )
    ),
    "splice": lambda: Splice(("import json\nx = [1, 2, y]\nx + 3\n", "def f(a):\n    return a * 2\n"), parse_python),
    "grammar": lambda: GrammarEngine(Grammar('start = value ; value = "[" value* "]" | [0-9]+ | "x" ;')),
}  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("cut", [0, 2, 4, 9])
def test_resuming_gives_the_same_sequence(name, cut):
    """Every engine, interrupted while prompts are scored and later, after a trip through JSON."""

    def answer(batch, text):
        kinds = (Reaction.SAFE, Reaction.SAFE, Reaction.INVALID, Reaction.BUG)
        return Answer(kinds[len(text) % 4], error=text[:1], novel=len(text) % 3 == 0)

    method = Fuzz4All(most=600, batch=20, strategies=tuple(Strategy), seed=5)
    whole = drive(method.propose(ENGINES[name](), TARGET, DOCUMENTATION), answer)
    kept = [msgspec.json.decode(msgspec.json.encode(round_), type=Round) for round_ in whole[:cut]]
    resumed = drive(method.propose(ENGINES[name](), TARGET, DOCUMENTATION, kept), answer)
    assert len(whole) > 10 and kept + resumed == whole
    other = drive(
        Fuzz4All(most=600, batch=20, seed=6).propose(ENGINES[name](), TARGET, DOCUMENTATION), answer
    )
    assert [round_.batch.texts for round_ in other] != [round_.batch.texts for round_ in whole]


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_does_autoprompting(name):
    rounds = drive(Fuzz4All(most=200).propose(ENGINES[name](), TARGET, DOCUMENTATION), safe)
    assert [round_.batch.scoring for round_ in rounds[:5]] == [True] * 4 + [False]
    assert all(round_.batch.generated == 30 for round_ in rounds)


def test_a_model_without_budget_ends_the_run():
    class Poor(Scripted):
        def complete(self, request):
            return msgspec.structs.replace(super().complete(request), samples=())

    assert drive(Fuzz4All().propose(model_engine(Poor(["x"] * 40)), TARGET), safe) == []


def test_an_engine_with_nothing_new_ends_the_run():
    model = Scripted(lambda request, index: "x = 1")
    rounds = drive(Fuzz4All(stall=3).propose(model_engine(model), TARGET), safe)
    assert [len(round_.batch.texts) for round_ in rounds[4:]] == [1, 0, 0, 0]


def test_a_batch_of_duplicates_does_not_hold_on_to_its_strategy():
    """Of an example there may be few equivalent programs; when all are written, another strategy is drawn."""
    numbers = itertools.count()

    def script(request, index):
        again = TARGET.sentence(Strategy.EQUIVALENT) in asked_text(request)
        return "x = 1" if again else f"x = {next(numbers)}"

    rounds = drive(Fuzz4All(most=1200).propose(model_engine(Scripted(script)), TARGET), safe)
    repeated = [place for place, round_ in enumerate(rounds) if not round_.batch.texts]
    assert repeated and len({round_.batch.prompt.strategy for round_ in rounds[repeated[0] :]}) == 3


def test_no_program_goes_past_a_stop_word():
    c = Target(name="C", language="c", trigger="Write one C program:", begin="#include <stdlib.h>")
    for stop in (c.trigger, *filter(None, c.sentences), "/*"):
        assert c.clean(f"int x;\n{stop}\nint y;\n") == "int x;\n"
    assert TARGET.clean("x = 1\n# Write one Python program:\nimport json\n") == "x = 1\n"
    assert TARGET.clean("\n\n  \n") == ""


def test_a_chat_model_answers_with_a_block_and_the_first_line_is_there_once():
    model = Scripted(lambda request, index: "Sure!\n```python\nimport json\nx = 1\n```\nThat is it.")
    engine = ModelEngine(model=model, target=TARGET)
    assert engine.generate(Prompt("summary"), (), 2, 0) == ["import json\nx = 1\n"] * 2
    bare = ModelEngine(model=Scripted(["x = 1\n"]), target=TARGET, chat=False)
    assert bare.generate(Prompt("summary"), (), 1, 0) == ["import json\nx = 1\n"]


def test_a_stronger_model_may_distil():
    strong, weak = Scripted(["a summary"]), Scripted(["x"])
    engine = model_engine(weak, distiller=strong)
    assert engine.distil(DOCUMENTATION, 0, 0) == "a summary" and not weak.requests


def test_a_grammar_that_cannot_be_used_is_refused():
    for text, part in (
        ("", "at least one rule"),
        ("a = b ;", "no rule 'b'"),
        ('a = a "x" | "y" ;', "left-recursive"),
        ('a = "x" a ;', "never comes to an end"),
        ('a = "x" ', "expected"),
    ):
        with pytest.raises(UsageError, match=part):
            Grammar(text)
