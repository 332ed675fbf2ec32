"""`trialrun problems`: fresh problems like a solved one, with answers found twice.

Leaves out: making them (`learn/builders/problems.py`), asking them (`trialrun eval FILE --model MODEL`).
"""

from pathlib import Path
from typing import Literal

from rich.text import Text

from trialrun.cli.output import print_json, print_rich, require_directory, write_text
from trialrun.core.errors import UsageError
from trialrun.core.printable import printable
from trialrun.core.program import Program
from trialrun.lang.families import Solved
from trialrun.lang.lifted_program import ENTRY
from trialrun.learn.builders.problems import Family, NoGenerator, build, numbers_written, tasks_of
from trialrun.learn.builders.problems import keep as chosen
from trialrun.run.sandbox import Sandbox
from trialrun.store.json_text import to_json
from trialrun.tasks.efa import read_solved
from trialrun.tasks.questions import row_of
from trialrun.verify.independent import Variant


def problems(
    file: Path,
    /,
    *,
    output: Path,
    count: int = 5,
    seed: int = 0,
    keep: Literal["hardest", "easiest"] | None = None,
    draw: int = 100,
    ambiguous: bool = False,
    generator: Path | None = None,
    generators: Path | None = None,
    json: bool = False,
) -> int:
    """Write fresh problems like each solved one: same story, other numbers, answers found twice.

    FILE is JSON lines with problem, solution and answer (or GSM8K's question and answer), where the solution marks its
    steps: <<16-3-4=9>>. What is written are tasks: trialrun eval OUTPUT --model MODEL asks and judges them.

    Parameters
    ----------
    file
        Solved problems: JSON lines, also gzipped.
    output
        File to write, such as fresh.jsonl.
    count
        Problems for each solved one.
    seed
        The same seed gives the same problems.
    keep
        Of --draw problems keep those with most to calculate (hardest) or with least (easiest).
    draw
        Problems that the search chooses from.
    ambiguous
        Take solutions that can be read in two ways too, by the likelier one.
    generator
        Your own generator, a file with class Problem, for a FILE of one problem.
    generators
        Directory for the generators that passed, one file each.
    json
        Print one JSON document.
    """
    if not output.name.endswith(".jsonl") or count < 1 or draw < 1:
        raise UsageError(f"{output}: the name of tasks ends in .jsonl; --count and --draw are at least 1")
    require_directory(output)
    drawn, refused = _drawn(file, generator, draw if keep else count, seed, ambiguous=ambiguous)
    rows = []
    for name, family in drawn.items():
        found = list(family.variants)
        if keep:
            found = chosen(found, count, numbers_written, easiest=keep == "easiest")
        rows += _lines(family, found, f"{file.name.partition('.')[0]}-{name}")
        if generators is not None:
            _write(generators, name, family)
    write_text(output, "".join(rows))
    if json:
        print_json({"problems": len(rows), "refused": refused, "file": str(output)})
    else:
        _tell(len(rows), len(drawn), refused, output)
    return 0


def _lines(family: Family, found: list[Variant], suite: str) -> list[str]:
    tasks = tasks_of(family, found, suite=suite)
    return [to_json(row_of(task)).decode().rstrip("\n") + "\n" for task in tasks]


def _tell(count: int, families: int, refused: dict[str, str], output: Path) -> None:
    print_rich(Text(printable(f"{count} problems from {families} solved ones in {output}", 400)))
    for name, why in refused.items():
        print_rich(Text(printable(f"  none like {name}: {why}", 400)))


def _drawn(
    file: Path, generator: Path | None, count: int, seed: int, *, ambiguous: bool
) -> tuple[dict[str, Family], dict[str, str]]:
    """Return a family for each solved problem, and why there is none for the others."""
    solved = read_solved(file)
    own = _own(generator, solved)
    drawn: dict[str, Family] = {}
    refused: dict[str, str] = {}
    with Sandbox() as sandbox:
        for name, one in solved.items():
            try:
                drawn[name] = build(sandbox, one, count, seed=seed, generator=own, ambiguous=ambiguous)
            except NoGenerator as error:
                refused[name] = str(error)
    return drawn, refused


def _own(path: Path | None, solved: dict[str, Solved]) -> Program | None:
    if path is None:
        return None
    if len(solved) != 1:
        raise UsageError(f"--generator goes with one solved problem; there are {len(solved)}")
    try:
        return Program.from_source(path.read_text("utf-8"), entry=ENTRY, maker="own")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def _write(directory: Path, name: str, family: Family) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)[:60]
    write_text(directory / f"{safe}.py", family.program.source)
