"""Print YES where an n by n matrix of X and . looks the same after half a turn, or else NO."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 20):
        n = length(io, 1, 9)
        for _ in range(n):
            io.word("X.", n)


SAMPLE = """
2
3
X.X
.X.
X.X
3
XX.
...
...
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    g = [input() for _ in range(n)]
    ok = all(g[i][j] == g[n - 1 - i][n - 1 - j] for i in range(n) for j in range(n))
    print("YES" if ok else "NO")
""",
    """
t = int(input())
for _ in range(t):
    s = ""
    for i in range(int(input())):
        s += input().strip()
    print(["NO", "YES"][s == s[::-1]])
""",
    """
import sys
it = iter(sys.stdin.read().split())
for _ in range(int(next(it))):
    n = int(next(it))
    rows = [next(it) for _ in range(n)]
    turned = [r[::-1] for r in rows[::-1]]
    if rows == turned:
        print("YES")
    else:
        print("NO")
""",
)

WRONG = {
    "upside down": edited(ACCEPTED[2], ("r[::-1] for r in rows[::-1]", "r for r in rows[::-1]")),
    "left to right": edited(ACCEPTED[2], ("r[::-1] for r in rows[::-1]", "r[::-1] for r in rows")),
    "along the diagonal": edited(ACCEPTED[0], ("g[n - 1 - i][n - 1 - j]", "g[j][i]")),
    "the middle row is not looked at": edited(
        ACCEPTED[0], ("for i in range(n) for", "for i in range(n // 2) for")
    ),
    "only the first row": edited(ACCEPTED[0], ("for i in range(n) for", "for i in range(1) for")),
    "counts only": """
for _ in range(int(input())):
    n = int(input())
    g = [input() for _ in range(n)]
    c = [r.count("X") for r in g]
    d = [sum(r[j] == "X" for r in g) for j in range(n)]
    print("YES" if c == c[::-1] and d == d[::-1] else "NO")
""",
}
