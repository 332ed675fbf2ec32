"""Print the smallest year after y whose four digits are all different; y has four digits and is at most 9000."""

from bench.contest_inputs import number
from bench.contest_set import edited


def describe(io):
    number(io, 1000, 9000)


SAMPLE = """
2012
"""

EXTRA = ("1987\n", "1023\n", "8999\n", "1098\n")

ACCEPTED = (
    """
y = int(input()) + 1
while len(set(str(y))) < 4:
    y += 1
print(y)
""",
    """
n = int(input())
for y in range(n + 1, 10000):
    a, b, c, d = y // 1000, y // 100 % 10, y // 10 % 10, y % 10
    if a != b and a != c and a != d and b != c and b != d and c != d:
        print(y)
        break
""",
)

WRONG = {
    "the year itself counts": edited(ACCEPTED[0], ("int(input()) + 1", "int(input())")),
    "three different digits": edited(ACCEPTED[0], ("< 4", "< 3")),
    "neighbours only": edited(
        ACCEPTED[1],
        ("a != b and a != c and a != d and b != c and b != d and c != d", "a != b and b != c and c != d"),
    ),
    "a pair is forgotten": edited(ACCEPTED[1], (" and a != d", "")),
    "another pair is forgotten": edited(ACCEPTED[1], (" and b != d", "")),
    "stops after a hundred years": edited(ACCEPTED[1], ("range(n + 1, 10000)", "range(n + 1, n + 100)")),
}
