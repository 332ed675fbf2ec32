"""Print how many ways lead from the top left to the bottom right field of a grid, by steps right and down over free
fields ('.'), modulo 1000000007."""

from bench.contest_inputs import Size
from bench.contest_set import edited


def describe(io):
    n, m = io.line(Size((1, 100)), Size((1, 100)))
    for _ in range(n):
        io.word("...#", m)


SAMPLE = """
3 3
...
.#.
...
"""

EXTRA = (
    "20 20\n" + ("." * 20 + "\n") * 20,
    "1 1\n#\n",
    "1 1\n.\n",
    "2 2\n#.\n..\n",
    "2 3\n.#.\n...\n",
    "3 2\n..\n#.\n..\n",
    "2 2\n..\n.#\n",
    "2 4\n....\n....\n",
)

ACCEPTED = (
    """
n, m = map(int, input().split())
g = [input() for _ in range(n)]
M = 10 ** 9 + 7
d = [[0] * (m + 1) for _ in range(n + 1)]
for i in range(1, n + 1):
    for j in range(1, m + 1):
        if g[i - 1][j - 1] == "#":
            continue
        if i == 1 and j == 1:
            d[i][j] = 1
        else:
            d[i][j] = (d[i - 1][j] + d[i][j - 1]) % M
print(d[n][m])
""",
    """
import sys
data = sys.stdin.read().split()
n, m = int(data[0]), int(data[1])
row = [0] * m
row[0] = 1
for line in data[2:]:
    for j in range(m):
        if line[j] == "#":
            row[j] = 0
        elif j > 0:
            row[j] = (row[j] + row[j - 1]) % 1000000007
print(row[-1])
""",
)

WRONG = {
    "another modulus": edited(ACCEPTED[0], ("10 ** 9 + 7", "10 ** 9 + 9")),
    "no modulus": edited(ACCEPTED[1], (" % 1000000007", "")),
    "the first row and column count one": edited(ACCEPTED[0], ("i == 1 and j == 1", "i == 1 or j == 1")),
    "a blocked start": edited(
        ACCEPTED[0], ('if g[i - 1][j - 1] == "#":', 'if g[i - 1][j - 1] == "#" and i + j > 2:')
    ),
    "takes away the ways through each blocked field": """
from math import comb
n, m = map(int, input().split())
g = [input() for _ in range(n)]
c = comb(n + m - 2, n - 1)
for i in range(n):
    for j in range(m):
        if g[i][j] == "#":
            c -= comb(i + j, i) * comb(n - 1 - i + m - 1 - j, n - 1 - i)
print(c % (10 ** 9 + 7))
""",
}
