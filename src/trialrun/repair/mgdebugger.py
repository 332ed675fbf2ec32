"""MGDebugger: take a failing program apart, repair its functions from the leaves upwards, join them again.

    decompose ─▶ per node, callees first: its checks ─▶ one fails: show a run of it, have it written anew, ≤ attempts
        ▲                                                                                    │
        └──── from the original, ≤ restarts ◀── no ── all public checks pass? ◀── joined ◀───┘

Decomposition is mechanical (`lang/decompose.py`) or a model's; checks of a node are what it did while the whole
passed, and what the model infers from the whole's checks (`node_checks.py`). Published, the model simulates the run on
a failing pair; ours shows the real one, and in the simulated mode says how far the two are apart. A node that cannot be
repaired keeps its text; one whose signature the model changes is refused. Without a model, small edits are tried, on
the most suspicious node first.

Source: Shi et al. 2024 (arXiv:2410.01215). Leaves out: languages other than Python, whole programs as trees (they are
one node), min-p sampling (servers differ in its name).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from msgspec import Meta

from trialrun.compare.part_checks import passes
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Judgement
from trialrun.core.method import Repairer, method
from trialrun.core.program import Program
from trialrun.core.task import Case, PublicTask
from trialrun.core.trace import Trace
from trialrun.lang.answer import program_from
from trialrun.lang.decompose import as_it_is, decompose
from trialrun.lang.decompose_join import joined
from trialrun.lang.decomposition import Decomposition
from trialrun.lang.sketch import Pair
from trialrun.models.protocol import Message, Request
from trialrun.repair import node_prompts
from trialrun.repair.edit_search import searched
from trialrun.repair.evidence import Evidence, evidence_of
from trialrun.repair.node_checks import (
    NodeChecks,
    NodeRuns,
    derived_checks,
    held,
    node_runs,
    read_inferred,
)
from trialrun.repair.node_ranking import Suspicion, rank
from trialrun.repair.simulation import divergence

_STEP = 1000


class _OutOfBudget(Exception):
    """The model answers no more."""


@method(
    paper="arXiv:2410.01215",
    title="From Code to Correctness: Closing the Last Mile of Code Generation with Hierarchical Debugging",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class MgDebugger(Repairer):
    """Take a failing program apart, repair its functions from the leaves upwards, join them again."""

    decompose: Literal["mechanical", "model"] = "mechanical"
    """Who takes the program apart; where the model cannot, it is done mechanically."""
    propose: Literal["model", "both", "operators"] = "model"
    """Who repairs a node: a model; small edits, and the model where none helps; or edits alone."""
    run_shown: Literal["real", "simulated", "none"] = "real"
    """What is shown of a node's failing run: the real one; nothing, and the model is to simulate it; nothing."""
    infer: bool = True
    """Whether the model infers checks of the nodes from those of the whole."""
    attempts: Annotated[int, Meta(ge=1)] = 3
    """Times that a node is written anew at most, in one pass over the program."""
    restarts: Annotated[int, Meta(ge=1)] = 10
    """Passes over the program at most, each from the original."""
    suspects: Annotated[int, Meta(ge=0)] = 1
    """Nodes without a failing check that are written anew all the same, the most suspicious first."""
    parses: Annotated[int, Meta(ge=1)] = 3
    """Times that the model is asked to take the program apart, in one pass."""
    edits: Annotated[int, Meta(ge=1)] = 20_000
    """Small edits that are tried at most."""
    cpu_s: Annotated[float, Meta(gt=0)] = 20.0
    """CPU seconds of the search for an edit and of all that it runs; the usual end is that none is left."""
    temperature: Annotated[float, Meta(ge=0)] = 0.8
    """Sampling temperature."""
    max_tokens: Annotated[int, Meta(ge=1)] = 2048
    """Tokens at most, per answer."""

    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield the first joined program that passes all public checks, if one is found."""
        if task.language != "python" or passes(judgements or ctx.runner.check(program)):
            return
        if self.propose != "model" and program.entry is not None:
            maker = self.declared.id
            made = searched(task, program, ctx, most=self.edits, cpu_s=self.cpu_s, maker=maker)
            if made is not None:
                yield made
                return
        if self.propose == "operators":
            return
        try:
            source = _Passes(self, task, program, ctx).repaired()
        except _OutOfBudget:
            return
        if source is not None:
            (main, _), *others = program.files
            yield replace(
                program,
                files=((main, source), *others),
                entry=task.entry,
                maker=self.declared.id,
                parents=(program.id,),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the nodes of a failing program did."""

    source: str
    """The decomposed program."""
    evidence: Evidence
    runs: NodeRuns
    checks: Mapping[str, NodeChecks]
    ranked: tuple[Suspicion, ...]


class _Passes:
    """The passes over one program."""

    def __init__(self, method: MgDebugger, task: PublicTask, program: Program, ctx: Context) -> None:
        self.method, self.task, self.program, self.ctx = method, task, program, ctx
        self.asked = 0
        self.known: _Known | None = None

    def repaired(self) -> str | None:
        """Return the text of a program that passes all public checks; None where no pass led to one."""
        for turn in range(self.method.restarts):
            made = self._decomposition()
            if made is None:
                source = self._written_whole()
            else:
                source = self._bottom_up(made)
            if source is not None:
                return source
            self.ctx.progress(f"pass {turn + 1}: the joined program fails; again from the original")
        return None

    def _ask(self, text: str) -> str:
        request = Request(
            messages=(Message("user", text),),
            temperature=self.method.temperature,
            max_tokens=self.method.max_tokens,
            seed=self.ctx.seed + _STEP * self.asked,
        )
        self.asked += 1
        response = self.ctx.model.complete(request)
        if response.exhausted is not None or not response.texts:
            raise _OutOfBudget
        return response.texts[0]

    def _program(self, source: str) -> Program:
        (main, _), *others = self.program.files
        return replace(self.program, files=((main, source), *others), parents=(self.program.id,))

    def _passes(self, source: str) -> bool:
        return passes(self.ctx.runner.check(self._program(source)))

    def _decomposition(self) -> Decomposition | None:
        """Return the original, taken apart; None where it has no function that could be a node."""
        entry, source = self.task.entry, self.program.source
        for _ in range(self.method.parses if self.method.decompose == "model" and entry else 0):
            answer = program_from(
                self._ask(node_prompts.decomposition(self.task, source)), self.task, maker=""
            )
            made = as_it_is(answer.source)
            if any(node.name == entry for node in made.nodes):
                return made
        made = decompose(source)
        return made if any(node.name == entry for node in made.nodes) else None

    def _written_whole(self) -> str | None:
        """Return the program as the model writes it anew, if that passes."""
        for _ in range(self.method.attempts):
            answer = self._ask(node_prompts.whole(self.task, self.program.source))
            made = program_from(answer, self.task, maker="")
            if passes(self.ctx.runner.check(made)):
                return made.source
        return None

    def _bottom_up(self, made: Decomposition) -> str | None:
        """Return a text that passes after the nodes were repaired, the callees first; None where it does not."""
        if made.source != self.program.source and made.original == made.source and self._passes(made.source):
            return made.source  # taking it apart was enough
        known = self._known(made)
        evidence, tried = known.evidence, set[str]()
        for node in made.nodes:
            debugged = self._debugged(
                made, node.name, known.checks.get(node.name, NodeChecks()), evidence, tried
            )
            if debugged.source != made.source:
                made = debugged
                source = self._passing(made)
                if source is not None:
                    return source
        left = [one.node for one in known.ranked if one.node not in tried]
        for name in left[: self.method.suspects]:
            source = self._doubted(made, name, known.runs)
            if source is not None:
                return source
        return None

    def _known(self, made: Decomposition) -> "_Known":
        """Return what the nodes did; every pass begins with the same program, unless a model takes it apart anew."""
        if self.known is None or self.known.source != made.source:
            whole, runner = self._program(made.source), self.ctx.runner
            evidence = evidence_of(runner, self.task, whole)
            runs = node_runs(runner, whole, made, evidence)
            self.known = _Known(
                source=made.source,
                evidence=evidence,
                runs=runs,
                checks=derived_checks(runner, whole, made, runs) if self.method.infer else {},
                ranked=rank(made, evidence, runs),
            )
        return self.known

    def _passing(self, made: Decomposition) -> str | None:
        """Return the original with its changes where that passes, else the decomposed program where that does."""
        for source in dict.fromkeys((joined(made), made.source)):
            if source is not None and self._passes(source):
                return source
        return None

    def _doubted(self, made: Decomposition, name: str, runs: NodeRuns) -> str | None:
        """Return a text that passes after a node was written anew that fails no check of its own.

        What is shown is what it did in a run that fails; nothing is known of what it should have done.
        """
        calls = [call for call in runs.failing(name) if call.is_plain]
        case = Case(args=calls[0].args) if calls else None
        for _ in range(self.method.attempts):
            made_anew = self._written_anew(made, name, case, None)
            source = self._passing(made_anew) if made_anew is not None else None
            if source is not None:
                return source
        return None

    def _debugged(
        self, made: Decomposition, name: str, checks: NodeChecks, evidence: Evidence, tried: set[str]
    ) -> Decomposition:
        """Return the decomposition with a node repaired; as it is where its checks pass or no attempt did."""
        if name == self.task.entry:
            checks = NodeChecks(derived=evidence.pairs)
        elif self.method.infer:
            wanted = len(evidence.pairs) or 1
            answer = self._ask(node_prompts.inference(self.task, made, name, wanted))
            arity = len(made.node(name).parameters)
            inferred = read_inferred(answer, name, arity, checks.derived, wanted)
            checks = replace(checks, inferred=inferred)
        # Derived checks hold as the program is: only others can fail before something is written anew.
        failing = self._failing(made, name, checks) if checks.inferred or name == self.task.entry else ()
        if not failing and name != self.task.entry:
            return made
        tried.add(name)
        for _ in range(self.method.attempts):
            case = Case(args=failing[0].args) if failing else None
            anew = self._written_anew(made, name, case, failing[0] if failing else None)
            if anew is None:
                continue
            if name == self.task.entry:
                if self._passing(anew) is not None:
                    return anew
            elif not self._failing(anew, name, checks):
                return anew
        return made

    def _failing(self, made: Decomposition, name: str, checks: NodeChecks) -> tuple[Pair, ...]:
        """Return the pairs that a node fails."""
        right = held(self.ctx.runner, self._program(made.source), name, checks.pairs)
        return tuple(pair for pair, one in zip(checks.pairs, right, strict=True) if not one)

    def _written_anew(
        self, made: Decomposition, name: str, case: Case | None, pair: Pair | None
    ) -> Decomposition | None:
        """Return the decomposition with a node as the model writes it; None where its answer cannot take its place."""
        how = self.method.run_shown
        real: Trace | None = None
        if case is not None and how != "none":
            real = self.ctx.runner.trace(replace(self._program(made.source), entry=name), case)
        shown = real if how == "real" else None
        args = case.args if case is not None else None
        question = node_prompts.repair(
            self.task, made, name, args, pair, shown, simulate=how == "simulated" and args is not None
        )
        answer = self._ask(question)
        if how == "simulated" and real is not None:
            found = divergence(answer, real)
            self.ctx.progress(f"{name}: {found.wrong} of {found.claims} simulated values differ from the run")
        try:
            return made.replaced(name, node_prompts.function_in(answer, name, self.task))
        except UsageError as error:
            self.ctx.progress(f"{name}: refused, {error}")
            return None
