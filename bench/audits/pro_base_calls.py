"""HumanEval Pro, MBPP Pro: rows whose own solution never calls the base function that it is meant to use."""

from bench.audits.finding import Finding, Seen, show
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.observe.edges import trace_edges
from trialrun.run.sandbox import Sandbox
from trialrun.tasks import registry
from trialrun.tasks.self_invoking import base_of
from trialrun.verify.dependence import inputs_of

FINDING = Finding(
    where="HumanEval Pro and MBPP Pro (CodeEval-Pro 36f292e), field `new_solution` of 54 rows",
    what="the solution never calls the base function on any of the row's tests: it writes the logic again, or has a "
    "copy of the base inside itself (19 rows), or the base's own name (HumanEval Pro 41)",
    here="judges by the published asserts; `python -m bench.self_invoking` proves dependence row by row",
)
LIMITS = Limits(cpu_s=1.0, memory_mb=1024)


def see() -> Seen:
    """Run every row's own solution on its tests' inputs and look for a call of the base in the trace."""
    lines, counts = [], []
    with Sandbox() as sandbox:
        for name in ("humaneval-pro", "mbpp-pro"):
            without = []
            for task in registry.load(name).tasks:
                inputs, base = inputs_of(sandbox, task), base_of(task)
                if inputs is None or base is None:
                    continue
                program = Program.from_source(task.reference or "", entry=task.entry)
                edges = trace_edges(sandbox, program, base, inputs, LIMITS)
                if not edges.fault and not edges.reached:
                    without.append(f"{task.id.partition('/')[2]} ({base})")
            counts.append(len(without))
            lines.append(f"{name}: {len(without)} rows: {', '.join(without)}")
    return Seen(reproduced=counts == [10, 44], lines=tuple(lines))


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
