"""Web of lies: whether each person tells the truth, one after the other."""

import re


def solve(text):
    """Return `Yes` or `No`."""
    truth = {}
    for who, says, about, what in re.findall(r"(\w+) (?:(says) (\w+) )?(tells the truth|lies)(?=\.)", text):
        told = what == "tells the truth"
        truth[who] = (truth[about] == told) if says else told
        print(who, truth[who])
    return "Yes" if truth[re.search(r"Does (\w+) tell", text)[1]] else "No"
