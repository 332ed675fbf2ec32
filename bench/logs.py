"""Log abstraction on the corrected loghub sets, beside drain3, in one run: GA and PA of each system, and categories.

    python -m bench.logs [--sets DIRECTORY] [--corrected DIRECTORY]

DIRECTORY holds `SYSTEM_2k.log_structured_corrected.csv` (or .csv.gz), directly or in a folder for each system. `--sets`
is by default loghub2k below `$TRIALRUN_DATA` (four systems, labels of loghub-2.0's 2k_dataset); `--corrected` is
logparser's `data/loghub_2k_corrected` (16 systems, its own corrections), which a user checks out. Both tools get the
content of each line, not its header; lines with the same true template text are one true group.

Two rows of ours. *Default*: the settings of `log_miner.Settings`. *Leave one out*: for each system the settings with
the best mean GA on the other systems of the same directory (what a setting is chosen from: `GRID`). drain3 0.9.11 runs
in an environment made for this, with its defaults and four masks (address, 0x number, hexadecimal words, number), one
setting for all systems.

Categories: `log_categories.txt`, lines of our own labelled by one person. Each word is static or of one of ten
categories. *Given the variables*: which words vary is known, as the miner knows after some lines. *One line alone*: it
is not, and words that look like those of the language count as static. Lines with even numbers were looked at while the
recognisers were written; the odd ones are the figure.

Crashes: tracebacks of a fuzzed program with eight known defects (`crashes.py`), grouped by template.

Leaves out: agreement of two annotators (there was one); time.
"""

import argparse
import csv
import dataclasses
import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.crashes import crashes
from bench.measuring import ROOT, circumstances, store
from bench.peers import made_python
from trialrun.core.errors import Missing
from trialrun.measure.log_abstraction import Agreement, agreement, by_category, pairwise_f1
from trialrun.observe.log_categories import categorise
from trialrun.observe.log_miner import DEFAULTS, Settings
from trialrun.observe.log_tokens import Kind, read
from trialrun.observe.logs import Abstraction
from trialrun.tasks.datafiles import DataFile, candidates

PIN = "drain3==0.9.11"
SUFFIX = "_2k.log_structured_corrected.csv"
WRITTEN = ROOT / "bench" / "log_categories.txt"
SETS = DataFile(path="loghub2k", sha256="", version="", url="https://github.com/logpai/loghub-2.0")
GRID = [Settings(values=v, names=n, words=w) for v in (2, 3) for n in (2, 3, 4) for w in (4, 5, 6, 8)]
"""Settings that leave-one-out chooses from."""

DRAIN3 = r"""
import json, sys
from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig

MASKS = [r"/?\d{1,3}(\.\d{1,3}){3}(:\d+)?", r"0x[a-fA-F0-9]+", r"([0-9a-f]{6,} ?){3,}", r"[\-\+]?\d+"]
done = {}
for system, lines in json.load(open(sys.argv[1])).items():
    config = TemplateMinerConfig()
    config.mask_prefix, config.mask_suffix = "<", ">"
    edges = r"((?<=[^A-Za-z0-9])|^)(%s)((?=[^A-Za-z0-9])|$)"
    config.masking_instructions = [MaskingInstruction(edges % mask, "*") for mask in MASKS]
    miner = TemplateMiner(config=config)
    groups = [miner.add_log_message(line)["cluster_id"] for line in lines]
    texts = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    done[system] = [groups, [texts[group] for group in groups]]
print(json.dumps(done))
"""

Labelled = dict[str, tuple[list[str], list[str]]]
"""For each system its lines and their true templates."""


def labelled(directory: Path) -> Labelled:
    """Read the sets in a directory. Raises `Missing` where there is none."""
    found: Labelled = {}
    for path in sorted([*directory.glob(f"*{SUFFIX}*"), *directory.glob(f"*/*{SUFFIX}*")]):
        opener: Any = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        system = path.name.partition("_2k")[0]
        found[system] = [row["Content"] for row in rows], [row["EventTemplate"] for row in rows]
    if not found:
        raise Missing(f"{directory} holds no *{SUFFIX}", f"git clone {SETS.url}")
    return found


def ours(lines: Sequence[str], truth: Sequence[str], settings: Settings = DEFAULTS) -> Agreement:
    """Abstract the lines of one system and compare."""
    abstraction = Abstraction(headers=None, fold=False, settings=settings)
    read_lines = {one.line: abstraction.number(one) for one in list(abstraction.read(lines))}
    numbers = [read_lines.get(line, -1) for line in range(1, len(lines) + 1)]
    texts = {template.number: template.text for template in abstraction.templates()}
    return agreement(numbers, [texts.get(number, "") for number in numbers], truth)


def drain3(sets: Labelled) -> dict[str, Agreement]:
    """Run drain3 on all systems, in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        python = made_python(Path(folder, "peer"), PIN)
        given = Path(folder, "lines.json")
        given.write_text(json.dumps({system: lines for system, (lines, _) in sets.items()}), encoding="utf-8")
        done = subprocess.run([python, "-c", DRAIN3, given], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    return {system: agreement(groups, texts, sets[system][1]) for system, (groups, texts) in found.items()}


def left_out(sets: Labelled) -> dict[str, tuple[Settings, Agreement]]:
    """Return, for each system, the settings that are best on the others and how they do on it."""
    scores = [{system: ours(*one, settings) for system, one in sets.items()} for settings in GRID]
    chosen = {}
    for system in sets:
        others = [statistics.fmean(s.grouping for name, s in row.items() if name != system) for row in scores]
        best = others.index(max(others))
        chosen[system] = GRID[best], scores[best][system]
    return chosen


def compare(directory: Path, labels: str) -> dict[str, Any]:
    """Measure both tools on the sets of a directory, print the table, return it."""
    sets = labelled(directory)
    peer, tuned = drain3(sets), left_out(sets)
    rows = {}
    print(
        f"{labels}: {len(sets)} systems\n{'':14}{'default':>14}{'leave one out':>16}{'drain3':>14}   (GA PA)"
    )
    for system, one in sets.items():
        three = {"default": ours(*one), "leave_one_out": tuned[system][1], "drain3": peer[system]}
        rows[system] = {name: {"ga": a.grouping, "pa": a.parsing} for name, a in three.items()}
        rows[system]["chosen"] = dataclasses.asdict(tuned[system][0])
        print(f"{system:14}" + "".join(f"{a.grouping:9.3f}{a.parsing:6.3f}" for a in three.values()))
    mean = {
        name: {what: statistics.fmean(row[name][what] for row in rows.values()) for what in ("ga", "pa")}
        for name in ("default", "leave_one_out", "drain3")
    }
    print(f"{'mean':14}" + "".join(f"{m['ga']:9.3f}{m['pa']:6.3f}" for m in mean.values()))
    return {"labels": labels, "systems": rows, "mean": mean}


# -- categories

_MARK = re.compile(r"\{([A-Z]{3})\|([^}]*)\}")
STATIC = "static"


def written() -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Return the labelled lines: text, and the spans of its variables with their categories."""
    lines = []
    for row in WRITTEN.read_text(encoding="utf-8").splitlines():
        if row.startswith("#"):
            continue
        text, spans, at = "", [], 0
        for mark in _MARK.finditer(row):
            text += row[at : mark.start()]
            spans.append((len(text), len(text) + len(mark[2]), mark[1]))
            text, at = text + mark[2], mark.end()
        lines.append((text + row[at:], spans))
    return lines


def labels_of(text: str, spans: Sequence[tuple[int, int, str]]) -> list[tuple[str, str, str]]:
    """Return, for each word of a line, the label found, the one found if it is known to vary, and the true one."""
    line, at, labels = read(text), 0, []
    for place, word in enumerate(line.words):
        at = text.index(word.text, at)
        end = at + len(word.text)
        true = next((category for start, stop, category in spans if start < end and at < stop), STATIC)
        variable = word.kind >= Kind.VALUE
        category = categorise(line.words, place).value
        labels.append((category if variable else STATIC, category, true))
        at = end
    return labels


def categories(parity: int) -> dict[str, Any]:
    """Return the scores of each category over the written lines with even (0) or odd (1) numbers."""
    labels = [
        found
        for number, (text, spans) in enumerate(written(), 1)
        if number % 2 == parity
        for found in labels_of(text, spans)
    ]
    alone = by_category([found for found, _, _ in labels], [true for _, _, true in labels])
    known = [(category, true) for _, category, true in labels if true != STATIC]
    given = by_category([category for category, _ in known], [true for _, true in known])
    return {
        "words": len(labels),
        "variables": len(known),
        "given_the_variables": given,
        "given_the_variables_macro_f1": statistics.fmean(score.f1 for score in given.values()),
        "one_line_alone": alone,
        "one_line_alone_macro_f1": statistics.fmean(
            score.f1 for label, score in alone.items() if label != STATIC
        ),
    }


def show(name: str, found: dict[str, Any]) -> None:
    """Print the scores of some written lines."""
    print(f"categories, lines {name}: {found['words']} words, {found['variables']} of them variables")
    for way in ("given_the_variables", "one_line_alone"):
        print(f" {way}: macro F1 {found[f'{way}_macro_f1']:.3f}")
        for label, score in found[way].items():
            print(
                f"  {label:7} P {score.precision:.3f} R {score.recall:.3f} F1 {score.f1:.3f} n={score.support}"
            )


def grouped_crashes(count: int = 400) -> dict[str, float]:
    """Group the tracebacks of a fuzzing run and compare the groups with the causes."""
    known = crashes(count)
    abstraction = Abstraction()
    found = list(abstraction.read(line for text, _ in known for line in text.splitlines()))
    score = pairwise_f1([abstraction.number(one) for one in found], [cause for _, cause in known])
    groups = len({abstraction.number(one) for one in found})
    return {
        "crashes": count,
        "causes": len({cause for _, cause in known}),
        "groups": groups,
        "pairwise_f1": score.f1,
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--corrected", type=Path)
    parser.add_argument("--categories-only", action="store_true")
    arguments = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {
        "reproduces": False,
        "falls_short": "one annotator labelled the categories, not two",
    }
    if not arguments.categories_only:
        place = arguments.sets or next((path for path in candidates(SETS) if path.is_dir()), Path(SETS.path))
        result["loghub2k"] = compare(place, "corrected labels of loghub-2.0, 2k_dataset")
        if arguments.corrected:
            named = "corrected labels of logparser, loghub_2k_corrected"
            result["loghub_2k_corrected"] = compare(arguments.corrected, named)
    for name, parity in (("held_out", 1), ("looked_at", 0)):
        result[f"categories_{name}"] = categories(parity)
        show(name, result[f"categories_{name}"])
    result["crashes"] = grouped_crashes()
    print(f"crashes grouped by cause: {result['crashes']}")
    if not arguments.categories_only:
        print(store("logs", result, where=where))
    return 0


if __name__ == "__main__":
    sys.exit(main())
