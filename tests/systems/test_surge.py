"""SURGE: items asked, graded by family as published and as we would, in one run each."""

import json
from pathlib import Path

import pytest

from trialrun.flow import evaluate
from trialrun.models.scripted import Scripted


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "surge" / "dataset"
    folder.mkdir(parents=True)

    def item(answer: str, prompt: str, **features: object) -> dict[str, object]:
        return {
            "question": "x",
            "gt": answer,
            "sys_0shot": prompt,
            "custom_category": 1,
            "custom_features": features,
        }

    files = {
        "ml": [item("DDDBA", "letters", language="Rust")],
        "sc": [item("[0, 1]", "zeros", fid="euler_1.py")],
        "tc": [item("[1, 2, 3]", "sorted", fid="merge_sort.py")],
        "bg": [item("Error: no such file", "bug")],
        "fl": [item('{"pass": true}', "proof")],
    }
    for name in ("ml", "cl", "rl", "sc", "tc", "bg", "dr", "fl"):
        (folder / f"{name}.json").write_text(json.dumps(files.get(name, [])))
    monkeypatch.setenv("TRIALRUN_SURGE", str(folder.parent))


ANSWERS = {
    "letters": "Output:\n```\nDDDBA\n```",
    "zeros": "Output: [1e-6, 1]",
    "sorted": "Output: [1, 3, 2]",
    "bug": "error: NO file",
    "proof": '```json\n{"pass": true}\n```',
}


def scores(tmp_path: Path, comparator: str) -> list[float | None]:
    model = Scripted(lambda request, _: ANSWERS[request.messages[-1].content])
    run = evaluate("surge", model=model, comparator=comparator, output=tmp_path / comparator)
    assert all(record.judgements[0].comparator.startswith("text: ") for record in run.records)
    return [record.judgements[0].score for record in run.records]


def test_published_rules_and_ours(checkout: None, tmp_path: Path) -> None:
    assert scores(tmp_path, "upstream") == [1.0, 0.0, 0.5, pytest.approx(0.75), 0.0]
    ours = scores(tmp_path, "strict")
    assert ours[0] == 1.0 and (ours[1] or 0) > 0.99 and ours[4] == 1.0
