"""Judges attacks batch by batch, and looks after each batch at what it left behind.

What starts or holds things is judged alone. Where a batch has left something, its attacks are judged once more one by
one, so that the guilty one is named. Our temporary directory is one that nobody else uses, so that files of other
programs of this machine are not taken for remains.

Leaves out: what counts as left behind (`footprint.py`), what a verdict should have been (`test_attacks.py`).
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.attacks.footprint import Footprint, left_since
from tests.attacks.judging import Result, judge_all
from tests.attacks.programs import Attack

from trialrun.core.task import Task
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation

BATCH = 16
"""Attacks judged side by side between two looks at what is left."""

Work = list[tuple[str, Task | str, str]]
"""(name, task or expected output, source) triples."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of the attacks, and what each of them left behind."""

    results: dict[tuple[str, str], Result]
    left: dict[str, list[str]]
    """By attack; what stays when the sandbox is closed is nobody's: its name is empty."""
    unhealthy: str | None
    """What the control program found wrong when all was over."""


def try_attacks(
    attacks: Iterable[Attack],
    work_of: Callable[[Attack], Work],
    *,
    isolation: Isolation | None = None,
    tell: Callable[[int, "Found"], None] = lambda done, found: None,
) -> Found:
    """Judge all attacks in one sandbox; `tell` is called after each batch with how many are done and what is known."""
    attacks = list(attacks)
    results: dict[tuple[str, str], Result] = {}
    left: dict[str, list[str]] = {}
    done = 0
    with own_temporary_directory():
        before = Footprint.now()
        with Sandbox(isolation) as sandbox:
            for batch in _batches(attacks):
                results |= judge_all(sandbox, [item for attack in batch for item in work_of(attack)])
                if stayed := left_since(before, sandbox):
                    left |= _blamed(batch, work_of, isolation) or {attack.name: stayed for attack in batch}
                done += len(batch)
                tell(done, Found(results, left, None))
            unhealthy = sandbox.healthy()
        if stayed := left_since(before, None):
            left[""] = stayed
    return Found(results, left, unhealthy)


def _batches(attacks: list[Attack]) -> list[list[Attack]]:
    alone = [attack for attack in attacks if attack.family == "escape"]
    together = [attack for attack in attacks if attack.family != "escape"]
    batches = [together[i : i + BATCH] for i in range(0, len(together), BATCH)]
    return batches + [[attack] for attack in alone]


def _blamed(
    batch: list[Attack], work_of: Callable[[Attack], Work], isolation: Isolation | None
) -> dict[str, list[str]]:
    """Judge attacks one by one, each in a sandbox of its own; return what each left behind."""
    left = {}
    for attack in batch:
        before = Footprint.now()
        with Sandbox(isolation) as sandbox:
            judge_all(sandbox, work_of(attack))
            if stayed := left_since(before, sandbox):
                left[attack.name] = stayed
    return left


@contextlib.contextmanager
def own_temporary_directory() -> Iterator[str]:
    """Let `tempfile` work in a new directory until the end."""
    usual = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="trialrun-attacks-") as place:
        tempfile.tempdir = place
        try:
            yield place
        finally:
            tempfile.tempdir = usual
