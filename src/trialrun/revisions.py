"""Two revisions of a git repository: every function that changed is compared, and a ledger says what came of each.

Both revisions are checked out as temporary worktrees (`run/worktrees.py`), changed functions are found from their
sources (`lang/changes.py`), and each runs as part of its own tree, which its jobs see read-only. The base is the commit
at which the head left it, as for a pull request. CPU time is shared: what one function leaves, the next may use;
functions whose own code changed come first.

Nothing of the repository runs outside the sandbox. Leaves out: uncommitted changes, submodules, functions that are new
or gone (they are named), scripts as whole programs.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from trialrun.compare.afterwards import explained, finding_of
from trialrun.compare.difference import Compared, Comparison
from trialrun.compare.ledger import Ledger, Line, State, line_of
from trialrun.compare.stages import Stages
from trialrun.core.errors import UsageError
from trialrun.lang.align import called_as, is_private
from trialrun.lang.changes import Change, Changed, Changes, Place, changes, read_tree
from trialrun.lang.drivers import package_subject
from trialrun.lang.emit_test import Finding, Target
from trialrun.lang.expected import Expected, why_intended
from trialrun.lang.import_roots import ImportedAs, imported_as, is_test
from trialrun.lang.signatures import Signature
from trialrun.lang.subject import Subject
from trialrun.probe.examples import examples_of
from trialrun.probe.proposer import Seed
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.run.sandbox import Sandbox
from trialrun.run.supervisor import Isolation
from trialrun.run.worktrees import Repository, compile_below, worktrees

_LEAST_S = 0.02
"""CPU seconds below which a search is not worth its start."""
_COMPILED = 2000
"""Files of a tree up to which all are compiled beforehand."""

Begin = Callable[[int, int, str], None]
"""Told (place, how many, name) of the function that is next."""
Done = Callable[[Line], None]
"""Told what came of a function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be compared, and how."""

    base: str
    """Revision that behaved as it should."""
    head: str = "HEAD"
    """Revision under review."""
    paths: tuple[str, ...] = ()
    """Files or directories, relative to the working directory; none: the whole repository but for its tests."""
    maps: tuple[str, ...] = ()
    """`OLD:NEW` of what was moved or renamed."""
    expected: tuple[Expected, ...] = ()
    """Announced changes."""
    python: str | None = None
    """Interpreter or virtual environment that runs both."""
    stages: Stages = field(default_factory=Stages)
    """How each is searched; the CPU budget of the first stage is for all together."""
    assume: Subject | None = None
    """Predicate that inputs have to meet."""
    seeds: Mapping[str, Sequence[Seed]] = field(default_factory=dict)
    """Recorded calls by function, `path::qualname` of the head."""


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger, and every difference as something that a test can be made of."""

    ledger: Ledger
    findings: tuple[Finding, ...]


def compare_revisions(
    request: Request,
    place: Path,
    *,
    begin: Begin = lambda place, count, name: None,
    done: Done = lambda line: None,
) -> Found:
    """Compare two revisions of the repository around a directory.

    Raises `UsageError` for what is no repository or revision.
    """
    repository = Repository.around(place)
    head = repository.commit(request.head)
    named = repository.commit(request.base)
    base = repository.fork_point(named, head)
    paths = _relative(request.paths, place, repository.root)
    notes = (
        [] if base else [f"the history that is here does not tell where {request.head} left {request.base}"]
    )
    if request.head == "HEAD" and repository.is_dirty():
        notes.append("uncommitted changes are not compared")
    facts = {"base": f"{request.base} ({(base or named)[:12]})", "head": f"{request.head} ({head[:12]})"}
    with worktrees(repository, [base or named, head]) as (old, new), contextlib.ExitStack() as stack:
        for path in paths:
            if not any((tree / path).exists() for tree in (old, new, repository.root)):
                raise UsageError(f"{path} is in neither revision of {repository.root}")
        sides = _Side.read(old, paths), _Side.read(new, paths)
        found = changes(sides[0].sources, sides[1].sources, maps=request.maps)
        work = _Work(request, sides, found, find_interpreter(request.python), stack)
        lines = work.run(begin, done)
        facts |= {"seed": str(request.stages.first.seed), "CPU time": f"{request.stages.first.cpu_s:g} s"}
        facts |= work.facts
        left_out = sum(side.left_out for side in sides[1:])
        if left_out:
            notes.append(f"{left_out} changed or unchanged files of tests and documentation were left out")
        notes += _unused(request.expected, found, lines)
    ledger = Ledger(
        lines=tuple(lines),
        added=tuple(str(one.new) for one in found.functions if one.kind is Change.ADDED),
        removed=tuple(str(one.old) for one in found.functions if one.kind is Change.REMOVED),
        unreadable=found.unreadable,
        notes=tuple(notes),
        facts=tuple(facts.items()),
    )
    return Found(ledger, tuple(work.findings))


def _relative(paths: Sequence[str], place: Path, root: Path) -> list[str]:
    """Return paths relative to the repository. Raises `UsageError` for one outside it."""
    found = []
    for path in paths:
        absolute = Path(os.path.normpath(place.resolve() / path))
        if not absolute.is_relative_to(root):
            raise UsageError(f"{path} is not in the repository {root}")
        found.append(absolute.relative_to(root).as_posix())
    return found


def _unused(expected: Sequence[Expected], found: Changes, lines: Sequence[Line]) -> Iterator[str]:
    """Yield what to say of announced changes that did not come."""
    differing = {f"{line.file}::{line.name}" for line in lines if line.state is State.DIFFERS}
    for one in expected:
        if not any(one.covers(name) for name in differing):
            changed = any(one.covers(change.name) for change in found.functions)
            yield f"expected, but {'no difference was found' if changed else 'it did not change'}: {one.name}"


@dataclass(frozen=True, slots=True)
class _Side:
    """One revision on disk."""

    root: Path
    sources: dict[str, str]
    files: frozenset[str]
    """All Python files of the tree."""
    left_out: int

    @classmethod
    def read(cls, root: Path, paths: Sequence[str]) -> "_Side":
        everything = read_tree(root)
        if paths:
            kept = {
                path
                for path in everything
                for wanted in paths
                if wanted in (".", path) or path.startswith(f"{wanted}/")
            }
        else:
            kept = {path for path in everything if not is_test(path)}
        sources = {path: everything[path] for path in sorted(kept)}
        return cls(root, sources, frozenset(everything), 0 if paths else len(everything) - len(kept))


def _weight(change: Changed) -> int:
    """Say how much CPU time a function gets against others: one whose own code changed more than one that moved."""
    if change.direct:
        return 6
    return 3 if change.kind is Change.CHANGED or len(change.reasons) > 1 else 1


class _Skip(Exception):
    """A function cannot be compared; the text says why."""


class _Work:
    """The comparison of all changed functions of two revisions."""

    def __init__(
        self,
        request: Request,
        sides: tuple[_Side, _Side],
        found: Changes,
        python: Interpreter,
        stack: contextlib.ExitStack,
    ) -> None:
        self.request, self.sides, self.found, self.python = request, sides, found, python
        first = request.stages.first
        # Which error a value of the wrong type meets first says little of a change.
        self.stages = replace(
            request.stages, first=replace(first, rules=replace(first.rules, wrong_types=False))
        )
        self.findings: list[Finding] = []
        self.facts: dict[str, str] = {"Python": python.version}
        self._stack = stack
        self._sandboxes: dict[tuple[int, str], Sandbox] = {}
        self._left = request.stages.first.cpu_s
        if found.both:
            small = [side.root for side in sides if len(side.files) <= _COMPILED]
            compile_below(python, small)

    def run(self, begin: Begin, done: Done) -> list[Line]:
        """Compare one function after the other; return a line for each."""
        both = self.found.both
        lines = []
        for place, change in enumerate(both):
            assert change.new is not None
            begin(place, len(both), change.name)
            left = sum(map(_weight, both[place:]))
            lines.append(self._line(change, _weight(change) / left))
            done(lines[-1])
        for (side, _), sandbox in self._sandboxes.items():
            if side == 1:
                self.facts["isolation"] = sandbox.tier
        return lines

    def _line(self, change: Changed, share: float) -> Line:
        """Compare one function, with a share of the CPU time that is left."""
        assert change.old is not None and change.new is not None
        try:
            old, _ = self._subject(0, change.old)
            new, as_new = self._aligned(old, change.new)
        except _Skip as reason:
            return self._skipped(change, str(reason))
        share = round(self._left * share, 3)
        if share < _LEAST_S:
            return self._skipped(change, "the CPU time is used up")
        sandboxes = self._sandbox(0, old), self._sandbox(1, new)
        stages = replace(self.stages, first=replace(self.stages.first, cpu_s=share))
        seeds = self._seeds(change, old, new)
        comparison = stages.search(sandboxes, old, new, seeds, assume=self.request.assume)
        self._left = max(0.0, self._left - comparison.cpu_s)
        comparison = explained(comparison, sandboxes, (old, new), self.stages.first)
        intended = why_intended(change, self.request.expected)
        compared = Compared(
            name=change.new.qualname, file=change.new.path, line=change.new.line, comparison=comparison
        )
        line = line_of(compared, changed=change.reasons, intended=intended)
        if line.counts_against:
            self._note(line, comparison, sandboxes[0], (old, new), as_new.module)
        return line

    def _seeds(self, change: Changed, old: Subject, new: Subject) -> list[Seed]:
        """Return recorded calls and documented examples, by both names where it was renamed."""
        names = dict.fromkeys(str(place) for place in (change.new, change.old) if place is not None)
        seeds = [seed for name in names for seed in self.request.seeds.get(name, ())]
        for subject in (old, new):
            if subject.signature is not None:
                seeds += examples_of(subject.signature, subject.source)
        return seeds

    def _skipped(self, change: Changed, why: str) -> Line:
        assert change.new is not None
        return Line(
            name=change.new.qualname,
            file=change.new.path,
            line=change.new.line,
            state=State.SKIPPED,
            reason=why,
            changed=change.reasons,
            intended=why_intended(change, self.request.expected),
        )

    def _subject(
        self, side: int, place: Place, called_as: Signature | None = None
    ) -> tuple[Subject, ImportedAs]:
        """Return a function as a subject and how it is imported. Raises `_Skip` where it cannot be one."""
        tree = self.sides[side]
        found = imported_as(place.path, tree.files)
        if isinstance(found, str):
            raise _Skip(found)
        root, name = tree.root / found.root, f"{place.path}:{place.qualname}"
        source = tree.sources[place.path]
        try:
            subject = package_subject(
                root, found.path, place.qualname, name, source=source, called_as=called_as
            )
        except UsageError:
            raise _Skip(
                "it is defined by a lambda or under a condition, and is not called by its name"
            ) from None
        return subject, found

    def _aligned(self, old: Subject, place: Place) -> tuple[Subject, ImportedAs]:
        """Return the new function, called as callers of the old one would call it."""
        new, found = self._subject(1, place)
        assert old.signature is not None and new.signature is not None
        signature = called_as(old.signature, new.signature)
        if signature is not None:
            return self._subject(1, place, signature)
        if is_private(place.qualname):
            raise _Skip("its parameters changed, and it is private: its callers changed with it")
        return new, found

    def _sandbox(self, side: int, subject: Subject) -> Sandbox:
        """Return the sandbox whose jobs see the tree of a side, one for each directory to import from."""
        root = str(subject.root)
        known = self._sandboxes.get((side, root))
        if known is None:
            places = tuple(dict.fromkeys((root, str(self.sides[side].root))))
            known = self._stack.enter_context(Sandbox(Isolation(python=self.python, places=places)))
            self._sandboxes[side, root] = known
        return known

    def _note(
        self, line: Line, comparison: Comparison, sandbox: Sandbox, pair: tuple[Subject, Subject], module: str
    ) -> None:
        """Keep a difference for a test, unless the old version does otherwise when clock and chance are free."""
        difference, (old, new) = comparison.difference, pair
        assert difference is not None and old.signature is not None and new.signature is not None
        known = {one.name for one in (*old.signature.parameters, *old.signature.constructor)}
        by_name = all(one.name in known for one in (*new.signature.parameters, *new.signature.constructor))
        target = Target(
            qualname=line.name,
            module=module,
            source=old.source,
            signature=new.signature if by_name else replace(old.signature, name=line.name),
        )
        found = finding_of(difference, target, sandbox, old, self.stages.first, name=line.file)
        if found is not None:
            self.findings.append(found)
