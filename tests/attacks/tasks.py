"""The tasks that the attacks are tried on: published ones, and some of our own where published ones do not reach.

Leaves out: tasks judged in the candidate's own process; their verdicts are weak, listed and not defended.
"""

from dataclasses import dataclass

from trialrun.core.task import AssertCheck, Case, CaseCheck, Output, ProgramCheck, Task, UnittestCheck
from trialrun.lang.unittests import test_ids
from trialrun.tasks import registry


def asserted(name: str, entry: str, code: str, *, context: str = "", reference: str = "") -> Task:
    """Make a task that test code decides."""
    check = AssertCheck(name="tests", code=code.lstrip("\n"), remote=(entry,))
    return Task(
        id=f"Own/{name}",
        suite="own",
        statement=name,
        entry=entry,
        context=context,
        hidden_checks=(check,),
        reference=reference,
    )


def classed(name: str, entry: str, code: str, *, reference: str) -> Task:
    """Make a task that test classes decide; the reference passes through the call channel."""
    expected = test_ids(code)
    assert isinstance(expected, tuple) and expected
    check = UnittestCheck(name="tests", code=code, expected=expected, remote=(entry,))
    return Task(
        id=f"Own/{name}",
        suite="own",
        statement=name,
        entry=entry,
        hidden_checks=(check,),
        reference=reference,
    )


def cased(
    name: str, entry: str, pairs: list[tuple[tuple[object, ...], object]], *, atol: float = 0.0
) -> Task:
    """Make a task that inputs and expected outputs decide."""
    check = CaseCheck(
        name="cases",
        cases=tuple(Case(args=arguments) for arguments, _ in pairs),
        expected=tuple(expected for _, expected in pairs),
        atol=atol,
    )
    return Task(id=f"Own/{name}", suite="own", statement=name, entry=entry, hidden_checks=(check,))


def printed(name: str, *pairs: tuple[Case, Output]) -> Task:
    """Make a task of a whole program."""
    inputs, outputs = zip(*pairs, strict=True)
    check = ProgramCheck(name="cases", cases=inputs, expected=outputs)
    return Task(id=f"Own/{name}", suite="own", statement=name, entry=None, hidden_checks=(check,))


CALLBACK = asserted(
    "callback",
    "apply_all",
    """
def double(x):
    return 2 * x
assert apply_all(double, []) == []
assert apply_all(double, [1, 2, 3]) == [2, 4, 6]
assert apply_all(lambda x: x + "!", ["a"]) == ["a!"]
assert apply_all(Box(5).add, [1]) == [6]
""",
    context="class Box:\n    def __init__(self, n): self.n = n\n    def add(self, x): return self.n + x\n",
    reference="def apply_all(f, xs):\n    return [f(x) for x in xs]\n",
)
"""The test hands functions of its own process to the candidate."""

KEPT = asserted(
    "kept",
    "total",
    """
items = [3, 1, 2]
assert total(items) == 6
assert total(items) == 6
nested = {"a": [1], "b": [2, 3]}
assert total(nested["b"]) == 5
assert total(nested["b"]) == 5 and nested == {"a": [1], "b": [2, 3]}
assert items == [3, 1, 2]
""",
    reference="def total(items):\n    return sum(items)\n",
)
"""The test uses its argument again: a program that changes it must be seen."""

IN_PLACE = asserted(
    "in-place",
    "tidy",
    """
items = [3, 1, 2]
same = items
assert tidy(items) is None
assert items == [1, 2, 3] and same is items
grid = [[2, 1], [4, 3]]
row = grid[0]
for line in grid:
    tidy(line)
assert grid == [[1, 2], [3, 4]] and row == [1, 2]
""",
    reference="def tidy(items):\n    items.sort()\n",
)
"""The test wants its argument changed in place."""

MAPPED = asserted(
    "mapped",
    "square",
    """
pairs = [(1, 1), (2, 4), (-3, 9)]
assert all(map(lambda pair: square(pair[0]) == pair[1], pairs))
assert sorted([3, -1, 2], key=square) == [-1, 2, 3]
assert not list(filter(lambda n: square(n) < 0, [1, 2]))
""",
    reference="def square(n):\n    return n * n\n",
)
"""The test calls through iterators of the standard library, which a StopIteration would end."""

LISTS = cased(
    "lists", "pairs", [((3,), [(0, 1.5), (1, 2.5), (2, 3.5)]), ((0,), []), ((1,), [(0, 1.5)])], atol=1e-6
)
NAMES = cased("names", "count", [(("abca",), {"a": 2, "b": 1, "c": 1}), (("",), {}), (("zz",), {"z": 2})])
SETS = cased("sets", "letters", [(("abca",), {"a", "b", "c"}), (("",), set())])

STDIN = printed(
    "stdin",
    (Case(stdin="1 2\n"), Output(stdout=b"3\n")),
    (Case(stdin="10 -4\n"), Output(stdout=b"6\n")),
)
FILES = printed(
    "files",
    (Case(files=(("in.txt", b"c a b\n"),)), Output(files=(("out.txt", b"a b c\n"),))),
    (Case(files=(("in.txt", b"z y\n"),)), Output(files=(("out.txt", b"y z\n"),))),
)

CLASSES = classed(
    "classes",
    "extent",
    """
import unittest
class TestExtent(unittest.TestCase):
    def setUp(self):
        self.items = [3, 1, 2]
    def test_a_value(self):
        self.assertEqual(extent(self.items), 2)
        self.assertEqual(self.items, [3, 1, 2])
    def test_equal_items(self):
        for count in (1, 2, 5):
            with self.subTest(count):
                self.assertEqual(extent([7] * count), 0)
    def test_nothing(self):
        with self.assertRaises(ValueError):
            extent([])
    def test_type(self):
        self.assertIsInstance(extent([1.5, 2.0]), float)
        self.assertAlmostEqual(extent([1.5, 2.0]), 0.5)
""",
    reference="def extent(items):\n    return max(items) - min(items)\n",
)
"""Test classes, judged strongly."""

OWN: tuple[Task, ...] = (CALLBACK, KEPT, IN_PLACE, MAPPED, LISTS, NAMES, SETS, CLASSES)

CALLED = ("HumanEval/0", "HumanEval/2", "HumanEval/10", "HumanEval/32", "HumanEval/38", "HumanEval/50")
"""HumanEval tasks every attack is tried on: truth values, a tolerance, text, and the three with helpers."""


@dataclass(frozen=True, slots=True)
class Style:
    """One way of testing, with tasks that are tested so."""

    name: str
    tasks: tuple[Task, ...]


def styles() -> tuple[Style, ...]:
    """Return the styles in which a program can be judged strongly, each with a handful of tasks."""
    human = {task.id: task for task in registry.load("humaneval").tasks}
    starter = {task.id: task for task in registry.load("starter").tasks}
    return (
        Style("asserts", tuple(human[name] for name in CALLED)),
        Style("own asserts", (CALLBACK, MAPPED, KEPT, starter["Starter/20"])),
        Style("unittest", (CLASSES,)),
        Style("cases", (LISTS, SETS, starter["Starter/1"])),
        Style("stdin", (STDIN,)),
        Style("files", (FILES,)),
    )
