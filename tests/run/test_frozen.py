"""Clock and chance under control: every start is alike, numpy's generator among what is reset."""

import subprocess
import sys

_CODE = """
import sys, types
seeds = []
numpy = types.ModuleType("numpy.random")
numpy.seed = seeds.append
sys.modules["numpy.random"] = numpy
import uuid
from trialrun.run.child import frozen
frozen.freeze()
import datetime, os, random, time
def look():
    began = time.time()
    time.sleep(3600)
    drawn = random.random(), os.urandom(4), uuid.uuid1(), uuid.uuid4(), random.Random().random()
    return began, time.time() - began > 3600, datetime.datetime.now(), drawn
first = look()
second = look()
frozen.reset()
assert look() == first != second
assert first[1] and first[0] < 1_700_000_001
assert seeds == [0, 0]
"""


def test_every_start_is_alike():
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
