"""Print the k-th positive integer that is not divisible by n."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.line((2, 10**9), (1, 10**9))


SAMPLE = """
3
4 5
3 1
7 5
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n, k = map(int, input().split())
    print(k + (k - 1) // (n - 1))
""",
    """
t = int(input())
for _ in range(t):
    n, k = map(int, input().split())
    lo, hi = 1, 2 * k
    while lo < hi:
        mid = (lo + hi) // 2
        if mid - mid // n >= k:
            hi = mid
        else:
            lo = mid + 1
    print(lo)
""",
    """
import sys
for line in sys.stdin.readlines()[1:]:
    n, k = map(int, line.split())
    q, r = divmod(k, n - 1)
    if r == 0:
        print(q * n - 1)
    else:
        print(q * n + r)
""",
)

WRONG = {
    "multiples up to k": edited(ACCEPTED[0], ("(k - 1) // (n - 1)", "k // n")),
    "no rest of nothing": edited(ACCEPTED[0], ("(k - 1) // (n - 1)", "k // (n - 1)")),
    "the search ends too early": edited(ACCEPTED[1], ("lo, hi = 1, 2 * k", "lo, hi = 1, k + k // 2 + 1")),
    "whole blocks are not special": edited(
        ACCEPTED[2],
        (
            "    if r == 0:\n        print(q * n - 1)\n    else:\n        print(q * n + r)",
            "    print(q * n + r)",
        ),
    ),
}
