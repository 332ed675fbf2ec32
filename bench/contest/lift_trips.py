"""A lift carries k people. n people wait, person i goes to floor f[i]; the lift goes up to the highest floor of those
in it and back. Print the least number of floors travelled."""

from bench.contest_inputs import cases, size
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        n, _ = io.line(size(1, 2000), (1, 2000))
        io.row(n, 2, 2000)


SAMPLE = """
2
3 3
4 4 4
4 2
2 2 2 2
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n, k = map(int, input().split())
    f = sorted(map(int, input().split()), reverse=True)
    print(sum(2 * (x - 1) for x in f[::k]))
""",
    """
t = int(input())
for _ in range(t):
    n, k = map(int, input().split())
    f = list(map(int, input().split()))
    f.sort()
    s = 0
    i = n - 1
    while i >= 0:
        s += (f[i] - 1) * 2
        i -= k
    print(s)
""",
)

WRONG = {
    "the lowest floors together": edited(ACCEPTED[0], (", reverse=True", "")),
    "in the order of the queue": edited(ACCEPTED[1], ("    f.sort()\n", "")),
    "the last of the queue is forgotten": edited(ACCEPTED[1], ("while i >= 0", "while i > 0")),
    "full trips only": """
for _ in range(int(input())):
    n, k = map(int, input().split())
    f = list(map(int, input().split()))
    f.sort()
    s = 0
    for i in range(n // k):
        s += 2 * (f[n - 1 - i * k] - 1)
    print(s)
""",
    "every trip to the highest": """
for _ in range(int(input())):
    n, k = map(int, input().split())
    f = list(map(int, input().split()))
    print(-(-n // k) * 2 * (max(f) - 1))
""",
}
