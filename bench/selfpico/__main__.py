"""Partial execution: statement coverage as is, with random values and with ours; type errors found, and false alarms.

    python -m bench.selfpico [--functions 320] [--quick]
    python -m bench.selfpico --set DIR [--set DIR] [--types DIR]     # published sets that are not ours to ship

Sets: bodies of functions drawn from installed packages by a fixed seed, as LExecutor's extractor leaves them
(`exit(…)` for `return` and `yield`) and with the jumps where they were; snippets of our own in the style of a forum.
For each snippet distinct statement markers hit ÷ markers inserted, by one counting for all methods; the mean over
snippets, never pooled, for the first run, the best single run of at most 16, and the union. `unforced` leaves out runs
in which a decision was turned that was not about invented values, or an `exit()` passed over; a snippet that is no
program counts 0. `ours` calls a text that is the body of a function up to four times in a run, as it does with
functions that nobody calls; `body once` does not, and is what to compare with systems that run a body once. Random:
five runs with a plain value of a random type for each name, attribute, call and item. Type errors: excerpts with their
corrected forms, half of them looked at while building (open), half not (held); and how often correct code of the bodies
raises an alarm. CPU seconds are those of the jobs, by the kernel, without the supervisor's own. Last, what the runs
left behind.

Leaves out: models; the published sets themselves.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.leftovers import footprint, left_behind, own_temporary_files
from bench.measuring import circumstances, store
from bench.selfpico.bodies import Body, bodies, digest
from bench.selfpico.sets import Excerpt, Snippet, directory, excerpts, questions
from trialrun.observe.partial import examine
from trialrun.observe.selfpico import Explored, Settings, begin, explore
from trialrun.run.child.markers import instrument
from trialrun.run.holes import PartialRun, Plan, run_partial
from trialrun.run.sandbox import Sandbox

Row = dict[str, Any]
RANDOM_RUNS = 5
Any_ = Snippet | Body


def as_is(sandbox: Sandbox, source: str) -> Explored:
    """Run a snippet as it is."""
    return _given(sandbox, source, [Plan(invent="nothing", call=False)])


def at_random(sandbox: Sandbox, source: str) -> Explored:
    """Run a snippet with random values, a few times."""
    return _given(
        sandbox, source, [Plan(invent=f"random:{n}", plain=True, call=False) for n in range(RANDOM_RUNS)]
    )


def _given(sandbox: Sandbox, source: str, plans: Sequence[Plan]) -> Explored:
    search = begin(sandbox, source)
    if isinstance(search, str):
        return explore(sandbox, source)
    for plan in plans:
        search.run(plan)
    return search.explored()


def once(sandbox: Sandbox, source: str) -> Explored:
    """Explore a snippet; a text that is the body of a function is run once in a run, not called again."""
    return explore(sandbox, source, Settings(body_calls=1))


METHODS: dict[str, Callable[[Sandbox, str], Explored]] = {
    "as is": as_is,
    "random values": at_random,
    "ours, body once": once,
    "ours": explore,
}


def coverage_of(sandbox: Sandbox, snippets: Sequence[Any_], method: str) -> Row:
    """Return the figures of one method on one set."""
    found = [METHODS[method](sandbox, snippet.source) for snippet in snippets]
    runs = [run for one in found for run in one.runs]
    firsts = [one.coverage(one.runs[0].hits) if one.runs else 0.0 for one in found]
    bests = [one.coverage(one.best.hits) if one.best else 0.0 for one in found]
    unions = [one.coverage(one.union) if one.runs else 0.0 for one in found]
    plain = [
        max([one.coverage(run.hits) for run in one.runs if not _is_forced(run)] or [0.0]) for one in found
    ]
    return {
        "first": _percent(firsts),
        "best": _percent(bests),
        "best_unforced": _percent(plain),
        "union": _percent(unions),
        "to_the_end_best": _percent([float(value == 1.0) for value in bests]),
        "to_the_end_union": _percent([float(value == 1.0) for value in unions]),
        "no_program": sum(bool(one.syntax) for one in found),
        "runs_a_snippet": round(len(runs) / max(1, len(found)), 2),
        "cpu_s": round(sum(run.execution.cpu_s for run in runs), 2),
    }


def _is_forced(run: PartialRun) -> bool:
    return any(not made.invented for made in run.report.decisions) or bool(run.plan.passes)


def _percent(values: Sequence[float]) -> float:
    return round(100 * statistics.fmean(values), 1) if values else 0.0


def type_errors(sandbox: Sandbox, given: Sequence[Excerpt]) -> Row:
    """Return how many type errors are found, and how many corrected forms raise an alarm."""
    row: Row = {}
    for half in ("open", "held"):
        part = [one for one in given if one.is_open == (half == "open")]
        faults = [(_faults(sandbox, one.wrong), _faults(sandbox, one.right)) for one in part]
        row[half] = {
            "excerpts": len(part),
            "in_the_first_run": sum(_first_run_raises(sandbox, one.wrong) for one in part),
            "found": sum(bool(wrong) for wrong, _ in faults),
            "found_by_uses": sum("uses" in wrong for wrong, _ in faults),
            "false_alarms": sum(bool(right) for _, right in faults),
            "false_alarms_by_uses": sum("uses" in right for _, right in faults),
        }
    return row


def _faults(sandbox: Sandbox, source: str) -> set[str]:
    return {fault.by for fault in examine(sandbox, source).typed.faults}


def _first_run_raises(sandbox: Sandbox, source: str) -> bool:
    """Say whether universal values alone show the error."""
    run = run_partial(sandbox, source, instrument(source), Plan())
    return any(failure.type == "TypeError" for failure in run.report.failures)


def alarms(sandbox: Sandbox, snippets: Sequence[Any_]) -> Row:
    """Return how often code that is thought correct raises an alarm."""
    faults = [_faults(sandbox, snippet.source) for snippet in snippets]
    return {
        "snippets": len(faults),
        "alarms": sum(bool(fault) for fault in faults),
        "alarms_by_uses": sum("uses" in fault for fault in faults),
    }


def foreign(sandbox: Sandbox, arguments: argparse.Namespace) -> Row:
    """Measure directories that are given."""
    result: Row = {"sets": {}}
    for path in arguments.set:
        snippets = directory(path)
        for method in METHODS:
            row = coverage_of(sandbox, snippets, method)
            _show(f"{path.name} ({len(snippets)})", method, row)
            result["sets"].setdefault(path.name, {"snippets": len(snippets)})[method] = row
    if arguments.types:
        snippets = directory(arguments.types)
        found = alarms(sandbox, snippets)
        print(
            f"type errors surfaced in {found['alarms']} of {found['snippets']} ({found['alarms_by_uses']} by uses)"
        )
        result["types"] = found
    return result


def own(sandbox: Sandbox, arguments: argparse.Namespace) -> Row:
    """Measure our own sets."""
    count = 40 if arguments.quick else arguments.functions
    drawn, bare = bodies(count), bodies(count // 3, "bare", seed=7)
    asked, refused = questions()
    sets: dict[str, Sequence[Any_]] = {"functions": drawn, "functions, bare": bare, "questions": asked}
    result: Row = {"digest": digest(drawn), "sets": {}}
    for name, snippets in sets.items():
        for method in METHODS:
            row = coverage_of(sandbox, snippets, method)
            _show(f"{name} ({len(snippets)})", method, row)
            result["sets"].setdefault(name, {"snippets": len(snippets)})[method] = row
    said = sum(bool(explore(sandbox, one.source).syntax) for one in refused)
    print(f"no programs: {said} of {len(refused)} said to be none")
    result["no_programs"] = {"snippets": len(refused), "said": said}
    result["type_errors"] = type_errors(sandbox, excerpts())
    for half, row in result["type_errors"].items():
        print(f"type errors, {half}: {row}")
    result["alarms_on_bodies"] = alarms(sandbox, drawn[: 20 if arguments.quick else 150])
    print(f"alarms on bodies thought correct: {result['alarms_on_bodies']}")
    return result


def _show(name: str, method: str, row: Row) -> None:
    figures = f"first {row['first']:5.1f}  best {row['best']:5.1f} (unforced {row['best_unforced']:5.1f})"
    ended = f"to the end {row['to_the_end_best']:.0f}/{row['to_the_end_union']:.0f} %"
    cost = f"runs {row['runs_a_snippet']:.2f}  {row['cpu_s']:.1f} s CPU"
    print(f"{name:<22} {method:<15} {figures}  union {row['union']:5.1f}  {ended}  {cost}", flush=True)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--functions", type=int, default=320)
    parser.add_argument("--quick", action="store_true", help="small sets; stores nothing")
    parser.add_argument("--set", type=Path, action="append", default=[], help="directory of snippets")
    parser.add_argument("--types", type=Path, help="directory of excerpts with type errors")
    arguments = parser.parse_args()
    where = circumstances()
    with own_temporary_files():
        before = footprint()
        with Sandbox() as sandbox:
            result = (
                foreign(sandbox, arguments) if arguments.set or arguments.types else own(sandbox, arguments)
            )
        result["left_behind"] = left_behind(before)
    print(f"left behind: {result['left_behind'] or 'nothing'}")
    if not (arguments.quick or arguments.set or arguments.types):
        print(store("selfpico", result, where=where))
    return int(bool(result["left_behind"]))


if __name__ == "__main__":
    sys.exit(main())
