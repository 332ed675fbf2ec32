"""Answer queries l r: how many even numbers are there among a[l..r], counted from one?"""

from bench.contest_inputs import size
from bench.contest_set import edited


def describe(io):
    n, q = io.line(size(1, 1000), size(1, 1000))
    io.row(n, -(10**9), 10**9)
    for _ in range(q):
        left, right = io.line((1, n), (1, n))
        io.require(left <= right)


SAMPLE = """
5 3
3 2 4 7 1
1 4
4 5
1 5
"""

ACCEPTED = (
    """
n, q = map(int, input().split())
a = list(map(int, input().split()))
p = [0]
for x in a:
    p.append(p[-1] + (x % 2 == 0))
for _ in range(q):
    l, r = map(int, input().split())
    print(p[r] - p[l - 1])
""",
    """
import sys
input = sys.stdin.readline
n, q = map(int, input().split())
a = [int(x) & 1 for x in input().split()]
out = []
for i in range(q):
    l, r = map(int, input().split())
    out.append(str(a[l - 1:r].count(0)))
print("\\n".join(out))
""",
)

WRONG = {
    "the left end is left out": edited(ACCEPTED[0], ("p[l - 1]", "p[l]")),
    "the right end is left out": edited(ACCEPTED[1], ("a[l - 1:r]", "a[l - 1:r - 1]")),
    "zero is not even": edited(ACCEPTED[0], ("x % 2 == 0", "x and x % 2 == 0")),
    "negative numbers are left out": edited(ACCEPTED[0], ("x % 2 == 0", "x > 0 and x % 2 == 0")),
    "a last digit is forgotten": edited(ACCEPTED[1], ("int(x) & 1", 'x[-1] not in "2468"')),
    "distinct numbers": """
n, q = map(int, input().split())
a = list(map(int, input().split()))
for _ in range(q):
    l, r = map(int, input().split())
    print(len({x for x in a[l - 1:r] if x % 2 == 0}))
""",
}
