"""Keep only the last occurrence of each number; print how many are left and the list, in order."""

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    io.row(length(io, 1, 50), 1, 1000)


SAMPLE = """
5
1 1 5 5 6
"""

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
r = []
for x in a[::-1]:
    if x not in r:
        r.append(x)
print(len(r))
print(*r[::-1])
""",
    """
n = int(input())
a = input().split()
b = [a[i] for i in range(n) if a[i] not in a[i + 1:]]
print(len(b))
print(" ".join(b))
""",
    """
n = int(input())
a = list(map(int, input().split()))
last = {}
for i, x in enumerate(a):
    last[x] = i
keep = sorted(last, key=lambda x: last[x])
print(len(keep))
for x in keep:
    print(x, end=" ")
print()
""",
)

WRONG = {
    "in sorted order": """
n = int(input())
b = sorted(set(map(int, input().split())))
print(len(b))
print(*b)
""",
    "the first occurrence": edited(ACCEPTED[0], ("a[::-1]", "a"), ("r[::-1]", "r")),
    "compares with the neighbour": edited(
        ACCEPTED[1], ("a[i] not in a[i + 1:]", "i == n - 1 or a[i] != a[i + 1]")
    ),
    "looks for text within text": edited(
        ACCEPTED[1], ("a[i] not in a[i + 1:]", 'a[i] not in " ".join(a[i + 1:])')
    ),
    "the last number is never compared": edited(ACCEPTED[1], ("a[i + 1:]", "a[i + 1:n - 1]")),
}
