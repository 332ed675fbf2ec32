"""A day of n hours, each 1 (work) or 0 (rest), repeats for ever. Print the longest rest without a break."""

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    n = length(io, 1, 200000)
    a = io.row(n, 0, 1)
    io.require(sum(a) > 0)


SAMPLE = """
7
0 1 0 0 1 1 0
"""

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
a = a + a
best = cur = 0
for x in a:
    if x == 0:
        cur += 1
        best = max(best, cur)
    else:
        cur = 0
print(best)
""",
    """
import sys
n = int(sys.stdin.readline())
s = "".join(sys.stdin.readline().split())
print(max(map(len, (s * 2).split("1"))))
""",
    """
n = int(input())
a = input().split()
ones = [i for i in range(n) if a[i] == "1"]
ans = ones[0] + n - 1 - ones[-1]
for i in range(1, len(ones)):
    ans = max(ans, ones[i] - ones[i - 1] - 1)
print(ans)
""",
)

WRONG = {
    "the day does not repeat": edited(ACCEPTED[0], ("a = a + a\n", "")),
    "the first gap is left out": edited(ACCEPTED[2], ("range(1, len(ones))", "range(2, len(ones))")),
    "the seam counts only where the day begins with rest": edited(
        ACCEPTED[2],
        ("ans = ones[0] + n - 1 - ones[-1]", 'ans = ones[0] + n - 1 - ones[-1] if a[0] == "0" else 0'),
    ),
    "only the first hour is repeated": edited(ACCEPTED[0], ("a = a + a", "a = a + a[:1]")),
    "counts work": """
n = int(input())
a = list(map(int, input().split())) * 2
best = cur = 0
for x in a:
    if x:
        cur += 1
        best = max(best, cur)
    else:
        cur = 0
print(best)
""",
}
