"""Problems that at least two of three friends are sure of are solved. Print how many, and the longest streak."""

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    for _ in range(length(io, 1, 1000)):
        io.row(3, 0, 1)


SAMPLE = """
4
1 1 0
1 0 1
0 0 1
0 0 0
"""

ACCEPTED = (
    """
n = int(input())
c = s = best = 0
for _ in range(n):
    if sum(map(int, input().split())) >= 2:
        c += 1
        s += 1
        best = max(best, s)
    else:
        s = 0
print(c, best)
""",
    """
n = int(input())
r = "".join("1" if input().count("1") > 1 else "0" for _ in range(n))
print(r.count("1"), len(max(r.split("0"), key=len)))
""",
)

WRONG = {
    "exactly two": edited(ACCEPTED[0], (">= 2", "== 2")),
    "the streak is not reset": edited(ACCEPTED[0], ("    else:\n        s = 0\n", "")),
    "the first and another": edited(
        ACCEPTED[1], ('input().count("1") > 1', 'input() in ("1 1 0", "1 0 1", "1 1 1")')
    ),
    "the last streak is forgotten": """
n = int(input())
c = s = best = 0
for _ in range(n):
    a, b, d = map(int, input().split())
    if a + b + d > 1:
        c += 1
        s += 1
    else:
        if s > best:
            best = s
        s = 0
print(c, best)
""",
    "the first streak": edited(ACCEPTED[1], ('len(max(r.split("0"), key=len))', 'len(r.split("0")[0])')),
}
