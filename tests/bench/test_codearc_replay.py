"""The replay's explanations can be wrong: one of each kind."""

from bench.codearc_replay import Explainer, replay

from trialrun.core.task import Case
from trialrun.run.sandbox import Sandbox
from trialrun.tasks.codearc import Function, Recorded


def function(number: int, source: str, *recorded: tuple[str, str, bool]) -> Function:
    calls = tuple(
        Recorded(
            statement=f"print('Result {n}: ' + str({inner}))",
            printed=printed,
            errored=errored,
            arguments=(),
            fault="is no Python" if inner.count("(") != inner.count(")") else "",
        )
        for n, (inner, printed, errored) in enumerate(recorded, 1)
    )
    return Function(id=number, entry="f", source=source, calls=calls)


FUNCTIONS = [
    function(1, "def f(x): return x", ("f(1)", "Result 1: 1", False), ("f(2)", "Result 2: 3", False)),
    function(2, "def f(x): return 1 / x", ("f(0)", "whatever it says", True), ("f(1", "never closed", True)),
    function(3, "import random\ndef f(): return random.random()", ("f()", "Result 1: 0.5", False)),
    function(4, "def f():\n    while 1: pass", ("f()", "Result 1: 1", False), ("f()", "Result 2: 1", False)),
    function(5, "def f(x: Counter): return 1", ("f(1)", "Result 1: 1", False)),
    function(6, "def f(): return {2: 1, 1: 2}", ("f()", "Result 1: {1: 2, 2: 1}", False)),
    function(7, "def f():\n    print('seen')\n    return 1", ("f()", "seen\nResult 1: 1", False)),
]


def test_every_reason_is_found_by_experiment() -> None:
    with Sandbox() as sandbox:
        answers = replay(sandbox, FUNCTIONS)
        explainer = Explainer(sandbox, None)
        why = {one[0].function.id: explainer.reasons(one) for one in answers}
    assert why == {
        1: {1: "unexplained"},
        2: {1: "no Python"},
        3: {0: "random"},
        4: {0: "slow", 1: "slow"},
        5: {0: "no load"},
        6: {0: "order of set"},
        7: {},
    }
    assert Case(args=()) in FUNCTIONS[0].inputs
