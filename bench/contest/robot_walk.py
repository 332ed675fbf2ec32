"""A robot at (0, 0) follows a string of U, D, L, R. Print YES where it passes (x, y) at any time, start included."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 500):
        n = length(io, 1, 50)
        io.word("UDLR", n)
        io.line((-10, 10), (-10, 10))


SAMPLE = """
2
4
ULDR
5 5
5
URRDL
1 0
"""

ACCEPTED = (
    """
t = int(input())
for _ in range(t):
    n = int(input())
    s = input()
    a, b = map(int, input().split())
    x = y = 0
    ok = (x, y) == (a, b)
    for c in s:
        if c == "U":
            y += 1
        elif c == "D":
            y -= 1
        elif c == "L":
            x -= 1
        else:
            x += 1
        if x == a and y == b:
            ok = True
    print("YES" if ok else "NO")
""",
    """
D = {"U": (0, 1), "D": (0, -1), "L": (-1, 0), "R": (1, 0)}
for _ in range(int(input())):
    input()
    s = input().strip()
    goal = tuple(map(int, input().split()))
    p = (0, 0)
    seen = {p}
    for c in s:
        p = (p[0] + D[c][0], p[1] + D[c][1])
        seen.add(p)
    print("YES" if goal in seen else "NO")
""",
)

WRONG = {
    "the start does not count": edited(ACCEPTED[1], ("seen = {p}", "seen = set()")),
    "only the end counts": edited(
        ACCEPTED[0],
        (
            "        if x == a and y == b:\n            ok = True\n",
            "    if x == a and y == b:\n        ok = True\n",
        ),
    ),
    "up and down mixed up": edited(ACCEPTED[1], ('"U": (0, 1), "D": (0, -1)', '"D": (0, 1), "U": (0, -1)')),
    "the position is kept between tests": edited(
        ACCEPTED[0], ("t = int(input())", "t = int(input())\nx = y = 0"), ("    x = y = 0\n    ok", "    ok")
    ),
    "x and y swapped": edited(ACCEPTED[1], ("goal in seen", "goal[::-1] in seen")),
}
