"""How many groups are there, where words of the same letters, each as often, are in one group?"""

from bench.contest_inputs import LETTERS, length
from bench.contest_set import edited


def describe(io):
    for _ in range(length(io, 1, 100)):
        io.word(LETTERS, 1, 20)


SAMPLE = """
4
abc
bca
ab
xyz
"""

EXTRA = ("2\nabc\nacb\n",)

ACCEPTED = (
    """
n = int(input())
s = set()
for _ in range(n):
    s.add("".join(sorted(input())))
print(len(s))
""",
    """
from collections import Counter
n = int(input())
seen = []
for i in range(n):
    c = Counter(input().strip())
    if c not in seen:
        seen.append(c)
print(len(seen))
""",
    """
import sys
words = sys.stdin.read().split()[1:]
d = {}
for w in words:
    key = tuple(w.count(chr(97 + i)) for i in range(26))
    d.setdefault(key, []).append(w)
print(len(d))
""",
)

WRONG = {
    "letters, not how often": edited(ACCEPTED[0], ('"".join(sorted(input()))', "frozenset(input())")),
    "the sum of the letters": edited(ACCEPTED[0], ('"".join(sorted(input()))', "sum(map(ord, input()))")),
    "z is forgotten": edited(ACCEPTED[2], ("range(26)", "range(25)")),
    "turned words only": """
n = int(input())
words = [input() for _ in range(n)]
s = set()
for w in words:
    s.add(min(w[i:] + w[:i] for i in range(len(w))))
print(len(s))
""",
    "neighbours in the list": """
n = int(input())
last = None
c = 0
for _ in range(n):
    w = sorted(input())
    if w != last:
        c += 1
    last = w
print(c)
""",
    "length, kinds, first and last letter": edited(
        ACCEPTED[2],
        ("tuple(w.count(chr(97 + i)) for i in range(26))", "(len(w), len(set(w)), max(w), min(w))"),
    ),
}
