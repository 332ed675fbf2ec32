"""Number lifting: from one solved problem to the family of problems that its worked solution solves. No model.

A solution with `<<expression=value>>` annotations is a graph: each annotation is a node, each literal in it stands for
the latest earlier node of that value, or for a number in the problem's text (a parameter, by its place there; `0.4` for
"40%", `0.6` for what 40% leaves, `0.5` for "1/2"), or for what the text says in other words (`twice`, `a dozen`), or
for a unit that the text is about (60, with minutes and hours). A literal with no such source drops the problem, and so
does a graph whose last node is not the final answer. Where a literal could stand for several things, all are tried,
and the graph is kept in which most parameters influence the answer; then that whose steps share most words with what
their numbers count in the text. A family is ambiguous where another reading has other answers.

Leaves out: emitting a program (`lifted_program.py`); whether two numbers that are equal in the text were told apart
rightly, which no text of the seed decides.
Source: arXiv:2504.09763 asks a model for such programs; the lifting is ours.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from trialrun.lang.arithmetic import Expression, Leaf, NoArithmetic, read_expression, value_of
from trialrun.lang.bindings import Constant, NodeValue, ParameterValue, Ratio, Source, sources
from trialrun.lang.families import Lifted, Node, Parameter, Solved, conditions_of, node_values
from trialrun.lang.math_answer import read_answer, same_answer
from trialrun.lang.number_literals import Literal, Template, literals, meant

ANNOTATION = re.compile(r"<<([^<>]{1,400})>>")
_LONGEST = 20_000
_MOST_NODES = 60
_MOST_CHOICES = 256
_NEAR = 5
"""Words on each side of a number that say what it counts."""


class NotLifted(ValueError):
    """Why a problem cannot be lifted, in a few words."""


def lift(solved: Solved) -> Lifted:
    """Return the family of a solved problem. Raises `NotLifted` with the reason."""
    if len(solved.problem) > _LONGEST or len(solved.solution) > _LONGEST:
        raise NotLifted("too long")
    written = _annotations(solved.solution)
    answer = read_answer(solved.answer)
    ends = [place for place, (_, value) in enumerate(written) if same_answer(value, answer)]
    if not ends or ends[-1] != len(written) - 1:
        raise NotLifted("the last step is not the answer")
    found = literals(solved.problem)
    told = _Told(solved, found)
    choices: list[tuple[tuple[int, int, int], list[Node], list[int]]] = []
    for nodes in _graphs(written, found, solved):
        kept = _reachable(nodes)
        influencing = _influencing([nodes[place] for place in kept], kept, found)
        constants = sum(isinstance(source, Constant) for place in kept for source in nodes[place].sources)
        shared = sum(told.shared(place, source) for place in kept for source in nodes[place].sources)
        choices.append(((len(influencing), shared, -constants), nodes, influencing))
    if not choices:
        raise NotLifted("a number that comes from nowhere")
    best = max(score for score, _, _ in choices)
    (_, _, fewest), nodes, influencing = next(choice for choice in choices if choice[0] == best)
    if not influencing:
        raise NotLifted("no number of the text influences the answer")
    twice = _takes_twice(nodes, ParameterValue)
    told_apart = {
        _behaviour(other, found)
        for (_, _, constants), other, _ in choices
        if constants >= fewest
        and len(_reachable(other)) >= len(_reachable(nodes))  # nobody writes steps for nothing
        and (twice or not _takes_twice(other, ParameterValue))
    }
    unclear = len(told_apart) > 1 or _takes_twice(nodes, NodeValue) or _is_doubtful(nodes, found, solved)
    return _family(solved, found, nodes, influencing, ambiguous=unclear)


class _Told:
    """What the words around say: a step of the solution speaks of what it counts, and so does the problem's text."""

    def __init__(self, solved: Solved, found: Sequence[Literal]) -> None:
        lines = [line for line in solved.solution.splitlines() for _ in ANNOTATION.findall(line)]
        self._lines = [_words(ANNOTATION.sub(" ", line)) for line in lines]
        self._near = [
            _words(" ".join(solved.problem[: one.start].split()[-_NEAR:]))
            | _words(" ".join(solved.problem[one.end :].split()[:_NEAR]))
            for one in found
        ]

    def shared(self, step: int, source: Source) -> int:
        """Return how many words a step and the number that it may take from the text have in common."""
        if not isinstance(source, ParameterValue) or step >= len(self._lines):
            return 0
        return len(self._lines[step] & self._near[source.literal])


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower().rstrip("s") for word in re.findall(r"[A-Za-z]{3,}", text)) - _TAKEN


def _annotations(solution: str) -> list[tuple[Expression, Fraction]]:
    """Return the annotated expressions with their stated values, which they must have."""
    found = []
    for text in ANNOTATION.findall(solution)[: _MOST_NODES + 1]:
        left, sign, right = text.rpartition("=")
        try:
            expression, stated = read_expression(left.partition("=")[0]), read_expression(right)
            value = value_of(expression.shape, expression.numbers)
            if not sign or value != value_of(stated.shape, stated.numbers):
                raise NotLifted("a step that is rounded or wrong")
        except NoArithmetic:
            raise NotLifted("a step that is no arithmetic") from None
        except ZeroDivisionError:
            raise NotLifted("a division by 0") from None
        found.append((expression, value))
    if not found or len(found) > _MOST_NODES:
        raise NotLifted("no annotated steps" if not found else "too many steps")
    return found


def _graphs(
    written: Sequence[tuple[Expression, Fraction]], found: Sequence[Literal], solved: Solved
) -> Iterator[list[Node]]:
    """Yield graphs of a solution: those first whose literals stand for what was preferred."""
    used: dict[int, int] = {}
    options: list[list[Source]] = []
    earlier: list[Fraction] = []
    for expression, value in written:
        here: set[int] = set()
        hundredths = not {Fraction(100), Fraction(1, 100)}.isdisjoint(expression.numbers)
        for place, number in enumerate(expression.numbers):
            percent = place in expression.percent
            some = sources(
                number, earlier, found, solved.problem, used, here, percent=percent, hundredths=hundredths
            )
            options.append(some)
            for source in some[:1]:
                if isinstance(source, ParameterValue):
                    used[source.literal] = used.get(source.literal, 0) + 1
                    here.add(source.literal)
        earlier.append(value)
    dead = {place for place, some in enumerate(options) if not some}
    for chosen in itertools.islice(
        itertools.product(*(some or [Constant(Fraction(0))] for some in options)), _MOST_CHOICES
    ):
        nodes, place, lost = [], 0, set()
        for step, (expression, _) in enumerate(written):
            count = len(expression.numbers)
            if dead & set(range(place, place + count)):
                lost.add(step)
            nodes.append(Node(expression, tuple(chosen[place : place + count])))
            place += count
        kept = _reachable(nodes)
        if not lost & set(kept) and not any(_is_stated(nodes[place]) for place in kept):
            yield nodes


def _is_stated(node: Node) -> bool:
    """Say whether a step works nothing out: `x = 5`, found in a way that is not told, is not the 5 of the text."""
    return isinstance(node.expression.shape, Leaf) and not isinstance(node.sources[0], NodeValue)


def _reachable(nodes: Sequence[Node]) -> list[int]:
    """Return the places of the nodes that the last one depends on, in order."""
    wanted = {len(nodes) - 1}
    for place in range(len(nodes) - 1, -1, -1):
        if place in wanted:
            wanted |= {source.node for source in nodes[place].sources if isinstance(source, NodeValue)}
    return sorted(wanted)


def _influencing(nodes: Sequence[Node], places: Sequence[int], found: Sequence[Literal]) -> list[int]:
    """Return the literals whose number, changed alone, changes the last node."""
    renumbered = _renumber(nodes, places)
    bound = sorted(
        {literal for node in renumbered for source in node.sources for literal in _literals_of(source)}
    )
    values = {str(literal): found[literal].value for literal in bound}
    influencing = []
    for literal in bound:
        scale = Fraction(1, 10 ** found[literal].places)
        for change in (scale, 2 * scale, -scale, 7 * scale):
            try:
                other = values | {str(literal): values[str(literal)] + change}
                if node_values(renumbered, other)[-1] != node_values(renumbered, values)[-1]:
                    influencing.append(literal)
                    break
            except ZeroDivisionError:
                continue
    return influencing


def _takes_twice(nodes: Sequence[Node], kind: type[NodeValue] | type[ParameterValue]) -> bool:
    """Say whether a step takes one thing twice: with equal ones about, nobody means that."""
    taken = [[source for source in node.sources if isinstance(source, kind)] for node in nodes]
    return any(len(set(some)) < len(some) for some in taken)


def _is_doubtful(nodes: Sequence[Node], found: Sequence[Literal], solved: Solved) -> bool:
    """Say whether a number of the text is taken for what the text says in another word too: `half`, per cent."""
    words = set(meant(solved.problem, strongly=True))
    if re.search(r"%|per ?cent", solved.problem + solved.solution):
        words.add(Fraction(100))
    taken = {
        found[literal].value for node in nodes for source in node.sources for literal in _literals_of(source)
    }
    halves = {value for word in words for value in (word, 1 / word)}
    return not taken.isdisjoint(halves)


def _behaviour(nodes: Sequence[Node], found: Sequence[Literal]) -> tuple[Fraction | None, ...]:
    """Return the last node's values where every number of the text has another one, so that equal ones differ."""
    told: list[Fraction | None] = []
    for turn in (1, 2, 3):
        other = {
            str(place): literal.value + Fraction(turn * (place + 2) ** 2, 10**literal.places)
            for place, literal in enumerate(found)
        }
        try:
            told.append(node_values(nodes, other)[-1])
        except ZeroDivisionError:
            told.append(None)
    return tuple(told)


def _renumbered(nodes: Sequence[Node], places: Sequence[int]) -> list[Node]:
    return _renumber([nodes[place] for place in places], places)


def _renumber(nodes: Sequence[Node], places: Sequence[int]) -> list[Node]:
    """Return nodes that are counted without those left out."""
    new = {old: place for place, old in enumerate(places)}
    return [
        Node(
            node.expression,
            tuple(NodeValue(new[s.node]) if isinstance(s, NodeValue) else s for s in node.sources),
        )
        for node in nodes
    ]


def _literals_of(source: Source) -> tuple[int, ...]:
    if isinstance(source, ParameterValue):
        return (source.literal,)
    if isinstance(source, Ratio):
        return tuple(int(part) for part in (source.top, source.bottom) if isinstance(part, str))
    return ()


def _family(
    solved: Solved,
    found: Sequence[Literal],
    nodes: list[Node],
    influencing: Sequence[int],
    *,
    ambiguous: bool,
) -> Lifted:
    names = _names([found[literal] for literal in influencing])
    named = {str(literal): name for literal, name in zip(influencing, names, strict=True)}
    kept = [
        Node(node.expression, tuple(_named(source, named, found) for source in node.sources))
        for node in _renumbered(nodes, _reachable(nodes))
    ]
    parameters = tuple(Parameter(named[str(literal)], found[literal]) for literal in influencing)
    slots = [(found[literal], named[str(literal)]) for literal in influencing]
    slots += _tied(found, influencing, named)
    template = Template(solved.problem, tuple(sorted(slots, key=lambda slot: slot[0].start)))
    family = Lifted(
        template=template, parameters=parameters, nodes=tuple(kept), conditions=(), ambiguous=ambiguous
    )
    return replace(family, conditions=tuple(conditions_of(family)))


def _tied(
    found: Sequence[Literal], influencing: Sequence[int], named: Mapping[str, str]
) -> Iterator[tuple[Literal, str]]:
    """Yield the numbers that say once more what a parameter says: equal, and of the same thing by the word behind."""
    for place, literal in enumerate(found):
        if place in influencing or not literal.free or not literal.behind:
            continue
        same = [
            other
            for other in influencing
            if found[other].value == literal.value and found[other].behind == literal.behind
        ]
        if len(same) == 1:
            yield literal, named[str(same[0])]


def _named(source: Source, named: Mapping[str, str], found: Sequence[Literal]) -> Source:
    """Return a source with parameters by name, and with a constant for a number that influences nothing."""
    match source:
        case ParameterValue(literal, reading):
            name = named.get(str(literal))
            if name is None:
                return Constant(reading.of(found[literal].value))
            return ParameterValue(literal, reading, name)
        case Ratio(top, bottom):
            parts = [
                named.get(part, found[int(part)].value) if isinstance(part, str) else part
                for part in (top, bottom)
            ]
            if not any(isinstance(part, str) for part in parts):
                return Constant(Fraction(parts[0]) / Fraction(parts[1]))
            return Ratio(parts[0], parts[1])
    return source


def _names(found: Sequence[Literal]) -> list[str]:
    """Return a name for each parameter: the word behind it, where that is one, and a number where it is taken."""
    names: list[str] = []
    for literal in found:
        word = literal.behind if re.fullmatch(r"[a-z]{3,20}", literal.behind) else "number"
        name = word if word not in _TAKEN else "number"
        count = sum(other.rstrip("0123456789_") == name for other in names)
        names.append(f"{name}_{count + 1}" if count else name)
    return names


_COMMON = """and for with from not the class def return while import pass break lambda try raise global assert per
chance self are was who that then each every has had have they she her his its but all out into this were will can"""
_TAKEN = frozenset(_COMMON.split())
"""Words that would be no name, or a bad one."""
