"""Monitors of WebAssembly programs, as reports of what either tier observed: the suite of the engine Wizard.

A monitor names what it needs to be observed and renders it. The summary of a monitor and its `code` form (the listing
of the program with the figures in it) are Wizard's, line by line, so that its published expected outputs can be
compared. `icount` and `opcodes` say what follows from the counts of instructions.

Leaves out: calling context trees with times, allocations of garbage-collected objects, recovery of a guest's bytecode.
Source: titzer/wizard-engine, `test/monitors/expected` (Apache-2.0); "Flexible Non-intrusive Dynamic Instrumentation for
WebAssembly" (2024).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from trialrun.core.errors import UsageError, nearest
from trialrun.core.printable import printable
from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm import function_names
from trialrun.lang.wasm_code import Instr
from trialrun.observe.wasm_cells import CHUNK_SHIFT
from trialrun.observe.wasm_listings import branches_in_code, loops_in_code
from trialrun.observe.wasm_probe import Code, MemoryUse, Observed
from trialrun.observe.wasm_text import render

_THRESHOLDS = (0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_CHUNK_WIDTHS = (24, 12, 12)


@dataclass(frozen=True, slots=True)
class Monitor:
    """One report."""

    name: str
    about: str
    render: "Callable[[View], Iterable[str]]"
    in_code: "Callable[[View], Iterable[str]] | None" = None
    by_instruction: "Callable[[View], Iterable[str]] | None" = None
    tables: bool = False
    """Whether it needs the entries of `br_table`."""
    targets: bool = False
    memories: bool = False


class View:
    """A program and what was observed of it, with the words that reports use."""

    def __init__(self, code: Code, observed: Observed) -> None:
        self.code = code
        self.observed = observed
        self._names = function_names(code.module)

    def title(self, function: int) -> str:
        """Return `func "name"` or `func #number`."""
        name = self._names.get(function)
        return f"func #{function}" if name is None else f'func "{printable(name, 200)}"'

    def text(self, instr: Instr) -> str:
        """Return an instruction as text."""
        return render(instr, self.code.module)

    def rows(self) -> Iterator[tuple[int, int, Instr, int]]:
        """Yield function, index, instruction and count, in the order of the code."""
        for function in self.code.functions():
            counts = self.observed.counts[function]
            for index, instr in enumerate(self.code.of(function).code):
                yield function, index, instr, counts[index]


def report(monitor: str, code: Code, observed: Observed) -> str:
    """Return the report `monitor`, `monitor{c}` or `monitor{i}`. Raises `UsageError` for one that is not there."""
    name, _, form = monitor.partition("{")
    found = find(name)
    forms = {"": found.render, "c}": found.in_code, "code}": found.in_code, "i}": found.by_instruction}
    forms["instr}"] = found.by_instruction
    chosen = forms.get(form)
    if chosen is None:
        raise UsageError(f"the monitor {name!r} has no form {{{form[:20]}")
    return "".join(f"{line}\n" for line in chosen(View(code, observed)))


def find(name: str) -> Monitor:
    """Return a monitor by its name, a form in braces aside. Raises `UsageError` for one that is not there."""
    plain = name.partition("{")[0]
    if plain not in MONITORS:
        hint = nearest(plain, MONITORS) or f"; there are {', '.join(MONITORS)}"
        raise UsageError(f"no monitor {plain[:40]!r}{hint}")
    return MONITORS[plain]


# -- coverage


def _block_starts(view: View, function: int) -> list[bool]:
    starts, next_one = [], True
    for instr in view.code.of(function).code:
        starts.append(next_one or instr.op in (ops.BLOCK, ops.LOOP))
        next_one = instr.op in (ops.BR, ops.BR_IF, ops.BR_TABLE, ops.IF, ops.ELSE, ops.END)
    return starts


def _percent(part: int, whole: int) -> str:
    tenths = part * 1000 // whole if whole else 0
    return f"{tenths // 10}.{tenths % 10}%"


def _coverage(view: View) -> Iterator[str]:
    covered = blocks = covered_blocks = total = 0
    for function in view.code.functions():
        for start, ran in zip(_block_starts(view, function), view.observed.ran(function), strict=True):
            total += 1
            covered += ran
            blocks += start
            covered_blocks += start and ran
    yield f"Instr coverage:\t{covered} / {total} ({_percent(covered, total)})"
    yield f"Block coverage:\t{covered_blocks} / {blocks} ({_percent(covered_blocks, blocks)})"


def _coverage_by_block(view: View) -> Iterator[str]:
    for function in view.code.functions():
        yield f"{view.title(function)}:"
        ran, covered = view.observed.ran(function), False
        for index, start in enumerate(_block_starts(view, function)):
            instr = view.code.of(function).code[index]
            if start:
                covered = ran[index]
                place = f"+{instr.offset}".rjust(5)
                yield f"{place}{' -->' if covered else '    '}  {view.text(instr)}"
            else:
                yield f"    -      {view.text(instr)}"


def _coverage_by_instruction(view: View) -> Iterator[str]:
    for function in view.code.functions():
        yield f"{view.title(function)}:"
        for instr, ran in zip(view.code.of(function).code, view.observed.ran(function), strict=True):
            yield f"{f'+{instr.offset}':>5}  {'*' if ran else ' '} {view.text(instr)}"


# -- hotness and what follows from it


def _hottest(view: View) -> Iterator[tuple[int, Instr, int, int]]:
    """Yield function, instruction, count and group, the most frequent first; groups together reach the thresholds."""
    rows = sorted(view.rows(), key=lambda row: (-row[3], row[0], row[1]))
    total = float(sum(row[3] for row in rows))
    group, sum_so_far = 0, 0
    for function, _, instr, count in rows:
        yield function, instr, count, group
        sum_so_far += count
        if group < len(_THRESHOLDS) and sum_so_far >= int(_THRESHOLDS[group] * total):
            group += 1


def _hotness(view: View) -> Iterator[str]:
    last = 0
    for number, (function, instr, count, group) in enumerate(_hottest(view)):
        if group > last and number:
            reached = f"reach {100 * _THRESHOLDS[last]:.0f}%"
            yield f"{f' {number} instrs':>10}{reached:>25}"
        last = group
        yield f"{view.title(function):>15}{f'+{instr.offset}':>5}:{count:>14}"


def _hotness_in_code(view: View) -> Iterator[str]:
    for threshold in _THRESHOLDS:
        yield f" reach {100 * threshold:.0f}%".rjust(15, "-")
    last, depth = -1, 0
    for function, _, instr, count in view.rows():
        if function != last:
            yield f"{view.title(function)}:"
            last, depth = function, 0
        if instr.op == ops.END:
            depth = max(depth - 1, 0)
        tabs = "\t" * (depth - 1 if instr.op == ops.ELSE else depth)
        yield f"{f'+{instr.offset}':>5}{count:>7}\t{tabs}{view.text(instr)}"
        depth += instr.op in ops.STARTS


def _line(cells: Iterable[object], widths: tuple[int, ...]) -> str:
    """Return a line of a table: the first cell set left, the others right."""
    texts = [str(cell) for cell in cells]
    rest = (f" {text:>{width}}" for text, width in zip(texts[1:], widths[1:], strict=True))
    return f" {texts[0]:<{widths[0]}}{''.join(rest)}"


def _table(
    names: tuple[str, ...], widths: tuple[int, ...], rows: Iterable[tuple[object, ...]]
) -> Iterator[str]:
    head = _line(names, widths)
    yield head
    yield "-" * (len(head) + 1)
    for row in rows:
        yield _line(row, widths)


def _icount(view: View) -> Iterator[str]:
    rows = [
        (view.title(function)[5:], len(view.code.of(function).code), sum(view.observed.counts[function]))
        for function in view.code.functions()
    ]
    width = max([24, *(len(row[0]) for row in rows if row[2])])
    rows.sort(key=lambda row: -row[2])
    yield from _table(("Function", "static", "dynamic"), (width, 7, 12), rows)


def _opcodes(view: View) -> Iterator[str]:
    static: Counter[str] = Counter()
    dynamic: Counter[str] = Counter()
    for _, _, instr, count in view.rows():
        static[instr.name] += 1
        dynamic[instr.name] += count
    rows = [(name, static[name], dynamic[name]) for name in static]
    rows.sort(key=lambda row: (-row[2], row[0]))
    yield from _table(("Opcode", "static", "dynamic"), (24, 7, 12), rows)


def _globals(view: View) -> Iterator[str]:
    yield f"{'#R':>20}{'#W':>10}"
    reads: Counter[int] = Counter()
    writes: Counter[int] = Counter()
    for _, _, instr, count in view.rows():
        if instr.op == ops.GLOBAL_GET:
            reads[instr.imm] += count
        elif instr.op == ops.GLOBAL_SET:
            writes[instr.imm] += count
    for number in range(len(view.code.module.global_types())):
        yield f"{f'global[{number}]  ':>13}{f'{reads[number]} ':>8}{f'{writes[number]} ':>10}"


# -- control


def _branches(view: View) -> Iterator[str]:
    for function in view.code.functions():
        found = []
        for index, instr in enumerate(view.code.of(function).code):
            if instr.op in ops.TWO_WAY or instr.op == ops.BR_TABLE:
                found.append((instr, view.observed.branches(view.code, function, index)))
        if any(any(counts) for _, counts in found):
            yield f"{view.title(function)}:"
            for instr, counts in found:
                yield f"{f'+{instr.offset}':>5} {instr.name}:\t [{', '.join(map(str, counts))}]"


def _loops(view: View) -> Iterator[str]:
    for function in view.code.functions():
        typed, shown = view.code.of(function), False
        for index, instr in enumerate(typed.code):
            count = view.observed.counts[function][index]
            if instr.op == ops.LOOP and count:
                if not shown:
                    yield f"{view.title(function)}:"
                shown = True
                span = f" +{instr.offset} ... +{typed.code[typed.ends[index]].offset} "
                yield f"{span:>14}loop: {count:>5}"


def _calls(view: View) -> Iterator[str]:
    for function in view.code.functions():
        entries = view.observed.entries[function]
        if not entries:
            continue
        yield f"{view.title(function)}: {entries}"
        for index, instr in enumerate(view.code.of(function).code):
            if instr.op in (ops.CALL, ops.RETURN_CALL):
                yield f"  +{instr.offset}: {instr.name} [{instr.imm}]: {view.observed.counts[function][index]}"
            elif instr.op in ops.CALLS:
                yield f"  +{instr.offset}: {instr.name}:"
                for target, count in view.observed.targets.get((function, index), {}).items():
                    yield f"    <wasm {view.title(target)}>: {count}"


# -- memory


def _memstats(view: View) -> Iterator[str]:
    for number, limits in enumerate(view.code.module.memory_limits()):
        use = view.observed.memories.get(number, MemoryUse())
        yield f"memory #{number}"
        for name, (count, size) in (("init", use.inits), ("copy", use.copies), ("fill", use.fills)):
            yield f"memory.{name}: {count}, {size} bytes"
        yield f"grows: {use.grows}, max pages: {use.most_pages}"
        yield from _chunks(use, limits.minimum)


def _chunks(use: MemoryUse, pages: int) -> Iterator[str]:
    """Yield the table of chunks; of several that nothing touched in a row, the first stands for all."""
    reads, writes = (max([pages, *(chunk + 1 for chunk in row)]) for row in (use.reads, use.writes))
    yield from _table(("Addresses", "reads", "writes"), _CHUNK_WIDTHS, ())
    most, least, chunk = max(reads, writes), min(reads, writes), 0
    while chunk < most:
        start = chunk << CHUNK_SHIFT
        place = f"{start:08X} ... {start + (1 << CHUNK_SHIFT) - 1:08X}"
        yield _line((place, use.reads[chunk], use.writes[chunk]), _CHUNK_WIDTHS)
        following = chunk + 1
        if not use.reads[chunk] and not use.writes[chunk]:
            while following < min(most - 1, least) and not use.reads[following] and not use.writes[following]:
                following += 1
            if following > chunk + 1:
                yield "  . . . "
        chunk = following


def _branches_in_code(view: View) -> Iterator[str]:
    yield from branches_in_code(view.code, view.observed, view.title)


def _loops_in_code(view: View) -> Iterator[str]:
    yield from loops_in_code(view.code, view.observed, view.title)


MONITORS: dict[str, Monitor] = {
    monitor.name: monitor
    for monitor in (
        Monitor(
            "coverage",
            "which instructions and blocks ran",
            _coverage,
            _coverage_by_block,
            _coverage_by_instruction,
        ),
        Monitor(
            "hotness", "how often each instruction ran, the most frequent first", _hotness, _hotness_in_code
        ),
        Monitor("branches", "which way each branch went", _branches, _branches_in_code, tables=True),
        Monitor("loops", "iterations of each loop", _loops, _loops_in_code),
        Monitor("calls", "calls of each function and from each place", _calls, _calls, targets=True),
        Monitor("globals", "reads and writes of globals", _globals),
        Monitor("memstats", "accesses of memory by chunks of 64 KiB", _memstats, memories=True),
        Monitor("opcodes", "how often each kind of instruction ran", _opcodes),
        Monitor("icount", "instructions that each function ran", _icount),
    )
}
"""Monitors by name."""
