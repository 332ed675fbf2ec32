"""Points on a ring road of length L: print the shortest way along the road between two of n different places."""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, road = io.line(size(2, 100), (2, 10**9))
    a = io.row(n, 0, road - 1)
    io.require(len(set(a)) == n)


SAMPLE = """
3 100
10 25 50
"""

ACCEPTED = (
    """
n, l = map(int, input().split())
a = sorted(map(int, input().split()))
a.append(a[0] + l)
print(min(a[i + 1] - a[i] for i in range(n)))
""",
    """
n, l = map(int, input().split())
p = list(map(int, input().split()))
best = l
for i in range(n):
    for j in range(i):
        d = abs(p[i] - p[j])
        best = min(best, d, l - d)
print(best)
""",
)

WRONG = {
    "a straight road": edited(ACCEPTED[1], ("best, d, l - d", "best, d")),
    "not sorted": edited(
        ACCEPTED[0],
        ("sorted(map(int, input().split()))", "list(map(int, input().split()))"),
        ("a[i + 1] - a[i] for", "abs(a[i + 1] - a[i]) for"),
    ),
    "neighbours in the list": edited(ACCEPTED[1], ("range(i)", "range(max(0, i - 2), i)")),
    "sorted as text": edited(
        ACCEPTED[0], ("sorted(map(int, input().split()))", "list(map(int, sorted(input().split())))")
    ),
    "the ring is closed one step short": edited(ACCEPTED[0], ("a[0] + l", "a[0] + l - 1")),
}
