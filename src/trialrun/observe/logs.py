"""Logs as templates and typed variables: which messages there are, how often, and what varied in them.

`Abstraction` takes lines one by one in bounded memory: it draws tracebacks together (`tracebacks.py`), takes headers
off (`log_headers.py`), reads a message as words (`log_tokens.py`), gives it a cluster (`log_miner.py`) and says what
its variables are (`log_categories.py`). In general mode a variable is `<*>`; in aware mode those of the categories
asked for keep what they are: `<OID=blk_38>` in a line, `<OID>` in a template, with the values that were most frequent.

Leaves out: what the messages mean; splitting a template again.
Source: VALB (2023), "Did We Miss Something Important? Studying and Exploring Variable-Aware Log Abstraction".
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from trialrun.core.errors import UsageError
from trialrun.observe.log_headers import AUTOMATIC, Headers
from trialrun.observe.log_miner import DEFAULTS, Cluster, Miner, Settings, current
from trialrun.observe.log_patterns import Category
from trialrun.observe.log_slots import Opening, Value, fill
from trialrun.observe.log_tokens import VARIABLE, read
from trialrun.observe.tracebacks import Folder, Message


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a template over all its lines."""

    category: Category
    """The category that most of its values had."""
    values: tuple[tuple[str, int], ...]
    """Frequent values with how often they were met; the rarer ones are not kept where there are very many."""
    exact: bool
    """Whether every value is among them."""


@dataclass(frozen=True, slots=True)
class Template:
    """What lines have in common."""

    number: int
    text: str
    """Its fixed text, each variable as `<*>`."""
    aware: str
    """The same, variables of the categories asked for by the name of their category."""
    count: int
    """Messages."""
    first: int
    """Number of the line where it was met first."""
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Abstracted:
    """One message, abstracted."""

    line: int
    """Number of its first line, from 1."""
    lines: int
    """Lines that it was written in."""
    cluster: Cluster
    """Its cluster when it was read; `Abstraction.number` tells which it is part of now."""
    message: str
    values: tuple[Value, ...]


def categories_named(text: str) -> frozenset[Category]:
    """Read categories joined by commas, or `all`. Raises `UsageError` for a name that is none.

    >>> sorted(categories_named("oid, LOI"))
    [<Category.LOCATION: 'LOI'>, <Category.OBJECT_ID: 'OID'>]
    """
    names = [name.strip().upper() for name in text.split(",") if name.strip()]
    if names == ["ALL"]:
        return frozenset(Category)
    unknown = [name for name in names if name not in set(Category)]
    if unknown or not names:
        accepted = ", ".join(f"{category.value} ({category.name.lower()})" for category in Category)
        raise UsageError(f"{text!r} names no categories; there are {accepted}, and all")
    return frozenset(Category(name) for name in names)


class Abstraction:
    """Reads a log line by line."""

    def __init__(
        self,
        *,
        aware: Collection[Category] = (),
        headers: Headers | None = AUTOMATIC,
        fold: bool = True,
        settings: Settings = DEFAULTS,
    ) -> None:
        """Start with nothing read; `headers` None takes lines as messages, `fold` False takes each by itself."""
        self.aware = frozenset(aware)
        self._headers = headers
        self._folder = Folder() if fold else None
        self._miner = Miner(settings)
        self._lines = 0

    def read(self, lines: Iterable[str]) -> Iterator[Abstracted]:
        """Yield the messages of some lines, the last one when the lines are over."""
        for line in lines:
            yield from self.add(line)
        yield from self.end()

    def add(self, line: str) -> Iterator[Abstracted]:
        """Take one line; yield the messages that are complete with it."""
        line = line.rstrip("\r\n")
        self._lines += 1
        if self._folder is None:
            yield from self._message(Message(line, self._lines))
            return
        for message in self._folder.add(line):
            yield from self._message(message)

    def end(self) -> Iterator[Abstracted]:
        """Yield the message that was waiting for more lines."""
        for message in self._folder.end() if self._folder is not None else ():
            yield from self._message(message)

    def number(self, abstracted: Abstracted) -> int:
        """Return the number of the template that a message belongs to by now."""
        return current(abstracted.cluster).number

    def cluster(self, number: int) -> Cluster | None:
        """Return the cluster that the one with a number is part of by now; None where it had to go."""
        return self._miner.numbered(number)

    @property
    def forgotten(self) -> int:
        """How many templates had to go because there were too many."""
        return self._miner.forgotten

    def values(self, abstracted: Abstracted) -> tuple[Value, ...]:
        """Return what a message has in the openings that its template has by now."""
        return fill(read(abstracted.message), current(abstracted.cluster).slots)

    def line(self, abstracted: Abstracted) -> str:
        """Return a message as its template, values of the categories asked for in place: `<OID=blk_38>`."""
        shown = [self._shown(value) for value in self.values(abstracted)]
        return _text(current(abstracted.cluster), shown)

    def templates(self) -> list[Template]:
        """Return the templates by now, the most frequent first."""
        found = [self._template(cluster) for cluster in self._miner.clusters]
        return sorted(found, key=lambda template: (-template.count, template.first))

    def _message(self, message: Message) -> Iterator[Abstracted]:
        text = self._headers.message(message.text) if self._headers is not None else message.text
        if not text.strip():
            return
        line = read(text)
        cluster = self._miner.add(line, message.first)
        found = fill(line, cluster.slots)
        cluster.openings += [Opening() for _ in range(len(found) - len(cluster.openings))]
        for opening, value in zip(cluster.openings, found, strict=False):
            opening.note(value.text, value.category)
        yield Abstracted(message.first, message.lines, cluster, text, found)

    def _template(self, cluster: Cluster) -> Template:
        variables = tuple(
            Variable(one.categories.most_common(1)[0][0], tuple(one.values.most_common()), one.exact)
            for one in cluster.openings
        )
        named = [f"<{one.category}>" if one.category in self.aware else VARIABLE for one in variables]
        return Template(
            number=cluster.number,
            text=_text(cluster, None),
            aware=_text(cluster, named),
            count=cluster.count,
            first=cluster.first,
            variables=variables,
        )

    def _shown(self, value: Value) -> str:
        return f"<{value.category}={value.text}>" if value.category in self.aware else VARIABLE


def _text(cluster: Cluster, named: list[str] | None) -> str:
    """Return a template as text; with `named`, what stands for each of its openings."""
    slots = cluster.full if not named and cluster.uniform else cluster.slots
    names = iter(named or ())
    parts = []
    for slot in slots:
        text = slot.text.removesuffix(VARIABLE) + next(names, VARIABLE) if slot.open else slot.text
        parts.append(slot.gap + text)
    return "".join(parts).strip() + cluster.tail
