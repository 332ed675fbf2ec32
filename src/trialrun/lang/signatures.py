"""Signatures: parameters, annotations and docstring of a function, read from its source, which is not run.

Leaves out: what annotations mean (`probe/shapes.py`), inherited constructors, names that are bound dynamically.
"""

import ast
import enum
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class Binding(enum.StrEnum):
    """How a function hangs on its class, if it does."""

    PLAIN = "function"
    METHOD = "method"
    STATIC = "staticmethod"
    CLASS = "classmethod"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a function."""

    name: str
    annotation: str = ""
    """Source of the annotation; empty without one."""
    default: str | None = None
    """Source of the default; None without one."""
    keyword_only: bool = False
    variadic: str = ""
    """`*` or `**`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a function's source says of how to call it."""

    name: str
    """Qualified name: `f`, `Class.method`."""
    parameters: tuple[Parameter, ...] = ()
    """Without `self` and `cls`."""
    returns: str = ""
    docstring: str = ""
    binding: Binding = Binding.PLAIN
    is_async: bool = False
    is_generator: bool = False
    constructor: tuple[Parameter, ...] = ()
    """Parameters of the class's own `__init__` (or fields, of a dataclass), for methods and properties."""


def definition_of(tree: ast.Module, qualname: str) -> Definition | None:
    """Return the definition of a qualified name, `f` or `Class.method`, or None where there is none.

    The last one counts, as it does when the module runs. What is defined inside functions or under conditions is none.
    """
    *owners, name = qualname.split(".")
    body: list[ast.stmt] = tree.body
    for step in owners:
        owner = _last(body, step)
        if not isinstance(owner, ast.ClassDef):
            return None
        body = owner.body
    return _last(body, name)


def _last(body: list[ast.stmt], name: str) -> Definition | None:
    return next((node for node in reversed(body) if isinstance(node, Definition) and node.name == name), None)


def read_signature(tree: ast.Module, qualname: str) -> Signature | None:
    """Return the signature of a function or method by its qualified name, or None where there is none.

    A class's name means its constructor.
    """
    node = definition_of(tree, qualname)
    if isinstance(node, ast.ClassDef):
        return Signature(
            name=qualname, parameters=_constructor(node), docstring=ast.get_docstring(node) or ""
        )
    owner = definition_of(tree, qualname.rpartition(".")[0])
    return (
        None
        if node is None
        else _of_function(node, qualname, owner if isinstance(owner, ast.ClassDef) else None)
    )


def _of_function(node: Function, qualname: str, owner: ast.ClassDef | None) -> Signature:
    binding = _binding(node, owner)
    parameters = _parameters(node)
    if binding in (Binding.METHOD, Binding.CLASS, Binding.PROPERTY):
        parameters = parameters[1:]
    return Signature(
        name=qualname,
        parameters=parameters,
        returns=ast.unparse(node.returns) if node.returns else "",
        docstring=ast.get_docstring(node) or "",
        binding=binding,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=_yields(node),
        constructor=_constructor(owner) if owner and binding in (Binding.METHOD, Binding.PROPERTY) else (),
    )


def _binding(node: Function, owner: ast.ClassDef | None) -> Binding:
    if owner is None:
        return Binding.PLAIN
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    for name, binding in (
        ("staticmethod", Binding.STATIC),
        ("classmethod", Binding.CLASS),
        ("property", Binding.PROPERTY),
        ("cached_property", Binding.PROPERTY),
    ):
        if name in names:
            return binding
    return Binding.METHOD


def _parameters(node: Function) -> tuple[Parameter, ...]:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    defaults += given.defaults
    found = [_parameter(arg, default) for arg, default in zip(positional, defaults, strict=True)]
    if given.vararg:
        found.append(_parameter(given.vararg, None, variadic="*"))
    found += [
        _parameter(arg, default, keyword_only=True)
        for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    if given.kwarg:
        found.append(_parameter(given.kwarg, None, variadic="**"))
    return tuple(found)


def _parameter(
    arg: ast.arg, default: ast.expr | None, *, keyword_only: bool = False, variadic: str = ""
) -> Parameter:
    return Parameter(
        name=arg.arg,
        annotation=ast.unparse(arg.annotation) if arg.annotation else "",
        default=ast.unparse(default) if default is not None else None,
        keyword_only=keyword_only,
        variadic=variadic,
    )


def _constructor(owner: ast.ClassDef) -> tuple[Parameter, ...]:
    for node in reversed(owner.body):
        if isinstance(node, Function) and node.name == "__init__":
            return _parameters(node)[1:]
    if not any("dataclass" in ast.unparse(decorator) for decorator in owner.decorator_list):
        return ()
    return tuple(
        Parameter(
            name=node.target.id,
            annotation=ast.unparse(node.annotation),
            default=ast.unparse(node.value) if node.value is not None else None,
        )
        for node in owner.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    )


def _yields(node: Function) -> bool:
    """Say whether a function is a generator: whether it, and not a function inside it, yields."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(inner, Function | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(inner)
    return False
