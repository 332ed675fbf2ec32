"""Tables for four people and for two; groups come in order and want a table of their own. Print how many people leave.

Groups of one or two take a two-table, or else a four-table; groups of three or four need a four-table.
"""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, _, _ = io.line(size(1, 1000), (0, 100), (0, 100))
    io.row(n, 1, 4)


SAMPLE = """
3 2 2
2 4 3
"""

ACCEPTED = (
    """
n, a, b = map(int, input().split())
gone = 0
for g in map(int, input().split()):
    if g <= 2 and a > 0:
        a -= 1
    elif b > 0:
        b -= 1
    else:
        gone += g
print(gone)
""",
    """
n, two, four = (int(x) for x in input().split())
people = [int(x) for x in input().split()]
left = 0
for x in people:
    if x in (1, 2):
        if two:
            two -= 1
        elif four:
            four -= 1
        else:
            left += x
    else:
        if four:
            four -= 1
        else:
            left += x
print(left)
""",
)

WRONG = {
    "small groups never take a large table": edited(
        ACCEPTED[1],
        (
            "        elif four:\n            four -= 1\n        else:\n            left += x\n    else:",
            "        else:\n            left += x\n    else:",
        ),
    ),
    "only groups of two take a small table": edited(ACCEPTED[0], ("g <= 2 and a > 0", "g == 2 and a > 0")),
    "one table too many": edited(ACCEPTED[0], ("elif b > 0", "elif b >= 0")),
    "counts groups": edited(ACCEPTED[0], ("gone += g", "gone += 1")),
    "closes when the first group leaves": edited(
        ACCEPTED[0], ("        gone += g", "        gone += g\n        break")
    ),
    "large tables first where there are more": edited(
        ACCEPTED[1], ("        if two:", "        if two >= four > 0 or two and not four:")
    ),
}
