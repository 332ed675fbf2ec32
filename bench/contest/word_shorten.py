"""Words longer than ten letters become first letter, number of letters between, last letter; others stay."""

from bench.contest_inputs import LETTERS, cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.word(LETTERS, 1, 100)


SAMPLE = """
3
word
localization
internationalization
"""

EXTRA = ("1\nabcdefghij\n", "1\nabcdefghijk\n", "2\nabcdefghij\nabcdefghijklmnopqrstuvwxyzabc\n")

ACCEPTED = (
    """
for _ in range(int(input())):
    w = input()
    if len(w) > 10:
        print(w[0] + str(len(w) - 2) + w[-1])
    else:
        print(w)
""",
    """
import sys
words = sys.stdin.read().split()
for w in words[1:]:
    n = len(w)
    print(w if n <= 10 else "%s%d%s" % (w[0], n - 2, w[n - 1]))
""",
    """
n = int(input())
while n:
    s = input().strip()
    m = s[1:-1]
    if len(m) >= 9:
        s = s[0] + str(len(m)) + s[-1]
    print(s)
    n -= 1
""",
)

WRONG = {
    "ten letters are too long": edited(ACCEPTED[0], ("> 10", ">= 10")),
    "eleven letters stay": edited(ACCEPTED[1], ("n <= 10", "n <= 11")),
    "counts the middle against ten": edited(ACCEPTED[2], (">= 9", ">= 10")),
    "cuts after twenty letters": edited(ACCEPTED[0], ("w = input()", "w = input()[:20]")),
}
