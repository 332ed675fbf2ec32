"""Print the length of the longest run of neighbours that never falls."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.row(length(io, 1, 1000), -(10**9), 10**9)


SAMPLE = """
2
3
9 8 7
6
2 1 3 4 2 5
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    best = cur = 1
    for i in range(1, n):
        if a[i] >= a[i - 1]:
            cur += 1
        else:
            cur = 1
        best = max(best, cur)
    print(best)
""",
    """
t = int(input())
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    i = 0
    ans = 0
    while i < n:
        j = i
        while j + 1 < n and a[j] <= a[j + 1]:
            j += 1
        ans = max(ans, j - i + 1)
        i = j + 1
    print(ans)
""",
)

WRONG = {
    "growing instead of never falling": edited(ACCEPTED[0], (">=", ">")),
    "the last run is forgotten": edited(
        ACCEPTED[0],
        (
            "            cur = 1\n        best = max(best, cur)",
            "            best = max(best, cur)\n            cur = 1",
        ),
    ),
    "compares as text": edited(ACCEPTED[1], ("list(map(int, input().split()))", "input().split()")),
    "the longest is not reset": edited(
        ACCEPTED[1],
        ("t = int(input())", "t = int(input())\nans = 0"),
        ("    ans = 0\n    while", "    while"),
    ),
    "a single number is no run": edited(ACCEPTED[0], ("best = cur = 1", "best, cur = 0, 1")),
}
