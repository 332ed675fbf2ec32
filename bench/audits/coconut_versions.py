"""CoCoNUT: every seventh published trace is what a line tracer sees up to CPython 3.11, and not later."""

import json

from bench import peers
from bench.audits.finding import Finding, Seen, show
from bench.audits.published import THIS, coconut_rows, under
from trialrun.tasks.coconut import argument_list

FINDING = Finding(
    where="CoCoNUT (StructuralCodeUnderstanding 3aabee2), HumanEval_trace.csv, 156 of 1,083 rows",
    what="a line that runs several times in a row (a comprehension, a statement over several lines) is published as "
    "often as `sys.settrace` reports it up to CPython 3.11; from 3.12 on comprehensions run inline and it is reported "
    "another number of times: the answer called right depends on the interpreter, which the set does not name",
    here="compares with consecutive repeats collapsed, and reports both forms",
)

SCRIPT = """
import json, sys
same = collapsed = 0
def joined(lines):
    return [n for i, n in enumerate(lines) if i == 0 or n != lines[i - 1]]
rows = json.load(sys.stdin)
for name, program, call, published in rows:
    space = {"__name__": "solution"}
    exec(compile(program, "<program>", "exec"), space)
    seen = []
    def trace(frame, event, argument):
        if frame.f_code.co_filename != "<program>":
            return None
        if event == "line":
            seen.append(frame.f_lineno)
        return trace
    code = compile("%s(%s)" % (name, call), "<call>", "eval")
    sys.settrace(trace)
    try:
        eval(code, space)
    except Exception:
        pass
    finally:
        sys.settrace(None)
    same += seen == published
    collapsed += joined(seen) == joined(published)
print()
print(json.dumps(["%d.%d" % sys.version_info[:2], same, collapsed, len(rows)]))
"""


def see() -> Seen:
    """Trace every published call with `sys.settrace`, under CPython 3.11 and under this one."""
    rows = [
        (row.Name, row.program, argument_list(row.FunctionCall), row.lines)
        for row in coconut_rows()
        if row.HumanEval_ID != "HumanEval/160"  # another defect
    ]
    stdin = json.dumps(rows)
    found = [
        json.loads(under(python, SCRIPT, stdin).splitlines()[-1])
        for python in (peers.interpreter("3.11"), THIS)
    ]
    lines = tuple(
        f"CPython {version}: {same:,} of {of:,} traces as published, {collapsed:,} with repeats collapsed"
        for version, same, collapsed, of in found
    )
    (_, old, old_collapsed, of), (_, new, new_collapsed, _) = found
    held = old == old_collapsed == new_collapsed == of == 1080
    return Seen(reproduced=held and new < 1000, lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
