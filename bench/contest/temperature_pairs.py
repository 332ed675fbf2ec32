"""Print the number of days i for which the next day is warmer by more than d, and the first warmest day's number."""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, _ = io.line(size(1, 100), (0, 100))
    io.row(n, -100, 100)


SAMPLE = """
5 2
3 6 7 6 9
"""

ACCEPTED = (
    """
n, d = map(int, input().split())
t = list(map(int, input().split()))
print(sum(t[i + 1] - t[i] > d for i in range(n - 1)), t.index(max(t)) + 1)
""",
    """
import sys
n, d = map(int, sys.stdin.readline().split())
t = [int(x) for x in sys.stdin.readline().split()]
count = 0
hot = 0
for i in range(1, n):
    if t[i] > t[i - 1] + d:
        count += 1
    if t[i] > t[hot]:
        hot = i
print(count, hot + 1)
""",
)

WRONG = {
    "at least d": edited(ACCEPTED[0], ("> d", ">= d")),
    "colder counts": edited(ACCEPTED[0], ("t[i + 1] - t[i] > d", "abs(t[i + 1] - t[i]) > d")),
    "the last warmest day": edited(ACCEPTED[1], ("t[i] > t[hot]", "t[i] >= t[hot]")),
    "the warmest is above zero": """
n, d = map(int, input().split())
t = list(map(int, input().split()))
best, day, c = 0, 1, 0
for i in range(n):
    if i and t[i] - t[i - 1] > d:
        c += 1
    if t[i] > best:
        best = t[i]
        day = i + 1
print(c, day)
""",
    "as text": edited(ACCEPTED[0], ("t.index(max(t)) + 1", "t.index(int(max(map(str, t)))) + 1")),
}
