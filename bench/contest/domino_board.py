"""How many dominoes of 2 by 1 fit on a board of m by n?"""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        io.line((1, 10**9), (1, 10**9))


SAMPLE = """
2
2 4
4 3
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    m, n = map(int, input().split())
    print(m * n // 2)
""",
    """
t = int(input())
for _ in range(t):
    m, n = [int(x) for x in input().split()]
    if m % 2 == 0:
        print(m // 2 * n)
    elif n % 2 == 0:
        print(n // 2 * m)
    else:
        print((m - 1) // 2 * n + n // 2)
""",
    """
import sys
for line in sys.stdin.read().split("\\n")[1:]:
    if line:
        a, b = line.split()
        print((int(a) * int(b)) >> 1)
""",
)

WRONG = {
    "a float": edited(ACCEPTED[0], ("m * n // 2", "int(m * n / 2)")),
    "only rows": edited(ACCEPTED[0], ("m * n // 2", "m // 2 * n")),
    "an odd board loses a row": edited(ACCEPTED[1], (" + n // 2", "")),
    "rounds up": edited(ACCEPTED[0], ("m * n // 2", "(m * n + 1) // 2")),
    "a board of one field": edited(ACCEPTED[0], ("m * n // 2", "max(1, m * n // 2)")),
}
