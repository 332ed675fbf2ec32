"""Print YES where three of the given sticks make a triangle of positive area, or else NO."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        io.row(length(io, 3, 100), 1, 10**9)


SAMPLE = """
2
4
2 5 3 4
3
1 2 9
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = sorted(map(int, input().split()))
    ok = False
    for i in range(n - 2):
        if a[i] + a[i + 1] > a[i + 2]:
            ok = True
    print("YES" if ok else "NO")
""",
    """
from itertools import combinations
t = int(input())
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    for p in combinations(a, 3):
        if 2 * max(p) < sum(p):
            print("YES")
            break
    else:
        print("NO")
""",
)

WRONG = {
    "flat triangles": edited(ACCEPTED[0], ("a[i] + a[i + 1] > a[i + 2]", "a[i] + a[i + 1] >= a[i + 2]")),
    "not sorted": edited(
        ACCEPTED[0], ("sorted(map(int, input().split()))", "list(map(int, input().split()))")
    ),
    "the largest three": edited(ACCEPTED[0], ("range(n - 2)", "range(n - 3, n - 2)")),
    "the smallest three": """
for _ in range(int(input())):
    n = int(input())
    a = sorted(map(int, input().split()))
    print("YES" if a[0] + a[1] > a[2] else "NO")
""",
    "the largest three are not looked at": edited(ACCEPTED[0], ("range(n - 2)", "range(n - 3)")),
    "different lengths only": edited(
        ACCEPTED[0],
        ("sorted(map(int, input().split()))", "sorted(set(map(int, input().split())))"),
        ("range(n - 2)", "range(len(a) - 2)"),
    ),
}
