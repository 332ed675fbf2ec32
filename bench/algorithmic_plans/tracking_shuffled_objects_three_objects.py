"""Tracking shuffled objects: who has what, changed by each swap."""

import re


def solve(text):
    """Return the letter of the option."""
    facts, options = text.split("\nOptions:")
    names = re.match(r"(\w+), (\w+), and (\w+)", facts).groups()
    start = re.search(r": (.*?)\.\n", facts)[1]
    has = {}
    for part in re.split(r", (?:and )?(?=(?:Alice|Bob|Claire) )", start):
        name, thing = part.split(" ", 1)
        has[name] = re.sub(r"^(?:is|has|gets)?\s*(?:dancing with|playing|a|the)?\s*", "", thing, count=1)
    for one, two in re.findall(r"(\w+) and (\w+) (?:swap|switch|trade)", facts):
        if one in names and two in names:
            has[one], has[two] = has[two], has[one]
        print(", ".join(f"{name}: {has[name]}" for name in names))
    asked = re.findall(r"\b(Alice|Bob|Claire)\b", facts)[-1]
    for letter, thing in re.findall(r"(\(\w\)) (.*)", options):
        if thing in has[asked] or has[asked] in thing:
            return letter
    return "none"
