"""Print YES where the letters h, e, l, l, o can be read in this order in a word, others between them."""

from bench.contest_inputs import cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 20):
        io.word("helowxyz", 1, 100)


SAMPLE = """
2
hheelllloo
whex
"""

EXTRA = ("1\nhelo\n", "1\nhlelo\n", "1\nhello\n", "1\noehllo\n", "1\nohello\n", "1\nhelol\n")

ACCEPTED = (
    """
for _ in range(int(input())):
    s = input()
    i = 0
    for c in s:
        if i < 5 and c == "hello"[i]:
            i += 1
    print("YES" if i == 5 else "NO")
""",
    """
import re
t = int(input())
for _ in range(t):
    print("YES" if re.search("h.*e.*l.*l.*o", input()) else "NO")
""",
    """
def find(s):
    p = -1
    for c in "hello":
        p = s.find(c, p + 1)
        if p == -1:
            return False
    return True

for _ in range(int(input())):
    if find(input().strip()):
        print("YES")
    else:
        print("NO")
""",
)

WRONG = {
    "the same l twice": edited(ACCEPTED[2], ("s.find(c, p + 1)", "s.find(c, max(p, 0))")),
    "counts letters": """
for _ in range(int(input())):
    s = input()
    ok = all(s.count(c) >= "hello".count(c) for c in "helo")
    print("YES" if ok else "NO")
""",
    "one l": edited(ACCEPTED[1], ("h.*e.*l.*l.*o", "h.*e.*l.*o")),
    "has to begin with h": edited(ACCEPTED[1], ("re.search", "re.match")),
    "letters between are wanted": edited(ACCEPTED[1], ("h.*e.*l.*l.*o", "h.+e.+l.+l.+o")),
    "first and last places": """
for _ in range(int(input())):
    s = input()
    a, b, c, d = s.find("h"), s.find("e"), s.find("l"), s.find("o")
    ok = 0 <= a < b < c < d and s.count("l") > 1
    print("YES" if ok else "NO")
""",
}
