"""Which methods there are, and how to get one by its id or short name.

trialrun's own methods are found by walking the packages of the verbs: a module whose text has an `@method(` at the
start of a line declares one, and its id is its path. No module is imported to list them. Others come by entry points
of the group `trialrun.methods`, named by the id and pointing at the class:

    [project.entry-points."trialrun.methods"]
    "generate/mine" = "my_package.mine:Mine"

Leaves out: methods inside zip files, two methods in one module.
"""

import importlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from trialrun.core.errors import UsageError, nearest
from trialrun.core.method import ROOT, Method

VERBS = ("generate", "repair", "transform", "infer")
"""Packages whose modules may declare methods."""
GROUP = "trialrun.methods"
_DECLARES = re.compile(rb"^@method\(", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a method can be imported from."""

    id: str
    module: str
    name: str = ""
    """Name of the class; empty where it is the one that the module declares."""


@cache
def places() -> dict[str, Place]:
    """Return where each method lives, by id, sorted; imports none of them."""
    found = {}
    package = Path(__file__).resolve().parent.parent
    for verb in VERBS:
        for path in sorted((package / verb).glob("*.py")):
            if _DECLARES.search(path.read_bytes()):
                found[f"{verb}/{path.stem}"] = Place(
                    id=f"{verb}/{path.stem}", module=f"{ROOT}{verb}.{path.stem}"
                )
    for point in entry_points(group=GROUP):
        if point.name in found:
            raise UsageError(
                f"two methods are named {point.name}: {found[point.name].module} and {point.module} (an installed "
                "package): uninstall one, or rename it"
            )
        found[point.name] = Place(id=point.name, module=point.module, name=point.attr)
    return dict(sorted(found.items()))


def resolve(name: str, verb: str = "") -> str:
    """Return the id that `name` stands for: an id, or the part after the slash where that is unambiguous."""
    known = [place for place in places() if not verb or place.startswith(f"{verb}/")]
    found = [place for place in known if name in (place, place.partition("/")[2])]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"method {name!r} is ambiguous; say {' or '.join(found)}")
    near = {short: place for place in known for short in (place, place.partition("/")[2])}
    shown = name[:100]
    others = "and `reference`, the task set's own solutions"
    raise UsageError(
        f"no method {shown!r}{nearest(shown, [*near, 'reference'])}; there are {', '.join(known)}, {others}"
    )


def page_name(id: str) -> str:
    """Return the name of a method's page below `docs/methods`: its last part, with its verb where that is another.

    >>> page_name("generate/anpl"), page_name("repair/anpl")
    ('anpl.md', 'repair-anpl.md')
    """
    verb, _, stem = id.partition("/")
    return f"{stem}.md" if verb == VERBS[0] else f"{verb}-{stem}.md"


def find[M: Method](name: str, kind: type[M] = Method) -> type[M]:  # type: ignore[assignment]
    """Import and return the class of a method by id or short name; `kind` is the verb's class it must have.

    Raises `UsageError` for an unknown name and for an installed method that cannot be used.
    """
    place = places()[resolve(name, kind.verb)]
    try:
        module = importlib.import_module(place.module)
    except ImportError as error:
        if place.module.startswith(ROOT):
            raise
        raise UsageError(f"method {place.id}: {place.module} cannot be imported: {error}") from error
    if place.name:
        cls = getattr(module, place.name, None)
    else:
        cls = next((value for value in vars(module).values() if _declared_in(value, place.module)), None)
    if not (isinstance(cls, type) and issubclass(cls, kind) and "declared" in cls.__dict__):
        raise UsageError(f"{place.module} declares no {kind.__name__.lower()} (is @method above the class?)")
    if cls.declared.id != place.id:
        raise UsageError(f"method {place.id} calls itself {cls.declared.id}: rename one")
    return cls


def _declared_in(value: object, module: str) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Method)
        and "declared" in value.__dict__
        and value.declared.module == module
    )
