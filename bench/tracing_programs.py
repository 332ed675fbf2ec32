"""Ten programs that cost of tracing is measured on: (name, text, arguments, small arguments for slow tracers).

The first five are those of the published table; the others differ in what they are made of: floats, dictionaries and
text, ints in a tight loop, recursion over slices, tuples in sets and queues.
"""

from typing import Any

FIB = """
def run(n):
    if n < 2:
        return n
    return run(n - 1) + run(n - 2)
"""

SIEVE = """
def run(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            j = i * i
            while j <= n:
                flags[j] = False
                j += i
        i += 1
    return sum(flags)
"""

QUEENS = """
def run(n):
    count = 0
    cols, d1, d2 = set(), set(), set()
    def place(r):
        nonlocal count
        if r == n:
            count += 1
            return
        for c in range(n):
            if c in cols or r + c in d1 or r - c in d2:
                continue
            cols.add(c); d1.add(r + c); d2.add(r - c)
            place(r + 1)
            cols.discard(c); d1.discard(r + c); d2.discard(r - c)
    place(0)
    return count
"""

MATRIX = """
def run(n):
    a = [[i * j % 7 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            s = 0
            for k in range(n):
                s += a[i][k] * b[k][j]
            c[i][j] = s
    return c
"""

LEVENSHTEIN = """
def run(a, b):
    prev = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        cur = [i]
        for j, y in enumerate(b, 1):
            cost = 0 if x == y else 1
            cur.append(min(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost))
        prev = cur
    return prev[-1]
"""

NBODY = """
def run(n):
    bodies = [[float(i), i * 0.5, 1.0 - i, 0.0, 0.1 * i, 0.0, 1.0 + i] for i in range(5)]
    for step in range(n):
        for i in range(5):
            x, y, z, vx, vy, vz, m = bodies[i]
            for j in range(i + 1, 5):
                other = bodies[j]
                dx, dy, dz = x - other[0], y - other[1], z - other[2]
                d = (dx * dx + dy * dy + dz * dz) ** 1.5 + 0.01
                f = 0.001 / d
                vx -= dx * other[6] * f
                vy -= dy * other[6] * f
                vz -= dz * other[6] * f
                other[3] += dx * m * f
                other[4] += dy * m * f
                other[5] += dz * m * f
            bodies[i] = [x + vx * 0.001, y + vy * 0.001, z + vz * 0.001, vx, vy, vz, m]
    return sum(body[0] for body in bodies)
"""

WORDS = """
def run(n):
    text = ("the quick brown fox jumps over the lazy dog " * n).split()
    counts = {}
    for word in text:
        word = word.strip(".,").lower()
        if word:
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
"""

COLLATZ = """
def run(limit):
    best = longest = 0
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > longest:
            best, longest = start, steps
    return best
"""

MERGE = """
def run(n):
    def sort(items):
        if len(items) < 2:
            return items
        middle = len(items) // 2
        left, right = sort(items[:middle]), sort(items[middle:])
        out = []
        i = j = 0
        while i < len(left) and j < len(right):
            if left[i] <= right[j]:
                out.append(left[i])
                i += 1
            else:
                out.append(right[j])
                j += 1
        return out + left[i:] + right[j:]
    return sort([(i * 7919) % 10007 for i in range(n)])[:3]
"""

GRID = """
from collections import deque
def run(n):
    walls = {(x, y) for x in range(n) for y in range(n) if (x * y) % 7 == 3}
    seen = {(0, 0): 0}
    queue = deque([(0, 0)])
    while queue:
        x, y = queue.popleft()
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            there = x + dx, y + dy
            if 0 <= there[0] < n and 0 <= there[1] < n and there not in walls and there not in seen:
                seen[there] = seen[x, y] + 1
                queue.append(there)
    return max(seen.values())
"""

PROGRAMS: list[tuple[str, str, tuple[Any, ...], tuple[Any, ...]]] = [
    ("fib", FIB, (22,), (11,)),
    ("sieve", SIEVE, (60000,), (200,)),
    ("queens", QUEENS, (7,), (5,)),
    ("matrix", MATRIX, (60,), (8,)),
    (
        "levenshtein",
        LEVENSHTEIN,
        ("kitten sitting " * 9, "sitting kitten " * 9),
        ("kitten sits", "sitting cat"),
    ),
    ("nbody", NBODY, (1000,), (4,)),
    ("words", WORDS, (2500,), (12,)),
    ("collatz", COLLATZ, (1500,), (20,)),
    ("merge", MERGE, (4000,), (30,)),
    ("grid", GRID, (80,), (8,)),
]
PUBLISHED = 5
"""So many of them are those of the published table."""
