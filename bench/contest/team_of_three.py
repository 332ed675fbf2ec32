"""Split people into teams of three; the team's strength is its middle member. Print the largest sum of strengths.

There are 3n people.
"""

from bench.contest_inputs import cases, length
from bench.contest_set import edited


def describe(io):
    for _ in cases(io, 100):
        io.row(3 * length(io, 1, 1000), 1, 10**9)


SAMPLE = """
2
1
4 9 6
2
1 3 3 3 3 7
"""

ACCEPTED = (
    """
for _ in range(int(input())):
    n = int(input())
    a = sorted(map(int, input().split()))
    print(sum(a[n::2]))
""",
    """
import sys
def main():
    t = int(sys.stdin.readline())
    for _ in range(t):
        n = int(sys.stdin.readline())
        a = list(map(int, sys.stdin.readline().split()))
        a.sort(reverse=True)
        s = 0
        for i in range(n):
            s += a[2 * i + 1]
        print(s)
main()
""",
)

WRONG = {
    "teams of neighbours": edited(ACCEPTED[0], ("a[n::2]", "a[1::3]")),
    "the strongest but one, and those after it": edited(ACCEPTED[1], ("a[2 * i + 1]", "a[i + 1]")),
    "sorts as text": edited(
        ACCEPTED[0], ("sorted(map(int, input().split()))", "list(map(int, sorted(input().split())))")
    ),
    "the middle of all": edited(ACCEPTED[0], ("a[n::2]", "a[n:2 * n]")),
}
