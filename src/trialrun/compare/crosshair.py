"""CrossHair as a proposer: symbolic execution of both programs, for inputs that no sampling meets.

`crosshair diffbehavior` runs inside the sandbox, in an environment that holds it and nothing else, on wrappers that
have the old program's annotations, or, where it has none, the types of the seeds. What it reports is an input to try,
like any other; only a difference seen when the programs really run on it counts, since CrossHair takes some operations
on floats for exact and its own word for granted.

Leaves out: whole programs, methods, coroutines and functions of packages; types that have no literals. Source: the
guide to `diffbehavior` in CrossHair's documentation, and its issues 455 and 491 for what has to be replayed.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.literal_calls import expression, read_arguments
from trialrun.lang.signatures import Binding
from trialrun.lang.subject import Form, Subject
from trialrun.probe.proposer import Batches, Origin, Seed
from trialrun.run.sandbox import Sandbox
from trialrun.run.whole import run_program

REQUIREMENTS = ("crosshair-tool==0.0.112", "z3-solver==5.4.0.0")
"""What its environment holds (`run/environments.py`); the newest wheels that this was tried with."""
_WRAPPER = "trialrun_target"
_SCRIPT = """
import os, sys
sys.path.insert(0, os.getcwd())
from crosshair.main import main
wanted = "{wrapper}"
sys.exit(main(["diffbehavior", "old_program." + wanted, "new_program." + wanted,
               "--per_condition_timeout", "{seconds}"]))
"""
_GIVEN = re.compile(r"^Given: \((.*?)\),?$", re.MULTILINE | re.DOTALL)
_ATOMS = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes", type(None): "None"}


@dataclass(slots=True)
class CrossHair:
    """Proposes the inputs on which CrossHair says that two functions differ."""

    sandbox: Sandbox
    """Of an interpreter with `REQUIREMENTS`."""
    old: Subject
    new: Subject
    seconds: float = 10.0
    """CPU seconds that it may think."""
    cpu_s: float = 0.0
    """CPU seconds that it took."""
    said: str = ""
    """Why it had nothing to say, where it had not; hostile text."""

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield one batch, or nothing."""
        annotations = _written(self.old) or annotations_of([seed.case.args for seed in seeds])
        if annotations is None or not (_is_plain(self.old) and _is_plain(self.new)):
            self.said = "these programs are not plain functions of values that have types"
            return
        limits = Limits(cpu_s=self.seconds + 5.0, memory_mb=4096)
        script = _SCRIPT.format(wrapper=_WRAPPER, seconds=self.seconds)
        files = [
            (f"{name}_program.py", _wrapped(subject, annotations).encode())
            for name, subject in (("old", self.old), ("new", self.new))
        ]
        execution = run_program(self.sandbox, Program.from_source(script), limits, files=files)
        self.cpu_s += execution.cpu_s
        cases = [
            case
            for text in _GIVEN.findall(execution.stdout.decode("utf-8", "replace"))
            if (case := _read(text)) is not None
        ]
        if not cases:
            self.said = "" if execution.outcome is Outcome.RETURNED else execution.ending
            return
        yield [Seed(case=case, origin=Origin.VALID) for case in cases]


def _is_plain(subject: Subject) -> bool:
    signature = subject.signature
    return (
        subject.form is Form.CALL
        and subject.root is None
        and signature is not None
        and signature.binding is Binding.PLAIN
        and not signature.is_async
        and subject.program.entry == signature.name
    )


def _written(subject: Subject) -> list[str] | None:
    """Return the annotations that the source gives all parameters without a default, or None."""
    signature = subject.signature
    if signature is None or not signature.parameters:
        return None
    found = [parameter.annotation for parameter in signature.parameters if parameter.default is None]
    return found if found and all(found) else None


def _wrapped(subject: Subject, annotations: Sequence[str]) -> str:
    """Return the source with a function beside it that calls the subject and has annotations."""
    names = [f"a{place}" for place in range(len(annotations))]
    parameters = ", ".join(
        f"{name}: {annotation}" for name, annotation in zip(names, annotations, strict=True)
    )
    call = f"{subject.program.entry}({', '.join(names)})"
    return f"{subject.program.source}\n\ndef {_WRAPPER}({parameters}):\n    return {call}\n"


def annotations_of(examples: Sequence[Sequence[Any]]) -> list[str] | None:
    """Return one annotation an argument, by the types that it has in all examples; None where one has none.

    >>> annotations_of([(1, ["a"]), (2, [])]), annotations_of([(1, None), (1.5, "x")])
    (['int', 'list[str]'], ['int | float', 'None | str'])
    >>> annotations_of([(object(),)]), annotations_of([(1,), (1, 2)]), annotations_of([([],)])
    (None, None, None)
    """
    if not examples or len({len(args) for args in examples}) != 1:
        return None
    found = [_annotation(column) for column in zip(*examples, strict=True)]
    return None if None in found else [text for text in found if text is not None]


def _annotation(values: Sequence[Any], depth: int = 0) -> str | None:
    """Return the type of all of some values, or None where they have none that can be written."""
    texts: dict[str, None] = {}
    if depth > 5 or not values:
        return None
    for kind in dict.fromkeys(map(type, values)):
        alike = [value for value in values if type(value) is kind]
        if kind in _ATOMS:
            texts[_ATOMS[kind]] = None
            continue
        text = _container(kind, alike, depth)
        if text is None:
            return None
        texts[text] = None
    return " | ".join(texts)


def _container(kind: type, alike: Sequence[Any], depth: int) -> str | None:
    if kind in (list, set, frozenset):
        item = _annotation([item for value in alike for item in value], depth + 1)
        return None if item is None else f"{kind.__name__}[{item}]"
    if kind is dict:
        keys = _annotation([key for value in alike for key in value], depth + 1)
        items = _annotation([item for value in alike for item in value.values()], depth + 1)
        return None if keys is None or items is None else f"dict[{keys}, {items}]"
    if kind is tuple:
        if len({len(value) for value in alike}) == 1 and alike[0]:
            parts = [_annotation(column, depth + 1) for column in zip(*alike, strict=True)]
            return None if None in parts else f"tuple[{', '.join(map(str, parts))}]"
        item = _annotation([item for value in alike for item in value], depth + 1)
        return None if item is None else f"tuple[{item}, ...]"
    return None


def _read(text: str) -> Case | None:
    """Return the case of `a0=1, a1='x'`, or None where it is no list of literals."""
    call = expression(f"f({text})")
    read = read_arguments(call) if isinstance(call, ast.Call) else None
    if read is None or read.positional or read.named.keys() != {f"a{at}" for at in range(len(read.named))}:
        return None
    return Case(args=tuple(read.named[f"a{at}"] for at in range(len(read.named))))
