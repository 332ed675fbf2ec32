"""Fresh algorithmic tasks in plain words, made with their answers: seven kinds, seeded, of any size.

A generator draws a structure (a walk, a row of things, a path), works out the answer on that structure, and writes the
text; nothing reads the text to answer it. What does read it, a hand-written plan or a model, is therefore checked by
somebody else's logic. `size` is the difficulty: steps, swaps, people, things, brackets. An instance is drawn anew
where its answer is given already much more often than chance.

The form is that of BIG-Bench Hard, so `tasks/algorithmic.py` makes tasks of the rows, with examples and graders.

Leaves out: wordings beyond one a kind; writing files.
Source: the seven tasks of Chae et al. 2024, "Language Models as Compilers"; generators and solvers are our own.
"""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable

from trialrun.core.task import Task
from trialrun.tasks.algorithmic import tasks
from trialrun.tasks.suites import Suite

Instance = tuple[str, str]
"""Text and answer."""
COLOURS = ("red", "orange", "green", "blue", "brown", "teal", "silver", "gold", "black", "grey", "pink")
THINGS = ("mug", "pen", "plate", "jug", "puzzle", "keychain", "notebook", "envelope", "crayon", "cup")
NAMES = ("Alice", "Bob", "Claire", "Dave", "Eve", "Fred", "Gertrude", "Helga", "Ivan", "Judy", "Kurt", "Lola")
PLACES = ("bakery", "beach", "museum", "library", "market", "cinema")
POLYGONS = {"triangle": 3, "pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8}
"""Regular ones, by their corners."""
SHAPES = tuple(sorted((*POLYGONS, "circle", "kite", "line", "rectangle", "sector")))
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"))
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_HOURS = range(5, 22)
_ABOVE = 0.07
"""By how much the share of one answer may be above chance."""


def instances(kind: str, count: int, *, seed: int = 0, size: int = 6) -> tuple[Task, ...]:
    """Return `count` tasks of a kind, no two alike. The same kind, seed and size give the same ones."""
    generate = KINDS[kind]
    rng = random.Random(f"{kind}:{seed}:{size}")
    rows: dict[str, str] = {}
    given: Counter[str] = Counter()
    by_chance = 0.0
    for drawn in range(1, 100 * count):
        if len(rows) == count:
            break
        text, answer = generate(rng, size)
        by_chance += chance(text)
        if text not in rows and given[answer] < count * (by_chance / drawn + _ABOVE):
            rows[text] = answer
            given[answer] += 1
    suite = Suite(
        name=f"fresh-{kind}",
        about=kind,
        size=len(rows),
        reader="algorithmic",
        file=None,
        prefix=kind,
        licence="",
        source=f"made with its answer, size {size}, seed {seed}",
    )
    return tasks([{"input": text, "target": answer} for text, answer in rows.items()], suite)


def chance(text: str) -> float:
    """Return how often somebody who guesses among the answers that a text offers is right.

    >>> chance("Options:\\n(A) red\\n(B) blue"), chance("Does Bob tell the truth?")
    (0.5, 0.5)
    """
    return 1 / max(2, len(re.findall(r"^\([A-Z]\)", text, re.MULTILINE)))


def dyck_languages(rng: random.Random, size: int) -> Instance:
    """Brackets with some open at the end: say what closes them."""
    wanted = rng.randint(1, 4)
    signs: list[str] = []
    stack: list[str] = []
    while len(signs) < size or len(stack) != wanted:
        if stack and (len(stack) > wanted or (len(signs) < size and rng.random() < 0.4)):
            signs.append(stack.pop())
        else:
            opening, closing = rng.choice(_PAIRS)
            signs.append(opening)
            stack.append(closing)
    text = "Complete the rest of the sequence, making sure that the parentheses are closed properly. Input: "
    return text + " ".join(signs), " ".join(reversed(stack))


def navigate(rng: random.Random, size: int) -> Instance:
    """A walk without turns: does it end where it began?"""
    home = rng.random() < 0.5
    while True:
        steps = [
            (rng.randint(1, 9), rng.choice(("left", "right", "forward", "backward")))
            for _ in range(max(2, size))
        ]
        x = sum(n * {"left": -1, "right": 1}.get(side, 0) for n, side in steps)
        y = sum(n * {"backward": -1, "forward": 1}.get(side, 0) for n, side in steps)
        if home and (x or y):  # the way back, in one or two more steps
            steps += [(abs(x), "left" if x > 0 else "right")] if x else []
            steps += [(abs(y), "backward" if y > 0 else "forward")] if y else []
            x = y = 0
        if (x == y == 0) is home:
            break
    said = " ".join(f"Take {n} step{'s' if n > 1 else ''} {side}." for n, side in steps)
    question = "If you follow these instructions, do you return to the starting point? Always face forward. "
    return f"{question}{said}\nOptions:\n- Yes\n- No", "Yes" if home else "No"


def web_of_lies(rng: random.Random, size: int) -> Instance:
    """Each says of the one before whether that one lies; does the last tell the truth?"""
    people = rng.sample(NAMES, max(2, min(size, len(NAMES))))
    truth = [rng.random() < 0.5 for _ in people]
    said = [f"{people[0]} {'tells the truth' if truth[0] else 'lies'}."]
    for place in range(1, len(people)):
        claims_truth = truth[place - 1] == truth[place]  # who lies says the opposite
        said.append(
            f"{people[place]} says {people[place - 1]} {'tells the truth' if claims_truth else 'lies'}."
        )
    return f"Question: {' '.join(said)} Does {people[-1]} tell the truth?", "Yes" if truth[-1] else "No"


def tracking_shuffled_objects(rng: random.Random, size: int) -> Instance:
    """Three people swap balls; who has which at the end?"""
    people, has = NAMES[:3], rng.sample(COLOURS, 3)
    start, swaps = list(has), []
    for number in range(size):
        one, two = rng.sample(range(3), 2)
        has[one], has[two] = has[two], has[one]
        first = "First" if number == 0 else "Finally" if number == size - 1 else "Then"
        swaps.append(f"{first}, {people[one]} and {people[two]} swap balls.")
    asked = rng.randrange(3)
    holds = ", ".join(
        f"{'and ' if place == 2 else ''}{name} has a {start[place]} ball" for place, name in enumerate(people)
    )
    options = "\n".join(f"({letter}) {colour} ball" for letter, colour in zip("ABC", start, strict=True))
    text = (
        f"Alice, Bob, and Claire are playing a game. At the start of the game, they are each holding a ball: {holds}.\n"
        f"As the game progresses, pairs of players trade balls. {' '.join(swaps)} At the end of the game, "
        f"{people[asked]} has the\nOptions:\n{options}"
    )
    return text, f"({'ABC'[start.index(has[asked])]})"


def temporal_sequences(rng: random.Random, size: int) -> Instance:
    """All hours but one stretch are seen; when was there time?"""
    cuts = sorted(rng.sample(_HOURS, min(max(4, size), len(_HOURS))))
    spans = list(itertools.pairwise(cuts))
    free = rng.randrange(len(spans))
    who, place = rng.sample(NAMES, 2), rng.choice(PLACES)
    seen = [
        f"{who[1]} saw {who[0]} reading at the library from {_clock(start)} to {_clock(end)}."
        for number, (start, end) in enumerate(spans)
        if number != free
    ]
    options = [span for number, span in enumerate(spans) if number != free]
    options = [*rng.sample(options, min(3, len(options))), spans[free]]
    rng.shuffle(options)
    listed = "\n".join(
        f"({chr(65 + number)}) {_clock(start)} to {_clock(end)}"
        for number, (start, end) in enumerate(options)
    )
    facts = "\n".join([f"{who[0]} woke up at {_clock(cuts[0])}.", *seen])
    text = (
        f"Today, {who[0]} went to the {place}. Between what times could they have gone?\nWe know that:\n{facts}\n"
        f"The {place} was closed after {_clock(cuts[-1])}.\n"
        f"Between what times could {who[0]} have gone to the {place}?\nOptions:\n{listed}"
    )
    return text, f"({chr(65 + options.index(spans[free]))})"


def _clock(hour: int) -> str:
    return f"{(hour - 1) % 12 + 1}{'am' if hour < 12 else 'pm'}"


def coloured_objects(rng: random.Random, size: int) -> Instance:
    """Things in a row, and a question about places, colours or numbers."""
    count = min(max(3, size), len(THINGS))
    row = list(zip(rng.sample(COLOURS, count), rng.sample(THINGS, count), strict=True))
    place = rng.randrange(count - 1)
    colour, thing = row[place]
    if rng.random() < 0.5:
        question, answer = (
            f"What is the color of the thing directly to the right of the {thing}?",
            row[place + 1][0],
        )
        choices = list(COLOURS)
    else:
        other = rng.choice([one for one, _ in row if one != colour])
        question = f"How many non-{other} things do you see to the right of the {thing}?"
        answer = _WORDS[sum(one != other for one, _ in row[place + 1 :])]
        choices = list(_WORDS[: count + 1])
    said = ", ".join(
        f"{'and ' if number == count - 1 else ''}a{'n' if one[0] in 'aeiou' else ''} {one} {what}"
        for number, (one, what) in enumerate(row)
    )
    options = "\n".join(f"({chr(65 + number)}) {choice}" for number, choice in enumerate(choices))
    text = f"On the table, you see a set of things arranged in a row: {said}. {question}\nOptions:\n{options}"
    return text, f"({chr(65 + choices.index(answer))})"


def geometric_shapes(rng: random.Random, size: int) -> Instance:
    """The path of a drawing: which shape is it? `size` is how far it is turned and moved."""
    shape = rng.choice(SHAPES)
    radius, turn = rng.randint(10, 40), rng.random() * size
    x, y = (rng.randint(41, 60 + size) for _ in range(2))

    def at(angle: float, far: float = radius) -> str:
        return f"{x + far * math.cos(turn + angle):.2f},{y + far * math.sin(turn + angle):.2f}"

    corners = POLYGONS.get(shape)
    if shape in ("circle", "sector"):
        wide = math.pi if shape == "circle" else rng.uniform(0.5, 2.5)
        arc = f"A {radius:.2f},{radius:.2f} 0.00 0,1"
        path = f"M {at(0)} {arc} {at(wide)} "
        path += f"{arc} {at(0)}" if shape == "circle" else f"L {x:.2f},{y:.2f} L {at(0)}"
    else:
        if corners is not None:
            points = [at(2 * math.pi * number / corners) for number in range(corners)]
        elif shape == "line":
            points = [at(0), at(math.pi)]
        elif shape == "rectangle":
            half = rng.uniform(0.3, 1.2)
            points = [at(angle) for angle in (half, math.pi - half, math.pi + half, -half)]
        else:
            points = [at(0, radius / 2), at(math.pi / 2), at(math.pi, 2 * radius), at(-math.pi / 2)]
        path = "M " + " L ".join(points if shape == "line" else [*points, points[0]])
    options = "\n".join(f"({chr(65 + number)}) {name}" for number, name in enumerate(SHAPES))
    return (
        f'This SVG path element <path d="{path}"/> draws a\nOptions:\n{options}',
        f"({chr(65 + SHAPES.index(shape))})",
    )


KINDS: dict[str, Callable[[random.Random, int], Instance]] = {
    "dyck_languages": dyck_languages,
    "geometric_shapes": geometric_shapes,
    "navigate": navigate,
    "reasoning_about_colored_objects": coloured_objects,
    "temporal_sequences": temporal_sequences,
    "tracking_shuffled_objects_three_objects": tracking_shuffled_objects,
    "web_of_lies": web_of_lies,
}
"""Generators by the name of their task: (random numbers, size) → text and answer."""
