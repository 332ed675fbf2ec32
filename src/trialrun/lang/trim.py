"""Remove from a program what nobody asked for: tests, example calls, `input()`, a `__main__` block.

One wrong assert of a model's own and a right program fails. Statements go by their lines; every other character
stays as it is. What the entry point may need stays too: definitions, imports, tables and the loops that fill them.

Leaves out: programs without an entry point (all their statements are the program), the order of evaluation.
"""

from collections.abc import Collection, Iterable

from trialrun.lang.parts import Parsed
from trialrun.lang.statements import Statement, is_stub, is_test, is_usage, statements


def trimmed(program: Parsed, entry: str, *, first: bool = False) -> str:
    """Return the source without tests, example calls and `__main__`; with `first`, without redefinitions too."""
    body = statements(program.source, program.tree)
    defining = [at for at, found in enumerate(body) if entry in found.binds]
    if not defining:
        return program.source
    place = next((at for at in defining if not is_stub(body[at].node)), defining[-1])
    redefined = {found for found in body[place + 1 :] if entry in found.binds} if first else set()
    needed = _needed([found for found in body if found not in redefined], {entry})
    dropped = set(redefined)
    for at, found in enumerate(body):
        unneeded = found.binds.isdisjoint(needed)
        if unneeded and (is_usage(found, entry, after=at > place) or is_test(found)):
            dropped.add(found)
    if not dropped:
        return program.source
    # An import that only the removed tests used may not even be installed.
    lost = {name for found in dropped for name in found.reads()}
    if any(found.is_import and not found.binds.isdisjoint(lost) for found in body):
        read = {name for found in body if found not in dropped for name in found.reads()}
        dropped |= {
            found for found in body if found.is_import and found.binds & lost and found.binds.isdisjoint(read)
        }
    return _without(program.source, body, dropped)


def definitions_of(program: Parsed, wanted: Collection[str], *, but: str) -> str:
    """Return the statements of a program that bind wanted names, and those that these need; none that binds `but`."""
    body = [found for found in statements(program.source, program.tree) if but not in found.binds]
    needed = _needed(body, wanted)
    kept = [found for found in body if not found.binds.isdisjoint(needed)]
    return "".join(f"{found.text}\n" for found in kept)


def _needed(body: Iterable[Statement], wanted: Collection[str]) -> set[str]:
    """Return `wanted` and all names that the statements that bind them read, directly or through others."""
    binding: dict[str, list[Statement]] = {}
    for found in body:
        for name in found.binds:
            binding.setdefault(name, []).append(found)
    needed, waiting = set(wanted), list(wanted)
    while waiting:
        for found in binding.pop(waiting.pop(), ()):
            new = found.reads() - needed
            needed |= new
            waiting.extend(new)
    return needed


def _without(source: str, body: list[Statement], dropped: set[Statement]) -> str:
    """Return the source without the lines of some statements; one that shares a line with a neighbour stays."""
    lines: list[str | None] = list(source.split("\n"))
    for at, found in enumerate(body):
        before = body[at - 1].stop if at else 0
        after = body[at + 1].start if at + 1 < len(body) else len(lines)
        if found in dropped and before <= found.start and found.stop <= after:
            lines[found.start : found.stop] = [None] * (found.stop - found.start)
    return "\n".join(line for line in lines if line is not None).rstrip() + "\n"
