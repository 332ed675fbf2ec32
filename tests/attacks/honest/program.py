"""`Honest`: one program that looks suspicious and is right, and the tasks that it solves.

Leaves out: the programs themselves (beside this file), running them (`judging.py`).
"""

from dataclasses import dataclass
from typing import Any

from tests.attacks.tasks import asserted, cased

from trialrun.core.task import Task


@dataclass(frozen=True, slots=True)
class Honest:
    """One honest program."""

    name: str
    source: str
    calls: tuple[tuple[tuple[Any, ...], Any], ...]
    """(arguments, result) pairs for plain cases; none where only test code can say what is right."""
    test: str
    """Test code that a tester runs."""

    def tasks(self) -> list[Task]:
        """Return the tasks that the program solves: by test code, and by asserts and cases that need none to run."""
        made = [asserted(self.name, "f", self.test)]
        if self.calls:
            lines = [f"assert f({_listed(arguments)}) == {result!r}\n" for arguments, result in self.calls]
            made.append(asserted(f"{self.name}, plain", "f", "".join(lines)))
            made.append(cased(f"{self.name}, cases", "f", list(self.calls)))
        return made

    def program(self) -> str:
        """Return the program with its test after it: a whole program that says at its end that all was right."""
        return f"{self.source}\n{self.test}\nprint('all was right')\n"


def _listed(arguments: tuple[Any, ...]) -> str:
    return ", ".join(map(repr, arguments))


def plain(name: str, source: str, *calls: tuple[tuple[Any, ...], Any]) -> Honest:
    """Make a program whose arguments and results are literals."""
    return Honest(
        name,
        _trimmed(source),
        calls,
        f"for arguments, result in {calls!r}:\n    assert f(*arguments) == result\n",
    )


def tested(name: str, source: str, test: str) -> Honest:
    """Make a program that only test code can judge."""
    return Honest(name, _trimmed(source), (), _trimmed(test))


def _trimmed(source: str) -> str:
    return source.strip("\n") + "\n"
