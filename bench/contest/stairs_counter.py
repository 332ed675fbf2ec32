"""A child counts the steps of each stairway from 1. Given all numbers said, print how many stairways there are and the
steps of each."""

import itertools

from bench.contest_inputs import Invalid, length
from bench.contest_set import edited


def describe(io):
    n = length(io, 1, 1000)
    a = io.row(n, 1, 1000, usual=3)
    if a[0] != 1 or any(y not in (1, x + 1) for x, y in itertools.pairwise(a)):
        raise Invalid


SAMPLE = """
4
1 2 1 2
"""

EXTRA = ("11\n1 2 3 4 5 6 7 8 9 10 11\n",)

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
ans = []
for i in range(n):
    if i == n - 1 or a[i + 1] == 1:
        ans.append(a[i])
print(len(ans))
print(*ans)
""",
    """
n = int(input())
a = [int(x) for x in input().split()]
b = []
c = 0
for x in a:
    if x == 1 and c > 0:
        b.append(c)
        c = 0
    c += 1
b.append(c)
print(len(b))
print(" ".join(map(str, b)))
""",
)

WRONG = {
    "counts drops instead of ones": edited(ACCEPTED[0], ("a[i + 1] == 1", "a[i + 1] < a[i]")),
    "an index that wraps": """
n = int(input())
a = list(map(int, input().split()))
b = [a[i - 1] for i in range(n) if a[i] == 1]
print(len(b))
print(*b)
""",
    "single digits only": """
input()
s = input().replace(" ", "")
b = [len(c) + 1 for c in s.split("1")[1:]]
print(len(b))
print(*b)
""",
    "stairways of one step are skipped": edited(ACCEPTED[1], ("x == 1 and c > 0", "x == 1 and c > 1")),
    "counts ones in the text": """
n = int(input())
s = input()
a = list(map(int, s.split()))
print(s.count("1"))
a.append(1)
print(*[a[i] for i in range(n) if a[i + 1] == 1])
""",
}
