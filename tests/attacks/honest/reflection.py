"""Programs that look at themselves and change themselves: classes, functions and modules made at run time."""

from tests.attacks.honest.program import Honest, plain

REFLECTION: tuple[Honest, ...] = (
    plain(
        "classes made at run time",
        """
import types
def f(name, n):
    space = {"value": property(lambda self: n), "__repr__": lambda self: name}
    made = type(name, (), space)
    other = types.new_class("Other", (made,), {}, lambda ns: ns.update(more=1))
    return repr(made()), other().value, other.more
""",
        (("Made", 4), ("Made", 4, 1)),
    ),
    plain(
        "object that changes its class",
        """
class Closed:
    def toggle(self): self.__class__ = Open
class Open:
    def toggle(self): self.__class__ = Closed
def f(n):
    door = Closed()
    for _ in range(n): door.toggle()
    return type(door).__name__
""",
        ((3,), "Open"),
    ),
    plain(
        "own class patched",
        """
class Greeter:
    def greet(self): return "hello"
old = Greeter.greet
Greeter.greet = lambda self: old(self).upper()
def f():
    return Greeter().greet()
""",
        ((), "HELLO"),
    ),
    plain(
        "built-in function patched for a moment",
        """
import builtins
def f(xs):
    kept, seen = builtins.print, []
    builtins.print = lambda *args, **named: seen.append(args)
    try:
        for x in xs: print(x)
    finally:
        builtins.print = kept
    return seen
""",
        (([1, 2],), [(1,), (2,)]),
    ),
    plain(
        "syntax tree rewritten and compiled",
        """
import ast
class Swap(ast.NodeTransformer):
    def visit_Add(self, node): return ast.Mult()
def f(text):
    tree = ast.fix_missing_locations(Swap().visit(ast.parse(text, mode="eval")))
    return eval(compile(tree, "<swapped>", "eval"), {"__builtins__": {}})
""",
        (("3 + 4",), 12),
    ),
    plain(
        "functions written as text",
        """
def f(names):
    space = {}
    for name in names:
        exec(compile(f"def {name}(x): return ({name!r}, x)", f"<{name}>", "exec"), space)
    return [space[name](1) for name in names]
""",
        ((["a", "b"],), [("a", 1), ("b", 1)]),
    ),
    plain(
        "signature read and bound",
        """
import inspect
def target(a, b=2, *rest, c, **more): pass
def f(*args):
    bound = inspect.signature(target).bind(*args, c=0)
    bound.apply_defaults()
    return dict(bound.arguments)
""",
        ((1,), {"a": 1, "b": 2, "rest": (), "c": 0, "more": {}}),
    ),
    plain(
        "modules imported by name",
        """
import importlib
def f(name, function, x):
    return [getattr(importlib.import_module(name), function)(x), getattr(__import__(name), function)(x)]
""",
        (("math", "sqrt", 9), [3.0, 3.0]),
    ),
    plain(
        "module of its own registered",
        """
import sys, types
helper = types.ModuleType("helper")
exec("def double(x): return 2 * x", helper.__dict__)
sys.modules["helper"] = helper
def f(x):
    from helper import double
    return double(x)
""",
        ((4,), 8),
    ),
    plain(
        "names of the module looked at",
        """
def _a(): return 1
def _b(): return 2
def f():
    x = 5
    return sorted(n for n in globals() if n in ("_a", "_b", "f")), locals(), [globals()[n]() for n in ("_a", "_b")]
""",
        ((), (["_a", "_b", "f"], {"x": 5}, [1, 2])),
    ),
)
