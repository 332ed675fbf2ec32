"""A time HH:MM and x minutes: print the time x minutes earlier, with two digits each."""

from bench.contest_inputs import Invalid, number
from bench.contest_set import edited


def describe(io):
    clock = io.word("0123456789:", 5)
    if clock[2] != ":" or clock.count(":") != 1 or clock[:2] > "23" or clock[3:] > "59":
        raise Invalid
    number(io, 0, 10**4)


SAMPLE = """
12:50
65
"""

ACCEPTED = (
    """
h, m = map(int, input().split(":"))
x = int(input())
t = (h * 60 + m - x) % 1440
print("%02d:%02d" % (t // 60, t % 60))
""",
    """
s = input()
x = int(input())
h = int(s[:2])
m = int(s[3:])
while x > 0:
    x -= 1
    m -= 1
    if m < 0:
        m = 59
        h -= 1
        if h < 0:
            h = 23
print(str(h).zfill(2) + ":" + str(m).zfill(2))
""",
    """
a, b = input().split(":")
x = int(input())
h, m = int(a) - x // 60, int(b) - x % 60
if m < 0:
    m += 60
    h -= 1
print(f"{h % 24:02}:{m:02}")
""",
)

WRONG = {
    "no leading zero of the minutes": edited(ACCEPTED[0], ("%02d:%02d", "%02d:%d")),
    "no leading zero of the hours": edited(ACCEPTED[2], ("{h % 24:02}", "{h % 24}")),
    "midnight is forgotten": edited(ACCEPTED[0], ("(h * 60 + m - x) % 1440", "h * 60 + m - x")),
    "a day of twelve hours": edited(ACCEPTED[2], ("h % 24", "h % 12")),
    "an hour is not taken back": edited(ACCEPTED[2], ("    h -= 1\n", "")),
    "one day back at most": """
h, m = map(int, input().split(":"))
x = int(input())
t = h * 60 + m - x
if t < 0:
    t += 1440
print("%02d:%02d" % (t // 60, t % 60))
""",
}
