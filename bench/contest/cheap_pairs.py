"""Pairs i < j with a[i] + a[j] at most k: how many?"""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, _ = io.line(size(1, 2000), (-(10**9), 10**9))
    io.row(n, -(10**9), 10**9)


SAMPLE = """
5 10
1 3 5 6 8
"""

ACCEPTED = (
    """
n, k = map(int, input().split())
a = list(map(int, input().split()))
c = 0
for i in range(n):
    for j in range(i + 1, n):
        if a[i] + a[j] <= k:
            c += 1
print(c)
""",
    """
n, k = [int(x) for x in input().split()]
a = sorted(int(x) for x in input().split())
i, j, ans = 0, n - 1, 0
while i < j:
    if a[i] + a[j] <= k:
        ans += j - i
        i += 1
    else:
        j -= 1
print(ans)
""",
    """
from bisect import bisect_right
n, k = map(int, input().split())
a = list(map(int, input().split()))
a.sort()
total = 0
for i in range(n):
    total += max(0, bisect_right(a, k - a[i]) - i - 1)
print(total)
""",
)

WRONG = {
    "strictly less": edited(ACCEPTED[0], ("<= k", "< k")),
    "stops at the first pair that is too dear": edited(
        ACCEPTED[0], ("            c += 1", "            c += 1\n        else:\n            break")
    ),
    "bisect on the wrong side": edited(
        ACCEPTED[2], ("import bisect_right", "import bisect_left as bisect"), ("bisect_right(a,", "bisect(a,")
    ),
    "not sorted": edited(
        ACCEPTED[1], ("sorted(int(x) for x in input().split())", "[int(x) for x in input().split()]")
    ),
    "different values only": """
n, k = map(int, input().split())
a = sorted(set(map(int, input().split())))
c = 0
for i in range(len(a)):
    for j in range(i):
        if a[i] + a[j] <= k:
            c += 1
print(c)
""",
    "no negative sums": edited(ACCEPTED[0], ("if a[i]", "if 0 <= a[i]")),
}
