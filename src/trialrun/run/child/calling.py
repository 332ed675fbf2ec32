"""Calls the functions of a snippet that nobody calls, with holes; and turns what is raised or caught into classes.

A function is called while some of its statements have not run: first with what it demands and no more, then with all
parameters invented, then twice more with tests going other ways. A method gets an instance, made by calling its class
with holes, or without its `__init__` where that fails. Generators run for some items, coroutines to their end.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: lambdas (they hold no statement).
"""

from __future__ import annotations

import inspect
import sys
import types
from typing import Any

from trialrun.run.child import holes, markers

CALLS = 4
"""Calls of one function at most."""
_ITEMS = 12
"""Items taken from a generator."""
_STEPS = 50
"""Times that a coroutine is woken without an event loop."""


def call_body(questions: Any, failures: Any, clock: Any, namespace: dict[str, Any], most: int) -> None:
    """Run a snippet that is the body of a function, again while some of its statements have not run."""
    body = namespace.pop(markers.BODY)
    snippet, names = questions.snippet, dict(namespace)
    own = [number for number, owner in enumerate(snippet.owner) if owner < 0 and snippet.counted[number]]
    for attempt in range(most):
        before = len(questions.seen)
        if attempt and (questions.seen.issuperset(own) or clock.left <= 0.01):
            break
        namespace.clear()  # each call is a first one
        namespace.update(names)
        clock.start(0.4)
        try:
            finish(body())
        except BaseException as error:
            failures.add(error, "the body, again" if attempt else "")
        finally:
            clock.stop()
        failures.called.append("the body")
        if attempt > 1 and len(questions.seen) == before:
            break


def call_all(questions: Any, failures: Any, clock: Any) -> None:
    """Call every function that has statements which did not run; functions that are defined meanwhile, too."""
    instances: dict[type, Any] = {}
    done = 0
    while done < len(questions.functions) and done < 400:
        number, function = questions.functions[done]
        done += 1
        told = questions.snippet.functions[number]
        for attempt in range(CALLS):
            before = len(questions.seen)
            if questions.covered(told["marks"]) or clock.left <= 0.01:
                break
            clock.start(0.2)
            try:
                first = _receiver(function, questions.lacking.classes, instances)
                positional, named = _arguments(function, len(first), everything=attempt > 0, round=attempt)
                finish(function(*first, *positional, **named))
            except BaseException as error:
                failures.add(error, told["name"])
            finally:
                clock.stop()
            failures.called.append(told["name"])
            if attempt > 1 and len(questions.seen) == before:
                break


def _receiver(function: Any, classes: dict[str, type], instances: dict[type, Any]) -> list[Any]:
    """Return the first argument of a method, none for a function."""
    above, _, name = function.__qualname__.rpartition(".")
    kind = classes.get(above)
    if kind is None or above.endswith("<locals>"):
        return []
    found = kind.__dict__.get(name)
    if isinstance(found, staticmethod):
        return []
    if isinstance(found, classmethod) or name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return [kind]
    if kind not in instances:
        instances[kind] = _instance(kind)
    return [instances[kind]]


def _instance(kind: Any) -> Any:
    """Make an instance of a class, whatever it takes."""
    if issubclass(kind, type):
        return kind("Made", (), {})
    members = getattr(kind, "__members__", None)
    if members:
        return next(iter(members.values()))
    if getattr(kind, "__abstractmethods__", None):
        kind.__abstractmethods__ = frozenset()
    try:
        start = kind.__init__
        if isinstance(start, types.FunctionType):
            positional, named = _arguments(start, 1, everything=False, round=0)
            return kind(*positional, **named)
        return kind()
    except Exception:
        try:
            return kind.__new__(kind)
        except Exception:
            return holes.of(kind.__name__ + "()")


def _arguments(
    function: Any, given: int, *, everything: bool, round: int
) -> tuple[list[Any], dict[str, Any]]:
    """Return invented arguments for the parameters behind those that are given."""
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    demanded = len(names) - len(defaults)
    scope = code.co_name
    taken = names[given:] if everything else names[given : max(given, demanded)]
    positional = [_parameter(scope, name, round) for name in taken]
    named = {
        name: _parameter(scope, name, round)
        for name in code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        if everything or name not in (function.__kwdefaults__ or {})
    }
    return positional, named


def _parameter(scope: str, name: str, round: int) -> Any:
    origin = "%s:%s" % (scope, name)
    return holes.world.get((origin, "call", round), origin, 1, "parameter")


def finish(result: Any) -> Any:
    """Run what a call returned: generators for some items, coroutines to their end."""
    if isinstance(result, types.GeneratorType):
        for _ in range(_ITEMS):
            try:
                next(result)
            except StopIteration:
                return None
        result.close()
    elif isinstance(result, types.CoroutineType):
        return _await(result)
    elif isinstance(result, types.AsyncGeneratorType):
        for _ in range(_ITEMS):
            try:
                _await(result.__anext__())
            except StopAsyncIteration:
                break
    return result


def _await(waiting: Any) -> Any:
    """Run an awaitable without an event loop, or with the real one where the snippet has imported it."""
    if "asyncio" in sys.modules and inspect.iscoroutine(waiting):
        try:
            return sys.modules["asyncio"].run(waiting)
        except (OSError, RuntimeError):
            pass
    steps = waiting if hasattr(waiting, "send") else waiting.__await__()
    for _ in range(_STEPS):
        try:
            steps.send(None)
        except StopIteration as stop:
            return stop.value
    return None


# -- exceptions


def as_error_class(kind: Any) -> Any:
    """Return the exception class that something named in an `except` stands for."""
    if isinstance(kind, holes.Hole):
        holes.world.use(holes.origin_of(kind), "except")
        return holes.world.error(holes.origin_of(kind))
    if isinstance(kind, type) and not issubclass(kind, BaseException) and issubclass(kind, holes.Missing):
        return _derived(kind)
    return kind


def as_error(error: Any) -> Any:
    """Return something that can be raised for what a snippet raises."""
    if isinstance(error, BaseException) or error is None:
        return error
    if isinstance(error, type) or (isinstance(error, holes.Hole) and type(error) is holes.Hole):
        made = as_error_class(error)
        if isinstance(error, holes.Hole):
            holes.world.use(holes.origin_of(error), "raise")
            return made("invented")
        return made
    if isinstance(error, holes.Missing):
        made = _derived(type(error))("invented")
        made.__dict__.update(error.__dict__)
        return made
    return error


def _derived(kind: type) -> type:
    """Return the exception class for a class of the snippet whose base is invented."""
    errors = holes.world.errors
    key = "class " + kind.__name__
    if key not in errors:
        bases = []
        for base in kind.__bases__:
            origin = base.__dict__.get("_base_origin")
            if origin is not None:
                bases.append(holes.world.error(origin))
            elif issubclass(base, holes.Missing) and base not in (holes.Hole, holes.Beside):
                bases.append(_derived(base))
        errors[key] = type(kind.__name__, tuple(bases) or (holes.HoleError,), {"_origin": kind.__name__})
    return errors[key]
