"""A ring of n numbers: of each two neighbours take the larger one, and print the smallest of these."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.row(length(io, 2, 1000), -(10**9), 10**9)


SAMPLE = """
2
4
4 1 2 7
3
5 5 9
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    print(min(max(a[i], a[i - 1]) for i in range(n)))
""",
    """
t = int(input())
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    a.append(a[0])
    best = None
    for x, y in zip(a, a[1:]):
        m = x if x > y else y
        if best is None or m < best:
            best = m
    print(best)
""",
)

WRONG = {
    "no ring": edited(ACCEPTED[0], ("range(n)", "range(1, n)")),
    "infinity that is too small": edited(
        ACCEPTED[1], ("best = None", "best = 10 ** 8"), ("best is None or ", "")
    ),
    "zero means nothing yet": edited(ACCEPTED[1], ("best = None", "best = 0"), ("best is None", "best == 0")),
    "the second smallest of all": """
for _ in range(int(input())):
    n = int(input())
    a = sorted(map(int, input().split()))
    print(a[1])
""",
    "neighbour of the smallest": """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    i = a.index(min(a))
    print(min(a[i - 1], a[(i + 1) % n]))
""",
    "larger by absolute value": edited(ACCEPTED[0], ("max(a[i], a[i - 1])", "max(a[i], a[i - 1], key=abs)")),
}
