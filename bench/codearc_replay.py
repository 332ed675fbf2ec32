"""CodeARC's recorded calls, made again: how many give what was recorded, what it costs, why the others do not.

    python -m bench.codearc_replay [--patient] [--older PYTHON]

Every statement that is Python runs in the sandbox, ten a function in one job, with clock and chance frozen. What was
recorded is compared as upstream compares: the printed text, stripped; of an error only that there was one, since its
wording changes with the version. A second run finds functions that do not agree with themselves. Every call that did
not give what was recorded is then explained by an experiment, not by hand:

    no Python     the statement itself does not parse; it is not run
    slow          the call passes the limit, or an earlier one of its function did (--patient runs these without haste)
    no load       the function does not load: the recorder's names are not the source's
    random        it gives something else where chance is not frozen
    order of set  the text is that of an equal value, in another order
    version       an older interpreter (3.11, or --older) gives what was recorded

Exit 0 where nothing is left unexplained, no function disagrees with itself, and those that are random or do not load
are the ones that `tasks/codearc.py` excludes. Needs numpy for eight functions: made as an environment, or told.

Leaves out: other inputs than the recorded ones.
"""

import argparse
import ast
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.measuring import circumstances, store
from bench.peers import interpreter
from trialrun.core.errors import Missing
from trialrun.core.execution import Execution, Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls
from trialrun.run.environments import interpreter_for
from trialrun.run.interpreter import Interpreter, find_interpreter
from trialrun.run.row import NEVER_LOADS
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving
from trialrun.run.supervisor import Isolation
from trialrun.tasks import codearc
from trialrun.tasks.codearc import Function, Recorded

LIMITS = Limits(cpu_s=0.2, memory_mb=1024)
PATIENT = Limits(cpu_s=12.0, memory_mb=2048)
GOAL_S = 15.0
OLDER = "3.11"
_REPLAY = "__trialrun_replay__"
_DRIVER = f"\n\ndef {_REPLAY}(statement):\n    exec(statement, globals())\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one statement did; nothing where it was not reached."""

    function: Function
    call: Recorded
    execution: Execution | None

    @property
    def printed(self) -> str:
        assert self.execution is not None
        return self.execution.stdout.decode("utf-8", "replace").strip()

    @property
    def loads(self) -> bool:
        return self.execution is None or self.execution.outcome not in NEVER_LOADS

    @property
    def slow(self) -> bool:
        return self.call.parses and (self.execution is None or self.execution.outcome is Outcome.TIMEOUT)

    @property
    def same(self) -> bool:
        """Whether it is what was recorded."""
        if self.execution is None or self.slow or not self.loads:
            return False
        if self.call.errored:
            return self.execution.outcome is Outcome.RAISED
        return self.execution.outcome is Outcome.RETURNED and self.printed == self.call.printed.strip()

    @property
    def behaviour(self) -> tuple[object, ...]:
        one = self.execution
        return () if one is None or self.slow else (one.outcome, one.stdout, one.exception)


def replay(
    sandbox: Sandbox, functions: Sequence[Function], *, limits: Limits = LIMITS, frozen: bool = True
) -> list[list[Answer]]:
    """Make every recorded call that is Python; return the answers of each function."""
    return [_replay_one(sandbox, function, limits, frozen) for function in functions]


def _replay_one(sandbox: Sandbox, function: Function, limits: Limits, frozen: bool) -> list[Answer]:
    program = Program.from_source(function.source + _DRIVER, entry=_REPLAY)
    readable = [call for call in function.calls if call.parses]
    calls = encode_calls(_REPLAY, [Case(args=(call.statement,)) for call in readable])
    place = sandbox.importing(["numpy"]) if "numpy" in function.source else sandbox
    with Serving(place, program, limits, frozen=frozen) as served:
        executions = iter([reply.execution for reply in served.call(calls, stop_at_hang=True)])
    return [
        Answer(function, call, next(executions, None) if call.parses else None) for call in function.calls
    ]


class Explainer:
    """Finds out why calls did not give what was recorded."""

    def __init__(self, sandbox: Sandbox, older: Interpreter | None) -> None:
        self._sandbox, self._older = sandbox, older

    def reasons(self, answers: Sequence[Answer]) -> dict[int, str]:
        """Return the reason of each call (by place) of one function that is not the same."""
        odd = {place: answer for place, answer in enumerate(answers) if not answer.same}
        found = {place: reason for place, answer in odd.items() if (reason := _at_sight(answer))}
        if len(found) < len(odd):
            function = answers[0].function
            free = _replay_one(self._sandbox, function, LIMITS, frozen=False)
            random = any(one.behaviour != other.behaviour for one, other in zip(free, answers, strict=True))
            before = self._before(function)
            for place in odd.keys() - found.keys():
                found[place] = (
                    "random" if random else "version" if before and before[place].same else "unexplained"
                )
        return found

    def _before(self, function: Function) -> list[Answer]:
        if self._older is None:
            return []
        with Sandbox(Isolation(python=self._older)) as sandbox:
            return _replay_one(sandbox, function, LIMITS, frozen=True)


def _at_sight(answer: Answer) -> str:
    if not answer.call.parses:
        return "no Python"
    if answer.slow:
        return "slow"
    if not answer.loads:
        return "no load"
    try:
        ours, theirs = (
            ast.literal_eval(text.partition(": ")[2])
            for text in (answer.printed, answer.call.printed.strip())
        )
    except (ValueError, SyntaxError):
        return ""
    unordered = (dict, set)
    return (
        "order of set"
        if type(ours) is type(theirs) and isinstance(ours, unordered) and ours == theirs
        else ""
    )


def _cpu() -> float:
    """Return the CPU seconds of this process and all that it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _summary(answers: Sequence[Sequence[Answer]], why: Sequence[dict[int, str]]) -> dict[str, Any]:
    reasons: dict[str, dict[int, int]] = {}
    for one, found in zip(answers, why, strict=True):
        for reason in found.values():
            by_id = reasons.setdefault(reason, {})
            by_id[one[0].function.id] = by_id.get(one[0].function.id, 0) + 1
    return {
        "functions": len(answers),
        "calls": sum(len(one) for one in answers),
        "same": sum(answer.same for one in answers for answer in one),
        "functions_all_same": sum(all(answer.same for answer in one) for one in answers),
        "not_same": {reason: {str(i): n for i, n in ids.items()} for reason, ids in sorted(reasons.items())},
    }


def measure(python: Interpreter, older: Interpreter | None, *, patient: bool) -> dict[str, Any]:
    """Replay, screen, explain; return the result."""
    functions = codearc.functions()
    with Sandbox(Isolation(python=python)) as sandbox:
        answers = replay(sandbox, functions)
    cpu_s = _cpu()
    with Sandbox(Isolation(python=python)) as sandbox:
        again = replay(sandbox, functions)
        explainer = Explainer(sandbox, older)
        why = [explainer.reasons(one) for one in answers]
        unsteady = [
            one[0].function.id
            for one, other in zip(answers, again, strict=True)
            if any(
                not (a.slow or b.slow) and a.behaviour != b.behaviour for a, b in zip(one, other, strict=True)
            )
        ]
        result = _summary(answers, why)
        if patient:
            slow = [
                replace(answer.function, calls=(answer.call,))
                for one in answers
                for answer in one
                if answer.slow
            ]
            calls = [answer for one in replay(sandbox, slow, limits=PATIENT) for answer in one]
            result["patient"] = {
                "limit_s": PATIENT.cpu_s,
                "calls": len(calls),
                "same": sum(answer.same or (answer.slow and answer.call.timed_out) for answer in calls),
                "still_slow": sorted({answer.function.id for answer in calls if answer.slow}),
            }
    found = result["not_same"]
    unreliable = {int(i) for reason in ("random", "no load") for i in found.get(reason, ())}
    slow_s = sum(1 for one in answers if any(answer.slow for answer in one)) * LIMITS.stop_s
    return result | {
        "unsteady": unsteady,
        "not_excluded_yet": sorted(unreliable - codearc.EXCLUDED.keys()),
        "excluded": {str(i): reason for i, reason in codearc.EXCLUDED.items()},
        "limit_s": LIMITS.cpu_s,
        "cpu_s": round(cpu_s, 2),
        "cpu_ms_a_function_but_timeouts": round(1000 * (cpu_s - slow_s) / len(functions), 2),
        "goal_s": GOAL_S,
    }


def main() -> int:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description="CodeARC's recorded calls, made again.")
    parser.add_argument("--patient", action="store_true", help="run what is slow without haste, too")
    parser.add_argument("--older", help="interpreter that calls are compared with, by name or path")
    options = parser.parse_args()
    where = circumstances()
    try:
        python = interpreter_for(
            [codearc.NUMPY], None, named=None, tell=lambda text: print(text, file=sys.stderr)
        )
    except Missing as missing:
        print(f"without numpy, for eight functions: {missing}", file=sys.stderr)
        python = find_interpreter(None)
    named = options.older or interpreter(OLDER)
    result = measure(python, find_interpreter(named) if named else None, patient=options.patient)
    print(f"{result['same']:,} of {result['calls']:,} calls give what was recorded; ", end="")
    print(f"{result['functions_all_same']:,} of {result['functions']:,} functions on all ten")
    for reason, ids in result["not_same"].items():
        listed = ", ".join(f"{i} ({count})" for i, count in ids.items())
        print(f"  {reason:<13} {sum(ids.values()):>3} calls of {listed}")
    print(f"functions that do not agree with themselves: {result['unsteady'] or 'none'}")
    if "patient" in result:
        print(
            "slow ones without haste: {same} of {calls} calls the same; slow: {still_slow}".format(
                **result["patient"]
            )
        )
    print(f"{result['cpu_s']:.1f} CPU s of all processes (goal {GOAL_S:g}), ", end="")
    print(f"{result['cpu_ms_a_function_but_timeouts']:.1f} ms a function but for those that ran out of time")
    print(f"stored in {store('codearc_replay', result, where=where)}")
    faults = ("unexplained" in result["not_same"], result["unsteady"], result["not_excluded_yet"])
    return int(any(faults) or result["cpu_s"] > GOAL_S)


if __name__ == "__main__":
    raise SystemExit(main())
