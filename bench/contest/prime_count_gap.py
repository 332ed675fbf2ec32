"""Print how many integers in [a, b] have exactly three divisors."""

from bench.contest_inputs import number
from bench.contest_set import edited


def describe(io):
    for _ in range(number(io, 1, 20)):
        a, b = io.line((1, 10**4), (1, 10**4))
        io.require(a <= b)


SAMPLE = """
2
5 15
2 3
"""

ACCEPTED = (
    """
def prime(p):
    if p < 2:
        return False
    i = 2
    while i * i <= p:
        if p % i == 0:
            return False
        i += 1
    return True

for _ in range(int(input())):
    a, b = map(int, input().split())
    c = 0
    for p in range(2, 101):
        if a <= p * p <= b and prime(p):
            c += 1
    print(c)
""",
    """
N = 10 ** 4 + 1
sieve = [True] * 102
sieve[0] = sieve[1] = False
for i in range(2, 102):
    if sieve[i]:
        for j in range(i * i, 102, i):
            sieve[j] = False
pre = [0] * (N + 1)
for x in range(1, N + 1):
    r = int(x ** 0.5)
    pre[x] = pre[x - 1] + (1 if r * r == x and sieve[r] else 0)
t = int(input())
for _ in range(t):
    a, b = map(int, input().split())
    print(pre[b] - pre[a - 1])
""",
)

WRONG = {
    "squares of all numbers": edited(ACCEPTED[0], (" and prime(p)", "")),
    "one counts as prime": edited(ACCEPTED[1], ("sieve[0] = sieve[1] = False", "sieve[0] = False")),
    "a itself is left out": edited(ACCEPTED[1], ("pre[a - 1]", "pre[a]")),
    "b itself is left out": edited(ACCEPTED[0], ("<= b", "< b")),
    "a square counts as prime": edited(ACCEPTED[0], ("while i * i <= p", "while i * i < p")),
    "primes are too few": edited(ACCEPTED[0], ("range(2, 101)", "range(2, 50)")),
}
