"""Functions in groups: by what they do, against token embeddings with KMeans, on copies of known origin.

    python -m bench.codechain_clusters --sklearn PYTHON [--pools 8] [--keep FOLDER]

A pool holds copies of six of CodeARC's functions that take equally many arguments: of each two with other names, two
refactored, two both (`bench/rewrites.py`; only copies that do the same on all inputs count), and two mutants that do
not, under other names. All ways are told that there are six groups. The adjusted Rand index compares their groups
with the origins; mutants belong to what they were made of. Intervals are of paired differences, by bootstrap over
pools. A *trusted* copy is one that is no mutant: of each group's representative it is told whether it is one.

*Ours* is `compare/function_clusters.py` as CodeChain uses it; *behaviour alone* lets the text decide between equals
only. KMeans is scikit-learn's (seed 0, best of ten starts), over TF-IDF of tokens: a stand-in for the published
StarEncoder embeddings, which need a network of 125 million weights. *Words* are all tokens of the text. *Syntax* are
the kinds of syntax nodes and the names of called functions (`compare/code_tokens.py`): no published embedding, and made
for copies like these, since renaming does not touch it and refactorings hardly do.

Leaves out: functions that a model wrote; learnt embeddings.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import named_python
from bench.pools import Function, codearc_functions, drawn, made_inputs, together
from bench.rewrites import refactored, renamed
from trialrun.compare.code_tokens import tokens
from trialrun.compare.function_clusters import function_clusters, shared_cases
from trialrun.compare.mutants import key_of
from trialrun.core.execution import Execution, Outcome
from trialrun.core.program import Program
from trialrun.lang.mutants import mutants
from trialrun.lang.submodules import SubModule, sub_modules
from trialrun.measure.paired import difference_interval
from trialrun.run.sandbox import Sandbox
from trialrun.store.atomic import write_atomically

SEED = 20261129
ORIGINS = 6
COPIES = 2
"""Of each kind."""
MADE = 15
"""Inputs beside the recorded ones that decide whether a copy does the same."""
TUNED = frozenset(
    f"CodeARC/{number}"
    for number in (22, 54, 70, 133, 182, 411, 415, 451, 477, 665, 681, 684, 719, 723, 727, 776, 877, 889, 901, 904, 968,
                   1028, 1038, 1093)
)  # fmt: skip
"""Functions of the three pools on which ours was tuned; they are left out here."""
CASES, TEXT = 8, 0.6
"""The defaults of `function_clusters`."""
BEHAVIOUR_ALONE = 1e-3
"""Weight of the text with which it decides between equals only."""
INSTALL = """\
uv venv --python 3.13 /tmp/sklearn
uv pip install --python /tmp/sklearn/bin/python scikit-learn
export SKLEARN_PYTHON=/tmp/sklearn/bin/python"""

_PEER = """
import json, sys
import sklearn
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
groups, out = json.load(sys.stdin), []
for texts in groups["pools"]:
    table = TfidfVectorizer(token_pattern=groups["pattern"], lowercase=False).fit_transform(texts)
    found = KMeans(n_clusters=groups["count"], n_init=10, random_state=0).fit(table)
    far = found.transform(table)
    members = {k: [i for i, label in enumerate(found.labels_) if label == k] for k in sorted(set(found.labels_))}
    nearest = [min(group, key=lambda i: (far[i][k], i)) for k, group in members.items()]
    out.append({"labels": found.labels_.tolist(), "nearest": [int(i) for i in nearest]})
json.dump({"version": sklearn.__version__, "pools": out}, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a function."""

    origin: str
    kind: str
    function: SubModule

    @property
    def trusted(self) -> bool:
        """Whether it does what its origin does."""
        return self.kind != "mutant"


def copies_of(sandbox: Sandbox, function: Function, rng: random.Random) -> list[Copy] | None:
    """Return the copies of a function, or None where too few of them do what they should."""
    source, entry = function.program.source, function.program.entry or ""
    proposed: list[tuple[str, str, str]] = []
    for _ in range(COPIES + 1):
        proposed += [
            ("renamed", *renamed(source, entry, rng)),
            ("refactored", refactored(source, rng), entry),
            ("both", *renamed(refactored(source, rng), entry, rng)),
        ]
    for mutant in mutants(source, entry, limit=6, seed=SEED):
        proposed.append(("mutant", *renamed(mutant.source, entry, rng)))
    programs = [Program.from_source(text, entry=name) for _, text, name in proposed]
    cases = (*function.shown, *made_inputs(function, MADE))
    right, again, *rows = map(
        _keys, together(sandbox, [function.program, function.program, *programs], cases)
    )
    if right is None or None in right or right != again:
        return None
    found: list[Copy] = []
    for (kind, _, name), program, did in zip(proposed, programs, rows, strict=True):
        alone = next((one for one in sub_modules(program) if one.name == name), None)
        copied = any(alone is not None and one.function.text == alone.text for one in found)
        same = did == right
        if alone is None or copied or did is None or same is (kind == "mutant"):
            continue
        if sum(one.kind == kind for one in found) < COPIES:
            found.append(Copy(origin=function.id, kind=kind, function=alone))
    return found if len(found) == 4 * COPIES else None


def _keys(did: Sequence[Execution] | None) -> list[str | None] | None:
    return None if did is None else [key_of(one) for one in did]


def made_pools(sandbox: Sandbox, count: int, keep: Path, minutes: float) -> Iterator[list[Copy]]:
    """Yield pools of copies, until there are enough or the time is over; what lies in `keep` is not made again.

    No function is in two pools, and those of one pool take equally many arguments.
    """
    began = time.monotonic()
    keep.mkdir(parents=True, exist_ok=True)
    waiting: dict[int, list[list[Copy]]] = {}
    made = 0
    everything = [one for one in codearc_functions() if one.program.source.count("def ") == 1]
    for function in drawn(everything, len(everything), seed=SEED, without=TUNED):
        found = _kept_copies(sandbox, function, keep / f"{function.id.replace('/', '-')}.json")
        if found:
            group = waiting.setdefault(found[0].function.arity, [])
            group.append(found)
            if len(group) == ORIGINS:
                yield [one for part in group for one in part]
                group.clear()
                made += 1
        if made == count or time.monotonic() - began > 60 * minutes:
            return


def _kept_copies(sandbox: Sandbox, function: Function, path: Path) -> list[Copy]:
    """Return the copies of a function, from a file or made and kept in it; none where too few are what they should."""
    if not path.exists():
        try:
            made = copies_of(sandbox, function, random.Random(f"{SEED} {function.id}")) or []
        except (SyntaxError, ValueError, RecursionError):
            made = []
        kept = [(one.kind, one.function.name, one.function.program.source) for one in made]
        write_atomically(path, json.dumps(kept).encode())
    return [
        Copy(origin=function.id, kind=kind, function=one)
        for kind, name, source in json.loads(path.read_bytes())
        for one in sub_modules(Program.from_source(source, entry=name))
        if one.name == name
    ]


def adjusted_rand(one: Sequence[Hashable], two: Sequence[Hashable]) -> float:
    """Return the adjusted Rand index of two groupings of the same items: 1 for equal ones, about 0 by chance.

    >>> adjusted_rand("aabb", "xxyy"), adjusted_rand("aabb", "xyxy")
    (1.0, -0.5)
    """
    both = sum(comb(count, 2) for count in Counter(zip(one, two, strict=True)).values())
    a, b = (sum(comb(count, 2) for count in Counter(labels).values()) for labels in (one, two))
    expected = a * b / comb(len(one), 2)
    most = (a + b) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def by_behaviour(sandbox: Sandbox, pool: Sequence[Copy], text: float) -> dict[str, Any]:
    """Group a pool by behaviour, the text with a weight; return labels and the places of representatives."""
    functions = [one.function for one in pool]
    programs = list({one.program.id: one.program for one in functions}.values())
    arity = functions[0].arity
    shared = shared_cases([one for one in functions if one.arity == arity], count=CASES, seed=SEED)
    nothing = (Execution(outcome=Outcome.TIMEOUT),) * len(shared)
    rows = together(sandbox, programs, shared)
    did = {program.id: row or nothing for program, row in zip(programs, rows, strict=True)}
    groups = function_clusters(
        functions,
        ORIGINS,
        lambda program, cases: did[program.id],
        trusted=[one.trusted for one in pool],
        cases=CASES,
        text=text,
        seed=SEED,
    )
    label = {place: number for number, group in enumerate(groups) for place in group.members}
    return {
        "labels": [label[place] for place in range(len(pool))],
        "nearest": [group.representative for group in groups if group.representative is not None],
    }


def by_tokens(python: str, pool_texts: Sequence[Sequence[str]], pattern: str) -> dict[str, Any]:
    """Group pools of texts by KMeans; return its labels and the members nearest to the centres."""
    asked = json.dumps({"pools": pool_texts, "pattern": pattern, "count": ORIGINS})
    done = subprocess.run([python, "-c", _PEER], input=asked, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def interval(values: Sequence[float]) -> dict[str, float]:
    """Return the mean of differences with its 95 % interval."""
    low, high = difference_interval(values)
    return {
        name: round(one, 4)
        for name, one in (("mean", statistics.fmean(values)), ("low", low), ("high", high))
    }


def scored(pools: Sequence[Sequence[Copy]], ways: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the index of each way, the differences, and who represents the groups."""
    index = {
        way: [
            adjusted_rand(found["labels"], [one.origin for one in pool])
            for pool, found in zip(pools, rows, strict=True)
        ]
        for way, rows in ways.items()
    }
    alike = {
        way: [
            adjusted_rand(
                [label for label, one in zip(found["labels"], pool, strict=True) if one.trusted],
                [one.origin for one in pool if one.trusted],
            )
            for pool, found in zip(pools, rows, strict=True)
        ]
        for way, rows in ways.items()
    }
    rivals = [way for way in ways if way != "ours"]
    return {
        "adjusted_rand": {way: round(statistics.fmean(values), 4) for way, values in index.items()},
        "adjusted_rand_without_mutants": {
            way: round(statistics.fmean(values), 4) for way, values in alike.items()
        },
        "ours_minus": {
            way: interval([a - b for a, b in zip(index["ours"], index[way], strict=True)]) for way in rivals
        },
        "representatives": {
            way: {
                "groups": sum(len(found["nearest"]) for found in rows),
                "trusted": sum(
                    pool[place].trusted
                    for pool, found in zip(pools, rows, strict=True)
                    for place in found["nearest"]
                ),
            }
            for way, rows in ways.items()
        },
        "rows": {way: [round(value, 4) for value in values] for way, values in index.items()},
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pools", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=60.0, help="for making copies, at most")
    parser.add_argument(
        "--keep", type=Path, default=Path("/tmp/trialrun-copies"), help="where copies are kept"
    )
    parser.add_argument("--sklearn", help="the interpreter that has scikit-learn")
    arguments = parser.parse_args()
    where = circumstances()
    python = named_python("scikit-learn", "SKLEARN_PYTHON", INSTALL, arguments.sklearn)
    began = time.monotonic()
    with Sandbox() as sandbox:
        pools = list(made_pools(sandbox, arguments.pools, arguments.keep, arguments.minutes))
        ready = time.monotonic()
        ours = [by_behaviour(sandbox, pool, TEXT) for pool in pools]
        alone = [by_behaviour(sandbox, pool, BEHAVIOUR_ALONE) for pool in pools]
    ended = time.monotonic()
    words = by_tokens(python, [[one.function.text for one in pool] for pool in pools], r"\w+|[^\w\s]")
    syntax = by_tokens(
        python,
        [[" ".join(sorted(tokens(one.function.text).elements())) for one in pool] for pool in pools],
        r"\S+",
    )
    ways = {"ours": ours, "behaviour alone": alone, "words": words["pools"], "syntax": syntax["pools"]}
    result: dict[str, Any] = {
        "pools": len(pools),
        "copies": sum(map(len, pools)),
        "kinds": Counter(one.kind for pool in pools for one in pool),
        "arities": Counter(pool[0].function.arity for pool in pools),
        "scikit_learn": words["version"],
    }
    result |= scored(pools, ways)
    result["seconds"] = {
        "making_copies": round(ready - began, 1),
        "behaviour": round(ended - ready, 1),
        "kmeans": round(time.monotonic() - ended, 1),
    }
    print(*(f"{name}: {it}" for name, it in result.items() if name != "rows"), sep="\n")
    print(store("codechain_clusters", result, where=where))
    better = result["ours_minus"]["words"]["low"] >= 0
    own = result["representatives"]["ours"]
    return int(not better or own["groups"] != own["trusted"])


if __name__ == "__main__":
    sys.exit(main())
