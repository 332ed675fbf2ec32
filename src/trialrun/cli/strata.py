"""`trialrun strata`: where a model's reasoning about executions breaks, by what the programs contain.

Leaves out: the counting (`measure/reasoning.py`).
"""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from trialrun.cli.output import print_json, print_rich
from trialrun.core.printable import printable
from trialrun.measure.reasoning import FEW, most_frequent, strata, trace_answers, traces
from trialrun.store.run_dir import read_run
from trialrun.tasks import registry

_TRACES = ("lines", "symbols")


def strata_of(run: Path, /, *, tasks: str | None = None, json: bool = False) -> int:
    """Show the share of right answers to questions about executions, by what the programs contain.

    Each row has the number of questions and a 95 % interval; rows of few questions are greyed. Below stand the share
    that the most frequent answer would get, and for questions about traces CoCoNUT's four figures.

    Parameters
    ----------
    run
        Run directory of an eval of questions.
    tasks
        Task set or file that the run judged; default: the set that the run names.
    json
        Print one JSON document.
    """
    config, kept = read_run(run)
    task_set = registry.load(tasks or str(config.verdict["tasks"]))
    records = list(kept.values())
    table = strata(records, task_set.tasks)
    answers = [task.reference or "" for task in task_set.tasks]
    guessed = sum(guess == answer for guess, answer in zip(most_frequent(answers), answers, strict=True))
    baseline = guessed / len(answers) if answers else 0.0
    asked = {judgement.check for record in records for judgement in record.judgements}
    figures = traces(trace_answers(records)) if asked and asked <= set(_TRACES) else None
    if json:
        rows = {
            name: {
                "right": one.right,
                "n": one.n,
                "share": one.value,
                "interval": one.interval,
                "few": one.is_small,
            }
            for name, one in table.items()
        }
        print_json({"strata": rows, "most_frequent": baseline, "traces": figures})
        return 0
    shown = Table(box=None, pad_edge=False, header_style="")
    for name in ("programs with", "n", "right", "95 % interval"):
        shown.add_column(name, justify="left" if name == "programs with" else "right")
    for name, one in table.items():
        low, high = one.interval
        cells = (printable(name, 60), f"{one.n:,}", f"{one.value:.1%}", f"{low:.1%}–{high:.1%}")
        shown.add_row(*map(Text, cells), style="dim" if one.is_small else None)
    print_rich(shown)
    print_rich(Text(f"rows of fewer than {FEW} questions are greyed; most frequent answer: {baseline:.1%}"))
    if figures is not None:
        print_rich(
            Text(
                f"Acc Mean {figures.acc_mean:.1%}, Acc Hard {figures.acc_hard:.1%}, Sim {figures.sim:.2f}, "
                f"False Sim {figures.false_sim:.2f} ({figures.calls:,} calls of {figures.programs:,} programs)"
            )
        )
    return 0
