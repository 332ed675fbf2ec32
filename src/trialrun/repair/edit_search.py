"""A repair without a model: small edits of the nodes of a program, those of the most suspicious node first.

    edits (`lang/repair_operators.py`) × suspicion of the node and, within it, of the line ──▶ `search.py` ──▶ plausible
      ──▶ likeliest by behaviour on probes (`choosing.py`), and of these the first that keeps what the nodes did

Edits are made in the original text: the program is taken apart to see which part of it is wrong, and what comes out is
the program with one small change. *What the nodes did* are their derived checks: the edited program is taken apart in
the same way, and each part that is still there is run on them. They come last, since a part may have been wrong in runs
that passed by luck.

Leaves out: edits of two places; proof that what passes is right (the public checks may be few).
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from trialrun.core.context import Context
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.lang.decompose import decompose
from trialrun.lang.decomposition import Decomposition
from trialrun.lang.repair_operators import Edit, repairs
from trialrun.repair.choosing import chosen, probes_of
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.ingredients import strings_of, types_of
from trialrun.repair.localisation import UNSEEN, localise
from trialrun.repair.node_checks import NodeChecks, derived_checks, held, node_runs
from trialrun.repair.node_ranking import rank
from trialrun.repair.screening import Meter, screening_of
from trialrun.repair.search import Search

_BESIDE = 16
"""Plausible programs that are found before one is chosen, and probes that they are compared on."""


def searched(
    task: PublicTask, program: Program, ctx: Context, *, most: int, cpu_s: float, maker: str
) -> Program | None:
    """Return an edited program that passes all public checks; None where none is found.

    At most `most` edits are tried, in at most about `cpu_s` CPU seconds.
    """
    meter = Meter(ctx, cpu_s)
    made = decompose(program.source)
    if not any(node.name == task.entry for node in made.nodes):
        return None
    (main, _), *others = program.files
    whole = replace(program, files=((main, made.source), *others), parents=(program.id,))
    taken = evidence_of(ctx.runner, task, whole)
    flat = evidence_of(ctx.runner, task, program)
    runs = node_runs(ctx.runner, whole, made, taken)
    scores = {one.node: one.score for one in rank(made, taken, runs)}
    executions = [trace.execution for trace in flat.traces]
    screening = screening_of(ctx, flat.pairs, flat.failed, executions) if flat.pairs else None
    search = Search(
        program=program,
        edits=weighted(task, program, made, scores, flat, ctx.seed),
        screening=screening,
        ctx=ctx,
        meter=meter,
        most=most,
        maker=maker,
    )
    found = list(islice(search.plausible(pairs=False), _BESIDE))
    if not found:
        return None
    probes = probes_of(program, flat.pairs, _BESIDE, ctx.seed) if len(found) > 1 else []
    limit_s = 1.0 if screening is None else screening.limit_s
    ordered = [one.program for one in chosen(ctx, program, found, probes, cpu_s=limit_s)]
    checks = derived_checks(ctx.runner, whole, made, runs) if len(ordered) > 1 else {}
    return next((one for one in ordered if _keeps(one, made, checks, ctx)), ordered[0])


def weighted(
    task: PublicTask,
    program: Program,
    made: Decomposition,
    scores: Mapping[str, float],
    flat: Evidence,
    seed: int,
) -> list[tuple[float, Edit]]:
    """Return the edits of a program with their weights, the heaviest first, equals in an order by chance.

    `scores` are the nodes' suspicions, `flat` is the evidence of the program as it is.
    """
    edits = repairs(
        program.source,
        runs=types_of(flat),
        values=[pair.expected for pair in flat.pairs],
        strings=strings_of(task, flat.pairs),
    )
    of_line = {line: scores.get(node.name, 0.0) for node in made.nodes for line in made.own_lines(node.name)}
    highest = max(of_line.values(), default=0.0) or 1.0
    where = localise(program.source, flat)
    random.Random(seed).shuffle(edits)
    found = [
        (max(of_line.get(edit.line, 0.0) / highest, UNSEEN) * where.of(edit.line) * edit.prior, edit)
        for edit in edits
    ]
    return sorted(found, key=lambda one: -one[0])


def _keeps(program: Program, made: Decomposition, checks: Mapping[str, NodeChecks], ctx: Context) -> bool:
    """Say whether the nodes of an edited program do what they did while the whole passed."""
    again = decompose(program.source)
    (main, _), *others = program.files
    whole = replace(program, files=((main, again.source), *others))
    return all(
        all(held(ctx.runner, whole, name, checks[name].derived))
        for name in _alike(made, again)
        if name in checks
    )


def _alike(made: Decomposition, again: Decomposition) -> Iterator[str]:
    """Yield the nodes that two decompositions have in common."""
    before = {node.name: (node.parameters, node.results, node.mode) for node in made.nodes}
    for node in again.nodes:
        if before.get(node.name) == (node.parameters, node.results, node.mode):
            yield node.name
