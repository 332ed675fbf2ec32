"""Checks of the nodes of a decomposed program: what each receives and gives, by execution or by a model's word.

*Derived* checks are calls recorded while the whole passed a public check: their arguments and results at the node's
border. A run that fails gives no expected values, whatever the node did in it. Pairs that the node does not reproduce
alone (it depends on more than its arguments) are left out. Derived checks hold for the program as it is; they say what
a repair must keep. *Inferred* checks are what a model expects, as asserts; where a derived check says otherwise it
counts. The entry point's checks are the public ones themselves.

Source: MGDebugger (2024), where the model infers all of them. Leaves out: exceptions as expected results.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialrun.compare.part_checks import agrees
from trialrun.core.context import Runner
from trialrun.core.program import Program
from trialrun.lang.decomposition import Decomposition
from trialrun.lang.plain_asserts import read_plain_asserts
from trialrun.lang.sketch import Pair, cases_of
from trialrun.observe.call_values import Call, CallRun, recorded_calls
from trialrun.repair.evidence import Evidence

MOST = 20
"""Pairs of one node and one origin."""
_ASSERT = re.compile(r"^\s*(assert .*)$", re.MULTILINE)
_READ = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChecks:
    """What is known of one node's right behaviour."""

    derived: tuple[Pair, ...] = ()
    """Seen while the whole passed."""
    inferred: tuple[Pair, ...] = ()
    """Said by a model; may be wrong."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All of them, those by execution first."""
        return (*self.derived, *self.inferred)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRuns:
    """The calls of all nodes on the stated cases."""

    runs: tuple[CallRun, ...] = ()
    """One a case."""
    failed: tuple[bool, ...] = ()
    """Whether the whole failed on it."""

    def passing(self, name: str) -> tuple[Call, ...]:
        """Return a node's calls in runs that passed."""
        return self._calls(name, False)

    def failing(self, name: str) -> tuple[Call, ...]:
        """Return a node's calls in runs that failed: where to look, nothing to expect."""
        return self._calls(name, True)

    def _calls(self, name: str, failed: bool) -> tuple[Call, ...]:
        found = zip(self.runs, self.failed, strict=True)
        return tuple(call for run, one in found if one is failed for call in run.of(name))


def node_runs(runner: Runner, program: Program, made: Decomposition, evidence: Evidence) -> NodeRuns:
    """Record the calls of all nodes of a decomposed program on the cases of its evidence."""
    cases, _ = cases_of(evidence.pairs)
    runs = recorded_calls(runner, program, cases, [node.name for node in made.nodes]) if cases else ()
    return NodeRuns(runs=runs, failed=evidence.failed)


def derived_checks(
    runner: Runner, program: Program, made: Decomposition, runs: NodeRuns
) -> dict[str, NodeChecks]:
    """Return each node's checks by execution; the entry point has its public checks instead."""
    found: dict[str, NodeChecks] = {}
    for node in made.nodes:
        pairs: list[Pair] = []
        for call in runs.passing(node.name) if node.name != program.entry else ():
            pair = Pair(args=call.args, expected=call.value)
            if call.is_plain and call.ending == "returned" and pair not in pairs and len(pairs) < MOST:
                pairs.append(pair)
        kept = tuple(
            pair for pair, right in zip(pairs, held(runner, program, node.name, pairs), strict=True) if right
        )
        found[node.name] = NodeChecks(derived=kept)
    return found


def held(runner: Runner, program: Program, name: str, pairs: Sequence[Pair]) -> tuple[bool, ...]:
    """Return which pairs a function of a program satisfies, each in a run of its own."""
    if not pairs:
        return ()
    cases, expected = cases_of(tuple(pairs))
    done = runner.run(replace(program, entry=name), cases)
    return tuple(agrees(one, wanted) for one, wanted in zip(done, expected, strict=True))


def read_inferred(answer: str, name: str, arity: int, derived: Sequence[Pair], most: int) -> tuple[Pair, ...]:
    """Return the pairs that a model's answer states for a node as `assert name(...) == value`, at most `most`.

    Asserts with other numbers of arguments are no calls of it; those that contradict an execution are left out.

    >>> read_inferred("Sure: assert f(1) == 2\\nassert f(1, 2) == 3\\n assert f(2) == 4", "f", 1, (), 9)
    (Pair(args=(2,), expected=4),)
    """
    found: list[Pair] = []
    known = [pair.args for pair in derived]
    for line in _ASSERT.findall(answer[:_READ]):
        for one in read_plain_asserts(line, (name,)) or ():
            pair = Pair(args=one.args, expected=one.expected)
            fits = one.relation in ("equal", "is") and len(one.args) == arity
            if fits and pair not in found and one.args not in known and len(found) < most:
                found.append(pair)
    return tuple(found)


def unseen(runs: NodeRuns, name: str) -> float:
    """Return the share of failing runs in which a node did something that it did in no passing run, 0 to 1.

    A node all of whose calls in a failing run, arguments and results, also happened while the whole passed is no
    likely cause of that failure.
    """
    before = {repr((call.args, call.value)) for call in runs.passing(name) if call.ending == "returned"}
    failing = [run for run, failed in zip(runs.runs, runs.failed, strict=True) if failed]
    new = [
        any(call.ending != "returned" or repr((call.args, call.value)) not in before for call in run.of(name))
        for run in failing
    ]
    return sum(new) / len(new) if new else 0.0
