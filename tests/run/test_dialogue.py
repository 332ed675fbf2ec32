"""Test code in one process, the candidate in another: calls must feel like plain calls."""

import marshal
import os

import pytest

from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import AssertCheck
from trialrun.run.child.peer import Peer
from trialrun.run.dialogue import run_test

LIMITS = Limits(cpu_s=1.0, wall_s=5.0, memory_mb=512)


def run(sandbox, source, test, context="", limits=LIMITS, remote=("f",)):
    check = AssertCheck(name="tests", code=test, remote=remote)
    return run_test(sandbox, Program.from_source(source, entry=remote[0]), context, check, limits)


def passes(sandbox, source, test, **options):
    report = run(sandbox, source, test, **options)
    assert report.passed, report
    return report


def test_calls_are_counted_and_values_keep_their_types(sandbox):
    report = passes(
        sandbox,
        "def f(x): return x",
        "for v in (1, 1.0, True, None, 'a', b'a', (1,), [1], {1}, {1: [2]}, 2j, frozenset({3}), range(4)):\n"
        "    w = f(v)\n    assert w == v and type(w) is type(v), v",
    )
    assert report.calls == 13


def test_arguments_changed_in_place_are_seen_by_the_test(sandbox):
    passes(
        sandbox,
        "def f(xs, d, s): xs.sort(); d['n'] = xs; s.add(9); return None",
        "xs, d, s = [3, 1, 2], {}, {1}\nalias = xs\nassert f(xs, d, s) is None\n"
        "assert xs == [1, 2, 3] and alias is xs and d == {'n': xs} and d['n'] is xs and s == {1, 9}",
    )


def test_an_object_of_the_candidate_is_itself_and_no_other(sandbox):
    passes(
        sandbox,
        "kept = object()\ndef f(x): return kept if x else object()",
        "assert f(1) is f(1) and f(0) is not f(0) and f(1) is not f(0)",
    )


def test_an_ordered_dict_keeps_its_order_through_a_call(sandbox):
    passes(
        sandbox,
        "def f(d): del d['b']; d['c'] = 3; d.move_to_end('a')",
        "from collections import Counter, OrderedDict, defaultdict\nd = OrderedDict(a=1, b=2)\nf(d)\n"
        "assert list(d.items()) == [('c', 3), ('a', 1)] and len(d) == 2\nd.move_to_end('c')\n"
        "assert list(d) == ['a', 'c']\n",
    )


def test_what_an_object_can_is_seen_without_asking_it(sandbox):
    abilities = "from collections.abc import Callable, Iterable, Sized\n" + (
        "found = f(0)\nassert [isinstance(found, kind) for kind in (Callable, Iterable, Sized)] == WANTED\n"
    )
    sources = {
        "def f(x): return object()": [False, False, False],
        "def f(x): return lambda: x": [True, False, False],
        "class C:\n    def __iter__(self): return iter([1])\n    def __len__(self): return 1\n"
        "def f(x): return C()": [False, True, True],
    }
    for source, wanted in sources.items():
        passes(sandbox, source, abilities.replace("WANTED", repr(wanted)))
    passes(
        sandbox,
        "def f(xs): return [callable(x) for x in xs]",
        "assert f([len, object(), f]) == [True, False, True]",
    )


def test_a_returned_argument_is_the_argument(sandbox):
    passes(sandbox, "def f(x): x.append(1); return x", "x = []\nassert f(x) is x and x == [1]")
    passes(sandbox, "def f(x): return [x, (x, 2)]", "x = [5]\nr = f(x)\nassert r[0] is x and r[1][0] is x")
    passes(sandbox, "def f(x): return list(x)", "x = [5]\nr = f(x)\nassert r == x and r is not x")


def test_aliased_and_nested_arguments_stay_what_they_are(sandbox):
    passes(
        sandbox,
        "def f(m): m[0][0] = 7; return m[1]",
        "row = [0]\nm = [row, row]\nr = f(m)\nassert m == [[7], [7]] and m[0] is row and m[1] is row and r is row",
    )
    passes(sandbox, "def f(x): return x[0] is x", "x = []\nx.append(x)\nassert f(x)")


def test_a_test_that_reuses_a_mutable_argument_sees_what_a_plain_test_would(sandbox):
    cheat = "def f(xs):\n    total = sum(xs)\n    xs.clear()\n    return total"
    report = run(sandbox, cheat, "xs = [1, 2]\nassert f(xs) == 3\nassert f(xs) == 3")
    assert not report.passed and report.outcome is Outcome.RETURNED and report.calls == 2


def test_exceptions_cross_by_name(sandbox):
    passes(
        sandbox,
        "def f(x): return {}[x]",
        "try:\n    f('k')\nexcept KeyError as e:\n    assert 'k' in str(e)\nelse:\n    assert 0",
    )
    passes(
        sandbox,
        "class Mine(ValueError): pass\ndef f(x): raise Mine('m')",
        "try:\n    f(1)\nexcept KeyError:\n    assert False\nexcept ValueError as e:\n    assert 'Mine' in str(e)",
    )


def test_an_exit_is_one_under_any_name(sandbox):
    source = "class Mine(KeyError, SystemExit): pass\nclass Gone(SystemExit): pass\n"
    source += "def f(kind): raise (Mine, Gone)[kind]"
    passes(sandbox, source, "try:\n    f(0)\nexcept KeyError:\n    pass")  # its first base says what it is
    report = run(sandbox, source, "try:\n    f(1)\nexcept Exception:\n    pass")
    assert not report.passed and report.outcome is Outcome.RAISED


def test_objects_of_classes_that_are_not_there_answer_where_they_are(sandbox):
    passes(
        sandbox,
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    value: int\n"
        "    def twice(self): return P(2 * self.value)\ndef f(n): return [P(n)]",
        "p = f(3)[0]\nassert p.value == 3 and p.twice().value == 6",
    )


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"])
def test_exits_of_the_candidate_never_pass_for_exceptions(sandbox, name):
    report = run(sandbox, f"def f(x): raise {name}(0)", "try:\n    f(1)\nexcept Exception:\n    pass")
    assert not report.passed and report.outcome is Outcome.RAISED


def test_generators_and_builtin_types_cross(sandbox):
    passes(sandbox, "def f(n): yield from range(n)", "assert list(f(4)) == [0, 1, 2, 3]")
    passes(
        sandbox,
        "def f(xs, t): return [x for x in xs if isinstance(x, t)]",
        "assert f([1, 'a', 2.0], int) == [1]",
    )
    passes(sandbox, "def f(x): return type(x)", "assert f(1) is int and f('') is str")


@pytest.mark.parametrize("tester", [False, True])
def test_a_tester_takes_no_call_that_is_not_checked(tester):
    called = []
    ours, theirs = os.pipe()
    peer = Peer(theirs, hostile_input=tester)
    peer.entries = {"f": called.append}
    peer.answer(
        0, marshal.dumps(["f", (1,)], 2)
    )  # as the supervisor sends it to a program; no program sends it
    os.close(ours)
    os.close(theirs)
    assert called == ([] if tester else [1])


def test_callbacks_run_in_the_test_and_may_call_back(sandbox):
    report = passes(
        sandbox,
        "def f(g, n): return g(n) + 1 if n else 0",
        "seen = []\ndef g(n):\n    seen.append(n)\n    return f(g, n - 1)\nassert f(g, 3) == 3 and seen == [3, 2, 1]",
    )
    assert report.calls == 4
    passes(
        sandbox,
        "def f(key, xs): return sorted(xs, key=key)",
        "assert f(lambda x: -x, [1, 3, 2]) == [3, 2, 1]",
    )


def test_an_exception_in_a_callback_reaches_the_candidate(sandbox):
    passes(
        sandbox,
        "def f(g):\n    try:\n        return g()\n    except ZeroDivisionError:\n        return 'caught'",
        "assert f(lambda: 1 / 0) == 'caught'",
    )


STACK = """
class f:
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x); return self
    def pop(self): return self.items.pop()
    def __len__(self): return len(self.items)
"""


def test_objects_stay_in_their_process_and_answer_method_calls(sandbox):
    passes(
        sandbox,
        STACK,
        "s = f()\ns.push(1).push([2])\nassert len(s) == 2 and s.pop() == [2] and s.pop() == 1 and not s",
    )
    passes(
        sandbox,
        "def f(x=None):\n    if x is None: return lambda y: y + 1\n    return x(1)",
        "assert f(f()) == 2",
    )


LIAR = """
class Any:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __add__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __abs__ = __sub__
def f(x): return Any()
"""


@pytest.mark.parametrize(
    "test",
    ["assert f(1) == 5", "assert not f(1) != 5", "assert 5 == f(1)", "assert abs(f(1) - 5) < 1e-6",
     "assert f(1) in [5]", "assert 5 in f(1)", "assert f(1) <= 5",
     "assert {5: 1}[f(1)]", "assert f(1) == [5] or f(1) == 'a'"],
)  # fmt: skip
def test_an_object_learns_nothing_of_what_it_is_compared_with(sandbox, test):
    assert not run(sandbox, LIAR, test).passed


def test_helpers_of_the_task_run_in_the_test_not_in_the_candidate(sandbox):
    context = "def helper(x): return x * 2\ndef f(x): ..."
    honest = "def helper(x): return x * 2\ndef f(x): return helper(x)"
    cheat = "def helper(x): return 0\ndef f(x): return 0"
    test = "assert helper(f(3)) == 12"
    passes(sandbox, honest, test, context=context)
    assert not run(sandbox, cheat, test, context=context).passed


def test_a_hung_test_is_the_testers_failure_and_a_hung_candidate_is_not(sandbox):
    report = run(sandbox, "def f(x): return x", "f(1)\nwhile True: pass")
    assert report.tester_failed and report.outcome is Outcome.TIMEOUT
    report = run(sandbox, "def f(x):\n    while True: pass", "f(1)")
    assert not report.tester_failed and report.outcome is Outcome.TIMEOUT


def test_calls_are_metered(sandbox):
    report = run(sandbox, "def f(x): return x", "while True: f(1)", limits=Limits(cpu_s=1.0, calls=50))
    assert not report.passed and report.outcome is Outcome.PROTOCOL and report.calls == 50


def test_nothing_of_one_test_reaches_the_next(sandbox):
    passes(
        sandbox,
        "import builtins\ndef f(x): builtins.leak = 1; return x",
        "import builtins\nbuiltins.leak = 2\nf(1)",
    )
    passes(
        sandbox,
        "def f(x):\n    import builtins\n    return hasattr(builtins, 'leak')",
        "import builtins\nassert not hasattr(builtins, 'leak') and f(1) is False",
    )
