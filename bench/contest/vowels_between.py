"""Print the largest number of consonants in a row in a lower-case word; y is a vowel."""

from bench.contest_inputs import LETTERS, cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.word(LETTERS, 1, 100)


SAMPLE = """
2
aei
astream
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    s = input()
    cur = best = 0
    for c in s:
        if c in "aeiouy":
            cur = 0
        else:
            cur += 1
            best = max(best, cur)
    print(best)
""",
    """
import re
t = int(input())
for _ in range(t):
    print(max(len(p) for p in re.split("[aeiouy]", input().strip())))
""",
    """
for tc in range(int(input())):
    s = "a" + input() + "a"
    last = 0
    ans = 0
    for i in range(1, len(s)):
        if s[i] in ["a", "e", "i", "o", "u", "y"]:
            ans = max(ans, i - last - 1)
            last = i
    print(ans)
""",
)

WRONG = {
    "y is a consonant": edited(ACCEPTED[0], ('"aeiouy"', '"aeiou"')),
    "the last consonants are not counted": edited(ACCEPTED[2], ('+ input() + "a"', "+ input()")),
    "a vowel is missing": edited(ACCEPTED[1], ("[aeiouy]", "[aeioy]")),
    "the longest is not reset": edited(
        ACCEPTED[0], ("for _ in", "best = 0\nfor _ in"), ("cur = best = 0", "cur = 0")
    ),
    "the first consonants are not counted": edited(
        ACCEPTED[2], ('"a" + input()', "input()"), ("range(1, len(s))", "range(len(s))")
    ),
}
