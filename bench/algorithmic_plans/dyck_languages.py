"""Dyck languages: a stack of what is open; the answer closes it from the top."""

CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}


def solve(text):
    """Return the brackets that close the sequence."""
    stack = []
    for sign in text.partition("Input:")[2].partition("\n")[0].split():
        if sign in CLOSES:
            stack.append(CLOSES[sign])
        else:
            stack.pop()
        print(sign, "open:", " ".join(stack))
    return " ".join(reversed(stack))
