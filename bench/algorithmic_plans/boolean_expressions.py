"""Boolean expressions: the innermost brackets first, then `not`, then `and`, then `or`."""


def value_of(words):
    """Return the value of a list of words, printing what is worked out."""
    while "(" in words:
        end = words.index(")")
        start = max(place for place in range(end) if words[place] == "(")
        words = [*words[:start], value_of(words[start + 1 : end]), *words[end + 1 :]]
    words = list(words)
    for place in reversed(range(len(words))):
        if words[place] == "not":
            words[place : place + 2] = [not words[place + 1]]
    either = False
    part = []
    for word in [*words, "or"]:
        if word == "or":
            either = either or all(part)
            part = []
        elif word != "and":
            part.append(word)
    print("the part is", either)
    return either


def solve(text):
    """Return `True` or `False`."""
    words = text.partition(" is")[0].split()
    return str(value_of([{"True": True, "False": False}.get(word, word) for word in words]))
