"""Alice and Bob take stones from a pile, in turns: one, or as many as the pile's lowest digit (at least 1). Alice
begins; who takes the last stone wins. Print Alice or Bob."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        io.line((1, 500))


SAMPLE = """
3
7
1
10
"""

ACCEPTED = (
    """
win = [False] * 501
for n in range(1, 501):
    win[n] = not win[n - 1]
    d = n % 10
    if d > 0 and not win[n - d]:
        win[n] = True
for _ in range(int(input())):
    print("Alice" if win[int(input())] else "Bob")
""",
    """
import sys
from functools import lru_cache
sys.setrecursionlimit(5000)

@lru_cache(None)
def wins(n):
    if n == 0:
        return False
    moves = {1}
    if n % 10:
        moves.add(n % 10)
    return any(not wins(n - m) for m in moves)

t = int(input())
for _ in range(t):
    print("Alice" if wins(int(input())) else "Bob")
""",
    """
for _ in range(int(input())):
    n = int(input())
    print("Bob" if n % 10 == 0 else "Alice")
""",
)

WRONG = {
    "odd wins": """
for _ in range(int(input())):
    print("Alice" if int(input()) % 2 else "Bob")
""",
    "a pile of one digit only": """
for _ in range(int(input())):
    n = int(input())
    print("Alice" if n < 10 else "Bob")
""",
    "multiples of five lose": edited(ACCEPTED[2], ("n % 10 == 0", "n % 5 == 0")),
    "the highest digit": edited(ACCEPTED[0], ("d = n % 10", "d = int(str(n)[0])")),
    "looks at the first two digits": edited(ACCEPTED[2], ("n % 10 == 0", 'str(n)[1:2] == "0"')),
}
