"""A sheet of w by h centimetres can be cut along centimetres. Print the side of the largest squares that fill it
exactly, and how many there are."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.line((1, 10**9), (1, 10**9))


SAMPLE = """
2
6 4
3 3
"""

ACCEPTED = (
    """
from math import gcd
for _ in range(int(input())):
    w, h = map(int, input().split())
    g = gcd(w, h)
    print(g, w // g * (h // g))
""",
    """
def f(a, b):
    while b:
        a, b = b, a % b
    return a

for i in range(int(input())):
    w, h = map(int, input().split())
    s = f(w, h)
    print(s, w * h // (s * s))
""",
    """
import sys
def g(x, y):
    return x if y == 0 else g(y, x % y)
t = int(sys.stdin.readline())
for line in sys.stdin:
    w, h = map(int, line.split())
    print("%d %d" % (g(w, h), (w // g(w, h)) * (h // g(w, h))))
""",
)

WRONG = {
    "the difference of the sides": edited(ACCEPTED[0], ("gcd(w, h)\n", "abs(w - h) or w\n")),
    "only the smaller side, two and one": """
for _ in range(int(input())):
    w, h = sorted(map(int, input().split()))
    if h % w == 0:
        g = w
    elif w % 2 == 0 and h % 2 == 0:
        g = 2
    else:
        g = 1
    print(g, w * h // g // g)
""",
    "divides as floats": edited(ACCEPTED[1], ("w * h // (s * s)", "int(w / s * h / s)")),
    "one remainder only": edited(
        ACCEPTED[1], ("    while b:\n        a, b = b, a % b\n    return a", "    return a % b or b")
    ),
    "tries sides up to a thousand": """
for _ in range(int(input())):
    w, h = map(int, input().split())
    g = 1
    for d in range(1, 1001):
        if w % d == 0 and h % d == 0:
            g = d
    print(g, w // g * (h // g))
""",
}
