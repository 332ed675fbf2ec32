"""Where a sample comes from, as a tree: its program, what was asked for it, how it was judged, what it was made of.

    sample ──▶ program ──▶ requests and answers · public and hidden judgements · programs it names as parents ──▶ …

Read from a run directory: `history.jsonl` says what a method did, in order, `programs.jsonl` holds the programs,
`answers.sqlite` the texts. A request belongs to the first program that was checked, run or given after it, which is
how methods work and not something that anybody proved.

Everything in it was written by models and programs: it is bounded here (nodes, depth, texts) and made printable by
whoever shows it. A damaged file, or one of another making, gives less of a tree, never an error.

Leaves out: programs that led to no sample, cost in seconds, several runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from trialrun.core.errors import TrialrunError
from trialrun.core.judgement import Judgement
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.core.record import Record
from trialrun.models.answers import AnswerFile
from trialrun.store.history import History

ANSWERS = "answers.sqlite"
DEEPEST = 12
"""Generations that a tree shows."""
MOST_NODES = 60
MOST_CALLS = 20
"""Requests of one program that are shown; others are counted."""
MOST_JUDGEMENTS = 20
MOST_ANSWERS = 3
SHOWN = 400
"""Characters of a request, or of an answer."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what came back; texts are cut and hostile."""

    key: str
    asked: str
    """End of the last message, or of the prompt; empty where the file does not hold it."""
    answers: tuple[str, ...]
    prompt_tokens: int
    output_tokens: int


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One program."""

    program: str
    """Content id."""
    maker: str
    characters: int
    """Length of its files; −1 where it was not kept."""
    files: int
    calls: tuple[Call, ...]
    calls_left: int
    """Further requests that are not shown."""
    judgements: tuple[Judgement, ...]
    cases: int
    """Cases that the method ran it on."""
    parents: "tuple[Node, ...]"
    note: str = ""
    """What of it is not shown, and why."""


@dataclass(slots=True)
class _Facts:
    """What the history of a task says of each program."""

    calls: dict[str, list[str]] = field(default_factory=dict)
    judgements: dict[str, tuple[Judgement, ...]] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, tuple[int, int]] = field(default_factory=dict)


class Provenance:
    """The trees of one run. Use as a context manager: leaving closes the answers."""

    def __init__(
        self, directory: Path, programs: Mapping[str, Program], histories: Mapping[str, History]
    ) -> None:
        """Read answers from a run directory; one without any gives trees without texts."""
        self._programs, self._histories = programs, histories
        self._facts: dict[str, _Facts] = {}
        self._answers: AnswerFile | None = None
        try:
            self._answers = AnswerFile(directory / ANSWERS, create=False)
        except TrialrunError:
            pass

    def __enter__(self) -> "Provenance":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file of answers."""
        if self._answers is not None:
            self._answers.close()

    def tree(self, record: Record) -> Node:
        """Return the tree of one record's sample."""
        facts = self._facts.get(record.task_id)
        if facts is None:
            facts = self._facts[record.task_id] = _facts_of(self._histories.get(record.task_id))
        room = [MOST_NODES]
        return self._node(record.program, facts, room, (), record.judgements)

    def _node(
        self,
        program_id: str,
        facts: _Facts,
        room: list[int],
        below: tuple[str, ...],
        judgements: tuple[Judgement, ...] = (),
    ) -> Node:
        room[0] -= 1
        program = self._programs.get(program_id)
        keys = facts.calls.get(program_id, [])
        parents: list[Node] = []
        note = "" if program is not None else "not kept"
        for parent in () if program is None else program.parents:
            if parent in (program_id, *below):
                note = "names itself as what it was made of"
            elif room[0] <= 0 or len(below) >= DEEPEST:
                note = "more of what it was made of is not shown"
            else:
                parents.append(self._node(parent, facts, room, (*below, program_id)))
        return Node(
            program=program_id[:64],
            maker="" if program is None else program.maker,
            characters=-1 if program is None else sum(len(text) for _, text in program.files),
            files=0 if program is None else len(program.files),
            calls=tuple(self._call(key, facts) for key in keys[:MOST_CALLS]),
            calls_left=max(0, len(keys) - MOST_CALLS),
            judgements=(*facts.judgements.get(program_id, ()), *judgements)[:MOST_JUDGEMENTS],
            cases=facts.cases.get(program_id, 0),
            parents=tuple(parents),
            note=note,
        )

    def _call(self, key: str, facts: _Facts) -> Call:
        asked, answers = "", []
        try:
            request = self._answers.request(key) if self._answers is not None else None
            response = self._answers.get(key) if self._answers is not None else None
            if request is not None:
                text = request.prompt if request.prompt is not None else request.messages[-1].content
                asked = text if len(text) <= SHOWN else "…" + text[-SHOWN:]
            if response is not None:
                answers = [_cut(text) for text in response.texts[:MOST_ANSWERS]]
        except TrialrunError:
            pass  # a damaged row: the tree goes without its texts
        prompt, output = facts.tokens.get(key, (0, 0))
        return Call(
            key=key[:64], asked=asked, answers=tuple(answers), prompt_tokens=prompt, output_tokens=output
        )


def _facts_of(history: History | None) -> _Facts:
    facts = _Facts()
    pending: list[str] = []
    for step in history.steps if history is not None else ():
        if step.kind == "call":
            pending.append(step.request)
            facts.tokens[step.request] = (step.prompt_tokens, step.output_tokens)
            continue
        if step.program not in facts.calls:
            facts.calls[step.program], pending = pending, []
        if step.kind == "check":
            facts.judgements[step.program] = step.judgements
        elif step.kind == "run":
            facts.cases[step.program] = facts.cases.get(step.program, 0) + step.cases
    return facts


def has_history(node: Node) -> bool:
    """Say whether a tree shows more than one program and its hidden judgements."""
    return bool(node.calls or node.parents or node.cases) or any(
        found.visibility == "public" for found in node.judgements
    )


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


# -- as lines of text


def lines_of(node: Node) -> list[str]:
    """Return a tree as lines for a terminal, every hostile character escaped.

    A line begins with the branches of the tree; what hangs below a program comes in the order calls, judgements,
    what it was made of.
    """
    return [_headline(node), *_below(node, "")]


def _headline(node: Node) -> str:
    size = "not kept" if node.characters < 0 else f"{node.characters:,} characters"
    more = f" in {node.files} files" if node.files > 1 else ""
    cases = f", run on {node.cases:,} cases" if node.cases else ""
    maker = f" by {node.maker}" if node.maker else ""
    note = f" ({node.note})" if node.note and node.note != size else ""
    return printable(f"program {node.program}{maker}, {size}{more}{cases}{note}", 300)


def _below(node: Node, lead: str) -> Iterator[str]:
    parts: list[tuple[str, Sequence[str], Node | None]] = []
    for call in node.calls:
        texts = [f"asked: {call.asked}"] if call.asked else []
        texts += [f"answer: {text}" for text in call.answers]
        cost = f"{call.prompt_tokens:,} + {call.output_tokens:,} tokens"
        parts.append((f"request {call.key[:12]}, {cost}", texts, None))
    if node.calls_left:
        parts.append((f"{node.calls_left:,} more requests", (), None))
    for found in node.judgements:
        weak = ", weak" if found.strength == "weak" else ""
        why = [one.message or f"expected {one.expected}, got {one.got}" for one in found.evidence[:1]]
        told_of = (
            f"{found.visibility} {found.check}: {found.verdict} ({found.judge}, {found.cases:,} cases{weak})"
        )
        parts.append((told_of, why, None))
    parts += [("", (), parent) for parent in node.parents]
    for place, (head, told, parent) in enumerate(parts):
        last = place == len(parts) - 1
        branch, inner = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if parent is not None:
            yield f"{lead}{branch}made of {_headline(parent)}"
            yield from _below(parent, lead + inner)
            continue
        yield f"{lead}{branch}{printable(head, 300)}"
        yield from (f"{lead}{inner}{printable(text, SHOWN + 20)}" for text in told)
