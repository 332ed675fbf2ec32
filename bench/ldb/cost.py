"""What it costs to see blocks and values: our tracer, beside prints put into the program as the published tool does it.

    python -m bench.ldb.cost WAY [seeds|loops] [LIMIT]        # one way alone

Two sets: the seeds on the inputs of their visible tests, where a run is over in microseconds, and the ten programs of
`bench.tracing_programs` on their small inputs, whose loops take thousands of turns.

    plain              the program as it is
    traced             our tracer at the level that LDB uses: values behind each block, and the lines that ran
    blocks alone       our tracer without lines: what the prints tell, and no more
    traced and shown   that, and the excerpt for the prompt, which needs the dynamic slice of long runs
    printed            a print of all local variables behind each block, read back from what the program printed
    printed and lines  that, and a second run under a line tracer that prints, which the published tool needs too

All run in the same sandbox, a job each; so the published tool's start of an interpreter for each run is not held
against it. The prints are put in by a few lines of ours (the published ones fail on one-line `if`). Compared is the CPU
time of a whole process with all its children, the ways by turns.

Leaves out: the model.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from bench.ldb.sets import inputs, subjects
from bench.measuring import ROOT, measure, ratio
from bench.tracing_programs import PROGRAMS
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level
from trialrun.observe.blocks import runs, select
from trialrun.observe.excerpts import MOST, excerpt
from trialrun.observe.tracer import Recording, trace_case
from trialrun.run.fresh import run_fresh
from trialrun.run.sandbox import Sandbox

_LIMITS = Limits(cpu_s=10.0, output_kb=1 << 16)
_RECORDING = Recording(level=Level.SUMMARIES, lines=True)
AGAIN = 10
"""Times that each program of the loops runs, so that starting counts for less."""
_MARK = "Value_After:"
_PRINT = (
    "print('{mark}{line}|' + '|'.join(name + '=' + str(value) for name, value in locals().items()"
    " if not name.startswith('__')))"
)
_LINES = """
def __lines__(*args):
    import sys
    code = {entry}.__code__
    def inside(frame, event, arg):
        if event == "line":
            print(frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
        return inside
    def enter(frame, event, arg):
        return inside if frame.f_code.co_filename == code.co_filename else None
    sys.settrace(enter)
    try:
        return {entry}(*args)
    finally:
        sys.settrace(None)
"""
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
_ENDS = (ast.Break, ast.Continue, ast.Raise)


def printing(source: str) -> str:
    """Return a program whose functions print their variables behind each block, and before they return.

    >>> [line.strip()[:24] for line in printing("def f(n):\\n    m = n\\n    return m\\n").split("\\n")]
    ['def f(n):', 'm = n', '__result = m', "print('Value_After:3|' +", 'return __result']
    """
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = list(_printed(node.body))
    return ast.unparse(ast.fix_missing_locations(tree))


def _printed(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    line = 0
    """Last line of the block under way; 0 where nothing is to be printed."""
    for node in body:
        if isinstance(node, (*_COMPOUND, ast.FunctionDef, ast.ClassDef)):
            if line:
                yield _print(line)
            line = 0
            if isinstance(node, _COMPOUND):
                for inner in (node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())):
                    for name in ("body", "orelse", "finalbody"):
                        if getattr(inner, name, None):
                            setattr(inner, name, list(_printed(getattr(inner, name))))
            yield node
        elif isinstance(node, ast.Return):
            value = node.value or ast.Constant(None)
            yield ast.Assign([ast.Name("__result", ast.Store())], value, lineno=node.lineno)
            yield _print(node.lineno)
            yield ast.Return(ast.Name("__result", ast.Load()))
            return
        elif isinstance(node, _ENDS):
            if line:
                yield _print(line)
            yield node
            return
        else:
            yield node
            line = node.lineno
    if line:
        yield _print(line)


def _print(line: int) -> ast.stmt:
    return ast.parse(_PRINT.format(mark=_MARK, line=line)).body[0]


def plain(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Run a program."""
    return len(run_fresh(sandbox, program, [case], _LIMITS).executions)


def traced(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Trace it, and return how many blocks there are to be shown."""
    return len(select(runs(trace_case(sandbox, program, case, _LIMITS, _RECORDING)), MOST["block"]))


def blocks_alone(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Trace it without lines."""
    recording = Recording(level=Level.SUMMARIES)
    return len(select(runs(trace_case(sandbox, program, case, _LIMITS, recording)), MOST["block"]))


def traced_and_shown(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Trace it, and return how many blocks are shown."""
    found = excerpt(trace_case(sandbox, program, case, _LIMITS, _RECORDING))
    return found.shown if found else 0


def printed(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Run it with prints, and return how many states are shown."""
    (name, source), *_ = program.files
    asking = replace(program, files=((name, printing(source)),))
    (ended,) = run_fresh(sandbox, asking, [case], _LIMITS).executions
    lines = ended.stdout.decode("utf-8", "replace").split("\n")
    states = [line.partition("|") for line in lines if line.startswith(_MARK)]
    return len(states[:5] + states[5:][-5:])


def printed_and_lines(sandbox: Sandbox, program: Program, case: Case) -> int:
    """Do that, and run it once more under a line tracer."""
    (name, source), *_ = program.files
    asking = replace(program, files=((name, source + _LINES.format(entry=program.entry)),), entry="__lines__")
    (ended,) = run_fresh(sandbox, asking, [case], _LIMITS).executions
    return printed(sandbox, program, case) + len(ended.stdout.decode("utf-8", "replace").split("\n"))


WAYS: dict[str, Callable[[Sandbox, Program, Case], int]] = {
    "plain": plain,
    "traced": traced,
    "blocks alone": blocks_alone,
    "traced and shown": traced_and_shown,
    "printed": printed,
    "printed and lines": printed_and_lines,
}


def runs_of(name: str, limit: int | None) -> Iterator[tuple[Program, Case]]:
    """Yield the runs of a set: programs with inputs."""
    if name == "loops":
        for _, text, _, small in PROGRAMS[:limit] * AGAIN:
            yield Program.from_source(text, entry="run"), Case(args=small)
        return
    for one in subjects(limit):
        program = one.bare(one.seed.source)
        yield from ((program, case) for case in inputs(one.task))


def work(way: str, name: str, limit: int | None) -> int:
    """Go one way over all runs of a set; return how many of them had something to show."""
    with Sandbox() as sandbox:
        return sum(WAYS[way](sandbox, program, case) > 0 for program, case in runs_of(name, limit))


def costs(name: str, rounds: int, limit: int | None) -> dict[str, Any]:
    """Return CPU seconds of each way on a set, by turns, and our ratios to the prints with their intervals."""
    spent: dict[str, list[float]] = {way: [] for way in WAYS}
    shown: dict[str, int] = {}
    for _ in range(rounds):
        for way in WAYS:
            command = [sys.executable, "-m", "bench.ldb.cost", way, name, *([str(limit)] if limit else [])]
            used = measure(command, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}, timeout_s=600)
            assert used.status == 0, used.output[-500:]
            spent[way].append(used.cpu_s)
            shown[way] = int(used.output.split()[-1])
    return {
        "cpu_s": spent,
        "runs with something to show": shown,
        **{
            f"{ours} to {theirs}": ratio(spent[ours], spent[theirs])
            for ours in ("traced", "blocks alone", "traced and shown")
            for theirs in ("printed", "printed and lines")
        },
    }


if __name__ == "__main__":
    way, name, *more = [*sys.argv[1:], *["seeds"][len(sys.argv) - 2 :]]
    print(work(way, name, int(more[0]) if more else None))
