"""Print the smallest integer not less than n whose digits' sum is divisible by 4."""

from bench.contest_inputs import number
from bench.contest_set import edited


def describe(io):
    number(io, 1, 10**9)


SAMPLE = """
401
"""

ACCEPTED = (
    """
n = int(input())
while sum(map(int, str(n))) % 4 != 0:
    n += 1
print(n)
""",
    """
def digits(x):
    s = 0
    while x > 0:
        s += x % 10
        x //= 10
    return s

a = int(input())
for x in range(a, a + 100):
    if digits(x) % 4 == 0:
        print(x)
        break
""",
)

WRONG = {
    "starts after n": edited(ACCEPTED[0], ("n = int(input())", "n = int(input()) + 1")),
    "divisible number instead of divisible sum": """
n = int(input())
while n % 4:
    n += 1
print(n)
""",
    "looks at too few numbers": edited(ACCEPTED[1], ("range(a, a + 100)", "range(a, a + 4)")),
    "drops the first digit": edited(ACCEPTED[1], ("while x > 0", "while x > 9")),
    "only three digits": """
n = int(input())
while (n // 100 + n // 10 % 10 + n % 10) % 4:
    n += 1
print(n)
""",
}
