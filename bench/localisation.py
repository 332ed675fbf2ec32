"""Where formulas rank the faulty line, block and function: top 1, 5, 10 and EXAM, on the sets of `bench.repair_sets`.

    TRIALRUN_QUIXBUGS=… python -m bench.localisation [--set quixbugs] [--limit N] [--mutants N]

Counted are programs that fail a visible check, traced on at most `CASES` of its cases. Faulty lines are those in which
the program differs from the right one (a seed: from its accepted repair; seeds without one are left out); where text
was only put in, the statements before and after it. Ties are at their average rank; `slice` is Ochiai with ties broken
by nearness to the failing value (`repair/localisation.py`). A faulty line that no run can show (at import) has the last
rank. A function's score is that of its most suspicious line.

Leaves out: programs whose traces are of another text; how far an engineer would look.
"""

import argparse
import ast
import difflib
import itertools
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.measuring import circumstances, store
from bench.repair_sets import LIMITS, Faulty, ldb, mutated, quixbugs
from trialrun.compare.part_checks import passes
from trialrun.core.budget import Budget
from trialrun.core.task import CaseCheck
from trialrun.core.trace import CodeInfo
from trialrun.lang.known_cases import known_cases
from trialrun.lang.sketch import Pair, cases_of
from trialrun.making import PublicRunner
from trialrun.observe.spectra import first_faulty, suspiciousness
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.localisation import localise
from trialrun.run.sandbox import Sandbox
from trialrun.verify.tests import Judge, Rules

SETS = ("quixbugs", "ldb", "mutants")
FORMULAS = ("ochiai", "dstar", "op2", "tarantula", "random")
CASES = 10
DRAWN = 20
"""Random orders of one program."""
TRACED_S = 0.2
MUTANTS = 500
_LAST = -1e9


def faulty_lines(wrong: str, right: str) -> set[int]:
    """Return the lines of a program in which it differs from the right one; around what is missing, both neighbours."""
    old, new = _code(wrong), _code(right)
    lines = list(old)
    found: set[int] = set()
    matcher = difflib.SequenceMatcher(None, list(old.values()), list(new.values()), autojunk=False)
    for kind, start, stop, _, _ in matcher.get_opcodes():
        if kind in ("replace", "delete"):
            found.update(lines[start:stop])
        elif kind == "insert":
            found.update(lines[max(0, start - 1) : start + 1])
    return found


def _code(source: str) -> dict[int, str]:
    """Return the statements of a program, one a line, by their first lines; without docstrings and comments."""
    found: dict[int, str] = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        if not isinstance(node, ast.Import | ast.ImportFrom):
            found[node.lineno] = f"{' ' * node.col_offset}{_head(node)}"
    return dict(sorted(found.items()))


def _head(node: ast.stmt) -> str:
    """Return a statement's text, of a compound one without what is in it; annotations and names of types apart."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"def {node.name}({', '.join(one.arg for one in node.args.args)})"
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    text = ast.unparse(node)
    return text.split("\n")[0] if hasattr(node, "body") else text


def evidence(judge: Judge, one: Faulty) -> Evidence | None:
    """Return the traces of a program on its visible cases, failing ones first; None where it fails none."""
    runner = PublicRunner(judge, one.task, Budget())
    if passes(runner.check(one.program)):
        return None
    pairs: Sequence[Pair] = known_cases(one.task.public_checks)[:CASES]
    cases, expected = cases_of(tuple(pairs))
    check = CaseCheck(name="traced", cases=cases, expected=expected)
    found = evidence_of(
        runner, replace(one.task.public(), public_checks=(check,)), one.program, cpu_s=TRACED_S
    )
    return found if found.failing else None


def placed(one: Faulty, found: Evidence) -> dict[str, Any] | None:
    """Return the ranks of the faulty parts by each formula; None where no line differs."""
    source = one.program.source
    lines = faulty_lines(source, one.fixed)
    if not lines:
        return None
    by_line, by_block = found.spectrum("line"), found.spectrum("block")
    codes = found.traces[0].codes[1:]
    inside = dict(enumerate(codes))
    blocks = {
        number
        for number, block in enumerate(found.traces[0].blocks)
        if any(first <= line <= last for first, last in block.lines for line in lines)
    }
    functions = {number for number, code in inside.items() if any(_holds(code, line) for line in lines)}
    rows: dict[str, Any] = {"name": one.name}
    for formula in (*FORMULAS, "slice"):
        used = "ochiai" if formula == "slice" else formula
        drawn: dict[str, list[tuple[float, int]]] = {"lines": [], "blocks": [], "functions": []}
        for seed in range(DRAWN if formula == "random" else 1):
            scores = suspiciousness(by_line, used, seed=seed)
            if formula == "slice":
                located = localise(source, found, "ochiai")
                scores = {line: located.of(line) for line in scores}
            by_function = {
                number: max((score for line, score in scores.items() if _holds(code, line)), default=_LAST)
                for number, code in inside.items()
            }
            drawn["lines"] += _rank(scores, lines)
            drawn["blocks"] += _rank(suspiciousness(by_block, used, seed=seed), blocks)
            drawn["functions"] += _rank(by_function, functions) if len(by_function) > 1 else []
        rows[formula] = drawn
    return rows


def _holds(code: CodeInfo, line: int) -> bool:
    return code.first_line <= line <= code.last_line


def _rank(scores: Mapping[int, float], faulty: Collection[int]) -> list[tuple[float, int]]:
    """Return the average rank of the first faulty part, and how many parts there are; last where none is known."""
    if not scores:
        return []
    if not set(faulty) & scores.keys():
        return [(float(len(scores)), len(scores))]
    return [(first_faulty(scores, faulty).average, len(scores))]


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return top 1, 5, 10 and EXAM of each formula, for lines, blocks and functions."""
    found: dict[str, Any] = {"programs": len(rows)}
    for part, formula in itertools.product(("lines", "blocks", "functions"), (*FORMULAS, "slice")):
        if formula == "slice" and part == "blocks":
            continue
        ranks = [rank for row in rows for rank in row[formula][part]]
        counted = sum(bool(row[formula][part]) for row in rows)
        if ranks:
            found.setdefault(part, {"counted": counted})[formula] = {
                **{
                    f"top {k}": round(sum(rank <= k for rank, _ in ranks) / len(ranks), 4) for k in (1, 5, 10)
                },
                "exam": round(statistics.fmean(rank / of for rank, of in ranks), 4),
            }
    return found


def subjects(sandbox: Sandbox, name: str, limit: int | None, count: int) -> Iterator[Faulty]:
    """Yield the programs of a set."""
    if name == "mutants":
        return mutated(sandbox, limit or count)
    found = quixbugs(sandbox) if name == "quixbugs" else (one for one in ldb() if one.accepted)
    return itertools.islice(found, limit)


def main() -> int:
    """Measure, print, store; exit 0 where every formula is better than chance on every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS, help="may be repeated; all by default")
    parser.add_argument("--limit", type=int, help="programs of each set; nothing is stored then")
    parser.add_argument("--mutants", type=int, default=MUTANTS)
    options = parser.parse_args()
    where = circumstances()
    result: dict[str, Any] = {}
    with Sandbox() as sandbox:
        judge = Judge(sandbox, Rules(limits=LIMITS))
        for name in options.set or SETS:
            rows, unshown, unplaced = [], 0, 0
            for one in subjects(sandbox, name, options.limit, options.mutants):
                found = evidence(judge, one)
                row = None if found is None else placed(one, found)
                unshown += found is None
                unplaced += found is not None and row is None
                rows += [row] if row is not None else []
            result[name] = {"fail_no_visible_case": unshown, "no_line_differs": unplaced, **table(rows)}
            _print(name, result[name])
    better = all(
        found["lines"][formula]["exam"] < found["lines"]["random"]["exam"]
        for found in result.values()
        for formula in FORMULAS[:-1]
    )
    if options.limit is None and not options.set:
        print(store("localisation", {"cases": CASES, "sets": result, "better": better}, where=where))
    return 0 if better else 1


def _print(name: str, found: Mapping[str, Any]) -> None:
    print(f"{name}: {found['programs']} programs, {found['fail_no_visible_case']} fail no visible case")
    for part in ("lines", "blocks", "functions"):
        for formula, row in found.get(part, {}).items():
            if formula != "counted":
                cells = "".join(f"{key} {value:>6.1%}  " for key, value in row.items())
                print(f"  {part:<10}{formula:<11}{cells}({found[part]['counted']})", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
