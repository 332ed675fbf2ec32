"""MBPP/596: the asserts use `sys`, which only a solution that happens to import it defines."""

from bench.audits.finding import Finding, Seen, show
from bench.audits.published import error_of, row
from trialrun.tasks.suites import MBPP_FILE

FINDING = Finding(
    where="MBPP (974 rows), Mbpp/596",
    what="the asserts call `sys.getsizeof` without importing `sys`, so a right solution that does not import it fails",
    here="takes the import into the task's own context",
)

SOLUTION = "def tuple_size(value):\n    return object.__sizeof__(value) + 16\n"
"""The right answer, without an import: what `sys.getsizeof` adds is the garbage collector's header."""


def see() -> Seen:
    """Run the published asserts after the published solution, and after a right one of ours."""
    task = row(MBPP_FILE, "mbpp", "task_id", 596)
    asserts = "\n".join(task["tests"][:3])
    own, ours = error_of(task["gold"], asserts), error_of(SOLUTION, asserts)
    imported = error_of("import sys", SOLUTION, asserts)
    lines = (
        task["tests"][0],
        f"its own solution: {own or 'passes'}",
        f"a right solution without `import sys`: {ours or 'passes'}",
        f"the same with the import put before it: {imported or 'passes'}",
    )
    return Seen(reproduced=own is None and imported is None and "'sys'" in (ours or ""), lines=lines)


if __name__ == "__main__":
    raise SystemExit(show(FINDING, see))
