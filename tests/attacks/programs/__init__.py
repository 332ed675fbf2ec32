"""The attacks: small programs with a wrong answer, what each tries, and how it must end.

`ENTRY` in a body stands for the task's entry point. The same body serves every style: called by a tester, called with
plain cases, or run as a whole program on stdin (`program`). A body that succeeds with its trick would turn its wrong
answer into a pass, take the judge down, or stay alive; none of them solves anything. Where a wall is missing they must
still do no harm to the machine that tests them: they signal with SIGCONT, plant comments, rename files to themselves.

Leaves out: running them (`judging.py`), attacks on single mechanisms of the walls (`trialrun doctor`).
"""

from tests.attacks.programs.attack import PEER, Attack
from tests.attacks.programs.channel import CHANNEL
from tests.attacks.programs.cost import COST
from tests.attacks.programs.damage import DAMAGE
from tests.attacks.programs.escapes import ESCAPES
from tests.attacks.programs.files import FILES
from tests.attacks.programs.leaving import LEAVING
from tests.attacks.programs.lies import EQUALITY, HELPERS
from tests.attacks.programs.reading import READING
from tests.attacks.programs.state import ARGUMENTS, GRADER, STATE
from tests.attacks.programs.values import VALUES
from tests.attacks.programs.verdicts import VERDICTS

__all__ = ["ATTACKS", "PEER", "TWELVE", "Attack"]

ATTACKS: tuple[Attack, ...] = (
    *HELPERS, *EQUALITY, *LEAVING, *VERDICTS, *CHANNEL, *READING, *VALUES, *STATE, *ARGUMENTS,
    *GRADER, *COST, *DAMAGE, *ESCAPES, *FILES,
)  # fmt: skip
"""All attacks that are made of one program and work on any task."""

TWELVE: tuple[Attack, ...] = tuple(attack for attack in ATTACKS if attack.first)
"""Those of the first slice; the twelfth, arguments changed in place, needs a task of its own (`tasks.py`)."""
