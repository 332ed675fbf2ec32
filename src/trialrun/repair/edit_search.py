"""A program without a model: small edits of its nodes are tried, on the most suspicious node first.

An edit is run on the smallest failing case first, then on all public checks. Of those that pass, one that also keeps
what the nodes did in passing runs is preferred: it is judged again, node by node, after the edited program was taken
apart in the same way. The search ends with its number of edits, or when the CPU time of the task's budget is used up.

Leaves out: edits of two places; proof that what passes is right (the public checks may be few).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trialrun.compare.part_checks import agrees, passes
from trialrun.core.context import Context
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.lang.decompose import decompose
from trialrun.lang.decomposition import Decomposition
from trialrun.observe.spectra import suspiciousness
from trialrun.repair.evidence import evidence_of
from trialrun.repair.node_checks import NodeChecks, derived_checks, held, node_runs
from trialrun.repair.node_edits import node_edits
from trialrun.repair.node_ranking import rank

_MORE = 40
"""Edits that are tried after one passes that does not keep what nodes did."""


def searched(task: PublicTask, program: Program, ctx: Context, most: int) -> str | None:
    """Return the text of an edited program that passes all public checks; None where none is found."""
    made = decompose(program.source)
    if not any(node.name == task.entry for node in made.nodes):
        return None
    left = ctx.budget.left("cpu_s")
    spent = 0.0
    whole = _with(program, made.source)
    evidence = evidence_of(ctx.runner, task, whole)
    runs = node_runs(ctx.runner, whole, made, evidence)
    checks = derived_checks(ctx.runner, whole, made, runs)
    order = [one.node for one in rank(made, evidence, runs)]
    lines = suspiciousness(evidence_of(ctx.runner, task, program).spectrum("line"))
    smallest = evidence.pairs[evidence.failing[0]] if evidence.failing else None
    fallback: str | None = None
    last = most
    for count, source in enumerate(_edits(made, order, lines)):
        if count >= last or spent >= left or ctx.budget.left("cpu_s") <= 0:
            break
        tried = _with(program, source)
        if smallest is not None:
            (done,) = ctx.runner.run(tried, [Case(args=smallest.args)])
            spent += done.cpu_s
            if not agrees(done, smallest.expected):
                continue
        found = ctx.runner.check(tried)
        spent += sum(one.cpu_s for one in found)
        if not passes(found):
            continue
        if _keeps(tried, made, checks, ctx):
            return source
        if fallback is None:
            fallback, last = source, min(most, count + _MORE)
    return fallback


def _edits(made: Decomposition, order: list[str], scores: Mapping[int, float]) -> Iterator[str]:
    """Yield the edits of all nodes, each text once."""
    seen = {made.original}
    for name in order:
        for source in node_edits(made, name, scores):
            if source not in seen:
                seen.add(source)
                yield source


def _keeps(program: Program, made: Decomposition, checks: Mapping[str, NodeChecks], ctx: Context) -> bool:
    """Say whether the nodes of an edited program do what they did while the whole passed."""
    again = decompose(program.source)
    before = {node.name: (node.parameters, node.results, node.mode) for node in made.nodes}
    for node in again.nodes:
        if before.get(node.name) == (node.parameters, node.results, node.mode):
            pairs = checks[node.name].derived
            if not all(held(ctx.runner, _with(program, again.source), node.name, pairs)):
                return False
    return True


def _with(program: Program, source: str) -> Program:
    (main, _), *others = program.files
    return replace(program, files=((main, source), *others), parents=(program.id,))
