"""Families of problems: a text with free numbers, a graph of arithmetic from them to the answer, conditions.

`Lifted.replay` works a member of the family out from its text by the seed's solution, exactly, without any program;
the conditions that held at the seed (sign, wholeness and decimal places of each step, which operand of a difference or
of a proper fraction is the larger one) say which members make sense.

Leaves out: how a solved problem becomes a family (`lifting.py`), programs (`lifted_program.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from trialrun.lang.arithmetic import Binary, Expression, differences, quotients, value_of
from trialrun.lang.bindings import Constant, NodeValue, ParameterValue, Ratio, Source
from trialrun.lang.math_answer import decimals_of
from trialrun.lang.number_literals import Literal, Template

FEWEST_PLACES = 2
"""Decimal places that a node may always have: cents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A problem with its worked solution and its final answer."""

    problem: str
    answer: str
    solution: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One annotation."""

    expression: Expression
    sources: tuple[Source, ...]
    """What each leaf stands for."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds at the seed and must hold for every member of the family."""

    node: int
    kind: str
    """`sign`, `whole`, `places` of the node; `order` of a difference's or quotient's operands; `below`, of a ratio."""
    sign: int = 0
    """`sign`: of the node; `order`: of left less right, where 0 is "not smaller"."""
    places: int = 0
    binary: Binary | None = None
    ratio: Ratio | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A free number of the text."""

    name: str
    literal: Literal

    @property
    def domain(self) -> tuple[int, int, int]:
        """Least, greatest and step, in units of the last decimal place: from half to twice the seed's value."""
        scale = 10**self.literal.places
        value = int(self.literal.value * scale)
        step = 1
        while value % (step * 10) == 0 and value >= step * 100:
            step *= 10
        if self.literal.percent and step == 1 and value % 5 == 0:
            step = 5
        least, most = max(step, value // 2 // step * step), 2 * value
        if self.literal.percent and value <= 100 * scale:
            most = min(most, 100 * scale)
        if self.literal.words:
            most = min(most, 99)
        return least, max(most, least), step


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the solution makes of one member of the family."""

    answer: Fraction | None
    """None where it cannot be worked out, as by a division by 0."""
    broken: tuple[str, ...]
    """Conditions that do not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """A family of problems: parameters, the graph from them to the answer, conditions."""

    template: Template
    parameters: tuple[Parameter, ...]
    nodes: tuple[Node, ...]
    """Those that the answer depends on, in order; the last is the answer."""
    conditions: tuple[Condition, ...]
    ambiguous: bool
    """Whether the solution can be read in another way, with other answers."""

    def original(self) -> dict[str, Fraction]:
        """Return the seed's parameters."""
        return {parameter.name: parameter.literal.value for parameter in self.parameters}

    def values(self, parameters: Mapping[str, Fraction]) -> list[Fraction]:
        """Return the value of every node. Raises `ZeroDivisionError`."""
        return node_values(self.nodes, parameters)

    def replay(self, text: str) -> Replayed | None:
        """Work a member of the family out from its text; None where the text is of another family."""
        parameters = self.template.read(text)
        if parameters is None:
            return None
        try:
            values = self.values(parameters)
        except ZeroDivisionError:
            return Replayed(answer=None, broken=("a division by 0",))
        broken = tuple(
            f"{condition.kind} of step {condition.node + 1}"
            for condition in self.conditions
            if not self._holds(condition, values, parameters)
        )
        return Replayed(answer=values[-1], broken=broken)

    def _holds(
        self, condition: Condition, values: Sequence[Fraction], parameters: Mapping[str, Fraction]
    ) -> bool:
        value = values[condition.node]
        match condition.kind:
            case "sign":
                return sign_of(value) == condition.sign
            case "whole":
                return value.denominator == 1
            case "places":
                places = decimals_of(value)
                return places is not None and places <= condition.places
            case "below":
                assert condition.ratio is not None
                top, bottom = (
                    parameters[part] if isinstance(part, str) else part
                    for part in (condition.ratio.top, condition.ratio.bottom)
                )
                return top < bottom
        assert condition.binary is not None
        leaves = leaves_of(self.nodes[condition.node], values, parameters)
        left, right = value_of(condition.binary.left, leaves), value_of(condition.binary.right, leaves)
        return left >= right if condition.sign == 0 else sign_of(left - right) == condition.sign


def conditions_of(family: Lifted) -> Iterator[Condition]:
    """Yield what holds at the seed and must hold for every member."""
    original = family.original()
    values = family.values(original)
    below = set()
    for place, (node, value) in enumerate(zip(family.nodes, values, strict=True)):
        yield Condition(place, "sign", sign=sign_of(value))
        if value.denominator == 1:
            yield Condition(place, "whole")
        elif (places := decimals_of(value)) is not None:
            yield Condition(place, "places", places=max(places, FEWEST_PLACES))
        leaves = leaves_of(node, values, original)
        for binary in differences(node.expression.shape):
            order = sign_of(value_of(binary.left, leaves) - value_of(binary.right, leaves))
            yield Condition(place, "order", sign=order, binary=binary)
        for binary in quotients(node.expression.shape):
            # Three of eight, not eleven of eight: a proper fraction stays one.
            if 0 < value_of(binary.left, leaves) < value_of(binary.right, leaves):
                yield Condition(place, "order", sign=-1, binary=binary)
        for source in node.sources:
            if isinstance(source, Ratio) and source not in below:
                below.add(source)
                top, bottom = (
                    original[part] if isinstance(part, str) else part for part in (source.top, source.bottom)
                )
                if top < bottom:
                    yield Condition(place, "below", ratio=source)


def node_values(nodes: Sequence[Node], parameters: Mapping[str, Fraction]) -> list[Fraction]:
    """Return the value of every node. Raises `ZeroDivisionError`."""
    values: list[Fraction] = []
    for node in nodes:
        values.append(value_of(node.expression.shape, leaves_of(node, values, parameters)))
    return values


def leaves_of(node: Node, values: Sequence[Fraction], parameters: Mapping[str, Fraction]) -> list[Fraction]:
    """Return what the leaves of a node are, once the nodes before it have values."""
    found = []
    for source in node.sources:
        match source:
            case NodeValue(other):
                found.append(values[other])
            case Constant(value):
                found.append(value)
            case ParameterValue(literal, reading, name):
                found.append(reading.of(parameters[name or str(literal)]))
            case Ratio(top, bottom):
                parts = [parameters[part] if isinstance(part, str) else part for part in (top, bottom)]
                found.append(parts[0] / parts[1])
    return found


def sign_of(value: Fraction) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)
