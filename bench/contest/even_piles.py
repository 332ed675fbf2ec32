"""Piles of stones. A move throws away one stone of one pile. Print the fewest moves after which all piles are equal."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 1000):
        io.row(length(io, 1, 100), 1, 10**9)


SAMPLE = """
2
3
5 5 5
2
1 2
"""

ACCEPTED = (
    """
t = int(input())
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    print(sum(a) - n * min(a))
""",
    """
import sys
input = sys.stdin.readline

def solve():
    n = int(input())
    a = sorted(map(int, input().split()))
    ans = 0
    for x in a:
        ans += x - a[0]
    return ans

for i in range(int(input())):
    print(solve())
""",
    """
for _ in range(int(input())):
    input()
    a = [int(x) for x in input().split()]
    m = 10 ** 10
    for x in a:
        if x < m:
            m = x
    s = 0
    for x in a:
        if x != m:
            s += x - m
    print(s)
""",
)

WRONG = {
    "takes the first pile for the smallest": edited(ACCEPTED[0], ("min(a)", "a[0]")),
    "counts one pile only": edited(ACCEPTED[0], ("sum(a) - n * min(a)", "max(a) - min(a)")),
    "the smallest is not reset between tests": """
t = int(input())
m = 10 ** 10
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    for x in a:
        m = min(m, x)
    print(sum(x - m for x in a))
""",
    "raises to the largest": edited(ACCEPTED[1], ("x - a[0]", "a[-1] - x")),
    "infinity that is too small": edited(ACCEPTED[2], ("10 ** 10", "10 ** 6")),
}
