"""Peer fuzzers for the benchmark of Fuzz4All, and the harness that gives each the same systems and the same CPU time.

`Bytes` is a byte mutator in the manner of AFL's havoc stage, with coverage feedback: what took a new branch joins the
corpus. `Grammarinator` is the published generator, run unchanged by an interpreter of its own on a published grammar,
streaming; its process is charged too.

Leaves out: peers that instrument native code.
"""

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.measuring import own_cpu
from trialrun.compare.systems import Reply, Served
from trialrun.core.errors import Missing
from trialrun.lang.comments import without_comments
from trialrun.probe.engine import Target
from trialrun.probe.fuzz4all import Reaction

BATCH = 30
GRAMMARINATOR = "GRAMMARINATOR_PYTHON"
INSTALL = """\
python -m venv /tmp/grammarinator
/tmp/grammarinator/bin/pip install grammarinator==26.1
export GRAMMARINATOR_PYTHON=/tmp/grammarinator/bin/python"""


class Fuzzer(Protocol):
    """Writes batches, and is told what came of them."""

    def batch(self) -> list[str]:
        """Return the next programs."""

    def tell(self, texts: Sequence[str], replies: Sequence[Reply]) -> None:
        """Take note of the replies."""

    def cpu_s(self) -> float:
        """Return CPU seconds of processes of its own."""


@dataclass(slots=True)
class Score:
    """What one fuzzer came to in its time."""

    fuzzer: str
    seed: int
    branches: int = 0
    written: int = 0
    distinct: int = 0
    valid: int = 0
    bugs: int = 0
    cpu_s: float = 0.0

    @property
    def validity(self) -> float:
        """Valid distinct programs by programs written."""
        return self.valid / self.written if self.written else 0.0

    def plain(self) -> dict[str, Any]:
        """Return it for the stored result."""
        return {**asdict(self), "validity": round(self.validity, 4)}


def branches(served: Served) -> int:
    """Return how many ways of branches were taken."""
    return sum(branch[3] >= 0 for branch in served.branches)


def drive(name: str, seed: int, fuzzer: Fuzzer, target: Target, served: Served, cpu_s: float) -> Score:
    """Run a fuzzer until everybody together has used `cpu_s` CPU seconds."""
    score, began, seen = Score(name, seed), time.process_time(), set()
    while score.cpu_s < cpu_s:
        written = fuzzer.batch()
        fresh = {}
        for text in written:
            bare = without_comments(text, target.language)
            if bare and bare not in seen:
                seen.add(bare)
                fresh[bare] = text
        texts = list(fresh.values())
        replies = served.run(texts)
        fuzzer.tell(texts, replies)
        reactions = [reply.answer.reaction for reply in replies]
        score.written += len(written)
        score.distinct += len(texts)
        score.valid += reactions.count(Reaction.SAFE)
        score.bugs += reactions.count(Reaction.BUG)
        score.cpu_s = time.process_time() - began + served.cpu_s + fuzzer.cpu_s()
    score.branches = branches(served)
    return score


class Bytes:
    """Mutates bytes of a corpus that grows by what took a new branch."""

    def __init__(self, corpus: Sequence[str], seed: int) -> None:
        self._corpus = [text.encode("utf-8", "replace") for text in corpus]
        self._chance = random.Random(seed)
        self._first = list(corpus)

    def batch(self) -> list[str]:
        """Return mutants; the corpus itself at first."""
        if self._first:
            given, self._first = self._first[:BATCH], self._first[BATCH:]
            return given
        return [self._mutant().decode("utf-8", "replace") for _ in range(BATCH)]

    def tell(self, texts: Sequence[str], replies: Sequence[Reply]) -> None:
        """Keep what was new."""
        self._corpus += [
            text.encode("utf-8", "replace")
            for text, reply in zip(texts, replies, strict=True)
            if reply.answer.novel and reply.answer.reaction is not Reaction.TIMEOUT
        ]

    def cpu_s(self) -> float:
        """Return nothing: all is done in this process."""
        return 0.0

    def _mutant(self) -> bytes:
        chance = self._chance
        data = bytearray(chance.choice(self._corpus))
        for _ in range(1 << chance.randrange(4)):
            place = chance.randrange(len(data) + 1)
            size = min(1 << chance.randrange(6), len(data) - place)
            match chance.randrange(7):
                case 0 if place < len(data):
                    data[place] ^= 1 << chance.randrange(8)
                case 1 if place < len(data):
                    data[place] = chance.randrange(256)
                case 2:
                    data.insert(place, chance.randrange(32, 127))
                case 3:
                    del data[place : place + size]
                case 4:
                    data[place:place] = data[place : place + size]
                case 5:
                    other = chance.choice(self._corpus)
                    start = chance.randrange(len(other) + 1)
                    data[place:place] = other[start : start + (1 << chance.randrange(6))]
                case 6:
                    other = chance.choice(self._corpus)
                    cut = chance.randrange(len(other) + 1)
                    data[place:] = other[cut:]
        return bytes(data[:10_000])


_STREAM = """
import importlib, json, random, sys
sys.path.insert(0, sys.argv[1]); sys.setrecursionlimit(20000)
from grammarinator.runtime import DefaultModel, RuleSize
class Longer(DefaultModel):
    def quantify(self, node, idx, cnt, start, stop, prob=0.5): return random.random() < max(prob, float(sys.argv[6]))
random.seed(int(sys.argv[4]))
limit = RuleSize(depth=int(sys.argv[5]), tokens=float("inf"))
made = getattr(importlib.import_module(sys.argv[2]), sys.argv[2])(model=Longer(), limit=limit)
while True: print(json.dumps(str(getattr(made, sys.argv[3])())))
"""


class Grammarinator:
    """The published generator as a stream. Use as a context manager."""

    def __init__(self, grammar: Path, rule: str, seed: int, work: Path, *, depth: int, more: float) -> None:
        python = os.environ.get(GRAMMARINATOR, "")
        if not python or shutil.which(python) is None:
            raise Missing(f"grammarinator is run by an interpreter that {GRAMMARINATOR} names", INSTALL)
        process = str(Path(python).parent / "grammarinator-process")
        out = work / grammar.stem
        out.mkdir(exist_ok=True)
        name = f"{grammar.stem}Generator"
        if not (out / f"{name}.py").exists():
            subprocess.run(
                [process, str(grammar), "-o", str(out), "--no-actions"], check=True, capture_output=True
            )
        arguments = [str(out), name, rule, str(seed), str(depth), str(more)]
        self._process = subprocess.Popen(
            [python, "-c", _STREAM, *arguments], stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Grammarinator":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def batch(self) -> list[str]:
        """Return the next texts of the stream."""
        assert self._process.stdout is not None
        return [json.loads(self._process.stdout.readline()) for _ in range(BATCH)]

    def tell(self, texts: Sequence[str], replies: Sequence[Reply]) -> None:
        """Take no note: it has no feedback."""

    def cpu_s(self) -> float:
        """Return what its process has used."""
        return own_cpu(self._process.pid)
