"""Print how many integer points lie on both of two closed segments [a, b] and [c, d] of the number line."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        a, b, c, d = io.line(*[(-(10**9), 10**9)] * 4)
        io.require(a <= b and c <= d)


SAMPLE = """
3
1 5 3 8
2 3 4 9
0 9 2 9
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    a, b, c, d = map(int, input().split())
    print(max(0, min(b, d) - max(a, c) + 1))
""",
    """
t = int(input())
for i in range(t):
    a, b, c, d = map(int, input().split())
    if c < a:
        a, b, c, d = c, d, a, b
    if c > b:
        print(0)
    elif d <= b:
        print(d - c + 1)
    else:
        print(b - c + 1)
""",
)

WRONG = {
    "may be negative": edited(
        ACCEPTED[0], ("max(0, min(b, d) - max(a, c) + 1)", "min(b, d) - max(a, c) + 1")
    ),
    "a common end is nothing": edited(ACCEPTED[1], ("c > b", "c >= b")),
    "the first segment begins first": edited(
        ACCEPTED[1], ("    if c < a:\n        a, b, c, d = c, d, a, b\n", "")
    ),
    "no negative numbers": edited(ACCEPTED[0], ("max(a, c)", "max(0, a, c)")),
    "the second inside the first is forgotten": edited(
        ACCEPTED[1], ("    elif d <= b:\n        print(d - c + 1)\n", "")
    ),
}
