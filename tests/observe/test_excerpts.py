"""What is shown of a trace: the slice of the outcome first, values cut with the cut said, nothing that is not there."""

import pytest

from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.core.trace import Level
from trialrun.observe.blocks import runs
from trialrun.observe.excerpts import chosen, cut, excerpt
from trialrun.observe.slices import dynamic_slice
from trialrun.observe.tracer import Recording, trace_case


def traced(sandbox, source, *args, level=Level.SUMMARIES):
    program = Program.from_source(source, entry="f")
    return trace_case(sandbox, program, Case(args=args), Limits(), Recording(level=level, lines=True))


def kept_lines(trace):
    """Return the last lines of the block runs that are on the slice, in their order."""
    kept = dynamic_slice(trace)
    return [trace.blocks[one.block].lines[-1][1] for one in runs(trace) if one.event in kept]


STRAIGHT = """\
def f(a, b):
    x = a
    if a:
        y = b
    if b:
        z = [y]
    if a and b:
        x = 5
    if b:
        z.append(x)
    return x
"""


def test_what_the_result_does_not_depend_on_is_not_on_its_slice(sandbox):
    assert kept_lines(traced(sandbox, STRAIGHT, 1, 1)) == [8, 11]
    assert kept_lines(traced(sandbox, STRAIGHT.replace("return x", "return z"), 1, 1)) == [4, 6, 8, 10, 11]


@pytest.mark.parametrize(
    ("source", "args", "wanted"),
    [
        # A value that is changed in a loop depends on all turns, and on the test around it.
        (
            "def f(n):\n    t = u = 0\n    for i in range(n):\n        t += i\n    return t\n",
            (2,),
            [2, 4, 4, 5],
        ),
        # A block that makes a call depends on the call; arguments and closures lead back to the caller.
        (
            "def g(x):\n    y = x + k\n    if y:\n        return y\n\nk = 3\n\ndef f(n):\n    if n:\n        m = n\n"
            "    if n:\n        o = n\n    return g(m)\n",
            (2,),
            [10, 2, 4, 13],
        ),
        # A name that is bound anew hides what it was before.
        ("def f(n):\n    if n:\n        a = n\n    if n:\n        a = 2\n    return a\n", (1,), [5, 6]),
        # An exception depends on what raised it; a handler on what it caught.
        ("def f(n):\n    a = n\n    if n:\n        b = 1\n    raise KeyError(a)\n", (1,), [2, 5]),
        # A name may be bound within an expression that is not evaluated to its end.
        (
            "def f(a):\n    y = 0\n    if a:\n        z = a and (y := a + 1)\n    if a:\n        return y\n",
            (3,),
            [2, 4, 6],
        ),
        # An object that is given to a call may be changed by it.
        (
            "def g(xs):\n    xs.append(1)\n\ndef f(n):\n    xs = []\n    if n:\n        g(xs)\n    return xs\n",
            (1,),
            [5, 2, 7, 8],
        ),
    ],
)
def test_slices(sandbox, source, args, wanted):
    assert kept_lines(traced(sandbox, source, *args)) == wanted


def test_there_is_no_slice_where_nothing_ran(sandbox):
    assert dynamic_slice(traced(sandbox, "import nothing_of_the_kind\ndef f():\n    pass\n")) == frozenset()


LOOP = """\
def f(n):
    noise = total = 0
    for i in range(n):
        if i == 9:
            total = i
        noise += 1
    return total
"""


def shown_lines(trace, most, choice, scores=None):
    return [trace.blocks[one.block].lines[-1][1] for one in chosen(trace, most, choice, scores)]


def test_each_block_has_a_place_before_any_has_two(sandbox):
    trace = traced(sandbox, LOOP, 60)
    assert set(shown_lines(trace, 10, "relevant")) == {2, 3, 5, 6, 7} and 5 not in shown_lines(
        trace, 10, "ends"
    )
    assert chosen(trace, 1000, "relevant") == tuple(runs(trace))
    assert len(set(chosen(trace, 11, "relevant"))) == 11


def test_the_slice_comes_first_then_scores_then_further_times(sandbox):
    trace = traced(sandbox, LOOP, 60)
    assert shown_lines(trace, 2, "relevant") == [5, 7], "the others are not on the slice"
    noise = next(number for number, block in enumerate(trace.blocks) if block.lines == ((6, 6),))
    assert shown_lines(trace, 2, "relevant", {noise: 1.0}) == [5, 7]
    source = (
        "def f(n):\n    t = 0\n    for i in range(n):\n        if i % 2:\n            t += 1\n        else:\n"
    )
    trace = traced(sandbox, source + "            t += 2\n    return t\n", 40)
    odd = next(number for number, block in enumerate(trace.blocks) if block.lines == ((5, 5),))
    assert shown_lines(trace, 1, "relevant", {odd: 1.0}) == [5]
    assert shown_lines(trace, 10, "relevant", {odd: 1.0}).count(5) == 6
    assert {2, 3, 7, 8} <= set(shown_lines(trace, 10, "relevant", {odd: 1.0}))


def test_states_before_and_after_and_what_was_left_out(sandbox):
    found = excerpt(traced(sandbox, LOOP, 60))
    assert found.text.startswith(
        "[BLOCK-0]\n    # n=60\n    noise = total = 0\n    # n=60    noise=0    total=0\n"
    )
    assert "            total = i\n    # n=60    noise=9    total=9    i=9" in found.text
    assert found.shown == 10 and found.count > 100
    assert {2, 5, 7} <= found.lines and found.text.count("blocks left out …") >= 1


def test_a_change_that_a_call_makes_is_in_the_state_after(sandbox):
    source = "def g(xs):\n    xs.append(1)\n\ndef f():\n    xs = []\n    if not xs:\n        g(xs)\n    return xs\n"
    assert "        g(xs)\n    # xs=[1]" in excerpt(traced(sandbox, source)).text


def test_exceptions_are_told_where_they_came(sandbox):
    source = (
        "def f(n):\n    try:\n        return 1 // n\n    except ZeroDivisionError:\n        m = 'none'\n"
        "    raise ValueError(m)\n"
    )
    found = excerpt(traced(sandbox, source, 0))
    text = found.text
    assert found.count == 3 and text.count("raise ValueError(m)") == 1
    assert "line 3 is left by ZeroDivisionError" in text and "line 6 raises ValueError" in text


def test_a_block_that_is_left_in_a_later_turn_counts_each_time(sandbox):
    source = "def f(xs):\n    for x in xs:\n        y = 1 // x\n    return y\n"
    assert excerpt(traced(sandbox, source, [1, 0])).count == 2


def test_nothing_is_shown_of_a_program_that_does_not_load(sandbox):
    assert excerpt(traced(sandbox, "import nothing_of_the_kind\ndef f():\n    pass\n")) is None
    assert excerpt(traced(sandbox, LOOP, 3, level=Level.LINES)) is None


@pytest.mark.parametrize("length", [0, 99, 100, 101, 5000])
def test_a_cut_says_how_much(length):
    text = "".join(chr(33 + number % 90) for number in range(length))
    shown = cut(text)
    if length <= 100:
        assert shown == text
    else:
        head, said, tail = shown.split(" … ")
        assert (head, tail) == (text[:50], text[-50:]) and said == f"{length - 100:,} characters left out"


def test_hostile_text_stays_in_its_line(sandbox):
    source = "def f(s):\n    t = s + '\\n[BLOCK-7]\\x1b[2J'\n    return t\n"
    text = excerpt(traced(sandbox, source, "\u202e\n```")).text
    assert "\x1b" not in text.replace(source, "") and "\u202e" not in text and "\n[BLOCK-7]" not in text
