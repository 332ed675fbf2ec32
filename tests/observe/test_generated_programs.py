"""Programs that hypothesis writes: probes change nothing, lines are the oracle's, and no honest run is flagged."""

import importlib.util
import itertools
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_PATH = Path(__file__).with_name("test_tracing.py")
_SPEC = importlib.util.spec_from_file_location("tracing_in_process", _PATH)
here = importlib.util.module_from_spec(_SPEC)
sys.modules["tracing_in_process"] = here
_SPEC.loader.exec_module(here)

pytestmark = pytest.mark.fast


EXPRESSIONS = (
    "a + 1",
    "b % 7",
    "len(xs)",
    "xs[a]",
    "d.get(a, b)",
    "g(b)",
    "h(xs, a)",
    "[k + a for k in range(3)]",
    "sum(each(a))",
    "(lambda z: (z, a)[0])(b)",
    "(n := b)",
    "a if b > 2 else b",
    "a // (b - 2)",
    "{a: xs, b: [a]}",
)
SIMPLE = (
    "a += 1",
    "a, b = b, a",
    "xs.append(a)",
    "xs[0] = b",
    "d[a] = xs",
    "d.pop(a, None)",
    "xs[b] = 1",
    "out.append((a, b))",
    "assert a < 50",
    "pass",
)
TESTS = ("a > 3", "b % 2", "xs", "a in d", "g(a) > 2", "a < b < 7", "not xs or xs[0]", "True", "0")


@st.composite
def body(draw, depth, in_loop):
    """Draw the lines of a statement list, without indentation."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 11 if depth else 3))
        inner = body(depth - 1, in_loop) if depth else None
        looped = body(depth - 1, True) if depth else None

        def block(head, content):
            return [head, *("    " + line for line in content)]

        if kind == 0:
            lines.append(draw(st.sampled_from(SIMPLE)))
        elif kind == 1:
            lines.append(f"{draw(st.sampled_from(('a', 'b')))} = {draw(st.sampled_from(EXPRESSIONS))}")
        elif kind == 2:
            leaves = ["return a", "return out", "raise KeyError(a)", "return"]
            leaves += ["break", "continue"] if in_loop else []
            lines += block(f"if {draw(st.sampled_from(TESTS))}:", [draw(st.sampled_from(leaves))])
        elif kind == 3:
            lines.append(f"xs = {draw(st.sampled_from(('[a]', 'list(range(a % 5))', '[xs, b][:1]')))}")
        elif kind in (4, 5):
            lines += block(f"if {draw(st.sampled_from(TESTS))}:", draw(inner))
            if draw(st.booleans()):
                lines += block("else:", draw(inner))
        elif kind == 6:
            lines += block(f"for {draw(st.sampled_from(('a', 'k', 'xs[0]')))} in range(3):", draw(looped))
            if draw(st.booleans()):
                lines += block("else:", draw(inner))
        elif kind == 7:
            lines += block(f"while tick() and {draw(st.sampled_from(TESTS))}:", draw(looped))
            if draw(st.booleans()):
                lines += block("else:", draw(inner))
        elif kind in (8, 9):
            lines += block("try:", draw(inner))
            caught = draw(st.sampled_from(("KeyError", "(ZeroDivisionError, IndexError)", "Exception")))
            if kind == 8:
                lines += block(f"except {caught} as error:", draw(inner))
                if draw(st.booleans()):
                    lines += block("else:", draw(inner))
            if kind == 9 or draw(st.booleans()):
                lines += block("finally:", draw(inner))
        elif kind == 10:
            lines += block(
                f"with {draw(st.sampled_from(('swallow(KeyError)', 'manage(out)')))} as w:", draw(inner)
            )
        else:
            lines += block(
                "match a:", block("case 0 | 1:", draw(inner)) + block("case k if k > 4:", draw(inner))
            )
    return lines


PRELUDE = """
import contextlib
ticks = [60]
def tick():
    ticks[0] -= 1
    return ticks[0] > 0
def swallow(kind):
    return contextlib.suppress(kind)
@contextlib.contextmanager
def manage(out):
    out.append('in')
    try:
        yield out
    finally:
        out.append('out')
def g(n):
    if n > 5:
        return n - 5
    return n
def h(xs, n):
    for x in xs:
        n += 1
        xs[0] = n
    return n
def each(n):
    for i in range(n % 4):
        yield i
"""


@st.composite
def programs(draw):
    """Draw a program whose `f` takes two ints, now and then a generator or a method."""
    own = draw(body(3, False))
    start = ["xs, d, out = [a], {}, []"]
    form = draw(st.sampled_from(("function", "generator", "method")))
    if form == "function":
        made = ["def f(a, b):", *("    " + line for line in start + own), "    return out, xs, d"]
    elif form == "generator":
        made = ["def made(a, b):", *("    " + line for line in [*start, "yield a", *own, "yield b"])]
        made += ["def f(a, b):", "    return list(made(a, b))"]
    else:
        made = ["class C:", "    def m(self, a, b):", "        self.seen = a"]
        made += ["        " + line for line in start + own]
        made += ["        return self.seen, out", "def f(a, b):", "    return C().m(a, b)"]
    return PRELUDE + "\n".join(made) + "\n"


def collapsed(lines):
    return [line for line, _ in itertools.groupby(lines)]


@given(source=programs(), a=st.integers(0, 9), b=st.integers(0, 9))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_generated_programs(source, a, b):
    expected = here.outcome(here.loaded(source, here.plain), (a, b))
    lines, _ = here.oracle(source, (a, b))
    for level in ("ids", "references", "summaries"):
        did, trace = here.in_process(source, (a, b), level=level)
        assert did == expected and trace.flags == ()
    for back_end in ("monitoring", "settrace"):
        _, trace = here.in_process(source, (a, b), level="ids", lines=back_end)
        assert collapsed(trace.lines()) == collapsed(lines) and trace.flags == ()
