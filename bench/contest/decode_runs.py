"""A string like 3a2b1a, numbers up to 50: print it written out."""

from bench.contest_inputs import LETTERS
from bench.contest_set import edited


def describe(io):
    s = io.word("0123456789" * 3 + LETTERS, 2, 40)
    number = ""
    for c in s:
        if c in LETTERS:
            io.require(number != "" and number[0] != "0" and int(number) <= 50)
            number = ""
        else:
            number += c
    io.require(number == "")


SAMPLE = """
3a2b1a
"""

EXTRA = ("12a\n", "2a11b\n", "9z\n", "20b\n", "49a3b\n")

ACCEPTED = (
    """
s = input()
n = 0
r = ""
for c in s:
    if c.isdigit():
        n = n * 10 + int(c)
    else:
        r += c * n
        n = 0
print(r)
""",
    """
import re
print("".join(int(a) * b for a, b in re.findall("([0-9]+)([a-z])", input())))
""",
)

WRONG = {
    "one digit": """
s = input()
print("".join(int(s[i]) * s[i + 1] for i in range(0, len(s), 2)))
""",
    "the last digit only": edited(ACCEPTED[0], ("n * 10 + int(c)", "int(c)")),
    "digits are added": edited(ACCEPTED[0], ("n * 10 + int(c)", "n + int(c)")),
    "z is forgotten": edited(ACCEPTED[1], ("[a-z]", "[a-y]")),
}
