"""A sorted list's median is item (n + 1) // 2, counted from one. Print how many numbers k must be added at least so
that the median becomes k."""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, _ = io.line(size(1, 500), (1, 10**5))
    io.row(n, 1, 10**5)


SAMPLE = """
4 25
10 20 30 40
"""

ACCEPTED = (
    """
n, k = map(int, input().split())
a = list(map(int, input().split()))
ans = 0
a.sort()
while a[(len(a) + 1) // 2 - 1] != k:
    a.append(k)
    a.sort()
    ans += 1
print(ans)
""",
    """
n, k = map(int, input().split())
a = list(map(int, input().split()))
less = sum(x < k for x in a)
more = sum(x > k for x in a)
same = n - less - more
c = 0
while True:
    m = n + c
    p = (m + 1) // 2
    if less < p <= less + same + c:
        print(c)
        break
    c += 1
""",
)

WRONG = {
    "the upper median": edited(ACCEPTED[0], ("(len(a) + 1) // 2 - 1", "len(a) // 2")),
    "k is added though it is there": edited(ACCEPTED[1], ("c = 0\n", "c = 1\n")),
    "balance only": """
n, k = map(int, input().split())
a = list(map(int, input().split()))
less = sum(x < k for x in a)
more = sum(x > k for x in a)
same = n - less - more
ans = max(0, abs(less - more) - same)
if same == 0:
    ans = max(ans, 1)
print(ans)
""",
    "not sorted at first": edited(ACCEPTED[0], ("ans = 0\na.sort()\n", "ans = 0\n")),
    "equal ones count as smaller": edited(ACCEPTED[1], ("x < k", "x <= k")),
}
