"""The differential search on the look-alike contest set: how often it finds a difference, how valid, at what price.

    python -m bench.differential                      both forms, both halves, one right program a wrong one
    python -m bench.differential --half development   what may be tuned on; misses are listed by name
    python -m bench.differential --peers 40           plain Hypothesis and Pynguin beside it, at equal CPU, on 40 pairs
    python -m bench.differential --all                every right program with every wrong one
    python -m bench.differential --only robot_walk    one problem; nothing is stored

A pair is a right program and a wrong one, or a mutant of a right one that some valid input tells apart. The search gets
the sample input and no more. What it finds counts as *valid* where the problem's description allows the input and all
right programs agree on it; *majority*: more than half of them do, whatever the description says. Searches run in a
process of their own, whose tree the kernel measures, start-up included; judging what they found is not part of that.

Leaves out: pairs whose programs read more than their stdin.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.contest_forms import ENTRY, function_form
from bench.contest_pairs import Pair, mutant_pairs, written_pairs
from bench.contest_set import Problem, problems
from bench.measuring import circumstances, measure, store
from trialrun.compare.differential import Differential
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.drivers import function_subject, stdin_subject
from trialrun.lang.subject import Subject
from trialrun.probe.proposer import Seed
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

FORMS = ("stdin", "function")
HALVES = ("development", "held-out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one search came to, and what the right programs say of it."""

    problem: str
    mistake: str
    form: str
    held_out: bool
    mutant: bool
    kind: str = ""
    """Kind of the difference; empty where none was found."""
    origin: str = ""
    inputs: int = 0
    cpu_s: float = 0.0
    text: str | None = None
    """The input on which the programs differ."""
    shrunk: bool = False
    why: str = ""
    allowed: bool = False
    """Whether the problem's description allows the input."""
    unanimous: bool = False
    """Whether all right programs do the same on it, and end."""
    majority: bool = False

    @property
    def valid(self) -> bool:
        """Whether the difference is one that a contest's judge could show."""
        return self.allowed and self.unanimous


def subjects(pair: Pair, form: str) -> tuple[Subject, Subject]:
    """Return the two programs in one form."""
    if form == "stdin":
        return stdin_subject(pair.right), stdin_subject(pair.wrong)
    old, new = (function_subject(function_form(source), ENTRY) for source in (pair.right, pair.wrong))
    return old, new


def case_of(text: str, form: str) -> Case:
    """Return an input as one form's case."""
    return Case(stdin=text) if form == "stdin" else Case(args=(text.split("\n")[:-1],))


def text_of(case: Case) -> str | None:
    """Return a case as the text that a whole program would read; None for what is no list of lines."""
    if case.stdin is not None:
        return case.stdin
    lines = case.args[0] if len(case.args) == 1 else None
    if not isinstance(lines, list) or not all(isinstance(line, str) and "\n" not in line for line in lines):
        return None
    return "".join(f"{line}\n" for line in lines)


def searched(sandbox: Sandbox, pair: Pair, form: str, settings: Differential) -> Found:
    """Search for a difference between the programs of one pair."""
    old, new = subjects(pair, form)
    seeds = [Seed(case=case_of(pair.problem.sample, form))]
    came = settings.search(sandbox, old, new, seeds)
    facts: dict[str, Any] = {
        "problem": pair.problem.name,
        "mistake": pair.mistake,
        "form": form,
        "held_out": pair.problem.held_out,
        "mutant": pair.mutant,
        "inputs": came.inputs,
        "cpu_s": came.cpu_s,
        "why": came.why,
    }
    found = came.difference
    if found is not None:
        facts |= {
            "kind": found.kind.value,
            "origin": found.origin.value,
            "text": text_of(found.case),
            "shrunk": found.shrunk,
        }
    return Found(**facts)


def judged(sandbox: Sandbox, problem: Problem, found: Found, right: str) -> Found:
    """Say whether the problem allows an input, and whether its right programs agree on it."""
    if found.text is None:
        return found
    prints = [printed(sandbox, source, found.text) for source in problem.accepted]
    own = printed(sandbox, right, found.text)
    agree = sum(own is not None and other == own for other in prints)
    return Found(
        **asdict(found)
        | {
            "allowed": problem.valid(found.text),
            "unanimous": agree == len(prints),
            "majority": 2 * agree > len(prints),
        }
    )


def printed(sandbox: Sandbox, source: str, text: str) -> list[str] | None:
    """Return the words that a program prints, in lower case; None where it does not end in order."""
    program = Program.from_source(function_form(source), entry=ENTRY)
    with Serving(sandbox, program, Limits(cpu_s=1.0, memory_mb=1024)) as served:
        execution = served.call(encode_calls(ENTRY, [case_of(text, "function")]))[0].execution
    return words(execution)


def words(execution: Execution) -> list[str] | None:
    """Return the words of a function form's result."""
    if execution.outcome is not Outcome.RETURNED or execution.value is None:
        return None
    lines = parse(execution.value)[1:]
    return [word for line in lines for word in line.lower().split()]


def pairs_of(arguments: argparse.Namespace, sandbox: Sandbox) -> list[Pair]:
    """Return the pairs that a run looks at, in order."""
    chosen = [
        problem
        for problem in problems()
        if (not arguments.only or problem.name in arguments.only)
        and (arguments.half == "all" or problem.held_out is (arguments.half == "held-out"))
    ]
    pairs = [pair for problem in chosen for pair in written_pairs(problem, every=arguments.all)]
    return pairs + [pair for problem in chosen for pair in mutant_pairs(sandbox, problem, arguments.mutants)]


def search_all(arguments: argparse.Namespace) -> None:
    """Search every pair in one form (in the process that is measured); write what was found as lines of JSON."""
    settings = Differential(seed=arguments.seed, inputs=arguments.inputs, cpu_s=arguments.cpu)
    pairs = [read_pair(line) for line in Path(arguments.pairs).read_text("utf-8").splitlines()]
    with Sandbox() as sandbox, open(arguments.found, "w", encoding="utf-8") as out:
        for place, pair in enumerate(pairs):
            if arguments.progress and sys.stderr.isatty():
                print(f"\r{place}/{len(pairs)} {pair.problem.name[:30]:<30}", end="", file=sys.stderr)
            out.write(json.dumps(asdict(searched(sandbox, pair, arguments.form, settings))) + "\n")


def read_pair(line: str) -> Pair:
    """Return a pair from its line of JSON."""
    facts = json.loads(line)
    by_name = {problem.name: problem for problem in problems()}
    return Pair(**facts | {"problem": by_name[facts["problem"]]})


def write_pairs(pairs: Sequence[Pair], path: Path) -> None:
    """Write pairs as lines of JSON, problems by their names."""
    fields = ("mistake", "right", "wrong", "mutant")
    lines = [
        json.dumps({"problem": pair.problem.name} | {name: getattr(pair, name) for name in fields})
        for pair in pairs
    ]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def run_form(arguments: argparse.Namespace, pairs: Sequence[Pair], form: str) -> tuple[list[Found], float]:
    """Search all pairs in one form, in a process of its own; return what was found, judged, and CPU seconds in all."""
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder, "pairs"), Path(folder, "found")
        write_pairs(pairs, given)
        command = [
            sys.executable,
            "-m",
            "bench.differential",
            "--pairs",
            given,
            "--found",
            told,
            "--form",
            form,
        ]
        command += [f"--seed={arguments.seed}", f"--cpu={arguments.cpu}", f"--inputs={arguments.inputs}"]
        usage = measure(command, timeout_s=6 * 3600)
        if usage.status != 0:
            raise SystemExit(f"the searches failed:\n{usage.output}")
        found = [Found(**json.loads(line)) for line in told.read_text("utf-8").splitlines()]
    with Sandbox() as sandbox:
        results = [
            judged(sandbox, pair.problem, one, pair.right) for pair, one in zip(pairs, found, strict=True)
        ]
    return results, usage.cpu_s


def summary(found: Sequence[Found]) -> dict[str, Any]:
    """Return shares, inputs and CPU time of some searches."""
    count = len(found)
    different = [one for one in found if one.kind]
    inputs = [one.inputs for one in different]
    row: dict[str, Any] = {"pairs": count, "different": len(different)}
    if not count:
        return row
    row["share_different"] = round(len(different) / count, 4)
    for kind in ("strict", "crash", "representation"):
        row[kind] = sum(one.kind == kind for one in found)
    row["valid"] = sum(one.valid for one in different)
    row["allowed"] = sum(one.allowed for one in different)
    row["unanimous"] = sum(one.unanimous for one in different)
    row["majority"] = sum(one.majority for one in different)
    row["share_valid_of_different"] = round(row["valid"] / max(1, len(different)), 4)
    row["share_valid_of_pairs"] = round(row["valid"] / count, 4)
    row["shrunk"] = sum(one.shrunk for one in different)
    if inputs:
        row["inputs_median"] = statistics.median(inputs)
        row["inputs_90"] = sorted(inputs)[min(len(inputs) - 1, int(0.9 * len(inputs)))]
    row["cpu_s_mean"] = round(statistics.fmean(one.cpu_s for one in found), 4)
    row["cpu_s_median"] = round(statistics.median(one.cpu_s for one in found), 4)
    row["cpu_s_mean_found"] = (
        round(statistics.fmean(one.cpu_s for one in different), 4) if different else None
    )
    return row


def table(found: Sequence[Found], form: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of one form: by half, and mutants apart."""
    for half in (None, *HALVES):
        for mutant in (False, True):
            rows = [
                one
                for one in found
                if one.mutant is mutant and (half is None or one.held_out is (half == "held-out"))
            ]
            if rows:
                yield f"{form}, {half or 'all'}, {'mutants' if mutant else 'written'}", summary(rows)


def show(name: str, row: dict[str, Any]) -> None:
    """Print one row."""
    print(
        f"{name:<40} {row['pairs']:>4} pairs  {100 * row['share_different']:5.1f} % different"
        f" ({row['strict']} strict, {row['crash']} crash, {row['representation']} representation)"
        f"  {100 * row['share_valid_of_different']:5.1f} % of these valid, {row['unanimous']} unanimous"
        f"  inputs {row.get('inputs_median', '-')} / {row.get('inputs_90', '-')}  {row['cpu_s_mean']:.2f} CPU s"
    )


def parsed() -> argparse.Namespace:
    """Return the command line's settings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("all", *HALVES), default="all")
    parser.add_argument("--form", choices=("both", *FORMS), default="both")
    parser.add_argument("--only", action="append", help="a problem's name")
    parser.add_argument("--all", action="store_true", help="every right program with every wrong one")
    parser.add_argument("--mutants", type=int, default=3, help="mutants a problem")
    parser.add_argument("--peers", type=int, default=0, help="pairs that peers get too")
    parser.add_argument("--pynguin", help="the `pynguin` command of an environment of its own")
    parser.add_argument("--cpu", type=float, default=2.0, help="CPU seconds a pair")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--pairs", help=argparse.SUPPRESS)
    parser.add_argument("--found", help=argparse.SUPPRESS)
    return parser.parse_args()


def run_forms(arguments: argparse.Namespace, pairs: Sequence[Pair]) -> tuple[list[Found], dict[str, Any]]:
    """Search all pairs in the forms that are asked for; print the rows; return what was found, and the result."""
    everything: list[Found] = []
    settings = ("half", "all", "mutants", "cpu", "inputs", "seed")
    result: dict[str, Any] = {
        "settings": {name: getattr(arguments, name) for name in settings},
        "rows": {},
        "cpu_s_per_pair_all_processes": {},
    }
    for form in FORMS if arguments.form == "both" else (arguments.form,):
        found, cpu_s = run_form(arguments, pairs, form)
        everything += found
        for name, row in table(found, form):
            result["rows"][name] = row
            show(name, row)
        mean = cpu_s / max(1, len(pairs))
        result["cpu_s_per_pair_all_processes"][form] = round(mean, 4)
        print(f"{form}: {mean:.3f} CPU s a pair, all processes, start-up included")
    return everything, result


def main() -> int:
    """Run the benchmark."""
    arguments = parsed()
    if arguments.pairs:
        search_all(arguments)
        return 0
    where = circumstances("hypothesis")
    with Sandbox() as sandbox:
        pairs = pairs_of(arguments, sandbox)
    found, result = run_forms(arguments, pairs)
    result |= {
        "missed": [f"{one.form}: {one.problem}: {one.mistake} ({one.why})" for one in found if not one.kind],
        "not_valid": [
            f"{one.form}: {one.problem}: {one.mistake} ({one.kind}, {one.origin}) {one.text!r}"[:300]
            for one in found
            if one.kind and not one.valid
        ],
    }
    for line in result["missed"]:
        print("missed", line)
    if arguments.only:
        for line in result["not_valid"]:
            print("not valid", line)
        return 0
    if arguments.peers:
        from bench.differential_peers import beside

        result["beside"] = beside(arguments, pairs, found)
    name = "differential" + ("" if arguments.half == "all" else f"_{arguments.half.replace('-', '_')}")
    print(store(name, result, where=where))
    return 0


if __name__ == "__main__":
    sys.exit(main())
