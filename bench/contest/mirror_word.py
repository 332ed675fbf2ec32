"""Print YES where one change of exactly one letter into a different letter makes the word a palindrome, else NO."""

from bench.contest_inputs import LETTERS, cases
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.word(LETTERS, 1, 30)


SAMPLE = """
3
abccaa
abccde
abcca
"""

ACCEPTED = (
    """
def f(s):
    d = 0
    for i in range(len(s) // 2):
        if s[i] != s[-1 - i]:
            d += 1
    if d == 1:
        return True
    return d == 0 and len(s) % 2 == 1

for _ in range(int(input())):
    print("YES" if f(input()) else "NO")
""",
    """
from string import ascii_lowercase
t = int(input())
while t:
    t -= 1
    s = input().strip()
    ok = False
    for i in range(len(s)):
        for c in ascii_lowercase:
            if c != s[i]:
                r = s[:i] + c + s[i + 1:]
                if r == r[::-1]:
                    ok = True
    if ok:
        print("YES")
    else:
        print("NO")
""",
)

WRONG = {
    "the middle letter is forgotten": edited(
        ACCEPTED[0], ("return d == 0 and len(s) % 2 == 1", "return False")
    ),
    "a palindrome of even length counts": edited(ACCEPTED[0], ("d == 0 and len(s) % 2 == 1", "d == 0")),
    "a change into the same letter counts": edited(ACCEPTED[1], ("if c != s[i]:", "if True:")),
    "the last pair is not looked at": edited(ACCEPTED[0], ("range(len(s) // 2)", "range((len(s) - 1) // 2)")),
    "counts letters instead of pairs": """
from collections import Counter
for _ in range(int(input())):
    s = input()
    odd = sum(v % 2 for v in Counter(s).values())
    print("YES" if 1 <= odd <= 2 else "NO")
""",
}
