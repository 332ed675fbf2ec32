"""Print YES where a list can be cut into two parts, neither empty, of equal sums, or else NO."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.row(length(io, 1, 1000), -(10**6), 10**6)


SAMPLE = """
3
4
1 2 3 6
3
1 4 4
2
5 5
"""

EXTRA = ("1\n1\n0\n", "1\n3\n0 1 -1\n", "1\n2\n1 -1\n")

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    s = sum(a)
    p = 0
    ok = False
    for i in range(n - 1):
        p += a[i]
        if 2 * p == s:
            ok = True
    print("YES" if ok else "NO")
""",
    """
from itertools import accumulate
t = int(input())
for _ in range(t):
    n = int(input())
    a = [int(x) for x in input().split()]
    b = list(accumulate(a))
    print("YES" if b[-1] % 2 == 0 and b[-1] // 2 in b[:-1] else "NO")
""",
)

WRONG = {
    "the second part may be empty": edited(ACCEPTED[0], ("range(n - 1)", "range(n)")),
    "an odd sum is halved": edited(ACCEPTED[1], ("b[-1] % 2 == 0 and ", "")),
    "stops past the half": edited(
        ACCEPTED[0],
        (
            "        if 2 * p == s:\n            ok = True",
            "        if 2 * p >= s:\n            ok = 2 * p == s\n            break",
        ),
    ),
    "the first part may be empty": edited(ACCEPTED[1], ("in b[:-1]", "in [0] + b[:-1]")),
    "an even sum is enough": edited(
        ACCEPTED[0], ("    p = 0\n    ok = False\n", "    p = 0\n    ok = s % 2 == 0\n")
    ),
}
