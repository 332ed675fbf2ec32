"""Stored repairs gone through again without a model: every program that a published run made, checked anew.

The programs of the task's run stand in for what a model would write: each is judged by the public checks, those that
pass more than all before are given, and one that passes all ends it. So a repair that was published can be judged
again, by other checks, other limits, another interpreter.

Leaves out: runs that would have gone on otherwise where our checks say something else than theirs did: what is not
stored cannot be made up.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from trialrun.compare.part_checks import passed, passes
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Judgement
from trialrun.core.method import Repairer, method
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.tasks.stored_runs import read_runs


@method(title="Stored repairs, judged again")
@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(Repairer):
    """Go through the programs of a stored repair, and give those that are better by the public checks."""

    asks: ClassVar[bool] = False

    runs: str | None = None
    """File of stored runs, JSON lines: `task_id` and its `programs` (LDB's result files are such files)."""
    final: bool = True
    """Where no program passes, give the one that the run ended with too, as publications count it, better or not."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield the stored programs that pass more public checks than those before; none for a task without a run."""
        if self.runs is None:
            return
        stored = runs_of(self.runs).get(task.id, ())
        found = judgements or ctx.runner.check(program)
        if passes(found):
            return
        best, given, (name, _), before = passed(found), program, program.files[0], program
        for source in stored:
            made = replace(
                program,
                files=((name, source),),
                entry=task.entry,
                maker=self.declared.id,
                parents=(before.id,),
            )
            if made.id == before.id:
                continue
            before, found = made, ctx.runner.check(made)
            if passed(found) > best:
                best, given = passed(found), made
                yield made
            if passes(found):
                return
        if self.final and before.id not in (given.id, program.id):
            yield before


def runs_of(path: str) -> dict[str, tuple[str, ...]]:
    """Return the runs of a file, read once as long as it stays as it is. Raises `UsageError`."""
    try:
        state = Path(path).stat()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the stored runs {path!r}: {error}") from error
    return _read(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4)
def _read(path: str, changed_ns: int, size: int) -> dict[str, tuple[str, ...]]:
    return read_runs(Path(path))
