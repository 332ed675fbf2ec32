"""The measuring half of `bench/tracing.py`: runs in the interpreter that has the peers, prints JSON.

Each way of looking at a program is a pair: make it ready (not timed), run it. All ways take turns, program by
program and round by round, and each round's time is divided by the plain run of the same round. CPU time of this
process alone. Packing a record is timed apart: it comes after the program's answer.

Leaves out: the sandbox, which costs the same with and without a trace.
"""

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.tracing_programs import PROGRAMS
from trialrun.run.child.counting import Counting
from trialrun.run.child.job import recorded
from trialrun.run.child.tracing import Tracing

FIRST, LAST = 100_000, 20_000
Way = Callable[[str, str], tuple[Callable[[], Any], Callable[..., Any], Callable[[], Any]]]
"""(text, file name) → begin, the function to time, end."""


def _function(code: Any) -> Callable[..., Any]:
    space: dict[str, Any] = {"__name__": "solution"}
    exec(code, space)
    function: Callable[..., Any] = space["run"]
    return function


def _nothing() -> None:
    pass


def plain(text: str, name: str) -> Any:
    """The program as it is."""
    return _nothing, _function(compile(text, name, "exec")), _nothing


def traced(level: str, lines: str = "") -> Way:
    """Our tracer at a level."""

    def make(text: str, name: str) -> Any:
        settings = {"level": level, "lines": lines, "first": FIRST, "last": LAST, "cpu_s": 0}
        one = Tracing(settings, name, None)
        function = _function(one.compile(text))

        def end() -> None:
            one.end()
            one.chunks = []  # other ways' garbage collections would visit them

        return one.begin, function, end

    return make


def counted(*kinds: str, warm: bool = False) -> Way:
    """Our counting back end, probes that remove themselves; `warm`: after a run, when all of them have."""

    def make(text: str, name: str) -> Any:
        settings = {"back_end": "monitoring", "probes": [(kind, False, "", 0) for kind in kinds]}
        one = Counting(settings, name, None)
        function = _function(one.compile(text))
        if not warm:
            return one.begin, function, one.end
        arguments = next(given for _, known, given, _ in PROGRAMS if known == text)

        def begin() -> None:
            one.begin()
            function(*arguments)

        return begin, function, one.end

    return make


def covered(core: str, cores: dict[str, str], branch: bool = False) -> Way:
    """coverage.py with a core; the one that it really used is written down."""

    def make(text: str, name: str) -> Any:
        import coverage

        function = _function(compile(text, name, "exec"))
        state: list[Any] = []

        def begin() -> None:
            os.environ["COVERAGE_CORE"] = core
            one = coverage.Coverage(
                data_file=None, config_file=False, branch=branch, include=[name], messages=False
            )
            one.start()
            state.append(one)
            cores[core + (" branch" if branch else "")] = one._collector.tracer_name()

        def end() -> None:
            state.pop().stop()

        return begin, function, end

    return make


def viztraced(text: str, name: str) -> Any:
    """viztracer, its defaults."""
    from viztracer import VizTracer

    one = VizTracer(verbose=0, tracer_entries=2_000_000)

    def end() -> None:
        one.stop()
        one.clear()

    return one.start, _function(compile(text, name, "exec")), end


def hunted(snoops: bool) -> Way:
    """hunter on the program's file, with an action that does nothing, or with VarsSnooper."""

    def make(text: str, name: str) -> Any:
        import hunter

        state: list[Any] = []

        def begin() -> None:
            action = hunter.VarsSnooper(stream=io.StringIO()) if snoops else lambda event: None
            state.append(hunter.trace(hunter.Q(filename=name, action=action)))

        return begin, _function(compile(text, name, "exec")), lambda: state.pop().stop()

    return make


def snooped(text: str, name: str) -> Any:
    """PySnooper on the whole program."""
    import pysnooper

    stream = io.StringIO()
    bare = _function(compile(text, name, "exec"))
    return _nothing, pysnooper.snoop(stream, depth=1)(bare), lambda: stream.truncate(0)


def measure(ways: dict[str, Way], rounds: int, small: bool, place: Path) -> dict[str, Any]:
    """Return CPU seconds by program and way: a list of rounds."""
    found: dict[str, Any] = {}
    for name, text, arguments, few in PROGRAMS:
        path = place / f"{name}.py"
        path.write_text(text)
        made = {way: make(text, str(path)) for way, make in ways.items()}
        given = few if small else arguments
        repeats = 20 if small else 1
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds + 1):
            for way, (begin, function, end) in made.items():
                often = repeats if way in ("plain",) else 1
                begin()
                try:
                    before = time.process_time()
                    for _ in range(often):
                        function(*given)
                    spent = (time.process_time() - before) / often
                finally:
                    end()
                times[way].append(spent)
        found[name] = {way: spent[1:] for way, spent in times.items()}  # the first round warms up
    return found


def packing() -> dict[str, float]:
    """Return what packing a record costs, in nanoseconds an event, at each level."""
    found: dict[str, float] = {}
    for level in ("ids", "references", "summaries"):
        events = spent = 0.0
        for name, text, arguments, _ in PROGRAMS:
            settings = {"level": level, "lines": "", "first": FIRST, "last": LAST, "cpu_s": 0}
            one = Tracing(settings, name, None)
            function = _function(one.compile(text))
            recorded(one, function)(*arguments)
            before = time.process_time()
            one.pack(True)
            spent += time.process_time() - before
            events += sum(len(chunk[0]) for chunk in one.chunks)
        found[level] = spent / events * 1e9
    return found


def main() -> None:
    """Measure what the arguments say: directory for files, rounds, rounds of the slow peers."""
    place, rounds, slow_rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    cores: dict[str, str] = {}
    ways: dict[str, Way] = {
        "plain": plain,
        "off": counted("line", "call", "return", warm=True),
        "coverage": counted("line"),
        "coverage of branches": counted("line", "branch"),
        "lines": traced("lines", "monitoring"),
        "ids": traced("ids"),
        "references": traced("references"),
        "summaries": traced("summaries"),
        "summaries and lines": traced("summaries", "monitoring"),
        "coverage.py sysmon": covered("sysmon", cores),
        "coverage.py ctrace": covered("ctrace", cores),
        "viztracer": viztraced,
    }
    slow: dict[str, Way] = {
        "plain": plain,
        "hunter, empty action": hunted(False),
        "hunter VarsSnooper": hunted(True),
        "PySnooper": snooped,
    }
    result = {
        "python": sys.version.split()[0],
        "times": measure(ways, rounds, False, place),
        "small": measure(slow, slow_rounds, True, place),
        "cores": cores,
        "packing_ns": packing(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
