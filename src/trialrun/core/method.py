"""How a method is declared: `@method` above a frozen dataclass of plain values, with a docstring under each field.

The declaration is all there is: the id comes from the module's path (`generate/vanilla`), and from the fields come
the command line's flags, the run's `config.toml`, the fingerprint in every record and the documentation
(`core/settings.py`). A method is inert until its verb is called; what it needs then comes with the `Context`.

Leaves out: finding methods (`core/discovery.py`), running them (`flow.py`).
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from trialrun.core.context import Context
from trialrun.core.judgement import Judgement
from trialrun.core.program import Program
from trialrun.core.task import PublicTask

ROOT = "trialrun."
"""Package that holds trialrun's own methods, with the dot."""


DEFAULT = "generate/vanilla"
"""Id of the method that a model is used by where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is known of a method without running it."""

    id: str
    """`verb/module`: `generate/vanilla`."""
    module: str
    """Importable name of its module."""
    summary: str
    """First line of the class's docstring."""
    paper: str = ""
    """Where it was published, for example `arXiv:2405.20092`; empty where it is common practice."""
    title: str = ""
    """Title of the publication, or the system's usual name."""


@dataclass(frozen=True, slots=True)
class Off:
    """Marks a bool field whose flag has an opposite: `raw: Annotated[bool, Off("chat")]` is --raw or --chat."""

    name: str


class Method(ABC):
    """Base of every method. Subclass the class of a verb (`Generator`), not this."""

    __slots__ = ()
    verb: ClassVar[str] = ""
    """Package whose verb the method performs."""
    asks: ClassVar[bool] = True
    """Whether it asks a language model."""
    declared: ClassVar[Declaration]
    """Set by `@method`."""


class Generator(Method):
    """Task → Programs."""

    __slots__ = ()
    verb: ClassVar[str] = "generate"

    @abstractmethod
    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield programs for a task, best guess first where there is an order.

        Fewer than asked for, or none, where the budget runs out. Errors of the model or the machine propagate;
        whatever the model writes is data.
        """

    @property
    def expected(self) -> int:
        """How many programs a task usually gets; for progress only."""
        return 1


class Repairer(Method):
    """Program × Judgements → Programs."""

    __slots__ = ()
    verb: ClassVar[str] = "repair"

    @abstractmethod
    def repair(
        self, task: PublicTask, program: Program, judgements: Sequence[Judgement], ctx: Context
    ) -> Iterator[Program]:
        """Yield programs in place of one that fails, each better than the one before; none where none is better.

        `judgements` are what the public checks said of `program`; where they are none, the method may ask for them.
        """


def method[M: Method](*, paper: str = "", title: str = "") -> Callable[[type[M]], type[M]]:
    """Declare a dataclass to be a method. Raises `TypeError` where it cannot be one."""

    def declare(cls: type[M]) -> type[M]:
        fault = _fault(cls)
        if fault is not None:
            raise TypeError(f"{cls.__module__}.{cls.__qualname__} cannot be a method: {fault}")
        summary = (cls.__doc__ or "").strip().splitlines()[0]
        cls.declared = Declaration(
            id=f"{cls.verb}/{cls.__module__.rpartition('.')[2]}",
            module=cls.__module__,
            summary=summary,
            paper=paper,
            title=title or cls.__name__,
        )
        return cls

    return declare


def use(name: str) -> Any:
    """Give a field the method `name` as its default: `repair: Repairer = use("repair/ldb")`.

    The other method is looked up when an instance is made, not when the module is imported, so that methods never
    import one another.
    """

    def make() -> Method:
        from trialrun.core.discovery import find

        cls: type[Any] = find(name)
        made: Method = cls()
        return made

    return dataclasses.field(default_factory=make, metadata={"uses": name})


def _fault(cls: type[Any]) -> str | None:
    """Say why a class cannot be declared, or None."""
    if not (isinstance(cls, type) and issubclass(cls, Method) and cls.verb):
        return "it is no subclass of a verb's class, such as Generator"
    parameters = getattr(cls, "__dataclass_params__", None)
    if parameters is None or "__dataclass_params__" not in cls.__dict__:
        return "put @dataclass(frozen=True, slots=True, kw_only=True) between @method and the class"
    if not (parameters.frozen and parameters.kw_only and parameters.slots):
        return "its dataclass must be frozen, slots and kw_only"
    if not cls.__doc__ or cls.__doc__.startswith(f"{cls.__name__}("):
        return "it has no docstring"
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # it is one, as just seen
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            return f"field {field.name!r} has no default"
    return None
