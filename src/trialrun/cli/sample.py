"""`trialrun show`: one sample of a run, and where it comes from, as a tree.

Leaves out: all samples at once (`trialrun view` writes them as a page).
"""

from pathlib import Path

from trialrun.cli.output import print_json
from trialrun.core.errors import UsageError, nearest
from trialrun.core.printable import printable
from trialrun.report.document import link, outcome
from trialrun.report.provenance import Provenance, lines_of
from trialrun.store.history import read_history
from trialrun.store.programs import read_programs
from trialrun.store.run_dir import read_run


def show(directory: Path, sample: str, /, *, source: bool = False, json: bool = False) -> int:
    """Show one sample of a run: what was asked for it, how it was judged, and what it was made of.

    Parameters
    ----------
    directory
        Run directory, finished or not.
    sample
        TASK-SAMPLE, such as HumanEval/3-0; a task alone means its first sample.
    source
        Print the program as well.
    json
        Print one JSON document.
    """
    _, records = read_run(directory)
    known = {link(record.task_id, record.sample): record for record in records.values()}
    record = known.get(sample) or known.get(link(sample, 0))
    if record is None:
        hint = nearest(sample, known)
        raise UsageError(f"{directory} has no sample {printable(sample, 100)!r}{hint}")
    programs = read_programs(directory)
    with Provenance(directory, programs, read_history(directory)) as provenance:
        tree = provenance.tree(record)
    if json:
        print_json(
            {"task": record.task_id, "sample": record.sample, "outcome": outcome(record), "tree": tree}
        )
        return 0
    print(printable(f"{record.task_id} sample {record.sample}: {outcome(record)}", 300))
    for line in lines_of(tree):
        print(line)
    if source and record.program in programs:
        for name, text in programs[record.program].files:
            print(printable(f"── {name}", 200))
            print(printable(text, 100_000, lines=True))
    return 0
