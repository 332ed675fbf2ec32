"""VALB: variables kept by category; groups of lines on the sets at hand; the audited lines."""

import pytest
from bench.logs import SETS, categories, labelled, ours, written

from trialrun.tasks.datafiles import candidates


@pytest.mark.data
def test_grouping_accuracy_on_the_corrected_sets() -> None:
    directory = next((path for path in candidates(SETS) if path.is_dir()), None)
    if directory is None:
        pytest.skip("loghub2k is not on this machine")
    scores = {system: ours(*one) for system, one in labelled(directory).items()}
    assert len(scores) == 4
    assert min(score.grouping for score in scores.values()) > 0.95
    assert sum(score.parsing for score in scores.values()) / 4 > 0.8


@pytest.mark.fast
def test_the_audited_set_is_what_it_says() -> None:
    lines = written()
    assert sum(len(spans) for _, spans in lines) >= 300
    assert len({category for _, spans in lines for _, _, category in spans}) == 10
    assert all("{" not in text and "|" not in text for text, _ in lines)


@pytest.mark.fast
def test_categories_of_known_variables() -> None:
    held_out, looked_at = categories(1), categories(0)
    assert held_out["words"] + looked_at["words"] >= 500
    assert held_out["given_the_variables_macro_f1"] > 0.8
    assert looked_at["given_the_variables_macro_f1"] > 0.9
