"""`compare`: two Python files, or a function of each, and an input on which they differ.

    compare("old.py:median", "new.py:median")     # one function
    compare("old.py", "new.py")                   # every function that both define, or two programs that read stdin

Files are read, never imported: all of them runs in the sandbox. What a file by itself means is seen from its source:
one that reads its standard input and is no collection of functions is a whole program.

Leaves out: git (`revisions.py`), how results are shown (`report/`).
"""

import ast
import contextlib
import dataclasses
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trialrun.compare import crosshair
from trialrun.compare.afterwards import explained, finding_of
from trialrun.compare.difference import Compared, Comparison
from trialrun.compare.differential import Differential
from trialrun.compare.stages import Stages
from trialrun.core.errors import UsageError, nearest
from trialrun.core.task import Case
from trialrun.core.text_files import read_text
from trialrun.lang import emit_test
from trialrun.lang.drivers import function_subject, functions_of, stdin_subject
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Definition, definition_of
from trialrun.lang.subject import Form, Subject
from trialrun.probe.examples import examples_of
from trialrun.probe.proposer import Origin, Seed
from trialrun.run.environments import interpreter_for, present_version
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.tasks.cases import read_cases

_TARGET = re.compile(r"(?P<path>.+?\.py)(?::(?P<name>[^\W\d][\w.]*))?")
_READS = re.compile(r"\b(?:input\s*\(|sys\.stdin|stdin\b|open\(0|os\.read\(0)")


@dataclass(frozen=True, slots=True)
class Target:
    """`file.py` or `file.py:function`, as it was written."""

    path: Path
    name: str | None

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read a target. Raises `UsageError` for what is none."""
        match = _TARGET.fullmatch(text)
        if match is None:
            raise UsageError(f"{text!r} is neither file.py nor file.py:function")
        return cls(Path(match["path"]), match["name"])

    def source(self) -> str:
        """Return the file's text. Raises `UsageError` where it cannot be read."""
        return read_text(self.path)


@dataclass(frozen=True, slots=True)
class Question:
    """Two subjects that should behave the same."""

    name: str
    old: Subject
    new: Subject
    line: int
    """Line of the new one in its file."""


def questions(old: Target, new: Target) -> list[Question]:
    """Return what two targets ask to compare. Raises `UsageError` where they have nothing in common."""
    before, after = old.source(), new.source()
    if old.name or new.name:
        one, two = old.name or new.name or "", new.name or old.name or ""
        return [_functions(old, new, before, after, one, two)]
    if _is_program(before) and _is_program(after):
        return [
            Question(
                new.path.name, stdin_subject(before, str(old.path)), stdin_subject(after, str(new.path)), 1
            )
        ]
    there = functions_of(before)
    common = [name for name in functions_of(after) if name in there]
    if not common:
        for target, source in ((old, before), (new, after)):
            if isinstance(tree := parse(source), Unparseable):
                raise UsageError(f"{target.path} is no Python that can be read: {tree.reason}")
        raise UsageError(
            f"{old.path} and {new.path} have no function in common, and are not both programs that read stdin"
        )
    return [_functions(old, new, before, after, name, name) for name in common]


def _functions(old: Target, new: Target, before: str, after: str, one: str, two: str) -> Question:
    return Question(
        two,
        function_subject(before, one, f"{old.path}:{one}"),
        function_subject(after, two, f"{new.path}:{two}"),
        _line_of(after, two),
    )


def _is_program(source: str) -> bool:
    """Say whether a file is a program for stdin: it reads it, and does something when it is run."""
    if not _READS.search(source):
        return False
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return True
    inert = ast.Import | ast.ImportFrom | Definition
    return any(not isinstance(node, inert) and not _is_docstring(node) for node in tree.body)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _line_of(source: str, qualname: str) -> int:
    tree = parse(source)
    node = None if isinstance(tree, Unparseable) else definition_of(tree, qualname)
    return 1 if node is None else node.lineno


def seeds_from(samples: Sequence[Path], form: Form) -> list[Seed]:
    """Return the seeds of sample files: JSON lines of cases, or for a whole program a text that it reads.

    Raises `UsageError` for cases of the wrong kind.
    """
    seeds: list[Seed] = []
    for path in samples:
        if form is Form.STDIN and path.suffix not in (".jsonl", ".json"):
            seeds.append(Seed(case=Case(stdin=read_text(path, source=False)), origin=Origin.EXAMPLE))
            continue
        for case in read_cases(path):
            if (case.stdin is not None) != (form is Form.STDIN):
                wanted = '{"stdin": …}' if form is Form.STDIN else '{"args": […]}'
                raise UsageError(f"{path} holds cases of another kind; these programs take {wanted}")
            seeds.append(Seed(case=case, origin=Origin.EXAMPLE))
    return seeds


def compare(
    old: str | Path,
    new: str | Path,
    *,
    samples: Sequence[Path] = (),
    accepted: Sequence[str] = (),
    assume: str | None = None,
    python: str | None = None,
    stages: Stages | None = None,
) -> Comparison:
    """Compare one function of two files, or two whole programs; return the smallest difference found, or none.

    `samples` are files of example inputs, `accepted` other programs that are right, `assume` names a predicate
    (`file.py:function`) that inputs have to meet.
    Raises `UsageError` where there is nothing, or more than one thing, to compare.
    """
    asked = questions(Target.parse(str(old)), Target.parse(str(new)))
    if len(asked) > 1:
        names = ", ".join(question.name for question in asked)
        raise UsageError(f"{old} and {new} have {len(asked)} functions in common ({names}): name one")
    results = compare_all(
        asked, samples=samples, accepted=accepted, assume=assume, python=python, stages=stages
    )
    with contextlib.closing(results):
        return next(results).comparison


def compare_all(
    asked: Sequence[Question],
    *,
    samples: Sequence[Path] = (),
    accepted: Sequence[str] = (),
    assume: str | None = None,
    python: str | None = None,
    stages: Stages | None = None,
) -> Generator[Compared, None, None]:
    """Yield one comparison after the other; the CPU budget is for all of them, what one leaves the next may use."""
    stages = stages or Stages()
    assumed = predicate(assume)
    left = stages.first.cpu_s
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        for place, question in enumerate(asked):
            share = left / (len(asked) - place)
            right = tuple(_accepted(Target.parse(text), question) for text in accepted)
            first = dataclasses.replace(stages.first, cpu_s=share, accepted=right)
            now = dataclasses.replace(stages, first=first)
            seeds = seeds_from(samples, question.old.form)
            for subject in (question.old, question.new):
                if subject.signature is not None:
                    seeds += examples_of(subject.signature, subject.source)
            pair = question.old, question.new
            found = now.search(sandbox, *pair, seeds, assume=assumed)
            left = max(0.0, left - found.cpu_s)
            yield Compared(
                name=question.name,
                file=question.new.name.partition(":")[0],
                line=question.line,
                comparison=explained(found, (sandbox, sandbox), pair, now.first),
            )


def _accepted(target: Target, question: Question) -> Subject:
    """Return another right program, of the kind that is asked about."""
    source = target.source()
    if question.old.form is Form.STDIN:
        return stdin_subject(source, str(target.path))
    name = target.name or question.name
    return function_subject(source, name, f"{target.path}:{name}")


def symbolic_sandbox(tell: Callable[[str], None]) -> Sandbox:
    """Open a sandbox of an environment with CrossHair, made in the cache where it is missing."""
    python = interpreter_for(crosshair.REQUIREMENTS, present_version(), named=None, tell=tell)
    return Sandbox(Isolation(python=python))


def finding(
    question: Question, compared: Compared, settings: Differential, *, python: str | None = None
) -> emit_test.Finding | None:
    """Return a difference as something that a test can be made of; the test's file is still to be named.

    None where the old program does otherwise when clock and chance are free.
    """
    difference = compared.comparison.difference
    assert difference is not None
    target = emit_test.Target(
        qualname=compared.name if question.new.form is Form.CALL else "",
        source=question.old.source,
        signature=question.new.signature,
    )
    with Sandbox(Isolation(python=find_interpreter(python))) as sandbox:
        return finding_of(difference, target, sandbox, question.old, settings, name=question.name)


def predicate(assume: str | None) -> Subject | None:
    """Return the predicate that `--assume` names. Raises `UsageError` where it names none."""
    if assume is None:
        return None
    target = Target.parse(assume)
    source = target.source()
    if target.name is None:
        raise UsageError(f"--assume takes file.py:function{nearest('', functions_of(source))}")
    return function_subject(source, target.name, assume)
