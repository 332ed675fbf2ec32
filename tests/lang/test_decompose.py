"""Mechanical decomposition: nothing that a program does may change, and what could change it is refused by name."""

import ast
import copy
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from trialrun.core.errors import UsageError
from trialrun.lang.decompose import decompose
from trialrun.lang.decompose_join import joined
from trialrun.lang.decomposition import Decomposition

_SPEC = importlib.util.spec_from_file_location(
    "made_functions", Path(__file__).with_name("made_functions.py")
)
assert _SPEC is not None and _SPEC.loader is not None
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)
functions = _MADE.functions

fast = pytest.mark.fast
INPUTS = ((0, [3]), (1, [1, 2]), (2, []), (4, [5, 0, 2]))


def behaviour(source: str, inputs: Any = INPUTS) -> list[Any]:
    """Return what `f` of a program of ours does on inputs: values, exceptions, its arguments and globals behind it."""
    found: list[Any] = []
    for args in inputs:
        space: dict[str, Any] = {}
        exec(compile(source, "<made>", "exec"), space)
        args = copy.deepcopy(args)
        try:
            value = space["f"](*args)
            if hasattr(value, "__next__"):
                value = [*(next(value, "end") for _ in range(40))]
            ended = ("returned", shown(value))
        except Exception as error:
            ended = ("raised", type(error).__name__, str(error))
        found.append((ended, shown(args), shown(space.get("G")), shown(space.get("g"))))
    return found


def shown(value: Any) -> str:
    """Return a value as text; what can be called is called, to see what it has captured."""
    if callable(value):
        try:
            return f"call {shown(value())}"
        except Exception as error:
            return f"call {error!r}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(shown, value))})"
    return repr(value).split(" at 0x")[0]


def parts(made: Decomposition) -> list[str]:
    return [node.name for node in made.nodes if node.is_part]


def reasons(made: Decomposition) -> set[str]:
    return {one.reason.partition(":")[0] for one in made.refused}


# ------------------------------------------------------------------------------- behaviour is unchanged

LOOP = """
def f(a, xs):
    total = 0
    for x in xs:
        {0}
    total += a
    a = total * 2
    return total, a
"""
LEFT = {
    "plain": "total += x\n        if x:\n            total -= 1",
    "continue": "if x == 1:\n            continue\n        total += x",
    "break": "total += x\n        if total > 3:\n            break",
    "return": "if x == 5:\n            return total\n        total += x",
    "return nothing": "if x == 5:\n            return\n        total += x",
    "all": "if x == 5:\n            return total\n        if x == 0:\n            break\n        if x == 1:\n"
    "            continue\n        total += x",
    "nested": "for y in range(3):\n            if y == x:\n                break\n            total += y\n"
    "        else:\n            continue\n        total += 10",
    "mutated": "xs[0] = x + 1\n        total += len(xs)",
    "raised": "if x == 5:\n            raise ValueError(total)\n        total += x",
    "try": "try:\n            total += 6 // x\n        except ZeroDivisionError as e:\n            total -= 1",
    "deleted": "y = x + 1\n        total += y\n        del y",
    "default": "g = lambda v=x: v + 1\n        total += g()",
    "with": "with suppress(ZeroDivisionError):\n            total += 6 // x\n        total += 1",
    "match": "match x:\n            case 1 | 5 as n:\n                total += n\n            case _:\n"
    "                total += 2",
    "walrus": "if (y := x + 1) > 2:\n            total += y\n        total += 1",
    "global": "G[0] += x\n        total += G[0]",
    "star": "y, *rest = [x, total, 1]\n        total += sum(rest) - y",
    "used up": "total += sum(v + x for v in range(3))\n        total -= max([total, 1], key=lambda v: v - x)",
}


@fast
@pytest.mark.parametrize("name", LEFT)
def test_the_body_of_a_loop_becomes_a_function_and_nothing_changes(name: str) -> None:
    source = "from contextlib import suppress\nG = [0]\n" + LOOP.format(LEFT[name])
    made = decompose(source)
    assert any(node.kind == "body" for node in made.nodes), reasons(made)
    assert behaviour(made.source) == behaviour(source)


@fast
def test_how_a_region_is_left_decides_how_it_is_called() -> None:
    def mode(name: str) -> str:
        return next(node.mode for node in decompose(LOOP.format(LEFT[name])).nodes if node.kind == "body")

    assert [mode(name) for name in ("plain", "continue", "break", "return")] == [
        "plain",
        "plain",
        "tagged",
        "tagged",
    ]
    tail = "def f(a, xs):\n    if a:\n        a += 1\n        return a\n    else:\n        a = 3\n        return a, a\n"
    assert {node.mode for node in decompose(tail).nodes if node.is_part} == {"return"}
    assert behaviour(decompose(tail).source) == behaviour(tail)


REFUSED = {
    "it may be unbound": """
def f(a, xs):
    for x in xs:
        if a:
            y = x
        a += 1
    return y
""",
    "a closure shares it": """
def f(a, xs):
    def h():
        return a
    if xs:
        a = 5
        a += 1
    return h()
""",
    "a closure shares it with later turns": """
def f(a, xs):
    fs = []
    for x in range(3):
        y = x
        fs.append(lambda: y)
    return [h() for h in fs]
""",
    "a closure reads it, and it is bound again": """
def f(a, xs):
    fs = []
    for x in range(3):
        fs.append(lambda: x)
        fs = fs[:]
    return [h() for h in fs]
""",
    "an exception would lose it": """
def f(a, xs):
    y = 0
    try:
        y = 1
        a = 6 // a
    except Exception:
        return y
    return a
""",
    "`yield` or `await`": """
def f(a, xs):
    for x in xs:
        a += x
        yield a
""",
    "`global`, `nonlocal` or `type`": """
g = 1
def f(a, xs):
    if a:
        global g
        g = 5
    return g
""",
    "`break` or `continue` through `finally`": """
def f(a, xs):
    for x in range(3):
        try:
            a += 1
            break
        finally:
            a += 10
    return a
""",
    "it may call its function again": """
def f(a, xs):
    if a > 0:
        a -= 1
        return f(a, xs)
    return a
""",
    "it would change its scope": """
def f(a, xs):
    if a > 5:
        print(sum)
    if a:
        sum = 1
        a = sum
    return a
""",
    "it is decorated": """
import functools
@functools.wraps(len)
def f(a, xs):
    for x in xs:
        a += x
        a *= 2
    return a
""",
    "it is generic": """
def f[T](a: T, xs: list[T]):
    for x in xs:
        a += x
        a *= 2
    return a
""",
    "it defines a class": """
def f(a, xs):
    class C:
        b = a
    for x in xs:
        a += x
        a *= 2
    return a
""",
    "it uses locals": """
def f(a, xs):
    for x in xs:
        y = a
        a += x
    return sorted(locals())
""",
    "it uses exec": """
def f(a, xs):
    for x in xs:
        exec('a = 5')
        a += x
    return a
""",
    "it uses builtins": """import builtins as b
def f(a, xs):
    for x in xs:
        y = a
        a += x
    return sorted(b.locals())
""",
    "it does not parse": """
def f(a, xs:
""",
}


@fast
@pytest.mark.parametrize("reason", REFUSED)
def test_what_could_change_is_refused_by_name(reason: str) -> None:
    made = decompose(REFUSED[reason])
    assert reason in reasons(made)
    assert all(one.lines[0] >= 1 for one in made.refused)
    if "parse" not in reason:
        assert behaviour(made.source) == behaviour(REFUSED[reason])


@fast
def test_coroutines_keep_what_awaits_and_give_away_the_rest() -> None:
    source = (
        "import asyncio\nasync def g(a):\n    for x in range(3):\n        await asyncio.sleep(0)\n        a += x\n"
        "    if a > 1:\n        b = a\n        a = b + 1\n    return a\n\ndef f(a, xs):\n    return asyncio.run(g(a))\n"
    )
    made = decompose(source)
    assert [node.kind for node in made.nodes if node.is_part] == [
        "branch"
    ] and "`yield` or `await`" in reasons(made)
    assert behaviour(made.source) == behaviour(source)


@fast
@pytest.mark.parametrize("call", ["C().again(a)", "C() + a"])
def test_a_method_may_lead_back_too(call: str) -> None:
    source = f"""class C:
    def again(self, a):
        return f(a - 1, [])
    def __add__(self, a):
        return f(a - 1, [])
def f(a, xs):
    if a > 0:
        b = {call}
        return b
    return a
"""
    made = decompose(source)
    assert not parts(made) and reasons(made) == {"it may call its function again"}


@fast
def test_a_method_that_is_named_like_a_builtin_is_no_look_at_itself() -> None:
    source = "import re\ndef f(a, xs):\n    if a:\n        b = re.compile('x')\n        return b.pattern\n"
    made = decompose(source)
    assert parts(made) and behaviour(made.source) == behaviour(source)


@fast
def test_what_is_given_on_some_ways_alone_is_taken_too() -> None:
    source = (
        "def f(a, xs):\n    y = 7\n    for x in xs:\n        a += 1\n        if x > 2:\n            y = x\n"
    )
    source += "    return a, y\n"
    made = decompose(source)
    body = next(node for node in made.nodes if node.kind == "body")
    assert body.parameters == ("a", "y", "x") and body.results == ("a", "y")
    assert behaviour(made.source) == behaviour(source)


@fast
def test_a_context_manager_that_swallows_lets_control_go_on() -> None:
    source = """from contextlib import suppress
def f(a, xs):
    if a < 2:
        a += 0
        with suppress(Exception):
            b = 1 // a
            return [b, xs[5]]
    return "behind"
"""
    made = decompose(source)
    assert len(parts(made)) == 2 and behaviour(made.source) == behaviour(source)


@fast
def test_two_nested_functions_of_one_name_stay_apart() -> None:
    def text(name: str, by: int) -> str:
        return (
            f"def {name}(a, xs):\n    def inner(v):\n        return v + {by}\n    for x in xs:\n        a = inner(a)\n"
            "        a += x\n    return a\n\n"
        )

    source = text("one", 1) + text("two", 2) + "def f(a, xs):\n    return one(a, xs), two(a, xs)\n"
    made = decompose(source)
    assert len(parts(made)) == 2 and len(set(parts(made))) == 2
    assert behaviour(made.source) == behaviour(source)


@fast
def test_a_name_that_is_taken_already_is_not_taken_again() -> None:
    source = (
        "way = 1\ndef f__body_3(): return 9\ndef f(a, xs):\n" + LOOP.format(LEFT["break"]).split("\n", 2)[2]
    )
    source += "\ndef f__body_5(): return way\n"
    made = decompose(source)
    assert behaviour(made.source) == behaviour(source) and "way_2" in made.source
    assert len(ast.parse(made.source).body) == len(ast.parse(source).body) + len(parts(made))


def test_random_functions_of_every_nasty_kind_behave_as_before() -> None:
    """The property: unbound names, closures, generators, `finally`, `del`, `match`, `with`, walrus, mutation."""
    count = 0
    modes: set[str] = set()
    for source in functions(60, seed=20):
        made = decompose(source)
        if not parts(made):
            continue
        count += 1
        modes |= {node.mode for node in made.nodes if node.is_part}
        assert behaviour(made.source) == behaviour(source), f"{source}\n---\n{made.source}"
    assert count > 30 and modes == {"plain", "return", "tagged"}


# ------------------------------------------------------------------------------------------ tree and map


@fast
def test_callees_come_first_and_lines_are_those_of_the_original() -> None:
    source = "def g(x):\n    return x + 1\n" + LOOP.format(LEFT["all"]).replace(
        "total += a\n", "total += g(a)\n"
    )
    made = decompose(source)
    names = [node.name for node in made.nodes]
    for node in made.nodes:
        assert all(names.index(called) < names.index(node.name) for called in node.calls)
    body = next(node for node in made.nodes if node.kind == "body")
    text = source.split("\n")[body.lines[0] - 1 : body.lines[1]]
    assert text[0].strip() == "if x == 5:" and text[-1].strip() == "total += x"
    assert body.parameters == ("total", "x") and body.results == ("total",)
    assert body.lines[0] not in made.own_lines("f") and body.lines[0] - 1 in made.own_lines(
        next(node.name for node in made.nodes if body.name in node.calls)
    )


@fast
def test_the_same_program_is_taken_apart_in_the_same_way() -> None:
    source = LOOP.format(LEFT["all"])
    assert decompose(source) == decompose(source)


# ----------------------------------------------------------------------------------------- the way back


@fast
def test_a_change_of_a_part_is_written_into_the_original_text_alone() -> None:
    source = LOOP.format(LEFT["all"]).replace("total = 0", "total = 0  # a comment")
    made = decompose(source)
    body = next(node.name for node in made.nodes if node.kind == "body")
    changed = made.replaced(body, made.text(body).replace("total += x", "total += x * 3"))
    assert changed.changed == (body,)
    back = joined(changed)
    assert back == source.replace("total += x", "total += x * 3")
    assert behaviour(changed.source) == behaviour(back) != behaviour(source)
    assert joined(made) == source


@fast
def test_changes_of_nested_parts_and_of_the_function_are_joined() -> None:
    source = "def f(a, xs):\n    for x in xs:\n        if x > 1:\n            a += x\n            a -= 1\n"
    source += "        a *= 2\n    return a\n"
    made = decompose(source)
    changed = made
    for name in (node.name for node in made.nodes):
        text = made.text(name).replace("a -= 1", "a -= 3").replace("a *= 2", "a *= 5")
        changed = changed.replaced(name, text.replace("in xs", "in xs[1:]"))
    assert len(changed.changed) == 3
    wanted = source.replace("a -= 1", "a -= 3").replace("a *= 2", "a *= 5").replace("in xs", "in xs[1:]")
    assert joined(changed) == wanted


@fast
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return total", "    return total + 1"),  # another form of what it gives
        ("    if x", "    a = 7\n    if x"),  # a name that the function around it has, too
        ("    if x", "    total += a\n    if x"),
    ],
)
def test_what_is_no_image_of_a_region_any_more_is_not_joined(old: str, new: str) -> None:
    made = decompose(LOOP.format(LEFT["plain"]))
    body = next(node.name for node in made.nodes if node.kind == "body")
    changed = made.replaced(body, made.text(body).replace(old, new))
    assert changed.changed == (body,) and joined(changed) is None


@fast
@pytest.mark.parametrize(
    "text",
    [
        "def f__body_4(total):\n    return total\n",
        "def f__body_4(total, x, y=1):\n    return total\n",
        "async def f__body_4(total, x):\n    return total\n",
        "def other(total, x):\n    return total\n",
        "import os\ndef f__body_4(total, x):\n    return total\n",
        "def f__body_4(total, x:\n",
        "",
    ],
)
def test_another_signature_is_refused(text: str) -> None:
    made = decompose(LOOP.format(LEFT["plain"]))
    assert made.node("f__body_4").parameters == ("total", "x")
    with pytest.raises(UsageError):
        made.replaced("f__body_4", text)


def test_whatever_is_joined_does_what_the_original_did() -> None:
    """Each node of random programs is written anew without a change of meaning; where it is joined, nothing changes."""
    count = 0
    for source in functions(14, seed=77):
        made = decompose(source)
        before = behaviour(source)
        for node in made.nodes if parts(made) else ():
            lines = made.text(node.name).split("\n")
            lines.insert(2 if "global " in lines[1] else 1, "    pass")
            back = joined(made.replaced(node.name, "\n".join(lines)))
            if back is not None:
                count += 1
                assert behaviour(back) == before, f"{node}\n{source}\n---\n{back}"
    assert count > 30
