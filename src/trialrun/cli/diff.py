"""`trialrun diff`: two runs over the same tasks, compared sample by sample."""

from pathlib import Path

from trialrun.cli.output import print_json, print_rich
from trialrun.measure.diff_table import render
from trialrun.measure.run_pair import compare_runs


def diff(run_a: Path, run_b: Path, /, *, seed: int = 0, json: bool = False) -> int:
    """Compare two runs over their common samples: who passed what, and whether the difference is more than chance.

    Says so where the runs differ in more than their programs. Exits with 0 whatever the difference.

    Parameters
    ----------
    run_a
        Run directory.
    run_b
        Run directory to compare with it.
    seed
        Seed of the bootstrap.
    json
        Print the comparison as one JSON document.
    """
    pair = compare_runs(run_a, run_b, seed=seed)
    if json:
        print_json(pair)
    else:
        print_rich(render(pair))
    return 0
