"""Print the length of the longest block of equal letters in a string of a, b and c, and how many blocks have it."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 1000):
        io.word("abc", 1, 100)


SAMPLE = """
2
bbbaac
bba
"""

ACCEPTED = (
    """
from itertools import groupby
for _ in range(int(input())):
    b = [len(list(g)) for _, g in groupby(input())]
    print(max(b), b.count(max(b)))
""",
    """
t = int(input())
for _ in range(t):
    s = input().strip()
    best = count = 0
    i = 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]:
            j += 1
        if j - i > best:
            best = j - i
            count = 1
        elif j - i == best:
            count += 1
        i = j
    print(best, count)
""",
    """
import sys
for line in sys.stdin.readlines()[1:]:
    s = line.strip()
    runs = []
    k = 1
    for i in range(1, len(s)):
        if s[i] == s[i - 1]:
            k += 1
        else:
            runs.append(k)
            k = 1
    runs.append(k)
    print(max(runs), runs.count(max(runs)))
""",
)

WRONG = {
    "the last block is forgotten": edited(ACCEPTED[2], ("    runs.append(k)\n    print", "    print")),
    "the count is not reset": edited(ACCEPTED[1], ("count = 1", "count += 1")),
    "each letter once": """
for _ in range(int(input())):
    s = input()
    k = len(s)
    while not any(c * k in s for c in "abc"):
        k -= 1
    print(k, sum(c * k in s for c in "abc"))
""",
    "blocks of at most nine": """
for _ in range(int(input())):
    s = input()
    for k in range(9, 0, -1):
        n = sum(s.count(c * k) for c in "abc")
        if n:
            print(k, n)
            break
""",
    "the first one counts as a block of its own": edited(
        ACCEPTED[1], ("s[j] == s[i]", "s[j] == s[0]"), ("        i = j", "        i = max(j, i + 1)")
    ),
}
