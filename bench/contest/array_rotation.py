"""Print the least number of steps to the right by which a list has to be turned to become sorted, or -1."""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 50):
        io.row(length(io, 1, 100), 1, 100)


SAMPLE = """
3
4
3 4 1 2
3
3 2 1
2
5 6
"""

EXTRA = ("1\n3\n1 2 1\n", "1\n4\n2 2 1 2\n", "1\n3\n2 2 2\n", "1\n3\n1 1 2\n", "1\n3\n3 1 3\n")

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    ans = -1
    for k in range(n):
        if a == sorted(a):
            ans = k
            break
        a = [a[-1]] + a[:-1]
    print(ans)
""",
    """
t = int(input())
for _ in range(t):
    n = int(input())
    a = list(map(int, input().split()))
    drops = [i for i in range(1, n) if a[i - 1] > a[i]]
    if not drops:
        print(0)
    elif len(drops) > 1 or a[-1] > a[0]:
        print(-1)
    else:
        print(n - drops[0])
""",
)

WRONG = {
    "steps to the left": edited(ACCEPTED[1], ("n - drops[0]", "drops[0]")),
    "the ends are not compared": edited(ACCEPTED[1], (" or a[-1] > a[0]", "")),
    "equal ends are no turn": edited(ACCEPTED[1], ("a[-1] > a[0]", "a[-1] >= a[0]")),
    "equal neighbours are a drop": edited(ACCEPTED[1], ("a[i - 1] > a[i]", "a[i - 1] >= a[i]")),
    "from the place of the smallest": """
for _ in range(int(input())):
    n = int(input())
    a = list(map(int, input().split()))
    i = a.index(min(a))
    b = a[i:] + a[:i]
    print((n - i) % n if b == sorted(a) else -1)
""",
    "one turn too few is tried": edited(ACCEPTED[0], ("range(n)", "range(n - 1)")),
}
