"""Self-invoking tasks without a model: a solved problem becomes a harder one whose solution must call the first.

    bases ──lang/compositions──▶ programs ──run twice──▶ asserts ──verify/dependence──▶ tasks

Templates that fit a base's kinds (`learn/bases.py`) compose a new function. Its inputs are drawn, by seed, from the
base's; its expected results are what it returns, in two runs, as literals. A task is kept where the results are not
all equal, every proof of dependence holds for every mutant that differs, and no task before it behaves alike.

Statement and results come from the same template, so they agree. What is emitted are one's own tasks: `row_of` gives
the line that `trialrun eval` reads. The difficulty stands in `source`: calls of the base, and paths of the new
function.

Leaves out: new values for inputs, problems that a model writes (`self_invoking_model.py`).
Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro" (arXiv:2412.21199); the composition is our own.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trialrun.compare.behaviours import TIGHT, observe
from trialrun.core import values
from trialrun.core.behaviour import behaviour_key
from trialrun.core.execution import Limits, Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck, Case, Task
from trialrun.lang.compositions import TEMPLATES, Composition, Takes, Template, compose
from trialrun.lang.drivers import function_subject
from trialrun.lang.literals import OwnClasses, Unsayable, Writer
from trialrun.lang.scopes import Unparseable, names
from trialrun.lang.splice import joined
from trialrun.learn.bases import Base
from trialrun.learn.built import Built
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.asserts import plan
from trialrun.verify.dependence import Proof, Settings, prove
from trialrun.verify.tests import Judge, Rules

SUITE = "self-invoking"
LENGTHS = (1, 2, 3, 4, 6, 8)
"""Lengths of the lists that a composed function is given."""
_LONGEST = 1000
"""Characters of a literal."""
_LEAST = 3
"""Inputs of a task."""
_SHARE = 0.2
"""Part of the CPU limit that one input may take: what comes near the limit is judged one way now, another then."""
_SECONDS = 2
"""Second functions that one base is piped into."""


def self_invoking(
    sandbox: Sandbox,
    bases: Sequence[Base],
    *,
    seed: int = 0,
    count: int | None = None,
    limits: Limits = TIGHT,
    settings: Settings | None = None,
) -> Built:
    """Return up to `count` tasks composed of bases: every template that fits a base, in the order of the bases.

    The same bases and seed give the same tasks.
    """
    built = Built()
    for place in range(len(bases)):
        for made in of_base(sandbox, bases, place, built.known, seed=seed, limits=limits, settings=settings):
            if count is not None and len(built.tasks) >= count:
                return built
            built.keep(made)
    return built


def of_base(
    sandbox: Sandbox,
    bases: Sequence[Base],
    place: int,
    known: set[str],
    *,
    seed: int = 0,
    limits: Limits = TIGHT,
    settings: Settings | None = None,
) -> Iterator[Task | str]:
    """Yield the tasks that one base gives, or why there is none, one a template.

    `known` are the behaviour keys of tasks made so far; those that are made here are added.
    """
    maker = _Maker(sandbox, seed, limits, settings or Settings(mutants=8, least=1.0), known)
    for template in TEMPLATES:
        for second in _seconds(template, bases[place], bases, f"{seed}:{place}:{template.name}"):
            yield maker.make(template, bases[place], second)


def _seconds(template: Template, base: Base, bases: Sequence[Base], seed: str) -> list[Base]:
    """Return the second functions of a template: the base itself where it uses none."""
    if not template.two:
        return [base] if template.fits(base.part, base.part) else []
    fitting = [other for other in bases if template.fits(base.part, other.part)]
    return random.Random(seed).sample(fitting, min(_SECONDS, len(fitting)))


class _Maker:
    """Makes tasks, each of another behaviour."""

    def __init__(
        self, sandbox: Sandbox, seed: int, limits: Limits, settings: Settings, known: set[str]
    ) -> None:
        self._sandbox, self._seed, self._limits, self._settings = sandbox, seed, limits, settings
        self._judge = Judge(sandbox, Rules(limits=limits))
        self._known = known

    def make(self, template: Template, base: Base, second: Base) -> Task | str:
        """Return a task, or why there is none."""
        composition = compose(template, base.part, second.part)
        sources = [base.source] if second is base else [base.source, second.source]
        if _collide(sources, composition):
            return "names of the two bases collide"
        program = Program.from_source(joined(*sources, composition.source), entry=composition.name)
        cases = self._cases(template, base, composition.name)
        tested = test_lines(self._sandbox, program, cases, limits=self._limits)
        if isinstance(tested, str):
            return tested
        if tested.key in self._known:
            return "another task behaves alike"
        self._known.add(tested.key)
        names_ = [base.part.name] if second is base else [base.part.name, second.part.name]
        task = task_of(
            program,
            tested,
            stub=composition.stub,
            given=joined(*sources),
            about=f"{template.name} of {' and '.join(dict.fromkeys((base.id, second.id)))}",
            licence=base.licence,
        )
        return proven(self._sandbox, self._judge, task, program, names_, self._settings)

    def _cases(self, template: Template, base: Base, name: str) -> list[Case]:
        if template.takes is Takes.CALL:
            return list(base.cases)
        rng = random.Random(f"{self._seed}:{base.id}:{name}")
        if template.takes is Takes.VALUES:
            pool = [arg for case in base.cases for arg in case.args]
        else:
            pool = [case.args[0] if base.part.unary else case.args for case in base.cases]
        rng.shuffle(pool)
        lists, at = [], 0
        for length in LENGTHS:  # each is used once before any is used again
            lists.append([pool[(at + step) % len(pool)] for step in range(length)])
            at += length
        return [Case(args=(items,)) for items in lists]


def _collide(sources: Sequence[str], composition: Composition) -> bool:
    """Say whether two bases define one name, or one of them the new function's."""
    seen: set[str] = {composition.name}
    for source in sources:
        found = names(source)
        defined = set() if isinstance(found, Unparseable) else {*found.functions, *found.classes}
        if seen & defined:
            return True
        seen |= defined
    return False


# -- from a program and inputs to a task that is proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What a composed function returns, as asserts."""

    lines: tuple[str, ...]
    key: str
    """Behaviour key on the inputs that are kept."""


def test_lines(sandbox: Sandbox, program: Program, cases: Sequence[Case], *, limits: Limits) -> Tested | str:
    """Return asserts that say what a program returns on inputs, or why there are none.

    Inputs on which it does not return, twice the same, or that no literal says, are left out.
    """
    seen = observe(sandbox, function_subject(program.source, program.entry or ""), cases, limits=limits)
    slow = any(run.outcome is Outcome.TIMEOUT or run.cpu_s > _SHARE * limits.cpu_s for run in seen.executions)
    if slow or not seen.steady:
        return "the new function is unsteady or slow"
    lines, kept = [], []
    for case, run in zip(cases, seen.executions, strict=False):
        line = None if run.value is None or run.stdout else _assert(program.entry or "", case, run.value)
        if line is not None and line not in lines:
            lines.append(line)
            kept.append(run)
    if len(lines) < _LEAST or len({run.value for run in kept}) < 2:
        return "the new function raises, or its result is constant or no literal"
    key = behaviour_key(kept)
    return "a result has no equality" if key is None else Tested(lines=tuple(lines), key=key)


def _assert(entry: str, case: Case, value: bytes) -> str | None:
    try:
        arguments = [_literal(values.encode(arg)) for arg in case.args]
        return f"assert {entry}({', '.join(arguments)}) == {_literal(value)}"
    except (Unsayable, values.Malformed, values.TooLarge):
        return None


def _literal(data: bytes) -> str:
    low = parse(data)
    writer = Writer(low, OwnClasses(module="", prefix=""))
    text = writer.write(low)
    if writer.imports or writer.strict or "float(" in text or len(text) > _LONGEST:
        raise Unsayable("not a short literal")
    return text


def task_of(
    program: Program, tested: Tested, *, stub: str, given: str, about: str, licence: str = ""
) -> Task:
    """Return the task whose solution is `program`: `given` code and the `stub` of a function that must call it."""
    tests = "\n".join(tested.lines) + "\n"
    how = plan(tests, program.source)
    prefix = joined(given, stub)
    shown = plan(tested.lines[0] + "\n", program.source)
    return Task(
        id=f"{SUITE}/{program.id}",
        suite=SUITE,
        statement=prefix,
        entry=program.entry,
        prefix=prefix,
        context=how.shared_context,
        public_checks=(shown.check("example", tested.lines[0] + "\n"),),
        hidden_checks=(how.check("tests", tests),),
        reference=program.source,
        source=about,
        licence=licence,
    )


def proven(
    sandbox: Sandbox, judge: Judge, task: Task, program: Program, bases: Sequence[str], settings: Settings
) -> Task | str:
    """Return a task, with its difficulty, whose solution is proven to depend on every base; or why it is none."""
    proofs: list[Proof] = []
    for base in bases:
        proof = prove(sandbox, judge, task, program, base, settings)
        if proof.verdict is not Verdict.PASS:
            return f"not dependent: {'mutants are not noticed' if not proof.fault else proof.fault}"
        proofs.append(proof)
    calls = sum(proof.calls.count for proof in proofs)
    return replace(task, source=f"{task.source}; {calls} calls of the base, {proofs[0].calls.paths} paths")


def row_of(task: Task) -> dict[str, str]:
    """Return a task as a line of a file of one's own tasks (`tasks/own.py`)."""
    (public,), (hidden,) = task.public_checks, task.hidden_checks
    assert isinstance(public, AssertCheck) and isinstance(hidden, AssertCheck)
    row = {
        "id": task.id,
        "entry": task.entry or "",
        "prefix": task.prefix,
        "tests": hidden.code,
        "public_tests": public.code,
        "context": task.context,
        "reference": task.reference or "",
        "source": task.source,
        "licence": task.licence,
    }
    return {name: text for name, text in row.items() if text}
