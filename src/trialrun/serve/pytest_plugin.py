"""`assert_same_behaviour(old, new)` for tests: fails with the smallest input on which two functions differ.

    def test_the_rewrite(assert_same_behaviour):
        assert_same_behaviour(slow_median, fast_median, seeds=[([3, 1, 2],)])

Both functions run in the sandbox, each imported from its own file as the test process would import it, with the
packages of the environment that the tests run in; the test process itself calls neither. That no difference was found
proves nothing; where nothing at all could be run, the assertion fails and says so.

Leaves out: functions made inside others, lambdas, objects that no source makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trialrun.compare.difference import Comparison
    from trialrun.lang.subject import Subject

Same = Callable[..., None]


def assert_same_behaviour(
    old: Callable[..., Any],
    new: Callable[..., Any],
    *,
    seeds: Sequence[tuple[Any, ...]] = (),
    cpu_s: float = 2.0,
    assume: Callable[..., Any] | None = None,
    **settings: Any,
) -> None:
    """Fail where an input is found on which two functions differ.

    `seeds` are argument tuples to begin with; `assume` is a predicate that inputs have to meet; `settings` are those of
    `compare.differential.Differential`: `seed`, `inputs`, `rules`, `limits`, `frozen`. Raises `AssertionError` for a
    difference, or where nothing could be compared, and `UsageError` for what is no function of a file.
    """
    __tracebackhide__ = True
    from trialrun.compare.difference import Compared
    from trialrun.compare.ledger import State, line_of
    from trialrun.core.printable import printable
    from trialrun.report.differences import line_text

    comparison = _compared(old, new, seeds, assume, {"cpu_s": cpu_s, **settings})
    name = getattr(new, "__qualname__", repr(new))
    file, number = new.__code__.co_filename, new.__code__.co_firstlineno
    line = line_of(Compared(name=name, file=file, line=number, comparison=comparison))
    if line.state is State.DIFFERS:
        raise AssertionError("\n".join(line_text(line)))
    if line.state is State.SKIPPED:
        raise AssertionError(f"nothing was compared: {printable(line.reason, 500)}")


@pytest.fixture(name="assert_same_behaviour")
def _same_behaviour() -> Iterator[Same]:
    """`assert_same_behaviour(old, new, seeds=[...])`: fails where two functions are found to differ."""
    yield assert_same_behaviour


def _compared(
    old: Callable[..., Any],
    new: Callable[..., Any],
    seeds: Sequence[tuple[Any, ...]],
    assume: Callable[..., Any] | None,
    settings: dict[str, Any],
) -> Comparison:
    __tracebackhide__ = True
    import contextlib
    import sys

    from trialrun.compare.afterwards import explained
    from trialrun.compare.differential import Differential
    from trialrun.core.errors import UsageError
    from trialrun.core.task import Case
    from trialrun.probe.examples import examples_of
    from trialrun.probe.proposer import Origin, Seed
    from trialrun.run.interpreter import find_interpreter
    from trialrun.run.sandbox import Sandbox
    from trialrun.run.supervisor import Isolation

    for args in seeds:
        if type(args) is not tuple:
            raise UsageError(f"a seed is a tuple of arguments, such as ({args!r:.100},); not {args!r:.100}")
    given = [Seed(case=Case(args=args), origin=Origin.USER) for args in seeds]
    one, two = _subject(old), _subject(new)
    predicate = None if assume is None else _subject(assume)
    python = find_interpreter(sys.prefix if sys.prefix != sys.base_prefix else None)
    for subject in (one, two):
        if subject.signature is not None:
            given += examples_of(subject.signature, subject.source)
    with contextlib.ExitStack() as stack:
        sandboxes = [
            stack.enter_context(Sandbox(Isolation(python=python, places=_places(subject, predicate))))
            for subject in (one, two)
        ]
        search, both = Differential(**settings), (sandboxes[0], sandboxes[1])
        found = search.search(both, one, two, given, assume=predicate)
        return explained(found, both, (one, two), search)


def _places(*subjects: Subject | None) -> tuple[str, ...]:
    roots = [str(one.root) for one in subjects if one is not None and one.root is not None]
    return tuple(dict.fromkeys(roots))


def _subject(function: Callable[..., Any]) -> Subject:
    """Return a function as a subject, imported from the directory above its topmost package."""
    __tracebackhide__ = True
    import inspect
    from pathlib import Path

    from trialrun.core.errors import UsageError
    from trialrun.lang.drivers import function_subject, package_subject
    from trialrun.lang.import_roots import imported_as

    name = getattr(function, "__qualname__", "")
    try:
        file = Path(inspect.getsourcefile(inspect.unwrap(function)) or "").resolve()
        source = file.read_text("utf-8-sig")
    except (TypeError, OSError, UnicodeDecodeError):
        raise UsageError(f"{function!r:.100} has no source file, so it cannot be run elsewhere") from None
    if not name or "<" in name:
        raise UsageError(
            f"{name or function!r:.100} is made inside another function: move it to the top of its file"
        )
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    path = file.relative_to(folder).as_posix()
    packages = {f"{parent.as_posix()}/__init__.py" for parent in Path(path).parents}
    found = imported_as(path, packages)
    if isinstance(found, str):
        return function_subject(source, name, f"{file.name}:{name}")
    return package_subject(folder / found.root, found.path, name, f"{file.name}:{name}", source=source)
