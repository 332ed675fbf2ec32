"""Bases: solved problems as functions that others can be composed of, with inputs on which they return.

A base is a task's own solution. It is run on the inputs of the plain cases, twice; it counts where it agrees with
itself and returns on some of them, not always the same. The kinds of its arguments and results are those that were
seen. `distinct` leaves out bases that do what an earlier one does on inputs pooled among bases of their kinds.

Leaves out: methods and classes, functions with keyword-only or starred parameters, new inputs.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trialrun.compare.behaviours import TIGHT, observe
from trialrun.core import values
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.task import Case, CaseCheck, Task
from trialrun.lang.compositions import TAKEN, Part
from trialrun.lang.drivers import function_subject
from trialrun.lang.scopes import Unparseable
from trialrun.lang.scopes import parse as parse_source
from trialrun.lang.signatures import read_signature
from trialrun.run.sandbox import Sandbox

INPUTS = 12
"""Inputs of a base, at most."""
LEAST = 3
"""Inputs on which it has to return."""
_POOL = 16
"""Pooled inputs on which bases of the same kinds are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A solved problem: a function, and inputs on which it returns."""

    id: str
    source: str
    part: Part
    cases: tuple[Case, ...]
    licence: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of its arguments and of its result."""
        return (*self.part.arguments, self.part.result)


def bases_of(sandbox: Sandbox, tasks: Iterable[Task], *, limits: Limits = TIGHT) -> Iterator[Base | str]:
    """Yield the base that each task's own solution is, or why it is none."""
    for task in tasks:
        yield base_of(sandbox, task, limits=limits)


def base_of(sandbox: Sandbox, task: Task, *, limits: Limits = TIGHT) -> Base | str:
    """Return a task's own solution as a base, or why it is none. Its inputs are those of the task's plain cases."""
    cases = [case for check in task.hidden_checks if isinstance(check, CaseCheck) for case in check.cases]
    if task.reference is None or task.entry is None or not cases or task.requires or task.defect:
        return "the task has no plain cases, or needs more than Python"
    tree = parse_source(task.reference)
    signature = None if isinstance(tree, Unparseable) else read_signature(tree, task.entry)
    if signature is None or signature.is_async or signature.is_generator or task.entry in TAKEN:
        return "the entry point is no plain function"
    if any(one.variadic or one.keyword_only for one in signature.parameters):
        return "the entry point has parameters without a place"
    subject = function_subject(task.reference, task.entry)
    seen = observe(sandbox, subject, cases[:INPUTS], limits=limits)
    if seen.key is None:
        return "the base is unsteady, too slow, or returns what has no equality"
    good = [
        (case, run)
        for case, run in zip(cases, seen.executions, strict=False)
        if run.outcome is Outcome.RETURNED and run.value is not None and not run.stdout
    ]
    arities = {len(case.args) for case, _ in good}
    if len(good) < LEAST or len(arities) != 1 or arities == {0}:
        return "too few inputs on which the base returns"
    arguments = zip(
        *([kind_of(parse(values.encode(arg))) for arg in case.args] for case, _ in good), strict=True
    )
    if len({run.value for _, run in good}) < 2:
        return "its result is constant"
    part = Part(
        name=task.entry,
        arguments=tuple(joined_kind(kinds) for kinds in arguments),
        result=joined_kind([kind_of(parse(run.value or b"")) for _, run in good]),
        mutates=any(_mutates(case, run) for case, run in good),
    )
    return Base(
        id=task.id,
        source=task.reference,
        part=part,
        cases=tuple(case for case, _ in good),
        licence=task.licence,
    )


def _mutates(case: Case, run: Execution) -> bool:
    """Say whether a call left its arguments otherwise than they were."""
    if run.arguments is None:
        return False
    return bool(parse(run.arguments)[1] != parse(values.encode_graph([case.args])[0])[1])


def kind_of(low: Any, depth: int = 2) -> str:
    """Return the kind of a lowered value: `int`, `list[int]`, `other`; of an empty list `list[]`.

    >>> kind_of(parse(values.encode([1, 2]))), kind_of(parse(values.encode((1, "a")))), kind_of(None)
    ('list[int]', 'tuple[int,str]', 'none')
    """
    if low is None or type(low) in (bool, int, float, str):
        return "none" if low is None else type(low).__name__
    tag = low[0] if type(low) is tuple else None
    if tag == values.LIST:
        return f"list[{joined_kind([kind_of(item, depth - 1) for item in low[1:]]) if depth else 'other'}]"
    if tag == values.TUPLE:
        return f"tuple[{','.join(kind_of(item, depth - 1) if depth else 'other' for item in low[1:5])}]"
    return {values.DICT: "dict", values.SET: "set"}.get(tag, "other")  # type: ignore[arg-type]


def joined_kind(kinds: Sequence[str]) -> str:
    """Return the one kind that values of these kinds have together, `other` where there is none.

    >>> joined_kind(["list[]", "list[int]"]), joined_kind(["int", "str"]), joined_kind([])
    ('list[int]', 'other', '')
    """
    found = set(kinds)
    if len(found) > 1 and all(kind.startswith("list[") for kind in found):
        found.discard("list[]")
    return found.pop() if len(found) == 1 else "other" if found else ""


def distinct(sandbox: Sandbox, bases: Iterable[Base], *, seed: int = 0, limits: Limits = TIGHT) -> list[Base]:
    """Return the bases without those that do what an earlier one does, on inputs pooled among bases of their kinds."""
    groups: dict[tuple[str, ...], list[Base]] = {}
    for base in bases:
        groups.setdefault(base.kinds, []).append(base)
    kept = []
    for kinds, group in groups.items():
        pool = [case for base in group for case in base.cases]
        if len(pool) > _POOL:
            pool = random.Random(f"{seed}:{kinds}").sample(pool, _POOL)
        known: set[str] = set()
        for base in group:
            key = (
                observe(sandbox, function_subject(base.source, base.part.name), pool, limits=limits).key
                if group[1:]
                else None
            )
            if key is None or key not in known:
                kept.append(base)
            if key is not None:
                known.add(key)
    return kept
