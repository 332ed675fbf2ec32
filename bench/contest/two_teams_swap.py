"""Two lists of n numbers, at most k swaps between them. Print the largest sum of the first list."""

from bench.contest_inputs import cases, size
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 200):
        n, _ = io.line(size(1, 30), (0, 30))
        io.row(n, 1, 30)
        io.row(n, 1, 30)


SAMPLE = """
2
2 1
1 5
3 3
3 3
4 5 3
6 6 6
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n, k = map(int, input().split())
    a = sorted(map(int, input().split()))
    b = sorted(map(int, input().split()), reverse=True)
    for i in range(min(n, k)):
        if a[i] < b[i]:
            a[i], b[i] = b[i], a[i]
    print(sum(a))
""",
    """
t = int(input())
while t > 0:
    t -= 1
    n, k = map(int, input().split())
    a = list(map(int, input().split()))
    b = list(map(int, input().split()))
    for _ in range(k):
        i = a.index(min(a))
        j = b.index(max(b))
        if b[j] <= a[i]:
            break
        a[i], b[j] = b[j], a[i]
    print(sum(a))
""",
    """
for _ in range(int(input())):
    n, k = map(int, input().split())
    a = list(map(int, input().split()))
    b = list(map(int, input().split()))
    b.sort()
    c = a + b[-k:] if k else a
    c.sort()
    print(sum(c[-n:]))
""",
)

WRONG = {
    "swaps even where it harms": edited(ACCEPTED[0], ("        if a[i] < b[i]:\n            a", "        a")),
    "more swaps than numbers": edited(ACCEPTED[0], ("min(n, k)", "k")),
    "the second list sorted upwards": edited(ACCEPTED[0], (", reverse=True", "")),
    "one swap too many": edited(ACCEPTED[1], ("range(k)", "range(k + 1)")),
    "all of the second list where no swap is allowed": edited(ACCEPTED[2], (" if k else a", "")),
    "a copy of the better number": edited(ACCEPTED[1], ("a[i], b[j] = b[j], a[i]", "a[i] = b[j]")),
}
