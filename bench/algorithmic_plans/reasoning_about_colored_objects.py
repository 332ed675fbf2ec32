"""Coloured objects: a list of (colour, thing), and one of a dozen questions about it."""

import re

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMBERS += ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"]


def singular(thing):
    """Return a thing's name as it is for one of them."""
    word, of, rest = thing.partition(" of ")
    return (
        re.sub(r"(sh)?e?s$", r"\1", word) + of + rest
        if word.endswith("shes")
        else word.removesuffix("s") + of + rest
    )


def read(text):
    """Return the question and the list of (colour, thing), one for each that there is."""
    body, _, question = re.sub(r"\s+", " ", text.split("\nOptions")[0]).rpartition(". ")
    things = []
    begins = "arranged in a row: " if "arranged" in body else r"there (?:is|are) |I see |you see "
    listed = re.split(begins, body, maxsplit=1)[1]
    for part in re.split(r", and |, | and ", listed):
        number, colour, thing = part.split(" ", 2)
        count = NUMBERS.index(number) if number in NUMBERS else 1
        things += [(colour, singular(thing))] * count
    if not re.match(r"(What|Is|How|If)\b", question):
        raise ValueError(question)
    return question.rstrip("?"), things


def place_of(name, things):
    """Return where the thing is that is named by its colour or by itself."""
    colour = re.match(r"(\w+) (?:item|object|thing)$", name)
    wanted = colour[1] if colour else name
    return next(place for place, pair in enumerate(things) if wanted in pair)


def answer(question, things):
    """Return the answer in words."""
    if found := re.match(r"What color is the (.*)", question):
        return things[place_of(found[1], things)][0]
    if found := re.match(r"Is the (.*) (\w+)$", question):
        return "yes" if things[place_of(found[1], things)][0] == found[2] else "no"
    if found := re.match(r"How many \w+ are neither (\w+) nor (\w+)", question):
        return NUMBERS[sum(colour not in found.groups() for colour, _ in things)]
    if found := re.match(r"How many non-(\w+) \w+ do you see to the (left|right) of the (.*)", question):
        place = place_of(found[3], things)
        there = things[:place] if found[2] == "left" else things[place + 1 :]
        return NUMBERS[sum(colour != found[1] for colour, _ in there)]
    if found := re.match(r"If I remove all the (.*) from the \w+, how many (.*) remain", question):
        removed, asked = (re.sub(r" (items|objects|things)$", "", name) for name in found.groups())
        left = [pair for pair in things if removed != pair[0] and singular(removed) != pair[1]]
        print("left", left)
        return NUMBERS[sum(asked == colour or singular(asked) == thing for colour, thing in left)]
    if found := re.search(r"directly to the (left|right) of the (.*)", question):
        return things[place_of(found[2], things) + (1 if found[1] == "right" else -1)][0]
    if found := re.search(r"furthest from the (.*)", question):
        place = place_of(found[1], things)
        return max(things, key=lambda pair: abs(things.index(pair) - place))[0]
    return things[0 if "left-most" in question else -1][0]


def solve(text):
    """Return the letter of the option."""
    question, things = read(text)
    for colour, thing in things:
        print(colour, thing)
    words = answer(question, things)
    print("answer", words)
    return re.search(rf"(\(\w\)) {words}$", text, re.MULTILINE)[1]
