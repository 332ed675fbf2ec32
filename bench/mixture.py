"""A seeded mixture of honest and hostile programs, each with the verdict that it must get; for long runs.

Honest are the programs of `tests/attacks/honest` (by test code, plain asserts, cases, and as whole programs), hostile
those of `tests/attacks/programs` on every style of testing, with small limits so that a bomb or a hang ends soon.
What takes far longer than most (bombs that are tried three times, since they waver about the limit; programs that wait)
is drawn a tenth as often, so that a long run is many programs and not a few.

Leaves out: attacks that are no single program (`tests/attacks/`), and judging of whole data sets.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.attacks.honest import HONEST, PROGRAMS, STDIN
from tests.attacks.programs import ATTACKS
from tests.attacks.tasks import FILES, LISTS, MAPPED, NAMES, SETS, printed
from tests.attacks.tasks import KEPT as ASSERTED
from tests.attacks.tasks import STDIN as SUMMED

from trialrun.core.errors import BoundaryError
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.program import Program
from trialrun.core.task import Case, Output, Task
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

WIDE = Limits(cpu_s=5.0)
NARROW = Limits(cpu_s=0.05, wall_s=0.3, memory_mb=128, output_kb=64)
"""For hostile programs: their verdict is the same under any limits."""
SLOW = frozenset(
    """long loop of calls|alarm that interrupts reading|colliding set|colliding hashes|one string a million times|
    memory filled|memory filled and kept|inodes filled|out-of-band byte|channel closed|
    channel shut for writing""".replace("\n    ", "").split("|")
)
"""Names of those that take longer than most."""
_SELDOM = 0.1
HOSTILE_TASKS = (ASSERTED, MAPPED, LISTS, NAMES, SETS, SUMMED, FILES)


@dataclass(frozen=True, slots=True)
class Item:
    """One program on one task."""

    name: str
    task: Task
    program: Program
    honest: bool

    @property
    def weight(self) -> float:
        """How often it is drawn, beside others of its kind."""
        return _SELDOM if self.name in SLOW else 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one item."""

    verdict: str
    """`pass`, `fail`, `unknown` or `unscored`."""
    evidence: str

    def is_right(self, item: Item) -> bool:
        """Say whether it is what the item must get: honest ones pass; hostile ones do not, but are scored."""
        return self.verdict == "pass" if item.honest else self.verdict in ("fail", "unknown")


def honest_items() -> list[Item]:
    """Return the honest programs on all tasks that they solve."""
    items = [
        Item(program.name, task, Program.from_source(program.source, entry=task.entry), True)
        for program in HONEST
        for task in program.tasks()
    ]
    for name, source, prints in PROGRAMS:
        task = printed(name, (Case(stdin=STDIN), Output(stdout=prints.encode() + b"\n")))
        items.append(Item(name, task, Program.from_source(source), True))
    return items


def hostile_items() -> list[Item]:
    """Return the attacks on one task or more of every style."""
    return [
        Item(attack.name, task, Program.from_source(attack.source(task), entry=task.entry), False)
        for attack in ATTACKS
        for task in HOSTILE_TASKS
        if attack.applies(task)
    ]


def draw(honest: list[Item], hostile: list[Item], share: float, seed: int) -> Iterator[Item]:
    """Yield items without end, each hostile with the probability `share`."""
    generator = random.Random(seed)
    kinds = [
        (items, list(itertools.accumulate(item.weight for item in items))) for items in (honest, hostile)
    ]
    while True:
        items, weights = kinds[generator.random() < share]
        yield generator.choices(items, cum_weights=weights)[0]


class Bench:
    """Judges items in one sandbox: honest ones under wide limits, hostile ones under narrow ones."""

    def __init__(self, sandbox: Sandbox, honest: Limits = WIDE) -> None:
        self._judges = {
            True: Judge(sandbox, Rules(limits=honest)),
            False: Judge(sandbox, Rules(limits=NARROW)),
        }

    def judge(self, item: Item) -> Seen:
        """Judge one item; only what the machine did becomes `unscored`, bugs pass through."""
        try:
            found = self._judges[item.honest].judge(item.task, item.program)
        except BoundaryError as error:
            return Seen("unscored", str(error))
        verdicts = {judgement.verdict for judgement in found}
        evidence = "; ".join(f"{judgement.outcome} {list(judgement.evidence)}" for judgement in found)
        if verdicts == {Verdict.PASS}:
            return Seen("pass", evidence)
        return Seen("fail" if Verdict.FAIL in verdicts else "unknown", evidence)
