"""`Attack`: one hostile program, and what the families of them share.

Leaves out: the programs themselves (beside this file), running them (`judging.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from trialrun.core.task import Task

WRONG = "98765432198765"
"""Literal of an answer that is wrong for every task."""

VALUE = frozenset({"returned", "raised"})
"""Ends as an ordinary wrong answer or exception."""
GONE = frozenset({"exited", "killed", "protocol"})
"""The process is gone or its channel is broken."""
TIME = frozenset({"timeout"})
FULL = frozenset({"memory", "raised", "exited", "killed", "load"})
"""Memory ran out; where nothing is left to say so, the process just ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile program."""

    name: str
    family: str
    tries: str
    body: str
    outcomes: frozenset[str]
    """Outcomes that may be recorded; anything else is a surprise worth a look."""
    only: frozenset[str] = frozenset()
    """Tasks it is made for; empty: every task."""
    first: bool = False
    """Whether it is one of the twelve of the first slice."""

    def applies(self, task: Task) -> bool:
        """Say whether the attack means anything on this task."""
        return not self.only or task.id in self.only

    def source(self, task: Task) -> str:
        """Return the program that attacks one task."""
        if task.entry is None:
            return self.program() if "ENTRY" in self.body else self.body
        return self.body.replace("ENTRY", task.entry)

    def program(self) -> str:
        """Return a whole program that attacks as it answers its stdin, in print and in a file."""
        return self.body.replace("ENTRY", "solve") + _DRIVER


_DRIVER = """
import sys
answer = solve(sys.stdin.read())
print(answer)
with open("out.txt", "w") as file: file.write(str(answer))
"""


def attack(
    family: str,
    name: str,
    tries: str,
    body: str,
    *outcomes: Iterable[str],
    only: Iterable[str] = (),
    first: bool = False,
) -> Attack:
    allowed = frozenset(outcome for group in outcomes or (VALUE,) for outcome in group)
    return Attack(
        name=name,
        family=family,
        tries=tries,
        body=body.replace("WRONG", WRONG).lstrip("\n"),
        outcomes=allowed,
        only=frozenset(only),
        first=first,
    )


def answers(expression: str, before: str = "") -> str:
    """Return a program that sets something up and answers every call with one expression."""
    return f"{before}\ndef ENTRY(*args, **kwargs):\n    return {expression}\n"


PEER = """
import gc, os, struct, sys, time
def peer():
    return next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
def forge(kind, body=b"", nonce=None, number=0, length=None):
    return struct.pack("<IQIB", len(body) if length is None else length,
                       peer().nonce if nonce is None else nonce, number, kind) + body
"""
"""The channel's end and the run's nonce, read from the program's own memory."""

LIES = """
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __abs__(self): return 0
    def __contains__(self, other): return True
"""
