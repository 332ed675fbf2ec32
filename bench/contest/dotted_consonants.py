"""Delete vowels (a, e, i, o, u), put a dot before each consonant and write capitals small."""

from bench.contest_inputs import LETTERS
from bench.contest_set import edited


def describe(io):
    io.word(LETTERS + LETTERS.upper(), 1, 100)


SAMPLE = """
tour
"""

EXACT = True

ACCEPTED = (
    """
s = input().lower()
r = ""
for c in s:
    if c not in "aeiou":
        r += "." + c
print(r)
""",
    """
import re
print(re.sub("([^aeiou])", r".\\1", re.sub("[aeiou]", "", input().strip().lower())))
""",
    """
out = []
for ch in input():
    if ch in "AEIOUaeiou":
        continue
    out.append(".")
    if "A" <= ch <= "Z":
        ch = chr(ord(ch) + 32)
    out.append(ch)
print("".join(out))
""",
)

WRONG = {
    "capital vowels stay": edited(ACCEPTED[2], ("AEIOUaeiou", "aeiou")),
    "capitals stay": edited(ACCEPTED[2], ('    if "A" <= ch <= "Z":\n        ch = chr(ord(ch) + 32)\n', "")),
    "y is a vowel": edited(ACCEPTED[0], ("aeiou", "aeiouy")),
    "Z is no capital": edited(ACCEPTED[2], ('<= "Z"', '< "Z"')),
    "only the first vowel of each kind": """
s = input().lower()
for v in "aeiou":
    s = s.replace(v, "", 1)
print("".join("." + c for c in s))
""",
}
