"""Which lines and blocks of a program ran, and how often: from one trace.

A run ran where an event ends it, or where an exception comes from one of its lines; a test, and a run that was left in
the middle, where one of its lines is among the lines that ran. Without recorded lines (level `ids` alone) the tests
between runs are not known to have run, and a line counts by the blocks that were over.

Leaves out: branches (`probe/` watches those), code that the trace does not know. A recording of some functions alone
does not say so; the others count as not run.
"""

from collections import Counter

from trialrun.core.printable import printable
from trialrun.core.trace import Event, Trace
from trialrun.observe.headings import headings
from trialrun.observe.steps import BlockAt, steps

_LINE = 400
_LINES = 20_000


def block_counts(trace: Trace) -> Counter[int]:
    """Return how often each block ran, as far as the trace tells."""
    found: Counter[int] = Counter()
    where = BlockAt(trace)
    pending: Counter[int] = Counter()
    for step in steps(trace):
        code = trace.code[step.event]
        seen = {
            block for line in step.lines if (block := where.find(code, line)) >= 0 and block != step.block
        }
        if step.block >= 0:
            found[step.block] += 1
        for block in seen:
            found[block] += 1
    # Lines whose call has no later step: the run was cut short.
    for kind, code, place in zip(trace.kind, trace.code, trace.place, strict=True):
        if kind == Event.LINE and (block := where.find(code, place)) >= 0:
            pending[block] += 1
    for block in pending:
        found.setdefault(block, 1)
    return found


def line_counts(trace: Trace) -> Counter[int]:
    """Return how often each line began to run; by the blocks that were over where lines were not recorded."""
    found = Counter(trace.lines())
    if found:
        return found
    for step in steps(trace):
        found.update(step.lines if step.kind in (Event.BLOCK, Event.RETURN) else ())
        if step.kind in (Event.CATCH, Event.RAISE) and step.line > 0:
            found[step.line] += 1
    return found


def recorded_blocks(trace: Trace) -> list[int]:
    """Return the blocks whose running the record would show.

    The record of a call begins with the call: what the module and its classes did before is in no event.
    """
    codes = trace.codes
    began = any(0 <= code < len(codes) and codes[code].kind == "module" for code in set(trace.code))
    return [
        number
        for number, block in enumerate(trace.blocks)
        if began or not 0 <= block.code < len(codes) or codes[block.code].kind == "function"
    ]


def executable_lines(trace: Trace) -> list[int]:
    """Return the first line of each statement whose running the record would show, sorted."""
    return sorted({first for number in recorded_blocks(trace) for first, _ in trace.blocks[number].lines})


def render(trace: Trace) -> str:
    """Return the source with how often each line ran: `!` marks one that did not, blank one that cannot."""
    counts, out = line_counts(trace), headings(trace)
    wanted = executable_lines(trace)
    hit = sum(line in counts for line in wanted)
    share = f"{hit / len(wanted):.1%}" if wanted else "no statements"
    out += [f"{hit:,} of {len(wanted):,} statement lines ran ({share})", ""]
    statements = frozenset(wanted)
    lines = trace.sources[0][1].split("\n") if trace.sources else []
    for number, text in enumerate(lines[:_LINES], 1):
        mark = f"{counts[number]:,}" if counts[number] else "!" if number in statements else ""
        out.append(f"{mark:>9} {number:>5}  {printable(text, _LINE)}".rstrip())
    if len(lines) > _LINES:
        out.append(f"… {len(lines) - _LINES:,} more lines")
    return "\n".join(out) + "\n"
