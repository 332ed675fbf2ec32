"""Print YES where two fields of a chess board, such as a1 and h8, have the same colour, or else NO."""

from bench.contest_inputs import cases
from bench.contest_set import edited

FIELD = ("abcdefgh", "12345678")


def describe(io):
    for _ in cases(io, 100):
        for word in io.words("abcdefgh12345678", (2, 2), (2, 2)):
            io.require(word[0] in FIELD[0] and word[1] in FIELD[1])


SAMPLE = """
2
a1 c3
a1 b1
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    p, q = input().split()
    s = ord(p[0]) + int(p[1]) + ord(q[0]) + int(q[1])
    print("NO" if s % 2 else "YES")
""",
    """
def colour(f):
    x = "abcdefgh".find(f[0])
    y = int(f[1]) - 1
    return (x + y) & 1

t = int(input())
for _ in range(t):
    a, b = input().split()
    if colour(a) == colour(b):
        print("YES")
    else:
        print("NO")
""",
    """
import sys
black = "aceg"
for line in sys.stdin.read().splitlines()[1:]:
    r = [(f[0] in black) == (f[1] in "1357") for f in line.split()]
    print("Yes" if r[0] == r[1] else "No")
""",
)

WRONG = {
    "asks for a diagonal": """
for _ in range(int(input())):
    p, q = input().split()
    dx = abs(ord(p[0]) - ord(q[0]))
    dy = abs(int(p[1]) - int(q[1]))
    print("YES" if dx == dy else "NO")
""",
    "a letter is missing": edited(ACCEPTED[2], ('"aceg"', '"ace"')),
    "a digit is missing": edited(ACCEPTED[2], ('"1357"', '"135"')),
    "columns and rows both have to agree": """
for _ in range(int(input())):
    p, q = input().split()
    c = (ord(p[0]) - ord(q[0])) % 2
    r = (int(p[1]) - int(q[1])) % 2
    print("NO" if c or r else "YES")
""",
    "looks at the second field only": edited(ACCEPTED[1], ("colour(a) == colour(b)", "colour(b) == 0")),
}
