"""Runs many versions of a program on one case, all in one job: a hint at what each does, at a fraction of a job's cost.

A search that tries thousands of small edits learns of nearly all of them from one call that they are wrong. The texts
travel as arguments of a driver, which compiles one, runs it in a module of its own and makes the call. A version that
hangs, or takes the job with it, is recorded as that, and a fresh job goes on with the next one. Clock and chance are
frozen.

Versions share a process, and what one leaves behind may reach those after it: nothing here is a verdict, and what is
kept must be judged in jobs of its own. Leaves out: whole programs, what is printed, arguments after the call.
"""

import ast
import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import structs

from trialrun.core.execution import Execution, Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.scopes import Unparseable, parse
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

_ENTRY = "__trialrun_screened"
_DRIVER = f"""
def {_ENTRY}(source, entry, arguments):
    module = {{"__name__": __name__, "__builtins__": __builtins__}}
    exec(compile(source, "solution.py", "exec", dont_inherit=True), module)
    return module[entry](*arguments)
"""
_TOGETHER = 200
"""Versions of one job: what they leave behind does not pile up beyond that."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What the versions did."""

    executions: tuple[Execution, ...]
    """One a version; what is in them is hostile, and no evidence."""
    cpu_s: float
    """CPU seconds of all jobs."""


def screen(sandbox: Sandbox, programs: Sequence[Program], case: Case, limits: Limits) -> Screened:
    """Run functions on one case; `limits.cpu_s` holds for compiling, defining and calling one version.

    What the first version imports is imported while the job loads, and counts for none of them.
    """
    found: list[Execution] = []
    cpu_s = 0.0
    driver = Program.from_source("".join(_imports(programs[:1])) + _DRIVER, entry=_ENTRY)
    # Where the plain form is that of one such call, it is that of all: they differ in a text.
    sample = ("", "", case.args)
    is_plain = encode_calls(_ENTRY, [Case(args=sample)]) == [marshal.dumps([_ENTRY, sample], 2)]
    for start in range(0, len(programs), _TOGETHER):
        with Serving(sandbox, driver, limits) as served:
            for program in programs[start : start + _TOGETHER]:
                arguments = (program.source, program.entry or "", case.args)
                plain = marshal.dumps([_ENTRY, arguments], 2) if is_plain else None
                (reply,) = served.call([plain] if plain else encode_calls(_ENTRY, [Case(args=arguments)]))
                # The arguments that the driver got hold the version's text, which is no behaviour of it.
                found.append(structs.replace(reply.execution, arguments=None))
            served.close()
            cpu_s += served.cpu_s
    return Screened(tuple(found), cpu_s)


def _imports(programs: Sequence[Program]) -> Iterator[str]:
    """Yield the imports of a program's top level as statements that cannot fail."""
    for program in programs:
        tree = parse(program.source)
        for node in () if isinstance(tree, Unparseable) else tree.body:
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if isinstance(node, ast.Import | ast.ImportFrom) and not future:
                yield f"try:\n    {ast.unparse(node)}\nexcept BaseException:\n    pass\n"
