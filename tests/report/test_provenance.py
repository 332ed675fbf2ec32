"""Where a sample comes from: calls, judgements and parents as a tree, bounded, hostile text escaped."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trialrun import evaluate
from trialrun.cli import execute
from trialrun.core.context import Context
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Evidence, Judgement, Strength, Verdict, Visibility
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.core.task import Case, PublicTask
from trialrun.lang.answer import program_from
from trialrun.models.prompt import chat
from trialrun.models.protocol import Request
from trialrun.models.scripted import Scripted
from trialrun.report import html
from trialrun.report.document import read_document
from trialrun.report.provenance import DEEPEST, MOST_NODES, Provenance, has_history, lines_of
from trialrun.store.history import MOST_STEPS, History, HistoryFile, Notes, Step, read_history
from trialrun.store.programs import read_programs

HOSTILE = "\x1b[2J\u202e</script><script>window.owned=1</script>"
ROW = {
    "id": "Own/1",
    "entry": "double",
    "statement": "Write double(x): twice x.",
    "public_tests": "assert double(2) == 4\n",
    "tests": "assert double(21) == 42\n",
}


@method(title="Mends once")
@dataclass(frozen=True, slots=True, kw_only=True)
class Mends(Generator):
    """Ask, check, ask again and make the second program of the first."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        plan = Program.from_source(f"plan = {HOSTILE!r}\n", maker="plan")
        ctx.keep(plan)
        programs: list[Program] = []
        for turn in range(2):
            request = Request(messages=chat(task, f"Turn {turn} {HOSTILE}"), seed=ctx.seed + turn)
            for text in ctx.model.complete(request).texts:
                made = program_from(text, task, maker=self.declared.id)
                parents = (programs[-1].id if programs else plan.id,)
                made = Program(files=made.files, entry=made.entry, maker=made.maker, parents=parents)
                ctx.runner.check(made)
                programs.append(made)
        ctx.runner.run(programs[-1], [Case(args=(1,)), Case(args=(2,))])
        yield programs[-1]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "own.jsonl").write_text(json.dumps(ROW) + "\n")
    wrong = f"```python\ndef double(x):\n    return {HOSTILE!r}\n```"
    right = "```python\ndef double(x):\n    return x + x\n```"
    model = Scripted([wrong, right])
    evaluate(str(tmp_path / "own.jsonl"), method=Mends(), model=model, output=tmp_path / "run")
    return tmp_path / "run"


def tree_of(directory: Path) -> Any:
    _, records = __import__("trialrun.store.run_dir", fromlist=["_"]).read_run(directory)
    (record,) = records.values()
    with Provenance(directory, read_programs(directory), read_history(directory)) as provenance:
        return provenance.tree(record)


def test_a_tree_has_calls_judgements_and_parents(run: Path) -> None:
    root = tree_of(run)
    assert root.cases == 2 and [call.asked.startswith("Turn 1") for call in root.calls] == [True]
    assert "x + x" in root.calls[0].answers[0] and root.calls[0].output_tokens > 0
    assert [(str(one.visibility), str(one.verdict)) for one in root.judgements] == [
        ("public", "pass"),
        ("hidden", "pass"),
    ]
    (first,) = root.parents
    assert [str(one.verdict) for one in first.judgements] == ["fail"] and len(first.calls) == 1
    (plan,) = first.parents
    assert plan.maker == "plan" and not plan.calls and not plan.parents and plan.characters > 0


def test_the_terminal_shows_it_and_no_escape_gets_through(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["show", str(run), "Own/1-0"]) == 0
    shown = capsys.readouterr().out
    assert "Own/1 sample 0: passed" in shown and shown.count("made of program") == 2
    assert "public public_tests: fail" in shown and "run on 2 cases" in shown
    assert "\x1b" not in shown and "\u202e" not in shown and "\\x1b[2J" in shown
    assert execute(["show", str(run), "Own/1", "--source"]) == 0
    assert "return x + x" in capsys.readouterr().out
    assert execute(["show", str(run), "Own/1-0", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tree"]["parents"][0]["parents"][0]["maker"] == "plan"
    assert execute(["show", str(run), "Own/2-0"]) == 2


def test_the_page_holds_it_as_data_and_nothing_else(run: Path) -> None:
    document = read_document(run)
    (origin,) = document.origins
    assert origin.candidate == 0 and origin.tree == tree_of(run)
    page = html.render(document)
    assert "<script>window.owned" not in page and page.count("</script>") == html.asset("page.html").count(
        "</script>"
    )
    assert not read_document(run, source=False).origins


def test_a_run_without_history_has_programs_alone(run: Path) -> None:
    for name in ("history.jsonl", "answers.sqlite"):
        (run / name).unlink()
    root = tree_of(run)
    assert not root.calls and len(root.judgements) == 1 and root.parents[0].parents
    assert has_history(root) and read_document(run).origins
    (run / "programs.jsonl").unlink()
    assert tree_of(run).note == "not kept" and not has_history(tree_of(run))


@pytest.mark.parametrize("damage", [b"", b"\0\xff\n{}\n", b'{"task_id": 3}\n', b"[" * 100_000 + b"\n"])
def test_damaged_files_give_less_of_a_tree_and_no_error(run: Path, damage: bytes) -> None:
    (run / "history.jsonl").write_bytes(damage)
    (run / "answers.sqlite").write_bytes(damage)
    assert tree_of(run).parents and not tree_of(run).calls
    assert html.render(read_document(run))


def record_of(program: str) -> Record:
    judgement = Judgement(
        check="t",
        verdict=Verdict.FAIL,
        outcome=Outcome.RETURNED,
        strength=Strength.WEAK,
        visibility=Visibility.HIDDEN,
        judge="j",
        cases=1,
        evidence=(Evidence(case=0, outcome=Outcome.RETURNED, message=HOSTILE),),
    )
    return Record(
        key="k",
        task_id="T",
        sample=0,
        program=program,
        verdict=Verdict.FAIL,
        outcome=Outcome.RETURNED,
        weak=True,
        unscored=None,
        judgements=(judgement,),
        cpu_s=0,
        wall_s=0,
        tier="",
        version="",
    )


def counted(node: Any) -> tuple[int, int]:
    """Return how many nodes a tree has, and how deep it is."""
    below = [counted(parent) for parent in node.parents]
    return 1 + sum(count for count, _ in below), 1 + max((depth for _, depth in below), default=0)


@pytest.mark.fast
def test_trees_are_bounded(tmp_path: Path) -> None:
    def program(number: int, parents: tuple[str, ...]) -> Program:
        return Program(files=(("a.py", str(number)),), parents=parents, maker=HOSTILE)

    wide = [program(number, ()) for number in range(1000)]
    chain = [program(5000, ())]
    for number in range(5001, 5100):
        chain.append(program(number, (chain[-1].id,)))
    for parents in (tuple(one.id for one in wide), (chain[-1].id,)):
        root = program(9000, parents)
        programs = {one.id: one for one in (*wide, *chain, root)}
        steps = tuple(Step(kind="call", request="r" * 64) for _ in range(500))
        history = History(task_id="T", steps=(*steps, Step(kind="sample", program=root.id)))
        with Provenance(tmp_path, programs, {"T": history}) as provenance:
            tree = provenance.tree(record_of(root.id))
        nodes, depth = counted(tree)
        assert nodes <= MOST_NODES and depth <= DEEPEST + 1 and tree.calls_left == 480
        text = "\n".join(lines_of(tree))
        assert "\x1b" not in text and len(text) < 100_000 and "more of what it was made of" in str(tree)


@pytest.mark.fast
def test_a_program_that_names_itself_ends_the_tree(tmp_path: Path) -> None:
    one = Program(files=(("a.py", "1"),), parents=("x",))
    programs = {one.id: one, "x": Program(files=(("a.py", "2"),), parents=("x", one.id))}
    with Provenance(tmp_path, programs, {}) as provenance:
        tree = provenance.tree(record_of(one.id))
    assert counted(tree)[0] == 2 and "names itself" in tree.parents[0].note


# -- the file


@pytest.mark.fast
def test_a_torn_line_is_cut_off_and_the_last_of_two_counts(tmp_path: Path) -> None:
    with HistoryFile(tmp_path) as file:
        file.append(History(task_id="A", steps=()))
        file.append(History(task_id="A", steps=(Step(kind="call", request="k"),)))
    path = tmp_path / "history.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"task_id": "B"')
    with HistoryFile(tmp_path) as file:
        file.append(History(task_id="C", steps=()))
    assert path.read_bytes().startswith(whole) and list(read_history(tmp_path)) == ["A", "C"]
    assert read_history(tmp_path)["A"].steps[0].request == "k" and read_history(tmp_path / "none") == {}


@pytest.mark.fast
def test_notes_are_bounded_and_keep_what_samples_are_made_of() -> None:
    notes = Notes()
    first = Program.from_source("1")
    second = Program(files=(("a.py", "2"),), parents=(first.id, "unknown"))
    third = Program(files=(("a.py", "3"),), parents=(second.id,))
    for program in (first, second, Program.from_source("other")):
        notes.remember(program)
    assert {one.id for one in notes.ancestors([third])} == {first.id, second.id}
    for _ in range(MOST_STEPS + 5):
        notes.add(Step(kind="call", request="k"))
    notes.cost("k", 3, 4)
    found = notes.history("T")
    assert len(found.steps) == MOST_STEPS and found.dropped == 5 and found.steps[0].output_tokens == 4


def test_a_browser_shows_the_tree_and_runs_nothing_of_it(run: Path, browser: Any) -> None:
    page = html.write(run)
    browser.open("about:blank")
    browser.open(f"{page.as_uri()}#{html.fragment('Own/1', 0)}")
    browser.wait("document.querySelector('.origin') !== null")
    browser.value("document.querySelectorAll('details').forEach(one => { one.open = true })")
    shown = browser.text(".origin")
    assert shown.count("made of program") == 2 and "public_tests" in shown and "run on 2 cases" in shown
    assert "\\x1b[2J\\u202e</script><script>window.owned=1</script>" in shown
    assert browser.value("window.owned") is None and browser.complaints() == []
    assert browser.value("document.querySelectorAll('.tree li.node').length") == 3
