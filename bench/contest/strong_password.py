"""A password is strong where it has at least 6 characters, a digit, a small and a capital letter. Print YES or NO."""

from bench.contest_inputs import LETTERS, cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        io.word(LETTERS + LETTERS.upper() + "0123456789!?_", 1, 40)


SAMPLE = """
3
abcdef
ABc123d
Ab1
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    s = input()
    a = any(c.isdigit() for c in s)
    b = any(c.islower() for c in s)
    d = any(c.isupper() for c in s)
    print("YES" if a and b and d and len(s) >= 6 else "NO")
""",
    """
import re
t = int(input())
for _ in range(t):
    s = input().strip()
    good = len(s) > 5
    for p in ("[0-9]", "[a-z]", "[A-Z]"):
        if not re.search(p, s):
            good = False
    print("YES" if good else "NO")
""",
)

WRONG = {
    "six characters are too few": edited(ACCEPTED[0], (">= 6", "> 6")),
    "a letter besides a capital": edited(ACCEPTED[1], ("[a-z]", "[A-z]")),
    "zero is no digit": edited(ACCEPTED[1], ("[0-9]", "[1-9]")),
    "two of three are enough": edited(ACCEPTED[0], ("a and b and d and", "a + b + d >= 2 and")),
    "other characters are refused": edited(ACCEPTED[0], ("if a and", "if s.isalnum() and a and")),
}
