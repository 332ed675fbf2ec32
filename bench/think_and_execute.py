"""Think-and-Execute: one program per kind of task, really run; and simulated, where a model is named.

    python -m bench.think_and_execute [--model local] [--each 1] [--tokens 512]

The programs of `bench/algorithmic_plans/`, written by hand, stand in for what an instructor model would write; each
goes through method, sandbox and judge as any answer would.

*run*: on all instances of its set of BIG-Bench Hard. *fresh*: on 250 instances a kind that were made with their answers
(`learn/builders/algorithmic.py`), in two sizes. No model decides anything in either. Beside the right answers stand
the share of the most frequent answer and what guessing gives.

*simulated* (with --model): the same programs, `--each` instances a set, executed by the model as published and really:
right answers of both, in one table; the first step at which each simulation leaves what happened; how often the answer
is right though the trace is not; tokens, seconds. All parts are kept in the result, each with its circumstances.

Leaves out: programs that a model writes.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS, ROOT, circumstances, store
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.execution import Limits
from trialrun.core.judgement import Verdict
from trialrun.core.task import Task
from trialrun.flow import evaluate
from trialrun.generate.think_and_execute import ANALYSE, ThinkAndExecute
from trialrun.learn.builders.algorithmic import KINDS, chance, instances
from trialrun.making import PublicRunner
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Model, Request, Response, Sample
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Wrapper
from trialrun.run.sandbox import Sandbox
from trialrun.store.programs import read_programs
from trialrun.tasks import registry
from trialrun.tasks.suites import SUITES
from trialrun.verify.simulation import Divergence, first_divergence
from trialrun.verify.tests import Judge, Rules

NAME = "think_and_execute"
PLANS = ROOT / "bench" / "algorithmic_plans"
SIZES = (4, 8)
FRESH = 250


class Given(Wrapper):
    """A model whose thinking is done: the program is given, the rest is asked."""

    def __init__(self, inner: Model, plan: str) -> None:
        super().__init__(inner)
        self._plan = plan

    def complete(self, request: Request) -> Response:
        """Answer what is about the kind of task by the program, and pass on what is about an instance."""
        if not request.messages[0].content.startswith(ANALYSE[:40]):
            return self.inner.complete(request)
        return Response(samples=(Sample(text=f"```python\n{self._plan}\n```"),), model=self.id)


def no_model() -> Model:
    """Return a model that knows nothing."""
    return Scripted(lambda _request, _index: "Final answer: none")


def run_sets(folder: Path) -> dict[str, Any]:
    """Run every program on its whole set."""
    table = {}
    for suite, plan in plans():
        began = time.monotonic()
        run = evaluate(suite, method=ThinkAndExecute(), model=Given(no_model(), plan), output=folder / suite)
        answers = Counter(task.reference for task in run.tasks.tasks)
        table[suite] = {
            "instances": len(run.records),
            "right": sum(record.verdict is Verdict.PASS for record in run.records),
            "most_frequent_answer": round(max(answers.values()) / len(run.records), 3),
            "different_answers": len(answers),
            "wall_s": round(time.monotonic() - began, 1),
        }
        print(suite, table[suite], flush=True)
    return table


def run_fresh_sets(count: int) -> dict[str, Any]:
    """Run every program on instances that were made, in two sizes."""
    table = {}
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=Limits(cpu_s=2.0)))
        for kind in KINDS:
            model = Given(no_model(), (PLANS / f"{kind}.py").read_text("utf-8"))
            for size in SIZES:
                tasks = instances(kind, count, size=size)
                right = sum(_right(judge, model, task) for task in tasks)
                answers = Counter(task.reference for task in tasks)
                table[f"{kind}, size {size}"] = {
                    "instances": len(tasks),
                    "right": right,
                    "most_frequent_answer": round(max(answers.values()) / len(tasks), 3),
                    "chance": round(sum(chance(task.statement) for task in tasks) / len(tasks), 3),
                }
                print(kind, size, table[f"{kind}, size {size}"], flush=True)
    return table


def _right(judge: Judge, model: Model, task: Task) -> bool:
    budget = Budget()
    ctx = Context(model=model, runner=PublicRunner(judge, task, budget), budget=budget)
    samples = list(ThinkAndExecute().generate(task.public(), ctx))
    return len(samples) == 1 and judge.judge(task, samples[0])[0].verdict is Verdict.PASS


def simulate_sets(folder: Path, model: Model, each: int, tokens: int) -> dict[str, Any]:
    """Have a model simulate the programs on the first instances of each set, and run them."""
    table = {}
    method = ThinkAndExecute(execute="both", max_tokens=tokens)
    for suite, plan in plans():
        began = time.monotonic()
        ids = tuple(task.id for task in registry.load(suite, limit=each).tasks)
        run = evaluate(suite, method=method, model=Given(model, plan), task=ids, output=folder / suite)
        kept = read_programs(run.directory)
        pairs = [(record.verdict is Verdict.PASS, dict(kept[record.program].files)) for record in run.records]
        said = [(right, files) for right, files in pairs if "simulated.txt" in files]
        slips = [first_divergence(files.get("printed.txt", ""), files["simulated.txt"]) for _, files in said]
        usage = run.summary.usage
        table[suite] = {
            "instances": len(said),
            "right_run": sum(right for right, files in pairs if "simulated.txt" not in files),
            "right_simulated": sum(right for right, _ in said),
            "traces_right": slips.count(None),
            "right_answer_wrong_trace": sum(
                right and slip is not None for (right, _), slip in zip(said, slips, strict=True)
            ),
            "first_divergence": [_shown(slip) for slip in slips],
            "tokens": 0 if usage is None else usage.prompt_tokens + usage.output_tokens,
            "wall_s": round(time.monotonic() - began, 1),
        }
        print(suite, table[suite], flush=True)
    return table


def _shown(slip: Divergence | None) -> str:
    if slip is None:
        return "none"
    return f"step {slip.step} of {slip.steps}: printed {slip.printed[:60]!r}, said {slip.said[:60]!r}"


def plans() -> list[tuple[str, str]]:
    """Return the name of each set and its program."""
    return [
        (suite.name, (PLANS / f"{suite.prefix}.py").read_text("utf-8"))
        for suite in SUITES.values()
        if suite.name.startswith("bbh-")
    ]


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="model that simulates, such as local")
    parser.add_argument("--each", type=int, default=1, help="instances of each set that it simulates")
    parser.add_argument("--tokens", type=int, default=512, help="tokens of one simulation, at most")
    parser.add_argument("--fresh", type=int, default=FRESH, help="instances of each kind that are made")
    options = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    parts = json.loads(path.read_text(encoding="utf-8")).get("parts", {}) if path.is_file() else {}
    where = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        if options.model is None:
            parts["run"] = {**where, "sets": run_sets(Path(folder))}
            parts["fresh"] = {**where, "sets": run_fresh_sets(options.fresh)}
        else:
            with open_model(options.model, ModelOptions()) as model:
                sets = simulate_sets(Path(folder), model, options.each, options.tokens)
                parts["simulated"] = {**where, "model": model.id, "sets": sets}
    ran = [one for part in ("run", "fresh") for one in parts.get(part, {}).get("sets", {}).values()]
    whole = bool(ran) and all(one["right"] == one["instances"] for one in ran)
    print(f"stored in {store(NAME, {'parts': parts, 'all_right_by_running': whole}, where=where)}")
    return 0 if whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
