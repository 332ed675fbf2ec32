"""Honest programs that look suspicious: each solves a small task in a way that a careless judge would reject.

What is right is Python's own word: `test_a_plain_interpreter_agrees` runs every program and its test without any
judge. The judge must say the same, through test code, through asserts and cases where the arguments are literals, and
of the whole program on stdin. Limits are wide: none of this is about speed.

Leaves out: subprocesses, sockets and packages outside the standard library, which no job is given; and what
`docs/limits.md` says that trialrun cannot do.
"""

from tests.attacks.honest.calls import CALLS
from tests.attacks.honest.concurrency import CONCURRENCY
from tests.attacks.honest.language import LANGUAGE
from tests.attacks.honest.modules import MODULES
from tests.attacks.honest.program import Honest
from tests.attacks.honest.reflection import REFLECTION
from tests.attacks.honest.runtime import RUNTIME
from tests.attacks.honest.sources import SOURCES
from tests.attacks.honest.surroundings import SURROUNDINGS
from tests.attacks.honest.values import VALUES
from tests.attacks.honest.whole import PROGRAMS, STDIN

__all__ = ["HONEST", "PROGRAMS", "STDIN", "Honest"]

HONEST: tuple[Honest, ...] = (
    *VALUES, *CALLS, *LANGUAGE, *REFLECTION, *RUNTIME, *CONCURRENCY, *MODULES, *SURROUNDINGS, *SOURCES
)  # fmt: skip
