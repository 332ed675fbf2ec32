"""A letter may be rewritten into any other for 1. Fewest rewrites so that no two neighbours are equal?"""

from bench.contest_inputs import LETTERS, cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.word(LETTERS, 1, 200)


SAMPLE = """
3
abcd
aac
baac
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    s = list(input())
    c = 0
    for i in range(1, len(s)):
        if s[i] == s[i - 1]:
            s[i] = "#"
            c += 1
    print(c)
""",
    """
from itertools import groupby
t = int(input())
for _ in range(t):
    s = input().strip()
    print(sum(len(list(g)) // 2 for k, g in groupby(s)))
""",
    """
import sys
def solve(s):
    i = ans = 0
    while i + 1 < len(s):
        if s[i] == s[i + 1]:
            ans += 1
            i += 2
        else:
            i += 1
    return ans
for s in sys.stdin.read().split()[1:]:
    print(solve(s))
""",
)

WRONG = {
    "counts equal neighbours": edited(ACCEPTED[0], ('            s[i] = "#"\n', "")),
    "one a block": edited(ACCEPTED[1], ("len(list(g)) // 2", "len(list(g)) > 1")),
    "half of the equal neighbours": edited(
        ACCEPTED[0], ('            s[i] = "#"\n', ""), ("print(c)", "print((c + 1) // 2)")
    ),
    "rewrites into a letter that may follow": edited(
        ACCEPTED[0], ('s[i] = "#"', 's[i] = "a" if s[i] != "a" else "b"')
    ),
    "the last pair is not looked at": edited(ACCEPTED[2], ("i + 1 < len(s)", "i + 2 < len(s)")),
}
