"""The settings of a method, read off its fields: names, types, help; as a flat table and back; their fingerprint.

A setting is text, a number, a switch, one of several words (`Literal`, an enum), a tuple of those, or another method
(`repair: Repairer = use("repair/ldb")`). In a table another method stands as its id, and its own settings beside it
under dotted names: `repair = "repair/ldb"`, `repair.rounds = 3`. None is left out.

Leaves out: nested dataclasses that are no methods.
"""

import ast
import dataclasses
import enum
import hashlib
import inspect
import json
import textwrap
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from trialrun.core.errors import UsageError, nearest
from trialrun.core.method import Method, Off

Plain = str | int | float | bool | list[str] | list[int]
"""What a table may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field of a method."""

    name: str
    type: Any
    """Its annotation, without `Annotated`."""
    hint: Any
    """Its annotation in full; `msgspec.Meta` in it bounds the value."""
    default: Any
    help: str
    """The docstring under the field, as one line."""
    off: str = ""
    """Name of the flag that switches a bool off, where it has one."""
    uses: bool = False
    """Whether its value is another method."""


def settings_of(cls: type[Method]) -> tuple[Setting, ...]:
    """Return the settings of a method in the order of its fields."""
    hints = typing.get_type_hints(cls, include_extras=True)
    documented = _field_docs(cls)
    found = []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every declared method is a dataclass
        hint: Any = hints[field.name]
        marks: list[Any] = []
        if typing.get_origin(hint) is typing.Annotated:
            hint, *marks = typing.get_args(hint)
        default = field.default_factory() if callable(field.default_factory) else field.default
        found.append(
            Setting(
                name=field.name,
                type=hint,
                hint=hints[field.name],
                default=default,
                help=documented.get(field.name, ""),
                off=next((mark.name for mark in marks if isinstance(mark, Off)), ""),
                uses=isinstance(hint, type) and issubclass(hint, Method),
            )
        )
    return tuple(found)


def to_table(method: Method) -> dict[str, Plain]:
    """Return a method's settings as a flat table of plain values; what is None is left out."""
    table: dict[str, Plain] = {}
    for field in dataclasses.fields(method):  # type: ignore[arg-type]
        value = getattr(method, field.name)
        if isinstance(value, Method):
            table[field.name] = value.declared.id
            table |= {f"{field.name}.{inner}": plain for inner, plain in to_table(value).items()}
        elif value is not None:
            table[field.name] = plain(value)
    return table


def from_table[M: Method](cls: type[M], table: Mapping[str, Any]) -> M:
    """Make a method from such a table; settings that it lacks keep their defaults.

    Raises `UsageError` for a name that is no setting and for a value of the wrong type.
    """
    found = {setting.name: setting for setting in settings_of(cls)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        outer, dotted, _ = name.partition(".")
        setting = found.get(outer)
        if setting is None or (dotted and not setting.uses):
            raise UsageError(f"{cls.declared.id} has no setting {name!r}{nearest(name, found)}")
        if setting.uses:
            if not dotted and value is not None:
                values[outer] = _used(setting, str(value), table)
        else:
            values[outer] = _converted(cls, setting, value)
    strays = [name for name in table if "." in name and name.partition(".")[0] not in values]
    if strays:
        raise UsageError(f"{strays[0]!r} is a setting of a method that is not named")
    return cls(**values)


def fingerprint(method: Method) -> str:
    """Return a method's id and the hash (12 hex digits) of all its settings: `generate/vanilla#5f0c…`."""
    text = json.dumps([method.declared.id, sorted(to_table(method).items())], ensure_ascii=True)
    return f"{method.declared.id}#{hashlib.sha256(text.encode('ascii')).hexdigest()[:12]}"


def plain(value: Any) -> Plain:
    """Return a setting's value as a table holds it: enums as their values, tuples as lists."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, tuple | list):
        return [item.value if isinstance(item, enum.Enum) else item for item in value]
    if not isinstance(value, str | int | float | bool):
        raise TypeError(f"{type(value).__name__} cannot be a setting")
    return value


def _used(setting: Setting, name: str, table: Mapping[str, Any]) -> Method:
    from trialrun.core.discovery import find

    kind: type[Method] = setting.type
    cls = find(name, kind)
    start = f"{setting.name}."
    inner = {key.removeprefix(start): value for key, value in table.items() if key.startswith(start)}
    return from_table(cls, inner)


def _converted(cls: type[Method], setting: Setting, value: Any) -> Any:
    try:
        return msgspec.convert(value, setting.hint)
    except msgspec.ValidationError as error:
        reason = str(error).replace("`", "")
        raise UsageError(f"{cls.declared.id}: {setting.name} is {value!r}: {reason}") from error


def _field_docs(cls: type[Method]) -> dict[str, str]:
    """Return the docstring under each field, inherited fields included."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not dataclasses.is_dataclass(base):
            continue
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(node, ast.ClassDef)
        for field, below in zip(node.body, node.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                value = below.value if isinstance(below, ast.Expr) else None
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    docs[field.target.id] = " ".join(value.value.split())
    return docs
