"""A line of soldiers: the tallest has to stand first and the shortest last, by swaps of neighbours. Fewest seconds?"""

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    io.row(length(io, 2, 100), 1, 100)


SAMPLE = """
4
33 44 11 22
"""

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
i = a.index(max(a))
j = n - 1 - a[::-1].index(min(a))
ans = i + n - 1 - j
if i > j:
    ans -= 1
print(ans)
""",
    """
n = int(input())
a = [int(x) for x in input().split()]
c = 0
p = 0
for k in range(n):
    if a[k] > a[p]:
        p = k
while p > 0:
    a[p], a[p - 1] = a[p - 1], a[p]
    p -= 1
    c += 1
q = 0
for k in range(n):
    if a[k] <= a[q]:
        q = k
print(c + n - 1 - q)
""",
)

WRONG = {
    "passing each other costs two swaps": edited(ACCEPTED[0], ("if i > j:\n    ans -= 1\n", "")),
    "the last of the tallest": edited(ACCEPTED[1], ("a[k] > a[p]", "a[k] >= a[p]")),
    "the first of the shortest": edited(ACCEPTED[1], ("a[k] <= a[q]", "a[k] < a[q]")),
    "compares as text": edited(ACCEPTED[0], ("list(map(int, input().split()))", "input().split()")),
}
