"""Every method of generate/ beside vanilla sampling at the tokens that it used: verdicts, calls, tokens, CPU.

    python -m bench.methods [--model local] [--limit 40] [--tokens 4000] [--answer 512] [--seconds 600] [--output DIR]

Each (method, set) is one run of `trialrun`'s own loop in a process of its own, so that its CPU time is that of the
whole tree, the local model's server included. Every method has one budget of tokens a task; a call that passes it is
the last. Run directories are kept below --output, so a run that is stopped (by --seconds, by hand) goes on where it
was: whoever asks again pays nothing twice.

*Equal tokens*: vanilla draws `--samples` answers a task at temperature 0.8. Of a method that used T tokens a task, k is
T by the tokens of one vanilla sample; beside its first program's verdict stand vanilla's pass@1, and pass@k, which is
what a chooser that always knows would make of those tokens: no method has to reach it. `first_passing` samples under
the same budget until a program passes the public checks (the starter set has some, HumanEval as read here has none).

*scripted* (the default) is no language model: whatever it is asked, it answers with the task's own solution with
probability `--right`, else with a mutant of it, drawn by the hash of the request. It shows that all methods work under
one budget and what their choosing is worth when half of what is written is right; nothing about writing.

Leaves out: settings of single methods (defaults, but for the tokens of one answer), methods that were not made for such
tasks (they run all the same, and their rows say how they do).
"""

import argparse
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.first_passing import FirstPassing
from bench.measuring import RESULTS, ROOT, circumstances, measure, store
from trialrun.core.discovery import find, places
from trialrun.core.judgement import Verdict
from trialrun.core.method import Generator
from trialrun.core.settings import settings_of
from trialrun.flow import EvalConfig, evaluate
from trialrun.generate.vanilla import Vanilla
from trialrun.lang.mutants import mutants
from trialrun.measure.pass_at_k import pass_at_k
from trialrun.models.open import ModelOptions, open_model
from trialrun.models.protocol import Model, ModelError, Request, Response
from trialrun.models.scripted import Scripted
from trialrun.models.wrap import Wrapper
from trialrun.store.history import read_history
from trialrun.tasks import registry

SETS = ("starter", "humaneval")
VANILLA = "generate/vanilla"
CHOOSING = "generate/first_passing"
_MUTANTS = 40


class OutOfTime(Wrapper):
    """A model that is asked nothing after a moment: what is kept goes on."""

    def __init__(self, inner: Model, until: float) -> None:
        super().__init__(inner)
        self._until = until

    def complete(self, request: Request) -> Response:
        """Pass on, or raise."""
        if time.time() > self._until:
            raise ModelError("the time of this benchmark is over: run it again to go on", transient=True)
        return self.inner.complete(request)


def scripted(name: str, right: float) -> Model:
    """Return a model that writes a set's own solutions, or mutants of them."""
    tasks = registry.load(name).tasks
    wrong: dict[str, list[str]] = {}

    def answer(request: Request, index: int) -> str:
        text = "\n".join(message.content for message in request.messages) or request.prompt or ""
        task = next((one for one in tasks if one.statement.strip() in text), None)
        if task is None:  # a part of a program: the entry point is all that names the task
            task = next((one for one in tasks if one.entry and f"def {one.entry}(" in text), tasks[0])
        source = task.reference or ""
        digest = hashlib.sha256(f"{request.key('scripted')}:{index}".encode()).digest()
        if digest[0] >= 256 * right:
            if task.id not in wrong:
                found = mutants(source, task.entry, limit=_MUTANTS)
                wrong[task.id] = [one.source for one in found] or ["pass\n"]
            source = wrong[task.id][digest[1] % len(wrong[task.id])]
        return f"```python\n{source}\n```"

    return Scripted(answer)


def method_of(id: str, answer: int, samples: int) -> Generator:
    """Return a method with its defaults, but for the tokens of one answer."""
    if id == VANILLA:
        return Vanilla(n=samples, temperature=0.8, max_tokens=answer)
    if id == CHOOSING:
        return FirstPassing(max_tokens=answer)
    cls = find(id, Generator)  # type: ignore[type-abstract]
    made = cls()
    names = {setting.name for setting in settings_of(cls)}
    return replace(made, max_tokens=answer) if "max_tokens" in names else made  # type: ignore[type-var, no-any-return]


# -- one run


def work(options: argparse.Namespace) -> int:
    """Run one method on one set, and print what came of it as JSON."""
    id, name = options.work
    method = method_of(id, options.answer, options.samples)
    model = (
        scripted(name, options.right)
        if options.model == "scripted"
        else open_model(options.model, ModelOptions(timeout_s=120.0))
    )
    # Vanilla's samples are drawn whatever they cost: how many of them other methods' tokens buy is told afterwards.
    budget = None if id == VANILLA else options.tokens
    over = ""
    began = time.monotonic()
    try:
        evaluate(
            EvalConfig(
                tasks=name,
                method=method,
                model=OutOfTime(model, options.until) if method.asks else None,
                token_budget=budget if method.asks else None,
                limit=options.limit,
                output=options.output,
                resume=True,
                allow_partial=True,
                workers=1,
            )
        )
    except ModelError as error:
        over = str(error)
    finally:
        model.close()
    print(json.dumps(counted(options.output, over) | {"wall_s": round(time.monotonic() - began, 1)}))
    return 0


def counted(directory: Path, over: str) -> dict[str, Any]:
    """Count a run directory, finished or not."""
    from trialrun.store.run_dir import read_run

    _, records = read_run(directory)
    histories = read_history(directory)
    by_task: dict[str, list[tuple[int, bool]]] = {}
    for record in records.values():
        by_task.setdefault(record.task_id, []).append((record.sample, record.verdict is Verdict.PASS))
    # What was made and is not judged yet counts for nothing; a method that gave no program has failed its task.
    tasks = sorted(task for task in histories if task in by_task)
    first = [min(by_task[task])[1] for task in tasks]
    calls = [step for task in tasks for step in histories[task].steps if step.kind == "call"]
    return {
        "tasks": len(tasks),
        "first_passes": sum(first),
        "samples": sum(bool(record.program) for record in records.values()),
        "correct": [[len(found), sum(right for _, right in found)] for _, found in sorted(by_task.items())],
        "calls": len(calls),
        "tokens": sum(step.prompt_tokens + step.output_tokens for step in calls),
        "without_a_program": sum(not record.program for record in records.values()),
        "stopped": over,
    }


# -- all of them


def table(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run every method on every set; yield each row as it is there."""
    until = time.time() + options.seconds
    found = sorted(id for id in places() if id.startswith("generate/") and id != VANILLA)
    ids = [VANILLA, CHOOSING, *found]
    if options.method:
        ids = [id for id in ids if id == VANILLA or id in options.method]
    rows: dict[str, Any] = {}
    for name in options.set or SETS:
        for id in ids:
            rows[f"{name} {id}"] = _measured(options, id, name, until)
            if id != VANILLA:
                _beside(rows[f"{name} {id}"], rows[f"{name} {VANILLA}"])
            print(_line(name, id, rows[f"{name} {id}"]), flush=True)
            yield f"{name} {id}", rows[f"{name} {id}"]


def _measured(options: argparse.Namespace, id: str, name: str, until: float) -> dict[str, Any]:
    folder = options.output / options.model.replace("/", "-") / f"{name}-{id.partition('/')[2]}"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "bench.methods",
        "--work",
        id,
        name,
        "--output",
        folder,
    ]
    for flag in ("model", "tokens", "answer", "samples", "right"):
        command += [f"--{flag}", str(getattr(options, flag))]
    command += ["--limit", str(options.limit), "--until", str(until)]
    used = measure(command, cwd=ROOT)
    lines = [line for line in used.output.splitlines() if line.startswith("{")]
    if used.status != 0 or not lines:
        return {"failed": used.output[-600:], "cpu_s": round(used.cpu_s, 1)}
    row: dict[str, Any] = json.loads(lines[-1])
    return row | {"cpu_s": round(_spent(folder / "cpu.json", used.cpu_s, [row["tasks"], row["samples"]]), 1)}


def _spent(path: Path, cpu_s: float, done: list[int]) -> float:
    """Return the CPU seconds of a run and of what it continues; one that found nothing left to do costs nothing."""
    before = json.loads(path.read_text("utf-8")) if path.is_file() else {"cpu_s": 0.0, "done": []}
    if before["done"] != done:
        before = {"cpu_s": before["cpu_s"] + cpu_s, "done": done}
        path.write_text(json.dumps(before), encoding="utf-8")
    return float(before["cpu_s"])


def _beside(row: dict[str, Any], vanilla: dict[str, Any]) -> None:
    """Add to a method's row what vanilla makes of the same tokens, on the tasks that both have."""
    if not row.get("tasks") or not vanilla.get("samples"):
        return
    each = vanilla["tokens"] / vanilla["samples"]
    n = max((n for n, _ in vanilla["correct"]), default=1)
    k = min(n, max(1, round(row["tokens"] / row["tasks"] / each)))
    row["equal_tokens_k"] = round(row["tokens"] / row["tasks"] / each, 2)  # 0 where no model is asked
    row["vanilla_pass_at_1"] = _pass_at(vanilla["correct"], 1)
    row["vanilla_pass_at_k"] = _pass_at(vanilla["correct"], k)
    row["vanilla_k"] = k


def _pass_at(correct: Sequence[Sequence[int]], k: int) -> float | None:
    whole = [(n, c) for n, c in correct if n >= k]
    return round(statistics.fmean(pass_at_k(n, c, k) for n, c in whole), 4) if whole else None


def _line(name: str, id: str, row: dict[str, Any]) -> str:
    if "failed" in row:
        return f"{name:10} {id:28} FAILED: {row['failed'][-200:]}"
    told = f"{row['first_passes']:>3} of {row['tasks']:<3} {row['calls']:>6} calls {row['tokens']:>8} tokens"
    told += f" {row['cpu_s']:>7} CPU s {row['samples']:>4} programs"
    if "vanilla_k" in row:
        told += (
            f"; vanilla pass@1 {row['vanilla_pass_at_1']}, pass@{row['vanilla_k']} {row['vanilla_pass_at_k']}"
        )
    return f"{name:10} {id:28} {told}" + ("  (stopped)" if row["stopped"] else "")


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--set", action="append")
    parser.add_argument("--method", action="append", help="only these (and vanilla)")
    parser.add_argument("--limit", type=int, default=40, help="tasks of each set")
    parser.add_argument("--tokens", type=int, default=4000, help="budget of one task")
    parser.add_argument("--answer", type=int, default=512, help="tokens of one answer, at most")
    parser.add_argument("--samples", type=int, default=16, help="samples of vanilla")
    parser.add_argument(
        "--right", type=float, default=0.5, help="share of right answers of the scripted model"
    )
    parser.add_argument("--seconds", type=float, default=600.0, help="no request is sent after that")
    parser.add_argument("--output", type=Path, default=ROOT / "runs" / "methods")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=0.0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options)
    where = circumstances()
    name = f"methods_{options.model.partition(':')[0]}"
    path = RESULTS / f"{name}.json"
    kept = json.loads(path.read_text("utf-8")).get("rows", {}) if path.is_file() else {}
    settings = ("limit", "tokens", "answer", "samples", "right")
    about = {setting: getattr(options, setting) for setting in settings} | {"date": where["date"]}
    for key, row in table(options):
        kept[key] = row | {"settings": about}
        path = store(name, {"model": options.model, "rows": kept}, where=where)
    print(f"stored in {path}")
    return 1 if any("failed" in row for row in kept.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
