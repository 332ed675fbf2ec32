"""A string with as many '(' as ')'. A move takes one bracket to the start or to the end. Fewest moves to balance it?"""

from bench.contest_inputs import cases, number
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 2000):
        n = number(io, 2, 50)
        io.require(n % 2 == 0)
        s = io.word("()", n)
        io.require(s.count("(") * 2 == n)


SAMPLE = """
3
2
()
4
))((
6
()()()
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    bal = ans = 0
    for c in input():
        if c == "(":
            bal += 1
        else:
            bal -= 1
        ans = max(ans, -bal)
    print(ans)
""",
    """
import sys
lines = sys.stdin.read().split()
for s in lines[2::2]:
    while "()" in s:
        s = s.replace("()", "")
    print(len(s) // 2)
""",
    """
t = int(input())
for i in range(t):
    input()
    opened = 0
    moves = 0
    for c in input().strip():
        if c == "(":
            opened += 1
        elif opened > 0:
            opened -= 1
        else:
            moves += 1
    print(moves)
""",
)

WRONG = {
    "what is open is kept between tests": edited(
        ACCEPTED[2],
        ("t = int(input())", "t = int(input())\nopened = 0"),
        ("    opened = 0\n    moves", "    moves"),
    ),
    "counts prefixes below zero": edited(
        ACCEPTED[0], ("        ans = max(ans, -bal)", "            if bal < 0:\n                ans += 1")
    ),
    "removes pairs once": edited(ACCEPTED[1], ('    while "()" in s:\n        s', "    s")),
    "looks at the first brackets": """
for _ in range(int(input())):
    n = int(input())
    s = input()
    k = 0
    while k < n and s[k] == ")":
        k += 1
    print(k)
""",
    "looks at the first half": edited(ACCEPTED[0], ("for c in input():", "for c in input()[: n // 2]:")),
}
