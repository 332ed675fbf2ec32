"""A lifted family as a program: a class with the four operations of a problem generator, in exact arithmetic.

    original()         the seed's parameters
    sample(seed)       parameters of another problem, or None where this draw found none
    render(p)          the problem's text
    solve(p)           its answer, a whole number or a `Fraction`

`sample` draws the parameters of one step of the solution after the other, and draws those of a step again (at most
`TRIES` times) until the step's conditions hold; so a draw is seldom lost, however many conditions there are. The
program is what a person would write: it runs anywhere and needs nothing of ours.

Leaves out: lifting (`lifting.py`), checks (`verify/efa.py`).
"""

from collections.abc import Iterator
from fractions import Fraction

from trialrun.lang.arithmetic import Leaf, as_python, quotients
from trialrun.lang.bindings import Constant, NodeValue, ParameterValue, Ratio, Reading, Source
from trialrun.lang.families import Condition, Lifted, Node, Parameter
from trialrun.lang.number_literals import IN_ONES, IN_TENS, Literal

ENTRY = "Problem"
"""Name of the class."""
TRIES = 60

_READINGS = {
    Reading.ITSELF: "{}",
    Reading.HUNDREDTH: "(Fraction({}) / 100)",
    Reading.LESS: "(1 - Fraction({}) / 100)",
    Reading.MORE: "(1 + Fraction({}) / 100)",
}
_WORDS = '''
ONES = """{ones}""".split()
TENS = "{tens}".split()


def in_words(number):
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + ("-" + ONES[ones] if ones else "")
'''
_DECIMAL = """

def decimal(value, places):
    whole, part = divmod(int(value * 10**places), 10**places)
    return f"{whole}.{part:0{places}d}"
"""
_DECIMAL_COMMAS = """

def decimal_commas(value, places):
    whole, part = divmod(int(value * 10**places), 10**places)
    return f"{whole:,}.{part:0{places}d}"
"""


def program_of(family: Lifted, *, constrained: bool = True) -> str:
    """Return the source of a family's generator; without constraints `sample` draws anything from the domains."""
    texts = [family.template.pieces(), [_shown(literal, name) for literal, name in family.template.slots]]
    shown = ", ".join(
        repr(piece) if n % 2 == 0 else piece for n, piece in enumerate(_interleaved(*texts)) if piece
    )
    source = "from fractions import Fraction\nfrom random import Random\n"
    source += _functions(shown)
    source += f"\n\nclass {ENTRY}:\n    def original(self):\n        return {_dict(family)}\n"
    sample = _staged(family) if constrained else _free(family)
    source += "\n    def sample(self, seed):\n        chance = Random(seed)\n" + "".join(
        f"        {line}\n" for line in sample
    )
    source += f'\n    def render(self, p):\n        return "".join([{shown}])\n'
    source += "\n    def solve(self, p):\n"
    for parameter in family.parameters:
        source += f'        {parameter.name} = p["{parameter.name}"]\n'
    for place, node in enumerate(family.nodes):
        source += f"        step_{place + 1} = {_expression(node)}\n"
    return source + f"        return step_{len(family.nodes)}\n"


def _interleaved(pieces: list[str], shown: list[str]) -> Iterator[str]:
    for piece, number in zip(pieces, [*shown, ""], strict=True):
        yield piece
        yield number


def _functions(shown: str) -> str:
    source = _WORDS.format(ones=" ".join(IN_ONES), tens=" ".join(IN_TENS)) if "in_words(" in shown else ""
    source += _DECIMAL if "decimal(" in shown else ""
    return source + (_DECIMAL_COMMAS if "decimal_commas(" in shown else "")


def _shown(literal: Literal, name: str) -> str:
    """Return the source of what writes a parameter in its place."""
    value = f'p["{name}"]'
    if literal.words:
        return f"in_words({value}).capitalize()" if literal.capital else f"in_words({value})"
    if literal.places:
        function = "decimal_commas" if literal.commas else "decimal"
        return f"{function}({value}, {literal.places})"
    return f'format({value}, ",")' if literal.commas else f"str({value})"


def _dict(family: Lifted) -> str:
    items = (f'"{parameter.name}": {_literal(parameter.literal.value)}' for parameter in family.parameters)
    return "{" + ", ".join(items) + "}"


def _literal(value: Fraction) -> str:
    return (
        str(value.numerator)
        if value.denominator == 1
        else f"Fraction({value.numerator}, {value.denominator})"
    )


def _free(family: Lifted) -> Iterator[str]:
    yield "p = {}"
    for parameter in family.parameters:
        yield _draw(parameter)
    yield "return p"


def _draw(parameter: Parameter) -> str:
    least, most, step = parameter.domain
    drawn = (
        f"chance.randrange({least}, {most + 1}, {step})" if step > 1 else f"chance.randint({least}, {most})"
    )
    if parameter.literal.places:
        drawn = f"Fraction({drawn}, {10**parameter.literal.places})"
    return f'p["{parameter.name}"] = {parameter.name} = {drawn}'


def _staged(family: Lifted) -> Iterator[str]:
    """Yield the lines of a draw in stages: a step with new parameters opens one, steps without belong to the last."""
    by_name = {parameter.name: parameter for parameter in family.parameters}
    stages: list[tuple[list[str], list[int]]] = []
    drawn: set[str] = set()
    for place, node in enumerate(family.nodes):
        new = [name for name in dict.fromkeys(_names(node)) if name not in drawn]
        drawn.update(new)
        if new or not stages:
            stages.append((new, []))
        stages[-1][1].append(place)
    yield "p = {}"
    for names, places in stages:
        yield f"for _ in range({TRIES}):"
        for name in names:
            yield f"    {_draw(by_name[name])}"
        for place in places:
            yield from (f"    {line}" for line in _step(family, place))
        yield "    break"
        yield "else:"
        yield "    return None"
    yield "return p"


def _step(family: Lifted, place: int) -> Iterator[str]:
    """Yield the lines that work one step out and go on drawing where it breaks a condition."""
    node = family.nodes[place]
    leaves = [_source(source) for source in node.sources]
    for quotient in reversed(list(quotients(node.expression.shape))):  # inner ones first
        if not isinstance(quotient.right, Leaf):
            yield f"if {as_python(quotient.right, leaves)} == 0:"
            yield "    continue"
    yield f"step_{place + 1} = {_expression(node)}"
    conditions = [
        _condition(condition, f"step_{place + 1}", leaves)
        for condition in family.conditions
        if condition.node == place
    ]
    yield f"if not ({' and '.join(conditions)}):"
    yield "    continue"


def _condition(condition: Condition, step: str, leaves: list[str]) -> str:
    match condition.kind:
        case "sign":
            return f"{step} {'<=>'[condition.sign + 1].replace('=', '==')} 0"
        case "whole":
            return f"{step} % 1 == 0"
        case "places":
            return f"{step} * {10**condition.places} % 1 == 0"
        case "below":
            assert condition.ratio is not None
            return f"{_part(condition.ratio.top)} < {_part(condition.ratio.bottom)}"
    assert condition.binary is not None
    left, right = as_python(condition.binary.left, leaves), as_python(condition.binary.right, leaves)
    return f"{left} {('<', '>=', '>')[condition.sign + 1]} {right}"


def _expression(node: Node) -> str:
    return as_python(node.expression.shape, [_source(source) for source in node.sources])


def _source(source: Source) -> str:
    match source:
        case NodeValue(place):
            return f"step_{place + 1}"
        case Constant(value):
            return _literal(value)
        case ParameterValue(_, reading, name):
            return _READINGS[reading].format(name)
        case Ratio(top, bottom):
            return f"(Fraction({_part(top)}) / {_part(bottom)})"


def _part(part: str | Fraction) -> str:
    return part if isinstance(part, str) else _literal(part)


def _names(node: Node) -> Iterator[str]:
    for source in node.sources:
        if isinstance(source, ParameterValue):
            yield source.name
        elif isinstance(source, Ratio):
            yield from (part for part in (source.top, source.bottom) if isinstance(part, str))
