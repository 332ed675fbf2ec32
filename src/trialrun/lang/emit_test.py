"""A difference as a plain pytest file: it passes on the old program, fails on the new, and knows nothing of trialrun.

A test makes the arguments, calls, and asserts what the old program did wherever the new one did otherwise: the result,
the arguments after the call, attributes of the object, what was printed, or the exception. Where `==` would not tell
the two apart (`1` and `True`, NaN, `-0.0`, the order of keys) the file defines a stricter `same`. Programs are hostile:
values become source by `lang/literals.py`, and what cannot be said in Python is told as a reason, never left out
silently.

Leaves out: running the test; files that a program leaves; hangs and crashes of the old program.
"""

import builtins
import hashlib
import itertools
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trialrun.core import values as v
from trialrun.core.execution import NOT_RUN, Execution, Outcome
from trialrun.core.parse_values import parse
from trialrun.core.task import Case
from trialrun.lang import emit_parts as parts
from trialrun.lang.changed_parts import Part, changed_parts
from trialrun.lang.literals import OwnClasses, Unsayable, Writer
from trialrun.lang.scopes import Unparseable
from trialrun.lang.scopes import parse as parse_source
from trialrun.lang.signatures import Binding, Parameter, Signature

_MESSAGE = 200
"""Characters of an exception's text that are asserted."""
_WAIT_S = 20
"""Seconds after which a call that is expected to hang is given up."""
_ITEMS = 50
"""Items of an iterator that are asserted in full; of longer ones, those up to the first that differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a test tests, and how it finds it."""

    qualname: str = ""
    """Function or method; empty for a whole program."""
    module: str = ""
    """Dotted name to import it by; empty where the file is loaded by its path."""
    file: str = ""
    """Path of the file, relative to the directory of the test."""
    source: str
    """The old program's text: only classes that it defines are named in a test."""
    signature: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference to be told as a test."""

    target: Target
    case: Case
    old: Execution
    new: Execution
    about: str = ""
    """One line for the test's docstring; may be hostile."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A test file, and what did not become part of it."""

    text: str
    """Python source; empty where nothing could be said."""
    count: int = 0
    """Tests in it."""
    unsaid: tuple[tuple[Finding, str], ...] = ()
    """(finding, why) of those that have no test."""


@dataclass(slots=True)
class _Test:
    """One test while it is written."""

    finding: Finding
    holder: str
    """Name of the loaded module in the file."""
    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    fixtures: list[str] = field(default_factory=list)


def emit_tests(findings: Sequence[Finding], *, heading: str = parts.CHANGE) -> Emitted:
    """Return one file with a test for each finding, or why there is none for it; equal tests stand there once.

    `heading` is the file's docstring, one line of ours.
    """
    holders: dict[tuple[str, str], str] = {}
    tests: list[_Test] = []
    unsaid: list[tuple[Finding, str]] = []
    written: set[tuple[str, ...]] = set()
    for finding in findings:
        place = finding.target.module, finding.target.file
        test = _Test(finding, holders.get(place) or _holder(finding.target, holders.values()))
        try:
            _write(test)
        except Unsayable as reason:
            unsaid.append((finding, str(reason)))
            continue
        holders[place] = test.holder
        if (content := (test.holder, *test.fixtures, *test.lines)) not in written:
            written.add(content)
            tests.append(test)
    return Emitted(_file(tests, heading) if tests else "", len(tests), tuple(unsaid))


def _holder(target: Target, taken: Any) -> str:
    last = (target.module.rpartition(".")[2] or target.file.rpartition("/")[2]).removesuffix(".py")
    name = re.sub(r"\W", "_", last, flags=re.ASCII).strip("_").lower() or "program"
    name = f"{name}_module"
    return name if name not in taken else f"{name}{len(list(taken))}"


# ----------------------------------------------------------------------------------------------------- a test


def _write(test: _Test) -> None:
    old, new = test.finding.old, test.finding.new
    if old.outcome not in (Outcome.RETURNED, Outcome.RAISED):
        raise Unsayable(f"the old program did not end by itself: {old.outcome}")
    if new.outcome in NOT_RUN:
        raise Unsayable(f"the new program was not run: {new.outcome}")
    if test.finding.target.qualname:
        _write_call(test)
    else:
        _write_program(test)


def _write_program(test: _Test) -> None:
    case, old = test.finding.case, test.finding.old
    if case.files:
        raise Unsayable("a program that reads files")
    given = _bytes((case.stdin or "").encode("utf-8", "surrogatepass"))
    argv = "".join(f", {_string(text)}" for text in case.argv)
    test.imports |= {"subprocess", "sys", "pathlib"}
    test.lines += [
        f"command = [sys.executable, str({test.holder.upper()}){argv}]",
        f"done = subprocess.run(command, input={given}, capture_output=True, timeout={_WAIT_S})",
    ]
    if old.outcome is Outcome.RETURNED:
        test.lines.append("assert done.returncode == 0, done.stderr.decode(errors='replace')")
    else:
        test.lines.append("assert done.returncode != 0")
        if old.exception and old.exception != "SystemExit":
            test.lines.append(
                f"assert {_string(_exception_name(old))} in done.stderr.decode(errors='replace')"
            )
    if old.stdout != test.finding.new.stdout:
        test.lines.append(f"assert done.stdout == {_bytes(old.stdout)}")


def _write_call(test: _Test) -> None:
    finding = test.finding
    signature = finding.target.signature
    if signature is None:
        raise Unsayable("a function whose signature is not known")
    own = _own(finding.target, test.holder)
    is_constructor = signature.name.endswith(".__init__")
    made = signature.binding in (Binding.METHOD, Binding.PROPERTY)
    names = _write_arguments(test, signature, own, made and not is_constructor)
    call = _call(test, signature, names)
    hangs = finding.new.outcome not in (Outcome.RETURNED, Outcome.RAISED)
    if hangs:
        test.helpers.add("deadline")
        test.imports.add("signal")
        test.fixtures.append("deadline")
    if finding.old.outcome is Outcome.RAISED:
        _assert_raises(test, call)
        return
    changed = changed_parts(finding.old, finding.new, made=made)
    name = "made" if is_constructor else "result" if any(one.part == "result" for one in changed) else ""
    test.lines.append(f"{name} = {call}" if name else call)
    for part in changed:
        _assert_part(test, part, names, own)


def _own(target: Target, holder: str) -> OwnClasses:
    tree = parse_source(target.source)
    module = target.module or "solution"
    if isinstance(tree, Unparseable):
        return OwnClasses(module, f"{holder}.")
    return OwnClasses.of(tree, module, f"{holder}.")


def _write_arguments(test: _Test, signature: Signature, own: OwnClasses, made: bool) -> list[str]:
    """Write an assignment for each argument; return the texts that stand for them in the call."""
    args = test.finding.case.args
    try:
        lowered = parse(v.encode_graph(args, limit=1 << 24)[0])
    except (v.TooLarge, v.Malformed) as error:
        raise Unsayable(f"arguments that cannot be written: {error}") from None
    writer = Writer(lowered, own, shared=True)
    names: list[str] = []
    parameters: tuple[Parameter, ...] = signature.parameters
    for place, low in enumerate(v.roots_of(lowered)[: len(args)]):
        text = writer.write(low)
        test.lines += writer.statements
        writer.statements.clear()
        if made and place == 0:
            name = "given"
        else:
            at = place - made
            name = parameters[at].name if at < len(parameters) else f"argument{at}"
            name = f"{name}_" if name in parts.TAKEN or name.startswith("shared") else name
        test.lines.append(f"{name} = {text}")
        names.append(name)
    test.imports |= writer.imports
    return names


def _call(test: _Test, signature: Signature, names: list[str]) -> str:
    target = f"{test.holder}.{signature.name}"
    if signature.name.endswith(".__init__"):
        return f"{target.removesuffix('.__init__')}({_spread(signature.parameters, names)})"
    if signature.binding in (Binding.METHOD, Binding.PROPERTY):
        owner, _, attribute = target.rpartition(".")
        test.lines.append(f"made = {owner}({_given(signature.constructor, test.finding.case.args[:1])})")
        target, names = f"made.{attribute}", names[1:]
    if signature.binding is Binding.PROPERTY:
        return target
    call = f"{target}({_spread(signature.parameters, names)})"
    if signature.is_async and signature.is_generator:
        test.helpers.add("collect")
        test.imports.add("asyncio")
        return f"asyncio.run(collect({call}))"
    if signature.is_async:
        test.imports.add("asyncio")
        return f"asyncio.run({call})"
    return call


def _given(parameters: Sequence[Parameter], args: Sequence[Any]) -> str:
    """Return the arguments of a constructor, taken from the variable `given`."""
    if not any(one.keyword_only or one.variadic for one in parameters):
        return "*given" if args else ""
    count = len(args[0]) if args and isinstance(args[0], list | tuple) else 0
    return _spread(parameters, [f"given[{place}]" for place in range(count)])


def _spread(parameters: Sequence[Parameter], names: Sequence[str]) -> str:
    """Return the arguments of a call, by the way in which each parameter is bound."""
    spread = []
    for place, text in enumerate(names):
        parameter = parameters[place] if place < len(parameters) else Parameter(name="")
        if parameter.variadic:
            spread.append(parameter.variadic + text)
        else:
            spread.append(f"{parameter.name}={text}" if parameter.keyword_only else text)
    return ", ".join(spread)


def _assert_raises(test: _Test, call: str) -> None:
    old, new = test.finding.old, test.finding.new
    name = _exception_name(old)
    known = getattr(builtins, name, None)
    is_builtin = isinstance(known, type) and issubclass(known, BaseException)
    test.imports.add("pytest")
    if old.stdout != new.stdout:
        test.fixtures.append("capsys")
    test.lines += [
        f"with pytest.raises({name if is_builtin else 'BaseException'}) as caught:",
        f"    {call}",
        f"assert type(caught.value).__name__ == {_string(name)}",
    ]
    if new.outcome is Outcome.RAISED and new.exception == old.exception and new.message != old.message:
        text = old.message[:_MESSAGE]
        test.lines.append(f"assert str(caught.value).startswith({_string(text)})")
        if new.message.startswith(text):
            test.lines[-1] = f"assert str(caught.value) == {_string(old.message)}"
    if old.stdout != new.stdout:
        test.lines.append(f"assert capsys.readouterr().out == {_text(old.stdout)}")


# --------------------------------------------------------------------------------------------------- assertions


def _assert_part(test: _Test, part: Part, names: list[str], own: OwnClasses) -> None:
    if part.part == "stdout":
        test.fixtures.append("capsys")
        test.lines.append(f"assert capsys.readouterr().out == {_text(part.low)}")
        return
    low, got = part.low, _got(part, names)
    kind = low[0] if type(low) is tuple else None
    if kind in (v.OPAQUE, v.SUBCLASS):
        name = low[2] if kind == v.OPAQUE else low[1]
        test.lines.append(f"assert type({got}).__name__ == {_string(name.rpartition('.')[2])}")
        if kind == v.OPAQUE:
            if type(part.new) is tuple and part.new[:1] + part.new[2:] == low[:1] + low[2:]:
                raise Unsayable(f"an object of type {name[:100]!a}")
            return
        low = low[2]
    if kind in (v.ITERATOR, v.VIEW):
        low, got = _materialised(test, part, got)
    writer = Writer(part.root, own)
    expected = writer.write(low)
    test.imports |= writer.imports
    if kind == v.ARRAY:
        test.lines.append(f"numpy.testing.assert_array_equal({got}, {expected}, strict=True)")
    elif kind == v.SUBCLASS or (part.plain and not writer.strict and "numpy" not in writer.imports):
        same = "is" if low is None or isinstance(low, bool) else "=="
        test.lines.append(f"assert {got} {same} {expected}")
    else:
        test.helpers.add("same")
        test.lines.append(f"assert same({got}, {expected})")


def _got(part: Part, names: list[str]) -> str:
    """Return what stands for a part in the test."""
    if part.part == "result":
        return "result"
    if part.part == "attribute":
        return f"made.{_identifier(part.name)}"
    if part.name >= len(names):
        raise Unsayable("an argument that was not given")
    return names[int(part.name)]


def _materialised(test: _Test, part: Part, got: str) -> tuple[Any, str]:
    """Return an iterator or view as the list of its items, and how to get that from the result."""
    low, new = part.low, part.new
    if low[0] == v.ITERATOR and (type(new) is not tuple or new[0] != v.ITERATOR):
        test.lines.append(f"assert iter({got}) is {got}")
    items = v.children_of(low)
    if low[0] == v.ITERATOR and (low[2] or len(items) > _ITEMS):
        others = v.children_of(new) if type(new) is tuple and new[0] == v.ITERATOR else ()
        alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(items, others, strict=False))
        items = items[: sum(1 for _ in alike) + 1]
        test.imports.add("itertools")
        got = f"itertools.islice({got}, {len(items)})"
    return (v.LIST, *items), f"list({got})"


# ----------------------------------------------------------------------------------------------------- texts


def _string(text: str) -> str:
    return Writer(text, OwnClasses("", "")).write(text)


def _bytes(data: bytes) -> str:
    return Writer(data, OwnClasses("", "")).write(data)


def _text(data: bytes) -> str:
    try:
        return _string(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unsayable("output that is no UTF-8 text") from None


def _exception_name(execution: Execution) -> str:
    """Return the name of the exception's class; of a class of the program's own that is said in brackets."""
    return _identifier((execution.exception or "").partition(" (")[0])


def _identifier(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Unsayable("something without a proper name")
    return name


def _file(tests: list[_Test], heading: str) -> str:
    imports = set().union(*(test.imports for test in tests))
    helpers = set().union(*(test.helpers for test in tests))
    kept = {test.holder: test.finding.target for test in tests}
    whole = {test.holder for test in tests if not test.finding.target.qualname}
    names: set[str] = set()
    body = [
        parts.load(holder, target.module, target.file, whole=holder in whole)
        for holder, target in kept.items()
    ]
    for test in tests:
        name = _test_name(test)
        while name in names:
            name += "_"
        names.add(name)
        fixtures = ", ".join(dict.fromkeys(test.fixtures))
        about = parts.docstring(test.finding.about or "The behaviour that was there before.")
        lines = "\n".join(f"    {line}" for line in [about, *test.lines])
        body.append(f"def {name}({fixtures}):\n{lines}\n")
    return parts.join(imports, helpers, body, heading)


def _test_name(test: _Test) -> str:
    name = test.finding.target.qualname or test.finding.target.file.rpartition("/")[2].removesuffix(".py")
    plain = re.sub(r"\W|\.", "_", name, flags=re.ASCII).strip("_").lower()
    digest = hashlib.sha256("\n".join(test.lines).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"test_{plain}_{digest}"
