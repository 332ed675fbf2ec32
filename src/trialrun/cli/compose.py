"""`trialrun compose`: harder tasks out of solved ones, each with a proof that its solution needs the solved function.

Leaves out: making them (`learn/builders/self_invoking.py`), judging them (`trialrun eval FILE --samples …`).
"""

from pathlib import Path

from rich.text import Text

from trialrun.cli.output import print_json, print_rich, require_directory, write_text
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.learn.bases import Base, bases_of, distinct
from trialrun.learn.builders.self_invoking import row_of, self_invoking
from trialrun.run.sandbox import Sandbox
from trialrun.store.json_text import to_json
from trialrun.tasks import registry


def compose(
    tasks: str,
    /,
    *,
    output: Path,
    count: int = 100,
    limit: int | None = None,
    seed: int = 0,
    json: bool = False,
) -> int:
    """Compose harder tasks out of the solutions of a task set: their solutions have to call the given ones.

    No model is asked. What is written are tasks: trialrun eval OUTPUT --model MODEL asks and judges them.

    Parameters
    ----------
    tasks
        Task set whose solutions are the bases, such as codearc or mbpp+, or a file of your own tasks.
    output
        File to write, such as harder.jsonl.
    count
        Tasks to write, at most.
    limit
        Use the first N tasks of the set alone.
    seed
        Seed of the inputs and of the pairs of functions.
    json
        Print one JSON document.
    """
    if not output.name.endswith(".jsonl"):
        raise UsageError(f"{output} would not be read as tasks: its name has to end in .jsonl")
    if count < 1:
        raise UsageError(f"--count is {count}; it must be at least 1")
    require_directory(output)
    chosen = registry.load(tasks, limit=limit)
    with Sandbox() as sandbox:
        found = [base for base in bases_of(sandbox, chosen.tasks) if isinstance(base, Base)]
        bases = distinct(sandbox, found, seed=seed)
        built = self_invoking(sandbox, bases, seed=seed, count=count)
    write_text(output, "".join(to_json(row_of(task)).decode().rstrip("\n") + "\n" for task in built.tasks))
    if json:
        told = {"tasks": len(built.tasks), "bases": len(bases), "refused": dict(built.refused)}
        print_json(told | {"file": str(output)})
        return 0
    print_rich(Text(printable(f"{len(built.tasks)} tasks out of {len(bases)} functions in {output}", 400)))
    for why, number in built.refused.most_common():
        print_rich(Text(printable(f"  {number} refused: {why}", 400)))
    return 0
