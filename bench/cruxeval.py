"""CRUXEval: all published outputs by executing, stored generations graded again, baselines.

    python -m bench.cruxeval [--generations DIRECTORY]

*Outputs*: each of the 800 published outputs as an answer, judged by running the call. *Generations*: `DIRECTORY` is
`samples` of a checkout of the CRUXEval repository; its stored generations are graded here and compared, answer by
answer, with the scores that are stored beside them. Upstream leaves an answer that repeats the call (output) or has no
call (input) out of the count, as long as another answer of the same question is right, so that its pass@k has fewer
answers to divide by; both figures are printed, upstream's first. *Baselines*: the most frequent output of all others,
and the call's own arguments.

Leaves out: making generations.
"""

import argparse
import json
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, store
from trialrun.core.execution import Limits
from trialrun.core.judgement import Judgement, Verdict
from trialrun.core.task import PredictionCheck, Task
from trialrun.measure.pass_at_k import pass_at_k
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.verify.prediction import judge_prediction

NO_ANSWER = ("repeats the call", "no call of f")
LIMITS = Limits(cpu_s=3.0)
"""Upstream's limit, in CPU seconds."""


def check_of(task: Task) -> PredictionCheck:
    """Return the one check of a question."""
    (check,) = task.hidden_checks
    assert isinstance(check, PredictionCheck)
    return check


def published_outputs(sandbox: Sandbox) -> dict[str, Any]:
    """Judge the published answers of both directions by running."""
    found = {}
    for name in ("cruxeval", "cruxeval-input"):
        tasks = registry.load(name).tasks
        judged = {
            task.id: judge_prediction(sandbox, check_of(task), task.reference or "", LIMITS) for task in tasks
        }
        wrong = [id for id, judgement in judged.items() if judgement.verdict is not Verdict.PASS]
        found[name] = {"right": len(judged) - len(wrong), "of": len(judged), "wrong": wrong}
    return found


def baselines(sandbox: Sandbox) -> dict[str, float]:
    """Return the share of right answers of two guesses that read nothing."""
    tasks = registry.load("cruxeval").tasks
    outputs = Counter(task.reference for task in tasks)
    right = {"most frequent": 0, "echo": 0}
    for task in tasks:
        others = outputs - Counter([task.reference])
        guesses = {"most frequent": others.most_common(1)[0][0] or "", "echo": check_of(task).call}
        for name, guess in guesses.items():
            right[name] += judge_prediction(sandbox, check_of(task), guess, LIMITS).verdict is Verdict.PASS
    return {name: count / len(tasks) for name, count in right.items()}


def regraded(sandbox: Sandbox, folder: Path, kind: str) -> dict[str, Any]:
    """Grade the stored generations of one direction and compare with the stored scores."""
    stored = json.loads(
        (folder / "evaluation_results" / f"sample_scored_codellama-7b_temp0.2_{kind}.json").read_text()
    )
    tasks = registry.load("cruxeval" if kind == "output" else "cruxeval-input").tasks
    ours: dict[str, list[Judgement]] = {}
    for task in tasks:
        known: dict[str, Judgement] = {}
        for text in stored["raw_generations"][task.id.replace("/", "_")]:
            if text not in known:
                known[text] = judge_prediction(sandbox, check_of(task), text, LIMITS)
            ours.setdefault(task.id, []).append(known[text])
    disagree, answers = [], 0
    upstream: list[list[bool]] = []
    for task in tasks:
        published = stored["raw_scored_generations"][task.id.replace("/", "_")]
        kept = [one for one in ours[task.id] if not _left_out(one)]
        scores = [one.verdict is Verdict.PASS for one in kept]
        upstream.append(scores if any(scores) else [False] * len(ours[task.id]))
        answers += len(ours[task.id])
        if upstream[-1] != published:
            disagree.append(task.id)
    plain = [[one.verdict is Verdict.PASS for one in ours[task.id]] for task in tasks]
    return {
        "answers": answers,
        "questions": len(tasks),
        "questions_that_disagree": disagree,
        "published": {k: stored[f"pass_at_{k}"] for k in (1, 5)},
        "by_upstreams_count": {k: _mean(upstream, k) for k in (1, 5)},
        "every_answer_counted": {k: _mean(plain, k) for k in (1, 5)},
    }


def _left_out(judgement: Judgement) -> bool:
    return any(shown.message.startswith(NO_ANSWER) for shown in judgement.evidence)


def _mean(scores: Sequence[Sequence[bool]], k: int) -> float:
    """Return pass@k in percent as upstream has it: 1 where fewer than k answers are wrong."""
    found = []
    for some in scores:
        n, c = len(some), sum(some)
        found.append(1.0 if n - c < k else pass_at_k(n, c, k))
    return 100 * statistics.fmean(found)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--generations", type=Path)
    arguments = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {}
    with Sandbox() as sandbox:
        result["published_answers"] = published_outputs(sandbox)
        for name, found in result["published_answers"].items():
            print(
                f"{name}: {found['right']} of {found['of']} published answers are right, by executing {found['wrong']}"
            )
        result["baselines"] = baselines(sandbox)
        print("baselines:", ", ".join(f"{name} {share:.1%}" for name, share in result["baselines"].items()))
        for kind in ("output", "input") if arguments.generations else ():
            found = result[f"generations_{kind}"] = regraded(sandbox, arguments.generations, kind)
            print(f"generations, {kind}: {found['answers']} answers to {found['questions']} questions")
            for name in ("published", "by_upstreams_count", "every_answer_counted"):
                print(f"  {name}: " + ", ".join(f"pass@{k} {share:.4f}" for k, share in found[name].items()))
            print(f"  questions that disagree: {found['questions_that_disagree']}")
    print(store("cruxeval", result, where=where))
    return any(found["wrong"] for found in result["published_answers"].values())


if __name__ == "__main__":
    sys.exit(main())
