"""A bus begins empty; at each stop a leave and b enter. Print the least number of seats so that all can always sit."""

from bench.contest_inputs import Invalid, length
from bench.contest_set import edited


def describe(io):
    inside = 0
    n = length(io, 1, 100)
    for i in range(n):
        a, b = io.line((0, 0 if i == 0 else inside), (0, 1000))
        inside += b - a
    if inside < 0:
        raise Invalid


SAMPLE = """
3
0 6
3 0
3 0
"""

ACCEPTED = (
    """
n = int(input())
cur = best = 0
for _ in range(n):
    a, b = map(int, input().split())
    cur += b - a
    best = max(best, cur)
print(best)
""",
    """
import sys
x = [0]
for line in sys.stdin.read().strip().split("\\n")[1:]:
    a, b = line.split()
    x.append(x[-1] - int(a) + int(b))
print(max(x))
""",
)

WRONG = {
    "some enter before others leave": edited(
        ACCEPTED[0],
        (
            "    cur += b - a\n    best = max(best, cur)",
            "    cur += b\n    best = max(best, cur)\n    cur -= a",
        ),
    ),
    "stops when the bus is emptier": edited(
        ACCEPTED[0], ("    best = max(best, cur)", "    if cur < best:\n        break\n    best = cur")
    ),
    "the last stop is not looked at": edited(ACCEPTED[1], ("max(x)", "max(x[:-1])")),
    "the most that enter": edited(ACCEPTED[0], ("max(best, cur)", "max(best, b)")),
    "starts with one": edited(ACCEPTED[0], ("cur = best = 0", "cur, best = 0, 1")),
}
