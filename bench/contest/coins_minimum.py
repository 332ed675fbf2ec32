"""Coins of 1, 4 and 9: print the least number of coins that make n."""

from bench.contest_inputs import cases, number
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        number(io, 1, 2000)


SAMPLE = """
3
5
7
8
"""

EXTRA = ("1\n2000\n", "1\n29\n")

ACCEPTED = (
    """
dp = [0] * 2001
for i in range(1, 2001):
    dp[i] = 1 + min(dp[i - c] for c in (1, 4, 9) if c <= i)
for _ in range(int(input())):
    print(dp[int(input())])
""",
    """
def solve(n):
    best = n
    for a in range(n // 9 + 1):
        r = n - 9 * a
        best = min(best, a + r // 4 + r % 4)
    return best

t = int(input())
for _ in range(t):
    print(solve(int(input())))
""",
)

WRONG = {
    "greedy": """
for _ in range(int(input())):
    n = int(input())
    print(n // 9 + n % 9 // 4 + n % 9 % 4)
""",
    "greedy, with nines or without": """
for _ in range(int(input())):
    n = int(input())
    print(min(n // 9 + n % 9 // 4 + n % 9 % 4, n // 4 + n % 4))
""",
    "a table that is too short": edited(
        ACCEPTED[0], ("[0] * 2001", "[0] * 1001"), ("range(1, 2001)", "range(1, 1001)")
    ),
    "the last number is not computed": edited(ACCEPTED[0], ("range(1, 2001)", "range(1, 2000)")),
    "no nines": edited(ACCEPTED[0], ("(1, 4, 9)", "(1, 4)")),
    "one nine at most": edited(ACCEPTED[1], ("range(n // 9 + 1)", "range(min(2, n // 9 + 1))")),
}
