"""Two players take cards in turns from either end of a row, always the larger end. Print both sums."""

from bench.contest_inputs import length
from bench.contest_set import edited


def describe(io):
    a = io.row(length(io, 1, 1000), 1, 1000)
    io.require(len(set(a)) == len(a))


SAMPLE = """
4
4 1 2 9
"""

ACCEPTED = (
    """
n = int(input())
a = list(map(int, input().split()))
s = d = 0
for i in range(n):
    if a[0] > a[-1]:
        x = a.pop(0)
    else:
        x = a.pop()
    if i % 2 == 0:
        s += x
    else:
        d += x
print(s, d)
""",
    """
from collections import deque
n = int(input())
q = deque(map(int, input().split()))
r = [0, 0]
turn = 0
while q:
    r[turn] += q.popleft() if q[0] > q[-1] else q.pop()
    turn = 1 - turn
print(r[0], r[1])
""",
    """
n = int(input())
a = list(map(int, input().split()))
l, r = 0, n - 1
p = [0, 0]
k = 0
while l <= r:
    if a[l] >= a[r]:
        p[k % 2] += a[l]
        l += 1
    else:
        p[k % 2] += a[r]
        r -= 1
    k += 1
print(*p)
""",
)

WRONG = {
    "plays pairs of turns": """
n = int(input())
a = list(map(int, input().split()))
s = d = 0
for i in range(n // 2):
    s += a.pop(0) if a[0] > a[-1] else a.pop()
    d += a.pop(0) if a[0] > a[-1] else a.pop()
print(s, d)
""",
    "always the largest of all": """
n = int(input())
a = sorted(map(int, input().split()), reverse=True)
print(sum(a[::2]), sum(a[1::2]))
""",
    "compares as text": edited(
        ACCEPTED[0],
        ("list(map(int, input().split()))", "input().split()"),
        ("s += x", "s += int(x)"),
        ("d += x", "d += int(x)"),
    ),
    "the larger sum first": edited(ACCEPTED[1], ("print(r[0], r[1])", "print(max(r), min(r))")),
}
