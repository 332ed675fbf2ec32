"""Crashes with known causes: a small parser with eight defects, fuzzed; their tracebacks, as Python writes them.

Each run writes the program to a new place behind a random number of blank lines, so that paths and line numbers
differ, and reaches a defect through callers that the input chooses. The cause of a crash is the defect that it names
itself in a variable that no traceback shows.

Leaves out: defects of the standard library.
"""

import random
import tempfile
import traceback
from pathlib import Path
from types import CodeType

PROGRAM = """
CAUSE = []

class Record:
    def __init__(self, parts):
        self.parts = parts

def number(text):
    CAUSE.append("number")
    return int(text)

def width(record):
    CAUSE.append("width")
    return record.parts[1]

def ratio(one, two):
    CAUSE.append("ratio")
    return one / two

def named(table, name):
    CAUSE.append("named")
    return table[name]

def renamed(table, name):
    CAUSE.append("renamed")
    return table[name]

def joined(record, extra):
    CAUSE.append("joined")
    return record + extra

def deep(record, depth):
    CAUSE.append("deep")
    if depth == 0:
        return record.missing
    return deep(record, depth - 1)

def unpacked(parts):
    CAUSE.append("unpacked")
    one, two = parts
    return one, two

def twice(step, *args):
    return step(*args)

def thrice(step, *args):
    return twice(step, *args)

def parse(data):
    wrap = (lambda step, *args: step(*args), twice, thrice)[data[0] % 3]
    record = Record(list(data[2:3]))
    step = data[1] % 8
    if step == 0:
        return wrap(number, "x%d" % data[2])
    if step == 1:
        return wrap(width, record)
    if step == 2:
        return wrap(ratio, data[2], 0)
    if step == 3:
        return wrap(named, {}, "k%d" % data[2])
    if step == 4:
        return wrap(renamed, {}, data[2])
    if step == 5:
        return wrap(joined, record, data[2])
    if step == 6:
        return wrap(deep, record, data[2] % 6)
    return wrap(unpacked, [0] * (3 + data[2] % 4))
"""


def crashes(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Return tracebacks with their causes."""
    rng = random.Random(seed)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(count):
            path = Path(folder, f"{rng.getrandbits(32):08x}", f"parser_{turn}.py")
            path.parent.mkdir()
            source = "\n" * rng.randrange(200) + PROGRAM
            path.write_text(source, encoding="utf-8")
            code = compile(source, str(path), "exec")
            found.append(_crash(code, bytes(rng.randrange(256) for _ in range(3))))
    return found


def _crash(code: CodeType, data: bytes) -> tuple[str, str]:
    place: dict[str, object] = {}
    exec(code, place)
    try:
        place["parse"](data)  # type: ignore[operator]
    except Exception:
        causes = place["CAUSE"]
        assert isinstance(causes, list)
        return traceback.format_exc(), causes[-1]
    raise AssertionError("every input meets a defect")
