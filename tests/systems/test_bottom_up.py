"""Bottom-up enumeration: its language means what it writes, and it solves small hidden functions within the budgets."""

import ast
from itertools import islice, product
from pathlib import Path

import pytest
from tests.systems.codearc_tasks import CANARY, tasks

from trialrun import evaluate
from trialrun.core.budget import Budget
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.execution import Outcome
from trialrun.core.judgement import Verdict
from trialrun.core.oracle import CALLS, CHECKS, TRIES, Answer, Check, Holds, Refused
from trialrun.core.task import Case, PublicTask
from trialrun.core.values import encode
from trialrun.generate.bottom_up import BottomUp
from trialrun.generate.enumerative import loops
from trialrun.generate.enumerative.bank import Bank
from trialrun.generate.enumerative.emit import parameters, program_text
from trialrun.generate.enumerative.goals import OPERATORS, compose
from trialrun.generate.enumerative.inputs import best_split, proposals
from trialrun.generate.enumerative.iterate import closed_banks, look_inside, loop
from trialrun.generate.enumerative.kinds import NotPlain, kind_of, plain, same
from trialrun.generate.enumerative.search import Example, search
from trialrun.generate.enumerative.terms import ERR, Loop, Term, attempt, write
from trialrun.models.absent import NoModel
from trialrun.models.protocol import Request
from trialrun.models.scripted import Scripted
from trialrun.tasks import registry

fast = pytest.mark.fast

VALUES = {
    "i": [3, -2, 0, 17],
    "f": [2.5, -0.5, 4.0],
    "b": [True, False],
    "s": ["aB c", "", "12", "a", "1.5"],
    "n": [None],
    "d": [{"a": 1, 3: 2}, {}],
    "z": [{1, 2}, {"a"}],
    "t": [(1, 2), (), ("a", "b")],
    "r": [[0, 1, 2]],
    "I": [[3, 1, 3], [], [5]],
    "F": [[1.5, 2.0], [0.5]],
    "S": [["a", "bcd"], ["12", "7"], []],
    "B": [[True, False], []],
    "M": [[[1], [2, 3]], []],
    "P": [[(1, "a"), (2, "b")]],
    "A": [[1, "a", None]],
    "E": [[(0, 1), (1, 5)]],
}


def ran(text: str, names: list[str], values: tuple, entry: str = "f"):
    """Run a program's text on values; return what it gives, or `ERR`."""
    space: dict = {}
    exec(compile(text, "<text>", "exec"), space)
    try:
        return space[entry](*values)
    except Exception:
        return ERR


def operands(op):
    """Return some operands for an operator, of each kind that it takes."""
    rows = [
        [value for kind in (VALUES if takes == "*" else takes) for value in VALUES[kind]]
        for takes in op.takes
    ]
    return list(product(*rows))[:2000]


@fast
@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_an_operators_text_does_what_its_function_does(name):
    """Else what is submitted is not what was searched for."""
    op = OPERATORS[name]
    agreed = 0
    for values in operands(op):
        bank = Bank([values])
        terms = [
            Term(op=None, args=(), cost=2, kind=kind_of([value]), values=[value], place=place)
            for place, value in enumerate(values)
        ]
        names = list(parameters("x" * len(values)))
        term = compose(bank, op, tuple(terms))
        expected = ERR if term is None else term.values[0]
        if expected is ERR or op.gives in ("E", "r"):
            continue
        text = program_text(term, "f", names)
        got = ran(text, names, values)
        assert same(got, expected), (text, values, expected, got)
        assert same(attempt(term, values), expected)
        agreed += 1
    assert agreed or op.gives in ("E", "r") or name in ("if", "and", "or"), (
        "no operand that it takes was tried"
    )


@fast
@pytest.mark.parametrize(
    "kind", [one for one in vars(loops).values() if isinstance(one, Loop)], ids=lambda one: one.name
)
def test_a_loops_text_does_what_its_function_does(kind):
    contexts = [([3, -1, 2],), ([1],), ([],), ([5, 5, -4],)]
    if kind.gives == "s":
        contexts = [(["b", "a"],), ([],), (["ab", "", "c"],)]
    bank = Bank(contexts)
    source = bank.variable(0)
    (closed, _), *_ = closed_banks(bank, [source])
    inside = look_inside(bank, source, closed)
    element = inside.bank.terms[0]
    zero = inside.bank.constant("b" if kind.gives == "s" else 0, 2)
    truth = inside.bank.apply(OPERATORS["slt" if kind.gives == "s" else "lt"], (zero, element), 6)
    double = inside.bank.apply(
        OPERATORS["repeat" if kind.gives == "s" else "mul"], (element, inside.bank.constant(2, 2)), 6
    )
    body = None if not kind.body else truth if kind.body == "b" else double
    wheres = (
        [None, truth]
        if "{where}" in kind.text and (kind.body or kind.name.startswith(("keep", "first")))
        else [None]
    )
    for where in wheres:
        made = loop(bank, inside, kind, body, where)
        if made is None:
            continue  # without a condition a filter is the source
        text = program_text(made, "f", ["items"])
        for context, expected in zip(contexts, made.values, strict=True):
            assert same(ran(text, ["items"], context), expected) and same(attempt(made, context), expected), (
                text
            )


@fast
def test_texts_bind_as_the_terms_do():
    bank = Bank([(7, 3), (10, 4), (-5, 2)])
    a, b = bank.variable(0), bank.variable(1)
    checked = 0
    for outer in (
        "add",
        "sub",
        "mul",
        "floordiv",
        "mod",
        "pow",
        "neg",
        "abs",
        "lt",
        "zero",
        "not",
        "bitand",
        "shift",
        "min2",
    ):
        for inner in ("add", "sub", "mul", "floordiv", "mod", "neg", "bitxor", "eq", "if"):
            for place in (0, 1):
                args = (bank.apply(OPERATORS["lt"], (a, b), 3) or a, a, b) if inner == "if" else (a, b)
                first = Bank(bank.contexts).apply(OPERATORS[inner], args[: len(OPERATORS[inner].takes)], 4)
                if first is None:
                    continue
                takes = OPERATORS[outer].takes
                operands = (first, b) if place == 0 else (b, first)
                term = Bank(bank.contexts).apply(OPERATORS[outer], operands[: len(takes)], 8)
                if term is None or any(
                    k != "*" and o.kind not in k for k, o in zip(takes, term.args, strict=True)
                ):
                    continue
                for context, expected in zip(bank.contexts, term.values, strict=True):
                    got = ran(program_text(term, "f", ["a", "b"]), ["a", "b"], context)
                    assert same(got, expected), write(term, ["a", "b"])
                    checked += 1
    assert checked > 200


@fast
def test_a_bank_keeps_one_term_a_behaviour_and_the_cheapest():
    bank = Bank([(2, 3), (5, 7)])
    a, b = bank.variable(0), bank.variable(1)
    first = bank.apply(OPERATORS["add"], (a, b), 7)
    assert first is not None and bank.apply(OPERATORS["add"], (b, a), 9) is None
    assert bank.add(None, (), 2, [5, 12.0]) is not None, "12.0 is not 12"
    assert bank.constant(True, 2) is not None and bank.constant(1, 2) is not None
    assert bank.matching((0, 1), [5, 12], "i") == [first] and bank.matching((1,), [12], "i") == [first]
    assert bank.apply(OPERATORS["floordiv"], (a, bank.constant(0, 2)), 8) is None, "no value anywhere"


@fast
def test_values_that_are_not_plain_or_large_are_none_of_ours():
    assert plain(encode({"a": [1, (2.5, None)], "b": {3}})) == {"a": [1, (2.5, None)], "b": {3}}
    row = [1]
    assert plain(encode([row, row])) == [[1], [1]]
    for value in (10**2000, list(range(5000)), "x" * 40_000, object, b"bytes", range(3), 1j):
        with pytest.raises(NotPlain):
            plain(encode(value))
    assert kind_of([[], []]) == "A" and not same(1, True) and not same([0.0], [-0.0])


def found(examples, name="f", effort=3_000_000, others=()):
    """Return the text of the first term that a search finds."""
    came = search([Example(args, value) for args, value in examples], list(others), name, effort)
    assert came.terms, "nothing fits"
    return program_text(came.terms[0], name, parameters(came.kinds)), came


CASES = [
    (lambda s: s[::-1].upper(), [("ab",), ("Cd e",), ("",), ("xyz",)]),
    (lambda xs: [x * x for x in xs], [([1, 2, 3],), ([],), ([-4, 5],), ([7],)]),
    (lambda xs: sum(x for x in xs if x % 2 == 0), [([1, 2, 4],), ([],), ([3, 5],), ([10, 7, 2],), ([-2],)]),
    (lambda s: sum(c in "aeiou" for c in s), [("banana",), ("xyz",), ("",), ("queue",), ("I",)]),
    (lambda a, b: a * b // 2 + 1, [(2, 3), (5, 8), (0, 4), (7, 7), (10, 1)]),
    (lambda xs: max(xs) - min(xs) if xs else 0, [([1, 5],), ([],), ([3],), ([-2, 9, 4],), ([8, 8],)]),
    (lambda n: "even" if n % 2 == 0 else "odd", [(1,), (2,), (7,), (10,), (0,), (-3,)]),
    (lambda a, b, c: (a + b > c) and (b + c > a), [(3, 4, 5), (1, 2, 9), (9, 1, 2), (5, 5, 5), (2, 9, 1), (1, 9, 2)]),
    (lambda x, y: 3 * x * x - 2 * x * y + 7, [(1, 2), (3, 5), (0, 1), (-2, 4), (10, 3), (6, 6), (2, -5), (8, 1)]),
    (lambda s: ", ".join(w.title() for w in s.split()), [("a bc",), ("x",), ("hello big world",), ("Q r",)]),
    (lambda x, y: [x + y, x * y], [(1, 2), (3, 5), (0, 1), (-2, 4)]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_small_functions_are_found(number):
    function, inputs = CASES[number]
    text, came = found([(args, function(*args)) for args in inputs])
    for args in inputs:
        assert same(ran(text, [], args), function(*args)), text
    assert came.effort <= 4_000_000 and ast.parse(text)


@fast
def test_the_same_examples_give_the_same_terms():
    function, inputs = CASES[2]
    examples = [(args, function(*args)) for args in inputs]
    others = list(islice(proposals(inputs, seed=3), 6))
    assert others == list(islice(proposals(inputs, seed=3), 6)) and others != inputs
    first, second = (found(examples, effort=400_000, others=others) for _ in range(2))
    assert first[0] == second[0] and first[1].effort == second[1].effort


@fast
def test_the_question_is_where_the_terms_differ():
    bank = Bank([(2,), (0,)])
    x = bank.variable(0)
    two = bank.constant(2, 2)
    double, square = (
        bank.apply(OPERATORS["add"], (x, x), 6),
        Bank(bank.contexts).apply(OPERATORS["mul"], (x, x), 6),
    )
    assert best_split([double, square], [(2,), (0,), (3,), (2,)]) == 2
    assert best_split([double, square], [(2,), (0,)]) is None and best_split([double], [(3,)]) is None
    halves = bank.apply(OPERATORS["floordiv"], (two, x), 9)
    assert halves is not None and best_split([halves, double], [(0,), (5,)]) == 1, (
        "where one has no value tells less"
    )


class Table:
    """An oracle without a sandbox that counts; it compares submissions on a few inputs."""

    ended = ""

    def __init__(self, function, recorded, budget, tests):
        self.function, self.budget, self.tests, self.asked, self.submitted = function, budget, tests, [], []
        self.known = tuple((Case(args=args), self.answer(args)) for args in recorded)
        budget.spend(CALLS, len(recorded))

    def answer(self, args):
        try:
            return Answer(Outcome.RETURNED, encode(self.function(*args)))
        except Exception as error:
            return Answer(Outcome.RAISED, None, type(error).__name__)

    def recorded(self):
        return self.known

    def query(self, cases):
        assert not self.ended
        if not self.budget.spend(CALLS, len(cases)):
            return self.malformed("too many")
        self.asked += [case.args for case in cases]
        return tuple(self.answer(case.args) for case in cases)

    def malformed(self, why):
        self.budget.spend(TRIES)
        return Refused(why)

    def check(self, program):
        assert self.budget.spend(CHECKS) and not self.ended
        self.submitted.append(program.source)
        for args in self.tests:
            expected = self.answer(args)
            got = ran(program.source, [], args, program.entry)
            if expected.value is not None and (got is ERR or not same(got, plain(expected.value))):
                self.ended = "" if self.budget.left(CHECKS) else "no checks are left"
                return Check(holds=Holds.DIFFERENT, case=Case(args=args), expected=expected)
        self.ended = "a submission holds"
        return Check(holds=Holds.EQUAL)


def played(function, recorded, tests, *, name="f", calls=30, checks=2, **settings):
    budget = Budget(**{CALLS: calls, CHECKS: checks, TRIES: 2})
    oracle = Table(function, recorded, budget, tests)
    task = PublicTask(
        id="T/1", suite="t", statement="", entry=name, language="python", prefix="", public_checks=()
    )
    ctx = Context(model=NoModel(), runner=None, budget=budget, oracle=oracle, seed=5)  # type: ignore[arg-type]
    programs = list(BottomUp(**{"effort": 2_000_000} | settings).generate(task, ctx))
    return oracle, programs


@pytest.mark.parametrize("ask", ["split", "random", "none"])
def test_it_plays_within_the_budgets(ask):
    oracle, (program,) = played(
        lambda xs: sum(xs) % 3, [([1, 2, 4],), ([],), ([5],)], [([1, 1],)], ask=ask, calls=12
    )
    assert oracle.ended == "a submission holds" and "% 3" in program.source
    assert len(oracle.asked) == (0 if ask == "none" else 9) and oracle.budget.left(TRIES) == 2
    assert oracle.budget.spent()[CHECKS] == 1 and len(set(map(repr, oracle.asked))) == len(oracle.asked)


def test_it_does_not_ask_for_more_than_there_is():
    oracle, _ = played(lambda x: x + 1, [(1,), (2,), (5,)], [(9,)], calls=4)
    assert len(oracle.asked) == 1 and oracle.budget.left(CALLS) == 0 and oracle.budget.left(TRIES) == 2


def test_a_counterexample_is_learnt_from():
    """Nothing that is asked shows the odd case; the check does."""
    odd = lambda n: -1 if n == 10**9 else n + 1  # noqa: E731
    oracle, (program,) = played(odd, [(1,), (2,), (5,)], [(10**9,)], calls=6)
    assert len(oracle.submitted) == 2 and oracle.submitted[0] != oracle.submitted[1] == program.source
    assert ran(program.source, [], (10**9,)) == -1 and ran(program.source, [], (5,)) == 6


def test_calls_that_raise_are_no_examples_and_nothing_found_is_a_stub():
    oracle, (program,) = played(lambda x: 1 // (x > 0) + x, [(1,), (-1,), (4,), (9,)], [(2,), (3,)])
    assert oracle.ended == "a submission holds", program.source
    oracle, (program,) = played(lambda x: hash(("salt", x)), [(1,), (4,), (9,)], [(2,)], effort=100_000)
    assert not oracle.submitted and "NotImplementedError" in program.source


@fast
def test_it_asks_no_model():
    assert BottomUp.asks is False
    with pytest.raises(UsageError, match="no model"):
        NoModel().complete(Request(prompt="x"))
    with pytest.raises(UsageError, match="asks no model"):
        evaluate("starter", method=BottomUp(), model=Scripted([]))


def test_eval_solves_without_a_model_is_resumed_and_leaks_nothing(tmp_path: Path, monkeypatch):
    three = tasks(tmp_path)
    monkeypatch.setattr(registry, "load", lambda name: three)
    method = BottomUp(effort=1_000_000)
    run = evaluate("codearc", method=method, output=tmp_path / "run")
    assert [record.verdict for record in run.records] == [Verdict.PASS] * 3
    assert run.summary.usage is not None and (run.summary.usage.calls, run.summary.usage.model) == (0, "none")
    for name in ("samples.jsonl", "programs.jsonl", "config.toml"):
        assert CANARY.encode() not in (run.directory / name).read_bytes(), name
    monkeypatch.setattr(BottomUp, "generate", lambda *_: pytest.fail("it is made again"))
    again = evaluate("codearc", method=method, output=tmp_path / "run", resume=True)
    assert [record.key for record in again.records] == [record.key for record in run.records]
