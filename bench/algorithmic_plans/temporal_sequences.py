"""Temporal sequences: the hours between waking and closing in which nobody saw the person."""

import re


def hour(text):
    """Return an hour of the day."""
    number, half = re.match(r"(\d+)(am|pm)", text).groups()
    return int(number) % 12 + (12 if half == "pm" else 0)


def solve(text):
    """Return the letter of the option."""
    facts, options = text.split("Options:")
    free = set(
        range(hour(re.search(r"woke up at (\w+)", facts)[1]), hour(re.search(r"after (\w+)", facts)[1]))
    )
    print("free", sorted(free))
    for start, end in re.findall(r" saw .* from (\w+) to (\w+)\.", facts):
        free -= set(range(hour(start), hour(end)))
        print("seen", start, end, "free", sorted(free))
    for letter, start, end in re.findall(r"(\(\w\)) (\w+) to (\w+)", options):
        if set(range(hour(start), hour(end))) == free:
            return letter
    return "none"
