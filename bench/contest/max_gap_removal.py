"""A strictly growing list. One inner number is removed so that the largest gap of neighbours is smallest: print it."""

import itertools

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    a = io.row(length(io, 3, 100), 1, 1000)
    io.require(all(x < y for x, y in itertools.pairwise(a)))


SAMPLE = """
6
1 2 3 9 10 11
"""

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
best = 10 ** 9
for k in range(1, n - 1):
    b = a[:k] + a[k + 1:]
    best = min(best, max(b[i + 1] - b[i] for i in range(len(b) - 1)))
print(best)
""",
    """
n = int(input())
a = [int(x) for x in input().split()]
big = max(a[i] - a[i - 1] for i in range(1, n))
two = min(a[i + 1] - a[i - 1] for i in range(1, n - 1))
print(max(big, two))
""",
)

WRONG = {
    "the largest gap stays": edited(ACCEPTED[1], ("print(max(big, two))", "print(big)")),
    "the first inner number is never removed": edited(ACCEPTED[0], ("range(1, n - 1)", "range(2, n - 1)")),
    "the last inner number is never removed": edited(ACCEPTED[1], ("range(1, n - 1))", "range(1, n - 2))")),
    "the first number may be removed": edited(ACCEPTED[0], ("range(1, n - 1)", "range(n - 1)")),
    "infinity that is too small": edited(ACCEPTED[0], ("10 ** 9", "100")),
}
