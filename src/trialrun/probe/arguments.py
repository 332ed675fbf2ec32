"""Shapes of arguments: from the seeds' values, annotations, defaults, the body's use of a parameter, and its name.

Values and annotations are joined: a parameter has every type that either shows. Where both are silent, the default
tells, then how the body uses the parameter (`for x in p`, `p.split`, `p[0]`, `p + 1`), then its name (`n`, `text`,
`xs`), so that a function with no annotation and no example gets sensible inputs too. A list of numbers never gets a
string or a bool: `int` is not `bool`.

Leaves out: user-defined classes (only what seeds hold of them), type variables' bounds, aliases defined elsewhere.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from trialrun.lang.literal_calls import read_literal
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Binding, Parameter, Signature
from trialrun.probe.shapes import (
    UNKNOWN,
    Bool,
    Choice,
    Const,
    Float,
    Int,
    Record,
    Seq,
    Shape,
    Text,
    is_among,
)
from trialrun.probe.usage import shape_by_name, shape_by_use

_DEPTH = 12
"""Nesting of values and annotations that is looked into."""
_STRUCT = 12
"""Keys that a dict read as a record has at most."""
_NONE = Const(values=(None,))
ANYTHING = Choice(options=(Text(), Int(), Seq(item=Text()), Seq(item=Int()), Float(), _NONE))
"""Of a parameter of which neither annotation, default, use nor name tells anything."""


def shapes_of_arguments(
    arguments: Sequence[tuple[Any, ...]], signature: Signature | None, sources: Sequence[str] = ()
) -> list[Record]:
    """Return the shapes that argument tuples may have, by seeds and signature, the most plausible first.

    Laid out as drivers take them (`lang/drivers.py`): every parameter has a place, and a method's first argument are
    those of its constructor. Where parameters may be left out, one shape leaves them out and one gives them all.
    """
    if signature is None:
        return [_of_values(arguments)]
    made = is_made(signature)
    if made and arguments:
        return [_of_values(arguments)]
    given = max((len(args) for args in arguments), default=None)
    parameters = signature.parameters
    counts = [_required(parameters) if given is None else given, len(parameters)]
    inner = [_required(signature.constructor), len(signature.constructor)] if made else [0, 0]
    shapes = []
    for count, of_made in dict.fromkeys(zip(counts, inner, strict=True)):
        if given is not None and count < given:
            continue
        fields = [_field(parameters, place, arguments, signature, sources) for place in range(count)]
        if made:
            by = replace(signature, name=f"{signature.name.rpartition('.')[0]}.__init__")
            own = [_field(signature.constructor, place, (), by, sources) for place in range(of_made)]
            fields.insert(0, Record(fields=tuple(own)))
        shapes.append(Record(fields=tuple(fields)))
    return shapes


def is_made(signature: Signature) -> bool:
    """Say whether an object has to be made first: for methods and properties, but not for a constructor."""
    bound = signature.binding in (Binding.METHOD, Binding.PROPERTY)
    return bound and not signature.name.endswith(".__init__")


def _required(parameters: Sequence[Parameter]) -> int:
    """Return how many places, from the first on, have to be given."""
    needed = [place for place, part in enumerate(parameters) if part.default is None and not part.variadic]
    return needed[-1] + 1 if needed else 0


def _field(
    parameters: Sequence[Parameter],
    place: int,
    arguments: Sequence[tuple[Any, ...]],
    signature: Signature,
    sources: Sequence[str],
) -> Shape:
    """Return the shape of one place."""
    parameter = parameters[place] if place < len(parameters) else Parameter(name="")
    values = [args[place] for args in arguments if len(args) > place]
    if parameter.variadic == "**":
        return _of_parameter(parameter, values, signature, sources) if values else Const(values=({},))
    shape = _of_parameter(parameter, values, signature, sources)
    return Seq(item=shape) if parameter.variadic == "*" and not values else shape


def _of_values(arguments: Sequence[tuple[Any, ...]]) -> Record:
    shape: Shape = UNKNOWN
    for args in arguments:
        shape = join(shape, shape_of(args))
    if isinstance(shape, Choice):
        shape = next((option for option in shape.options if isinstance(option, Record)), Record(fields=()))
    filled = _filled(shape)
    return filled if isinstance(filled, Record) else Record(fields=())


def _of_parameter(
    parameter: Parameter, values: list[Any], signature: Signature, sources: Sequence[str]
) -> Shape:
    shape = shape_of_annotation(parameter.annotation)
    for value in values:
        shape = join(shape, shape_of(value))
    if shape == UNKNOWN and parameter.default is not None:
        shape = _of_default(parameter.default)
    if not _is_known(shape):
        for source in sources:
            shape = join(shape, shape_by_use(source, signature.name, parameter.name))
            if _is_known(shape):
                break
    if (
        isinstance(shape, Seq) and shape.item == UNKNOWN
    ):  # only empty ones were seen: the body knows what is in them
        uses = (shape_by_use(source, signature.name, parameter.name) for source in sources)
        shape = next((join(shape, use) for use in uses if _merged(shape, use) is not None), shape)
    if not _is_known(shape):
        shape = join(shape, shape_by_name(parameter.name))
    return _filled(shape) if _is_known(shape) or values else ANYTHING


def _is_known(shape: Shape) -> bool:
    return shape not in (UNKNOWN, _NONE)


def _filled(shape: Shape) -> Shape:
    """Return the shape with numbers where nothing is known of a part."""
    if isinstance(shape, Seq):
        return replace(shape, item=_filled(shape.item))
    if isinstance(shape, Record):
        return replace(shape, fields=tuple(map(_filled, shape.fields)))
    if isinstance(shape, Choice):
        return Choice(options=tuple(map(_filled, shape.options))) if shape.options else Int()
    return shape


def _of_default(source: str) -> Shape:
    read = read_literal(source)
    return UNKNOWN if read is None or read.value is None else shape_of(read.value)


# ------------------------------------------------------------------------------------------------ values


def shape_of(value: Any, depth: int = 0) -> Shape:
    """Return the shape of one value, without facts about it."""
    kind = type(value)
    if kind in _ATOMS:
        return _ATOMS[kind]
    if depth > _DEPTH:
        return Const(values=(value,))
    if kind is tuple:
        return Record(fields=tuple(shape_of(item, depth + 1) for item in value))
    if kind in (list, set, frozenset):
        return Seq(item=_joined([shape_of(item, depth + 1) for item in _sample(value)]), kind=kind.__name__)
    if kind is dict:
        keys = _joined([shape_of(key, depth + 1) for key in value])
        values = [shape_of(item, depth + 1) for item in value.values()]
        if 0 < len(value) <= _STRUCT and all(type(key) is str for key in value) and len(set(values)) > 1:
            return Record(fields=tuple(values), kind="dict", names=tuple(value))
        return Seq(item=Record(fields=(keys, _joined(values))), kind="dict")
    return Const(values=(value,))


_ATOMS: dict[type, Shape] = {int: Int(), float: Float(), bool: Bool(), str: Text(), type(None): _NONE}


def _sample(value: Any) -> list[Any]:
    return list(value)[:200]


def _joined(shapes: Sequence[Shape]) -> Shape:
    joined: Shape = UNKNOWN
    for shape in shapes:
        if shape != joined:
            joined = join(joined, shape)
    return joined


def join(one: Shape, two: Shape) -> Shape:
    """Return a shape of all values of both."""
    if one == two or two == UNKNOWN:
        return one
    if one == UNKNOWN:
        return two
    if isinstance(one, Choice) or isinstance(two, Choice):
        options: tuple[Shape, ...] = one.options if isinstance(one, Choice) else (one,)
        for more in two.options if isinstance(two, Choice) else (two,):
            options = _with_option(options, more)
        return options[0] if len(options) == 1 else Choice(options=options)
    merged = _merged(one, two)
    return merged if merged is not None else Choice(options=(one, two))


def _with_option(options: tuple[Shape, ...], more: Shape) -> tuple[Shape, ...]:
    for index, option in enumerate(options):
        merged = option if option == more else _merged(option, more)
        if merged is not None:
            return (*options[:index], merged, *options[index + 1 :])
    return (*options, more)


def _merged(one: Shape, two: Shape) -> Shape | None:
    """Return one shape, not a choice, for both, or None where they are of different kinds."""
    if isinstance(one, Seq) and isinstance(two, Seq) and one.kind == two.kind:
        return replace(one, item=join(one.item, two.item))
    if isinstance(one, Record) and isinstance(two, Record) and one.kind == two.kind:
        if len(one.fields) == len(two.fields) and one.names == two.names:
            fields = tuple(join(a, b) for a, b in zip(one.fields, two.fields, strict=True))
            return replace(one, fields=fields)
        return _as_sequence(one) and _merged(_as_sequence(one), _as_sequence(two))
    if isinstance(one, Record) and isinstance(two, Seq) and one.kind == two.kind:
        return _merged(_as_sequence(one), two)
    if isinstance(one, Seq) and isinstance(two, Record) and one.kind == two.kind:
        return _merged(one, _as_sequence(two))
    if isinstance(one, Const) and isinstance(two, Const):
        new = tuple(value for value in two.values if not is_among(value, one.values))
        return Const(values=(*one.values, *new))
    return one if type(one) is type(two) and not isinstance(one, Seq | Record) else None


def _as_sequence(shape: Record) -> Seq:
    if shape.kind == "dict":
        return Seq(item=Record(fields=(Text(), _joined(shape.fields))), kind="dict")
    return Seq(item=_joined(shape.fields), kind=shape.kind)


# ------------------------------------------------------------------------------------------- annotations


def shape_of_annotation(source: str) -> Shape:
    """Return the shape that an annotation names; `UNKNOWN` where it names none of ours.

    >>> shape_of_annotation("Optional[int]").options[0] == Int(), shape_of_annotation("Any") == UNKNOWN
    (True, True)
    """
    if not source:
        return UNKNOWN
    tree = parse(source)
    if isinstance(tree, Unparseable) or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return UNKNOWN
    return _named(tree.body[0].value, 0)


_SEQUENCES = {
    "list": "list", "sequence": "list", "iterable": "list", "collection": "list", "mutablesequence": "list",
    "iterator": "list", "set": "set", "mutableset": "set", "abstractset": "set", "frozenset": "frozenset",
}  # fmt: skip
_MAPPINGS = frozenset(("dict", "mapping", "mutablemapping"))
_NAMES: dict[str, Callable[[], Shape]] = {
    "int": Int, "float": Float, "bool": Bool, "str": Text, "tuple": lambda: Seq(item=UNKNOWN, kind="tuple"),
    "none": lambda: _NONE, "anystr": Text, "number": lambda: Choice(options=(Int(), Float())),
}  # fmt: skip


def _named(node: ast.expr, depth: int) -> Shape:
    if depth > _DEPTH:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        if node.value is None:
            return _NONE
        return shape_of_annotation(node.value) if isinstance(node.value, str) and depth < 3 else UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return join(_named(node.left, depth + 1), _named(node.right, depth + 1))
    if isinstance(node, ast.Subscript):
        return _subscripted(_last_name(node.value), node.slice, depth)
    name = _last_name(node)
    if name in _SEQUENCES:
        return Seq(item=UNKNOWN, kind=_SEQUENCES[name])
    if name in _MAPPINGS:
        return Seq(item=Record(fields=(UNKNOWN, UNKNOWN)), kind="dict")
    return _NAMES[name]() if name in _NAMES else UNKNOWN


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr.lower()
    return node.id.lower() if isinstance(node, ast.Name) else ""


def _subscripted(name: str, inner: ast.expr, depth: int) -> Shape:
    given = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "literal":
        return Const(values=tuple(item.value for item in given if isinstance(item, ast.Constant)))
    if name == "tuple" and len(given) == 2 and isinstance(given[1], ast.Constant) and given[1].value is ...:
        return Seq(item=_named(given[0], depth + 1), kind="tuple")
    shapes = [_named(item, depth + 1) for item in given]
    if name in _SEQUENCES and len(shapes) == 1:
        return Seq(item=shapes[0], kind=_SEQUENCES[name])
    if name in _MAPPINGS and len(shapes) == 2:
        return Seq(item=Record(fields=tuple(shapes)), kind="dict")
    if name == "tuple":
        return Record(fields=tuple(shapes))
    if name == "optional":
        return join(shapes[0], _NONE)
    if name == "union":
        return _joined(shapes)
    if name in ("annotated", "final") and shapes:
        return shapes[0]
    return UNKNOWN
