"""`trialrun questions`: fresh questions about what a function does, with answers found by running it.

Leaves out: making them (`learn/builders/reasoning.py`), asking them (`trialrun eval FILE --model MODEL`).
"""

from pathlib import Path

from rich.text import Text

from trialrun.cli.output import print_json, print_rich, require_directory, write_text
from trialrun.comparing import Target
from trialrun.core.errors import UsageError, nearest
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.learn.builders.reasoning import KINDS
from trialrun.learn.builders.reasoning import questions as build
from trialrun.run.sandbox import Sandbox
from trialrun.store.json_text import to_json
from trialrun.tasks.cases import read_cases
from trialrun.tasks.questions import row_of


def questions(
    file: str,
    /,
    *,
    cases: Path,
    output: Path,
    kind: tuple[str, ...] = ("output",),
    json: bool = False,
) -> int:
    """Write questions about calls of a function, for models to answer; each answer is checked by two back ends.

    FILE is file.py:function. What is written are tasks: trialrun eval OUTPUT --model MODEL asks and judges them.

    Parameters
    ----------
    file
        The file and its function: file.py:function.
    cases
        Inputs: JSON lines of cases ({"args": [3]}).
    output
        File to write, such as fresh.jsonl.
    kind
        What to ask: output, input, lines, symbols, final-values. May be repeated.
    json
        Print one JSON document.
    """
    for name in kind:
        if name not in KINDS:
            raise UsageError(f"no kind {name!r}{nearest(name, KINDS)}; there are {', '.join(KINDS)}")
    if not output.name.endswith(".jsonl"):
        raise UsageError(f"{output} would not be read as tasks: its name has to end in .jsonl")
    require_directory(output)
    target = Target.parse(file)
    if target.name is None:
        raise UsageError(f"which function of {file}? say {file}:function")
    program = Program.from_source(target.source(), entry=target.name)
    with Sandbox() as sandbox:
        built = build(sandbox, program, read_cases(cases), kinds=kind, suite=target.name)
    write_text(output, "".join(to_json(row_of(task)).decode().rstrip("\n") + "\n" for task in built.tasks))
    if json:
        print_json({"questions": len(built.tasks), "refused": dict(built.refused), "file": str(output)})
        return 0
    print_rich(Text(printable(f"{len(built.tasks)} questions in {output}", 400)))
    for why, count in built.refused.most_common():
        print_rich(Text(printable(f"  {count} refused: {why}", 400)))
    return 0
