"""A fence of n metres, k metres a can: how many cans?"""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.line((1, 10**18), (1, 10**18))


SAMPLE = """
3
11 4
7 2
4 5
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n, k = map(int, input().split())
    print((n + k - 1) // k)
""",
    """
import sys
data = sys.stdin.read().split()
t = int(data[0])
for i in range(t):
    n = int(data[1 + 2 * i])
    k = int(data[2 + 2 * i])
    q, r = divmod(n, k)
    print(q + 1 if r else q)
""",
)

WRONG = {
    "ceil of a float": """
import math
for _ in range(int(input())):
    n, k = map(int, input().split())
    print(math.ceil(n / k))
""",
    "one can too many": edited(ACCEPTED[0], ("(n + k - 1) // k", "n // k + 1")),
    "rounds": edited(ACCEPTED[0], ("(n + k - 1) // k", "round(n / k)")),
    "a float's integer part": edited(ACCEPTED[1], ("q, r = divmod(n, k)", "q, r = int(n / k), n % k")),
}
