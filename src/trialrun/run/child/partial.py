"""A partial run inside the job: the rewritten snippet, its questions answered, then its functions called.

Every mark is told in a frame of its own when it is first hit, so that what ends the job takes no coverage with it.
Tests about invented values go the way that leads to more statements at first and to what has not run after that; a
plan can turn any of them. Functions that are left with statements that did not run are called with holes, a few times
each, in the order of their definitions. CPU time is limited from within, by a signal, so that a loop without an end
still lets the rest be seen; the kernel's limit stands behind it.

All of it lies in the snippet's reach: what comes out is weak. Runs inside the sandbox: standard library only, Python
3.9 syntax. Leaves out: choosing plans (`observe/selfpico.py`).
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from trialrun.run.child import calling, failing, holes, markers, typed
from trialrun.run.child.lacking import Lacking
from trialrun.run.child.peer import DONE, NOTES

ROUNDS = 2
"""Rounds of a `while` whose test is invented."""
_ENDLESS = 10_000
"""Rounds after which a `while` about invented values ends though its test is real."""


class OutOfTime(BaseException):
    """The time of this part of the run is over."""


class Questions:
    """What the marks in a snippet ask."""

    def __init__(self, plan: dict[str, Any], snippet: Any, tell: Callable[[int], None]) -> None:
        self.snippet, self.tell = snippet, tell
        self.inventing = plan["invent"] == "holes"
        self.seen: set[int] = set()
        self.lacking: Any = None
        self.turned: dict[int, bool] = dict(plan["tests"])
        self.raises: dict[int, tuple[int, bool]] = {number: (way, end) for number, way, end in plan["raises"]}
        self.items, self.leave, self.passes = set(plan["items"]), set(plan["leave"]), set(plan["passes"])
        self.visits: dict[int, int] = {}
        self.rounds: dict[int, int] = {}
        self.tries: dict[int, list[int]] = {}
        self.decisions: dict[tuple[str, int, str, bool], None] = {}
        """(what, line, how, whether about invented values)."""
        self.functions: list[tuple[int, Any]] = []
        self.guarded: dict[tuple[int, str, str], None] = {}

    def hooks(self) -> dict[str, Any]:
        """Return the functions by the names that the rewritten snippet has for them."""
        return {
            "·m": self.mark, "·v": self.value, "·r": self.raised, "·t": self.test, "·w": self.entered,
            "·i": self.iterate, "·x": self.end_of_try, "·y": self.value_in_try, "·e": self.caught,
            "·d": self.decorator, "·f": self.define, "·g": self.guard, "·q": self.yielded,
            "·s": self.lacking.import_all,
        }  # fmt: skip

    def mark(self, number: int) -> None:
        """Hit a mark."""
        if number not in self.seen:
            self.seen.add(number)
            self.tell(number)

    def value(self, number: int, value: Any) -> Any:
        """Hit a mark when a value is there that control leaves with."""
        self.mark(number)
        return value

    def covered(self, marks: tuple[int, int]) -> bool:
        """Say whether all marks of a range were hit."""
        return all(number in self.seen for number in range(*marks))

    # -- tests

    def test(self, number: int, value: Any) -> bool:
        """Return which way a test goes."""
        if not self.inventing:
            return bool(value)
        told = self.snippet.tests[number]
        invented = told["invented"] or isinstance(value, holes.Missing)
        if told["kind"] == "while":
            return self._while(number, told, value, invented)
        visits = self.visits[number] = self.visits.get(number, 0) + 1
        planned = self.turned.get(number)
        if planned is None and not invented:
            return bool(value)
        natural = None if isinstance(value, holes.Hole) else bool(value)
        if told["kind"] == "assert":
            way = True if planned is None else planned
        elif visits == 1 or not invented:
            way = told["better"] if planned is None else planned
            if visits > 1:
                way = bool(natural)
        else:
            way = self._open_way(told, visits)
        if natural is not way:
            self.decide("test", told["line"], "true" if way else "false", invented)
        return way

    def _open_way(self, told: dict[str, Any], visits: int) -> bool:
        """Return the way on which something has not run; by turns where there is none, or both have."""
        body, rest = self.covered(told["body"]), self.covered(told["rest"])
        if body != rest and (told["late"] or body):
            return rest
        if not told["late"]:
            return False
        if told[
            "leaves"
        ]:  # rarely, so that what follows a loop is reached, and often enough to end a recursion
            return visits % 4 == 0
        first: bool = told["better"]
        return first if visits % 2 else not first

    def entered(self, number: int) -> None:
        """Begin a `while` loop."""
        self.rounds[number] = 0

    def _while(self, number: int, told: dict[str, Any], value: Any, invented: bool) -> bool:
        rounds = self.rounds[number] = self.rounds.get(number, 0) + 1
        if number in self.leave and rounds > ROUNDS:
            self.decide("loop", told["line"], "left", invented)
            return False
        if number in self.turned and rounds == 1:
            self.decide("test", told["line"], "true" if self.turned[number] else "false", invented)
            return self.turned[number]
        if isinstance(value, holes.Hole):
            return rounds <= ROUNDS
        natural = bool(value)
        if invented and not told["constant"]:
            if rounds == 1 and not natural:
                self.decide("test", told["line"], "true", invented)
                return True
            if rounds > _ENDLESS:
                self.decide("loop", told["line"], "left", invented)
                return False
        return natural

    def decide(self, what: str, line: int, how: str, invented: bool) -> None:
        """Remember a decision that was not the program's."""
        if len(self.decisions) < 1000:
            self.decisions[(what, line, how, invented)] = None

    # -- loops, tries, jumps

    def iterate(self, number: int, over: Any) -> Any:
        """Return what a `for` runs over: with invented items where the plan wants its body run."""
        if number not in self.items:
            return over
        line = self.snippet.loops[number]
        try:
            there = iter(over)
        except TypeError:
            if holes.world.plain:
                raise
            there = iter(())
        first = list(itertools.islice(there, 1))
        if first:
            return itertools.chain(first, there)
        self.decide("loop", line, "items", False)
        return iter([holes.of("for@%d[]" % line, ("for", line, place)) for place in range(holes.ITEMS)])

    def end_of_try(self, number: int, at_end: bool) -> None:
        """Raise at an end of a `try` body where the plan wants that, or where an invented operation may have."""
        if not self.inventing:
            return
        state = self.tries.setdefault(number, [0, 0])
        told = self.snippet.tries[number]
        if not at_end:
            state[0] = holes.world.operations
        planned = self.raises.get(number)
        if planned is not None and planned[1] == at_end:
            del self.raises[number]
            self.decide("raise", told["line"], "handler %d" % (planned[0] + 1), True)
            raise holes.Raised(number, planned[0])
        if at_end:
            state[1] += 1
            if state[1] > 1 and holes.world.operations > state[0]:
                for place, marks in enumerate(told["handlers"]):
                    if not self.covered(marks):
                        self.decide("raise", told["line"], "handler %d" % (place + 1), True)
                        raise holes.Raised(number, place)

    def value_in_try(self, number: int, value: Any) -> Any:
        """Do the same where a `try` body ends in a `return`."""
        self.end_of_try(number, True)
        return value

    def caught(self, number: int, place: int, kinds: Any) -> Any:
        """Return the classes that a handler catches."""
        error = sys.exc_info()[1]
        if isinstance(error, holes.Raised) and error.__dict__["_at"] == (number, place):
            return holes.Raised
        if not self.inventing:
            return kinds
        if isinstance(kinds, tuple):
            return tuple(self.caught(number, place, kind) for kind in kinds)
        return calling.as_error_class(kinds)

    def raised(self, number: int, error: Any) -> Any:
        """Return what is raised, as something that can be."""
        if number >= 0:
            self.mark(number)
        return calling.as_error(error) if self.inventing else error

    def leaving(self, code: Any = None) -> Any:
        """End the run, as `exit` does, unless the plan passes over this line."""
        line = holes.line_of_snippet()
        if line in self.passes:
            self.decide("exit", line, "passed", True)
            return holes.of("exit()")
        raise SystemExit(None if isinstance(code, holes.Missing) else code)

    def yielded(self, value: Any) -> Any:
        """Go on behind an `exit` that stands for a `yield`; the value is what a caller would send."""
        self.decide("exit", holes.line_of_snippet(), "passed: taken for a yield", True)
        return holes.of("exit()")

    # -- definitions and guards

    def decorator(self, made: Any) -> Any:
        """Return a decorator; an invented one leaves what it decorates as it is."""
        if not isinstance(made, holes.Hole):
            return made
        holes.world.use(holes.origin_of(made), "call")
        return property if "property" in holes.origin_of(made).lower() else lambda decorated: decorated

    def define(self, number: int) -> Callable[[Any], Any]:
        """Return a decorator that remembers a function."""

        def remember(function: Any) -> Any:
            if len(self.functions) < 2000:
                self.functions.append((number, function))
            return function

        return remember

    def guard(self, line: int, text: str, later: Callable[[], Any]) -> Any:
        """Evaluate an expression; where it fails on what was invented, invent its result."""
        try:
            return later()
        except OutOfTime:
            raise
        except (Exception, SystemExit) as error:
            self.guarded[(line, text, "%s: %s" % (type(error).__name__, str(error)[:100]))] = None
            return holes.of(text, ("guard", line, text), predictor="guard")


def run(peer: Any, plan: dict[str, Any]) -> None:
    """Run a snippet as the plan says; send what was hit and a report."""
    dumps, send = json.dumps, peer.send
    try:
        snippet = markers.instrument(plan["source"], plan["guards"])
        code = compile(snippet.tree, "solution.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        report = {
            "syntax": "%s: %s" % (type(error).__name__, error),
            "line": getattr(error, "lineno", 0) or 0,
        }
        send(0, DONE, dumps(report).encode())
        return
    world = holes.World({origin: (_kind(kind), why) for origin, kind, why in plan["types"]}, plan["plain"])
    world.build = typed.build
    if plan["invent"].startswith("random:"):
        world.draw = typed.drawing(plan["invent"])
    holes.begin(world)
    questions = Questions(plan, snippet, lambda number: send(0, NOTES, b"%d" % number))
    from trialrun.run.child.job import new_module

    namespace = new_module("__main__")
    lacking = questions.lacking = Lacking(plan, snippet, namespace)
    if plan["invent"] == "nothing":
        lacking.invent_nothing()
    namespace.update(__builtins__=lacking.names, __file__="solution.py")
    for name, hook in {**questions.hooks(), "exit": questions.leaving, "quit": questions.leaving}.items():
        dict.__setitem__(lacking.names, name, hook)
    _patch(questions, plan)
    clock = Clock(plan["seconds"])
    failures = failing.Failures(snippet, OutOfTime)
    clock.start(0.5)
    try:
        exec(code, namespace)
    except BaseException as error:
        failures.add(error, "")
    finally:
        clock.stop()
    if snippet.body:
        calling.call_body(questions, failures, clock, namespace, plan["body_calls"])
    if plan["call"]:
        calling.call_all(questions, failures, clock)
    clock.stop()
    _flush()
    report = _report(questions, lacking, world, failures)
    send(0, DONE, dumps(report, ensure_ascii=False).encode("utf-8", "replace"))  # half characters are no JSON


def _kind(kind: Any) -> Any:
    return tuple(kind) if isinstance(kind, list) else kind


def _report(questions: Questions, lacking: Lacking, world: holes.World, failures: Any) -> dict[str, Any]:
    """Lay out what happened, in plain data."""
    values = [
        [origin, record.kind, record.predictor, record.line, list(record.uses)]
        for origin, record in itertools.islice(world.records.items(), 1000)
    ]
    return {
        "failures": failures.found,
        "imports": [list(item) for item in dict.fromkeys(lacking.imports)][:300],
        "values": values,
        "decisions": [list(item) for item in questions.decisions],
        "guarded": [list(item) for item in questions.guarded][:300],
        "notes": list(lacking.notes),
        "called": failures.called[:1000],
        "exits": list(failures.exits)[:100],
    }


class Clock:
    """Ends a part of the run by a signal: by CPU time, and by the wall where it only blocks."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.began = 0.0
        signal.signal(signal.SIGPROF, self._over)
        signal.signal(signal.SIGALRM, self._over)

    def start(self, share: float) -> None:
        """Give the part that begins a share of the time that is left."""
        self.began = time.process_time()
        cpu = max(0.02, self.left * share)
        signal.setitimer(signal.ITIMER_PROF, cpu, 0.05)
        signal.setitimer(signal.ITIMER_REAL, max(1.0, 10 * cpu), 0.2)

    def stop(self) -> None:
        """End the part."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.began:
            self.left = max(0.0, self.left - (time.process_time() - self.began))
            self.began = 0.0

    def _over(self, number: int, frame: Any) -> None:
        raise OutOfTime("the time of this part of the run is over")


def _patch(questions: Questions, plan: dict[str, Any]) -> None:
    """Change the functions of real modules that would end the process or make it wait, and what it reads."""

    def sleep(seconds: Any) -> None:
        questions.lacking.note("time.sleep returns at once")

    time.sleep = sleep
    sys.exit = questions.leaving
    os._exit = questions.leaving  # type: ignore[assignment]
    sys.stdin = holes.of("sys.stdin", predictor="input")
    for module, name in questions.lacking.attributes:
        there = sys.modules.get(module)
        if there is not None and not hasattr(there, name):
            setattr(there, name, holes.of("%s.%s" % (module, name), predictor="attribute"))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
