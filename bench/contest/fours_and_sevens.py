"""Print YES where n is divisible by a number that consists of the digits 4 and 7 only, or else NO."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.line((1, 1000))


SAMPLE = """
3
16
26
28
"""

EXTRA = ("1\n94\n", "1\n894\n", "1\n74\n", "1\n777\n", "1\n447\n")

ACCEPTED = (
    """
lucky = [4, 7, 44, 47, 74, 77, 444, 447, 474, 477, 744, 747, 774, 777]
for _ in range(int(input())):
    n = int(input())
    print("YES" if any(n % x == 0 for x in lucky) else "NO")
""",
    """
def is_lucky(x):
    return set(str(x)) <= {"4", "7"}

t = int(input())
for _ in range(t):
    n = int(input())
    ok = False
    for d in range(1, n + 1):
        if n % d == 0 and is_lucky(d):
            ok = True
            break
    print("YES" if ok else "NO")
""",
    """
from itertools import product
L = []
for k in (1, 2, 3):
    for p in product("47", repeat=k):
        L.append(int("".join(p)))
for i in range(int(input())):
    n = int(input())
    r = "NO"
    for x in L:
        if n % x == 0:
            r = "YES"
    print(r)
""",
)

WRONG = {
    "the number itself is left out": edited(ACCEPTED[1], ("range(1, n + 1)", "range(1, n)")),
    "numbers of one digit": edited(
        ACCEPTED[0], ("[4, 7, 44, 47, 74, 77, 444, 447, 474, 477, 744, 747, 774, 777]", "[4, 7, 47]")
    ),
    "numbers of at most two digits": edited(ACCEPTED[2], ("(1, 2, 3)", "(1, 2)")),
    "one such digit is enough": edited(
        ACCEPTED[1], ('set(str(x)) <= {"4", "7"}', 'set(str(x)) & {"4", "7"}')
    ),
    "looks at the digits of n": """
for _ in range(int(input())):
    n = int(input())
    s = str(n)
    if n % 4 == 0 or n % 7 == 0 or all(c in "47" for c in s):
        print("YES")
    else:
        print("NO")
""",
}
