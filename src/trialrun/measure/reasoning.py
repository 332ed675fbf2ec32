"""How well executions were foretold: shares by what programs contain, rates of three kinds, traces, baselines.

From records of questions (`tasks/questions.py`) and the tasks that they answer. A *stratum* is a property of the
program that is asked about: constructs, depth of nesting, length, the type of what the call gives, calls of others'
functions; each shows how many questions it holds and a Wilson interval, and one under `FEW` is marked. *Rates*: IER,
answers about given programs; DER, answers about programs that the model wrote and that pass, with a denominator of
its own; SR, the share of tasks solved. *Traces*: Acc Mean, Acc Hard (programs with every call right), Sim, False Sim.

Leaves out: loop counts (they need a trace of each program), judging.
Sources: CodeMind (2024), CoCoNUT (2025).
"""

import ast
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trialrun.core.judgement import Verdict
from trialrun.core.record import Record
from trialrun.core.task import PredictionCheck, Task
from trialrun.lang.literal_calls import read_literal
from trialrun.lang.scopes import Unparseable, parse
from trialrun.verify.text_answers import spearman

FEW = 20
"""Questions below which a stratum says little."""
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """Right answers among some."""

    right: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval."""
        if not self.n:
            return 0.0, 1.0
        p, n, z = self.value, self.n, _Z
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def is_small(self) -> bool:
        """Whether it holds too few questions to say much."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Traces:
    """How well traces were foretold, as CoCoNUT counts: each program once, whatever the number of its calls."""

    acc_mean: float
    """Mean over programs of the share of calls answered exactly."""
    acc_hard: float
    """Share of programs of which every call was answered exactly."""
    sim: float
    """Mean over programs of the mean similarity."""
    false_sim: float
    """The same of wrong answers alone; a program without any counts 0, as it does in the published table."""
    acc_calls: float
    """Share of all calls answered exactly."""
    wrong_sim: float
    """Mean similarity of all wrong answers; 0 where there is none."""
    calls: int
    programs: int


@dataclass(frozen=True, slots=True)
class Rates:
    """CodeMind's three rates of one model."""

    ier: Share
    der: Share
    """Of the programs that it solved itself."""
    sr: Share


def strata(records: Iterable[Record], tasks: Iterable[Task]) -> dict[str, Share]:
    """Return the share of right answers for each property of the programs that are asked about."""
    known = {task.id: task for task in tasks}
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for record in records:
        task = known.get(record.task_id)
        if task is None or record.unscored is not None:
            continue
        for name in ("all", *properties(task)):
            total[name] += 1
            right[name] += record.verdict is Verdict.PASS
    return {name: Share(right[name], total[name]) for name in sorted(total)}


def properties(task: Task) -> list[str]:
    """Return the properties of the program that a question is about."""
    check = next((check for check in task.hidden_checks if isinstance(check, PredictionCheck)), None)
    tree = parse(check.source) if check is not None else None
    if check is None or tree is None or isinstance(tree, Unparseable):
        return []
    found = {
        name for node in ast.walk(tree) for name, kinds in _CONSTRUCTS.items() if isinstance(node, kinds)
    }
    found.add(f"nesting {min(_depth(tree), 4)}")
    lines = len([line for line in check.source.splitlines() if line.strip()])
    found.add(
        "lines "
        + ("1-5" if lines <= 5 else "6-10" if lines <= 10 else "11-20" if lines <= 20 else "21 and more")
    )
    if any(isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) for node in ast.walk(tree)):
        found.add("calls methods")
    answer = read_literal(task.reference or "")
    if answer is not None:
        found.add(f"gives {type(answer.value).__name__}")
    return sorted(found)


def traces(answers: Sequence[tuple[str, bool, float]]) -> Traces:
    """Return the figures of some answers about traces: (program, exactly right, similarity) each.

    >>> found = traces([("a", True, 1.0), ("a", False, 0.5), ("b", True, 1.0)])
    >>> found.acc_mean, found.acc_hard, found.sim, found.false_sim, found.wrong_sim
    (0.75, 0.5, 0.875, 0.25, 0.5)
    """
    by_program: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for program, right, score in answers:
        by_program[program].append((right, score))
    count = len(by_program) or 1
    wrong = {program: [score for right, score in some if not right] for program, some in by_program.items()}
    everything = [score for some in wrong.values() for score in some]
    return Traces(
        acc_mean=sum(_mean([right for right, _ in some]) for some in by_program.values()) / count,
        acc_hard=sum(not some for some in wrong.values()) / count,
        sim=sum(_mean([score for _, score in some]) for some in by_program.values()) / count,
        false_sim=sum(_mean(some) for some in wrong.values()) / count,
        acc_calls=_mean([right for _, right, _ in answers]),
        wrong_sim=_mean(everything),
        calls=len(answers),
        programs=len(by_program),
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def trace_answers(records: Iterable[Record]) -> list[tuple[str, bool, float]]:
    """Return records of questions about traces as `traces` takes them; ids end in the number of the call."""
    return [
        (record.task_id.rpartition("/")[0], record.verdict is Verdict.PASS, record.judgements[0].score or 0.0)
        for record in records
        if record.judgements and record.unscored is None
    ]


def share_of(records: Iterable[Record]) -> Share:
    """Return the share of attempts that passed, of those with a verdict."""
    scored = [record for record in records if record.unscored is None]
    return Share(sum(record.verdict is Verdict.PASS for record in scored), len(scored))


def rank_correlations(models: dict[str, Rates]) -> dict[str, float]:
    """Return Spearman's correlation over models of each two rates."""
    rates: dict[str, Callable[[Rates], float]] = {
        "IER": lambda one: one.ier.value,
        "DER": lambda one: one.der.value,
        "SR": lambda one: one.sr.value,
    }
    columns = {name: [rate(one) for one in models.values()] for name, rate in rates.items()}
    names = list(columns)
    return {
        f"{one} and {two}": spearman(columns[one], columns[two]) if len(models) > 1 else 0.0
        for place, one in enumerate(names)
        for two in names[place + 1 :]
    }


def most_frequent(answers: Sequence[str]) -> list[str]:
    """Return, for each answer, the most frequent one of all others: the guess that reads no question.

    >>> most_frequent(["a", "a", "b"])
    ['a', 'a', 'a']
    """
    counts = Counter(answers)
    guesses = []
    for answer in answers:
        counts[answer] -= 1
        guesses.append(max(counts, key=lambda one: counts[one]))
        counts[answer] += 1
    return guesses


def echo(text: str) -> str:
    """Return the last number or string literal in a text: the guess that repeats what it saw last.

    >>> echo("print(f(3, 'ab'))"), echo("x = 7"), echo("nothing")
    ('ab', '7', '')
    """
    found = re.findall(r"'([^'\n]*)'|\"([^\"\n]*)\"|(-?\d+(?:\.\d+)?)", text)
    return next((part for part in found[-1] if part), "") if found else ""


_CONSTRUCTS: dict[str, tuple[type[ast.AST], ...]] = {
    "if": (ast.If, ast.IfExp),
    "for": (ast.For,),
    "while": (ast.While,),
    "comprehension": (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    "try": (ast.Try,),
    "class": (ast.ClassDef,),
    "lambda": (ast.Lambda,),
    "slice": (ast.Slice,),
}
_NESTS = (ast.If, ast.For, ast.While, ast.Try, ast.With)


def _depth(node: ast.AST) -> int:
    """Return how deep compound statements lie in one another; `elif` is no deeper than its `if`."""
    deepest = 0
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        is_elif = (
            isinstance(node, ast.If)
            and name == "orelse"
            and len(children) == 1
            and isinstance(children[0], ast.If)
        )
        for child in children:
            if isinstance(child, ast.AST):
                deepest = max(deepest, _depth(child) - is_elif)
    return deepest + isinstance(node, _NESTS)
