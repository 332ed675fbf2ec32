"""The look-alike contest set: small problems in the manner of programming contests, with right and wrong programs.

Each module of `bench/contest/` is one problem: its statement (the docstring), `describe` (the constraints), `SAMPLE`,
`ACCEPTED` programs written differently, and `WRONG` ones, each under the mistake that it makes. Wrong programs agree
with the accepted ones on the sample. `witnesses.json` holds, for each, a valid input on which it fails: evidence that
it is wrong, which no search sees. Problems are split by the hash of their name into a half to tune on and one held out.

    python -m bench.contest_set           check every problem; find the witnesses that are missing
    python -m bench.contest_set --again   find them all again

Leaves out: problems with several right answers; interaction; programs that are merely slow.
"""

import argparse
import hashlib
import importlib
import itertools
import json
import pkgutil
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import contest
from bench.contest_forms import Failed, compiled
from bench.contest_inputs import Describe, draw, valid

WITNESSES = Path(contest.__file__).parent / "witnesses.json"
DRAWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem with its programs."""

    name: str
    statement: str
    describe: Describe
    sample: str
    accepted: tuple[str, ...]
    wrong: dict[str, str]
    """Mistake → program."""
    extra: tuple[str, ...] = ()
    """Valid inputs that are hardly ever drawn, and that a wrong program needs."""
    exact: bool = False
    """Whether capitals count in what is printed."""

    def valid(self, text: str) -> bool:
        """Say whether an input obeys the constraints."""
        return valid(self.describe, text)

    @property
    def held_out(self) -> bool:
        """Say whether the problem belongs to the half that nothing is tuned on."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


def problems() -> tuple[Problem, ...]:
    """Return all problems, by name."""
    found = []
    for entry in sorted(pkgutil.iter_modules(contest.__path__), key=lambda entry: entry.name):
        module = importlib.import_module(f"{contest.__name__}.{entry.name}")
        found.append(
            Problem(
                name=entry.name,
                statement=module.__doc__ or "",
                describe=module.describe,
                sample=module.SAMPLE.lstrip("\n"),
                accepted=tuple(source.lstrip("\n") for source in module.ACCEPTED),
                wrong={mistake: source.lstrip("\n") for mistake, source in module.WRONG.items()},
                exact=getattr(module, "EXACT", False),
                extra=tuple(text.lstrip("\n") for text in getattr(module, "EXTRA", ())),
            )
        )
    return tuple(found)


def edited(source: str, *changes: tuple[str, str]) -> str:
    """Return a program with parts replaced; each part must occur exactly once."""
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} occurs {source.count(old)} times")
        source = source.replace(old, new)
    return source


def witnesses() -> dict[str, dict[str, str]]:
    """Return problem → mistake → a valid input on which the wrong program fails."""
    if not WITNESSES.exists():
        return {}
    stored: dict[str, dict[str, str]] = json.loads(WITNESSES.read_text("utf-8"))
    return stored


def behaviour(problem: Problem, source: str, text: str) -> tuple[str, ...] | str:
    """Return the words that a program prints, or the type of the exception that ends it.

    White space does not count, nor do capitals in most problems, as with the checkers of contests.
    """
    try:
        words = (word for line in compiled(source)(text.split("\n")[:-1]) for word in line.split())
        return tuple(words if problem.exact else map(str.lower, words))
    except Failed as failure:
        return str(failure)


def faults(problem: Problem, draws: int = 300) -> list[str]:
    """Return what is wrong with a problem: its sample, programs that disagree, a mistake that shows."""
    found = [] if problem.valid(problem.sample) else ["the sample is not valid"]
    first, *others = problem.accepted
    expected = behaviour(problem, first, problem.sample)
    if isinstance(expected, str):
        found.append(f"the first program fails on the sample: {expected}")
    for mistake, source in problem.wrong.items():
        if behaviour(problem, source, problem.sample) != expected:
            found.append(
                f"{mistake!r} shows on the sample: {behaviour(problem, source, problem.sample)}, not {expected}"
            )
    rng = random.Random(problem.name)
    texts = [problem.sample, *problem.extra, *(draw(problem.describe, rng) for _ in range(draws))]
    for text in texts:
        if not problem.valid(text):
            found.append(f"an invalid draw: {text!r}")
        right = behaviour(problem, first, text)
        for place, other in enumerate(others, 1):
            if isinstance(right, str) or behaviour(problem, other, text) != right:
                found.append(f"accepted {place} on {text!r}: {behaviour(problem, other, text)}, not {right}")
                return found
    return found


def witness(problem: Problem, source: str) -> str | None:
    """Return the shortest of three valid inputs on which a program differs from the accepted one."""
    rng = random.Random(f"{problem.name} {source}")
    found: list[str] = []
    for text in itertools.chain(problem.extra, (draw(problem.describe, rng) for _ in range(DRAWS))):
        if behaviour(problem, source, text) != behaviour(problem, problem.accepted[0], text):
            found.append(text)
            if len(found) == 3:
                break
    return min(found, key=len, default=None)


def main() -> int:
    """Check the set and complete the stored witnesses."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--again", action="store_true", help="find every witness again")
    again = parser.parse_args().again
    stored = {} if again else witnesses()
    kept: dict[str, dict[str, str]] = {}
    bad = 0
    for problem in problems():
        shown = faults(problem)
        kept[problem.name] = {}
        for mistake, source in problem.wrong.items():
            text = stored.get(problem.name, {}).get(mistake)
            if text is None or behaviour(problem, source, text) == behaviour(
                problem, problem.accepted[0], text
            ):
                text = witness(problem, source)
            if text is None:
                shown.append(f"no witness for {mistake!r}")
            else:
                kept[problem.name][mistake] = text
        bad += bool(shown)
        for line in shown:
            print(f"{problem.name}: {line}")
    WITNESSES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    count = sum(len(problem.wrong) for problem in problems())
    held = sum(problem.held_out for problem in problems())
    print(f"{len(kept)} problems ({held} held out), {count} wrong programs, {bad} problems with faults")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
