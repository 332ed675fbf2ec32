"""Listings of a WebAssembly program with the edges of its branches, or with its loops drawn beside the code.

The forms are those of Wizard's `branches{c}` and `loops{c}`, oddities included: a forward branch is shown one byte
before its target, and a loop's count stands at the instruction in the middle of its bytes, where there is one.

Leaves out: everything that is no listing (`wasm_monitors.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from trialrun.lang import wasm_opcodes as ops
from trialrun.lang.wasm_code import Instr
from trialrun.lang.wasm_typer import Typed
from trialrun.observe.wasm_probe import Code, Observed
from trialrun.observe.wasm_text import render

Title = Callable[[int], str]
_Edges = dict[int, list[tuple[int, int]]]


def branches_in_code(code: Code, observed: Observed, title: Title) -> Iterator[str]:
    """Yield the functions in which a branch ran, with the edges of each branch."""
    for function in code.functions():
        typed = code.of(function)
        counts = {
            index: observed.branches(code, function, index)
            for index, instr in enumerate(typed.code)
            if instr.op in ops.TWO_WAY or instr.op == ops.BR_TABLE
        }
        if not any(any(row) for row in counts.values()):
            continue
        yield f"{title(function)}:"
        edges = _edges(typed, counts)
        for instr in typed.code:
            line = f"{f'+{instr.offset}':>5}     {render(instr, code.module):<22}"
            found = edges.get(instr.offset)
            if found:
                arrow = "-->" if instr.op in (ops.IF, ops.BR_IF, ops.BR_TABLE) else "<--"
                line += f"  {arrow} " + ", ".join(f"+{place}: {count}" for place, count in found)
            yield line


def _edges(typed: Typed, counts: dict[int, list[int]]) -> _Edges:
    edges: _Edges = defaultdict(list)
    opened: list[int] = []
    for index, instr in enumerate(typed.code):
        if index in counts:
            for place, count in _ways(typed, index, instr, opened, counts[index]):
                edges[instr.offset].append((place, count))
                edges[place].append((instr.offset, count))
        if instr.op in ops.STARTS:
            opened.append(index)
        elif instr.op == ops.END and opened:
            opened.pop()
    return edges


def _ways(
    typed: Typed, index: int, instr: Instr, opened: list[int], counts: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield where a branch goes, as it is shown, and how often; the taken way first."""
    if instr.op == ops.BR_TABLE:
        for depth, count in zip(instr.imm, counts, strict=True):
            yield _label(typed, depth, opened) - 1, count
        return
    if instr.op == ops.IF:
        otherwise = typed.elses.get(index)
        end = typed.code[typed.ends[index]].offset
        target = end - 1 if otherwise is None else typed.code[otherwise].offset
        # The jump of an `if` is taken where its condition is false, but its counts are those of the condition.
        yield target, counts[1]
    else:
        target = _label(typed, instr.imm, opened)
        yield (target - 1 if target > instr.offset else target), counts[1]
    yield typed.code[index + 1].offset, counts[0]


def _label(typed: Typed, depth: int, opened: list[int]) -> int:
    if depth >= len(opened):
        return typed.code[-1].offset
    start = opened[-1 - depth]
    return typed.code[start if typed.code[start].op == ops.LOOP else typed.ends[start]].offset


def loops_in_code(code: Code, observed: Observed, title: Title) -> Iterator[str]:
    """Yield the functions that have loops, with a line beside each."""
    for function in code.functions():
        typed = code.of(function)
        if any(instr.op == ops.LOOP for instr in typed.code):
            yield f"{title(function)}:"
            yield from _with_lines(code, typed, observed.counts[function])


def _with_lines(code: Code, typed: Typed, counts: list[int]) -> Iterator[str]:
    indent = count = depth = 0
    """Of the loop that began last: its count and depth stand for those around it too."""
    opened: list[int] = []
    middles: list[int] = []
    for index, instr in enumerate(typed.code):
        place, text = f"{f'+{instr.offset}':>5}", render(instr, code.module)
        if instr.op == ops.LOOP:
            depth, count = sum(op == ops.LOOP for op in opened), counts[index]
            middles.append((instr.offset + typed.code[typed.ends[index]].offset) // 2)
            indent = depth + 1
            opened.append(instr.op)
            yield f"{place}{'\t|' * depth}\t-->\t{text}"
            continue
        if instr.op in ops.STARTS:
            opened.append(instr.op)
        elif instr.op == ops.END and opened and opened.pop() == ops.LOOP:
            yield f"{place}{'\t|' * (indent - 1)}\t<--\t{text}"
            indent = indent - 1 if depth else 0
            middles.pop()
            continue
        lines = (
            f"\t({count})" if middles and k < len(middles) and instr.offset == middles[k] else "\t|"
            for k in range(indent)
        )
        yield f"{place}{''.join(lines)}\t{text}"
