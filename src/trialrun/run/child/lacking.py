"""Where a snippet's missing names, modules, attributes and files come from: its builtins, and a few patched functions.

The builtins are a dictionary with `__missing__`: a name that nothing defines is a hole of the function that reads it.
An import that fails gives a hole; modules that are there stay real, and a name that one of them lacks is a hole. A
class with an invented base or metaclass is made of what is there; an attribute of a snippet's own class that the
snippet never assigns is a hole. A file that is not there is one when it is opened for reading; standard input is one.

Every substitution is noted with its reason. Runs inside the sandbox: standard library only, Python 3.9 syntax.
Leaves out: which way tests go (`partial.py`).
"""

from __future__ import annotations

import builtins
import io
import sys
import types
from typing import Any

from trialrun.run.child import holes

_OLD_NAMES = {
    "unicode": "str", "basestring": "str", "xrange": "range", "long": "int", "unichr": "chr", "raw_input": "input",
}  # fmt: skip
"""Names of Python 2 that are other names now."""
_MAKERS = {
    "contextmanager": "contextlib", "asynccontextmanager": "contextlib", "dataclass": "dataclasses",
    "wraps": "functools", "abstractmethod": "abc", "ABC": "abc", "ABCMeta": "abc", "Enum": "enum", "IntEnum": "enum",
    "namedtuple": "collections", "NamedTuple": "typing", "TypedDict": "typing",
}  # fmt: skip
"""Names of the standard library that make functions and classes: a hole in their place would keep the code away."""
_MOST_NOTES = 500


class Lacking:
    """What a snippet lacks, and what it got instead."""

    def __init__(self, plan: dict[str, Any], snippet: Any, namespace: dict[str, Any]) -> None:
        self.plan, self.snippet, self.namespace = plan, snippet, namespace
        self.imports: list[tuple[str, int, str]] = []
        self.notes: dict[str, None] = {}
        self.classes: dict[str, type] = {}
        """Classes of the snippet by qualified name."""
        self.attributes = {(owner, name) for owner, name in plan["attributes"]}
        self.real_import = builtins.__import__
        self.real_open = io.open
        self.real_build = builtins.__build_class__
        self.names = Names(vars(builtins))
        self.names.lacking = self
        for name, value in (
            ("__import__", self.import_module),
            ("__build_class__", self.build_class),
            ("super", self.super),
            ("open", self.open),
            ("issubclass", self.issubclass),
            ("input", lambda *prompt: holes.of("input()", predictor="input")),
        ):
            dict.__setitem__(self.names, name, value)
        for name in plan["missing"]:
            self.names.pop(name, None)

    def invent_nothing(self) -> None:
        """Let the snippet have what Python has, and no more."""
        self.names = dict(vars(builtins))  # type: ignore[assignment]

    def note(self, text: str) -> None:
        """Remember an assumption."""
        if len(self.notes) < _MOST_NOTES:
            self.notes[text] = None

    # -- names

    def name(self, name: str, frame: Any) -> Any:
        """Return what a missing name is, for the function that reads it."""
        if name.startswith(("__", "·")):
            raise KeyError(name)
        if name in _OLD_NAMES:
            self.note("%s is %s, as in Python 2" % (name, _OLD_NAMES[name]))
            return self.names[_OLD_NAMES[name]]
        if name in _MAKERS:
            self.note("%s is that of %s" % (name, _MAKERS[name]))
            return getattr(self.real_import(_MAKERS[name]), name)
        if self.plan["modules"] and name in self.plan["modules"]:
            self.note("%s is the module" % name)
            return self.real_import(name)
        return holes.of(scoped(name, frame.f_code))

    # -- modules

    def import_module(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """Import a module for the snippet, or a hole where there is none."""
        line = sys._getframe(1).f_lineno
        reason = "relative import" if level else ""
        if not level:
            try:
                module = self.real_import(name, globals, locals, fromlist or (), 0)
            except ImportError as error:
                if line in self.snippet.guarded_imports and line not in self.plan["imports"]:
                    raise
                reason = str(error)
            except Exception as error:
                reason = "%s: %s" % (type(error).__name__, error)
            else:
                return self._completed(module, fromlist or (), line)
        self.imports.append(("." * level + name, line, reason[:200]))
        if not level and name.partition(".")[0] in sys.modules and not fromlist:
            return sys.modules[name.partition(".")[0]]
        return holes.of(name if fromlist else name.partition(".")[0], predictor="import")

    def _completed(self, module: Any, wanted: Any, line: int) -> Any:
        """Return a module, with holes for the names that are wanted from it and not there."""
        missing = [name for name in wanted if name != "*" and not hasattr(module, name)]
        for name in list(missing):
            try:
                self.real_import("%s.%s" % (module.__name__, name))
                missing.remove(name)
            except Exception:
                pass
        if not missing or (line in self.snippet.guarded_imports and line not in self.plan["imports"]):
            return module
        stand_in = types.ModuleType(module.__name__)
        stand_in.__dict__.update(module.__dict__)
        for name in missing:
            origin = "%s.%s" % (module.__name__, name)
            self.imports.append((origin, line, "the module has no such name"))
            setattr(stand_in, name, holes.of(origin, predictor="import"))
        return stand_in

    def import_all(self, name: str, level: int) -> None:
        """Do what `from name import *` does at the top level."""
        module = self.import_module(name, None, None, ("*",), level)
        names = getattr(module, "__all__", None)
        if names is None:
            names = [key for key in vars(module) if not key.startswith("_")]
        for key in names:
            self.namespace[key] = getattr(module, key)

    # -- classes

    def build_class(self, function: Any, name: str, *bases: Any, **keywords: Any) -> Any:
        """Make a class of the snippet."""
        kind = keywords.get("metaclass")
        if kind is not None and not (isinstance(kind, type) and issubclass(kind, type)):
            if isinstance(kind, type):  # its base is invented, and was no metaclass
                for base in kind.__mro__:
                    origin = base.__dict__.get("_base_origin")
                    if origin is not None:
                        self.note("metaclass %s" % origin)
            if not callable(kind) or isinstance(kind, (holes.Hole, type)):
                keywords = {}
        try:
            made = self.real_build(function, name, *bases, **keywords)
        except TypeError as error:
            if "metaclass conflict" not in str(error):
                raise
            kinds = [type(base) for base in bases if isinstance(base, type) and type(base) is not type]
            both = type("Both", tuple(dict.fromkeys((*kinds, holes.HoleMeta))), {})
            made = self.real_build(function, name, *bases, **{**keywords, "metaclass": both})
        if isinstance(made, type):
            self.classes[made.__qualname__] = made
            self._complete_class(made)
        return made

    def _complete_class(self, made: type) -> None:
        for owner, name in self.attributes:
            if owner == made.__name__ and not hasattr(made, name):
                setattr(made, name, holes.of("%s.%s" % (owner, name), predictor="attribute"))
        if hasattr(made, "__getattr__") or issubclass(made, holes.Missing):
            return
        own, missing = self.snippet.assigned_attributes, self.attributes

        def invented(obj: Any, name: str) -> Any:
            if name.startswith("__") or (name in own and (made.__name__, name) not in missing):
                raise AttributeError("%r object has no attribute %r" % (type(obj).__name__, name))
            return holes.of("%s().%s" % (type(obj).__name__, name), predictor="attribute")

        try:
            type.__setattr__(made, "__getattr__", invented)
        except (TypeError, AttributeError):
            pass

    def super(self, *given: Any) -> Any:
        """Return `super()`, with holes for what an invented base would have."""
        frame = sys._getframe(1)
        if not given:
            names = frame.f_code.co_varnames
            kind = frame.f_locals.get("__class__")
            if kind is None or not names:
                return holes.of(scoped("super()", frame.f_code))
            given = (kind, frame.f_locals.get(names[0]))
        return Super(given)

    def issubclass(self, kind: Any, kinds: Any) -> bool:
        """Answer for holes too."""
        if isinstance(kind, holes.Hole):
            return True
        return issubclass(kind, kinds)

    # -- files

    def open(self, file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        """Open a file; one that is not there to be read is invented."""
        name, why = holes.shown(file), "its name is"
        if not isinstance(file, holes.Hole) and not isinstance(mode, holes.Hole):
            try:
                return self.real_open(file, mode, *rest, **more)
            except OSError as error:
                if not isinstance(mode, str) or "r" not in mode:
                    raise
                why = type(error).__name__
        self.note("the file %s is invented (%s)" % (name, why))
        shown = name if mode == "r" else "%s, %s" % (name, holes.shown(mode))
        return holes.of("open(%s)" % shown, predictor="file")


class Names(dict):  # type: ignore[type-arg]
    """The builtins of a snippet."""

    lacking: Lacking

    def __missing__(self, name: str) -> Any:
        return self.lacking.name(name, sys._getframe(1))


class Super:
    """What `super()` is in a snippet: the real one, and holes where a base is invented."""

    def __init__(self, given: tuple[Any, ...]) -> None:
        self._given = given
        try:
            self._real: Any = super(*given)
        except TypeError:
            self._real = None

    def __getattribute__(self, name: str) -> Any:
        if name in ("_given", "_real"):
            return object.__getattribute__(self, name)
        if self._real is not None:
            try:
                return getattr(self._real, name)
            except AttributeError:
                if name.startswith("__"):
                    raise
        return holes.of("super(%s).%s" % (getattr(self._given[0], "__name__", "?"), name))


def scoped(name: str, code: Any) -> str:
    """Return the origin of a name that a piece of code reads."""
    where = code.co_name
    if where in ("<module>", "·body"):
        return name
    return "%s:%s" % (where.strip("<>")[:40], name)
