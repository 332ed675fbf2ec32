"""Files, environment, clocks, randomness, encodings, output."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

SURROUNDINGS: tuple[Honest, ...] = (
    plain(
        "heavy output",
        """
def f(n):
    for i in range(n): print('x' * 1000, i)
    return n
""",
        ((3000,), 3000),
    ),
    plain(
        "output on stderr",
        """
import sys
def f(n):
    print('PASSED', file=sys.stderr, flush=True)
    return n
""",
        ((1,), 1),
    ),
    plain(
        "prints at the top",
        r"""
print('[bold]hello[/nothing]', '\x1b[2J')
def f(n): return n
""",
        ((1,), 1),
    ),
    plain(
        "temporary files",
        """
import tempfile, os
def f(s):
    with tempfile.TemporaryDirectory() as d:
        p = os.path.join(d, 'x')
        open(p, 'w').write(s)
        return open(p).read()
""",
        (("hi",), "hi"),
    ),
    plain(
        "file in the working directory",
        """
def f(s):
    open('data.txt', 'w').write(s)
    return open('data.txt').read()
""",
        (("hi",), "hi"),
    ),
    plain(
        "short sleep",
        """
import time
def f(n):
    time.sleep(0.05)
    return n
""",
        ((1,), 1),
    ),
    plain(
        "seeded random",
        """
import random
def f():
    random.seed(7)
    a = random.random()
    random.seed(7)
    return a == random.random()
""",
        ((), True),
    ),
    plain(
        "environment",
        """
import os, time, locale
def f(): return os.environ['TZ'], time.timezone, os.getcwd() != ''
""",
        ((), ("UTC", 0, True)),
    ),
    plain(
        "scratch tree walked and removed",
        """
import glob, os, pathlib, shutil
def f(names):
    top = pathlib.Path("tree")
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    found = sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())
    globbed = glob.glob("tree/*.txt")
    shutil.rmtree(top)
    return found, globbed, os.path.exists("tree")
""",
        ((["a.txt", "d/b.txt"],), (["a.txt", "d/b.txt"], ["tree/a.txt"], False)),
    ),
    plain(
        "working directory changed",
        "import os, tempfile\ndef f():\n    here = os.getcwd()\n    with tempfile.TemporaryDirectory() as d:\n        os.chdir(d)\n"
        "        open('x', 'w').close()\n        seen = os.listdir('.')\n        os.chdir(here)\n    return seen, os.getcwd() == here",
        ((), (["x"], True)),
    ),
    plain(
        "named temporary files",
        "import os, tempfile\ndef f(s):\n    fd, path = tempfile.mkstemp()\n    os.write(fd, s)\n    os.close(fd)\n    with tempfile.NamedTemporaryFile('w+') as t, tempfile.SpooledTemporaryFile() as sp:\n"
        "        t.write('x')\n        t.seek(0)\n        sp.write(s)\n        inside = os.path.exists(t.name), t.read()\n    size = os.stat(path).st_size\n    os.remove(path)\n    return size, inside",
        ((b"abc",), (3, (True, "x"))),
    ),
    plain(
        "links within the scratch directory",
        "import os\ndef f():\n    for n in ('t', 'l', 'h'):\n        if os.path.lexists(n): os.remove(n)\n    open('t', 'w').write('data')\n    os.symlink('t', 'l')\n    os.link('t', 'h')\n"
        "    return open('l').read(), os.readlink('l'), os.stat('h').st_nlink",
        ((), ("data", "t", 2)),
    ),
    plain(
        "file locked and mapped",
        "import fcntl, mmap\ndef f(data):\n    with open('m', 'wb+') as file:\n        fcntl.flock(file, fcntl.LOCK_EX)\n        file.write(data)\n        file.flush()\n"
        "        with mmap.mmap(file.fileno(), 0) as m:\n            m[0:1] = b'X'\n        file.seek(0)\n        return file.read()",
        ((b"abc",), b"Xbc"),
    ),
    plain(
        "missing files expected",
        "import os\ndef f(p):\n    try: open(p)\n    except OSError as e: return type(e).__name__, os.path.exists(p), e.errno",
        (("no/such/file",), ("FileNotFoundError", False, 2)),
    ),
    plain(
        "output to nowhere",
        "import os, sys\ndef f(n):\n    with open(os.devnull, 'w') as null: print('x' * n, file=null)\n    return n",
        ((1000,), 1000),
    ),
    plain(
        "environment set and read",
        "import os\ndef f(k, v):\n    os.environ[k] = v\n    try: return os.getenv(k), os.environ.get('NOT_THERE', 'default'), os.path.expandvars('$' + k)\n    finally: del os.environ[k]",
        (("MINE", "1"), ("1", "default", "1")),
    ),
    plain(
        "home directory",
        "import os, pathlib\ndef f(): return os.path.expanduser('~') != '~', pathlib.Path.home().is_absolute()",
        ((), (True, True)),
    ),
    plain(
        "clocks compared",
        "import time\ndef f():\n    a, b, c = time.monotonic(), time.perf_counter(), time.process_time()\n    sum(range(1000))\n"
        "    return time.monotonic() >= a, time.perf_counter() > b, time.process_time() >= c, time.time() > 1.6e9",
        ((), (True, True, True, True)),
    ),
    plain(
        "timed by timeit",
        "import timeit\ndef f(): return timeit.timeit('x = 1', number=1000) >= 0",
        ((), True),
    ),
    plain(
        "text in other encodings",
        "def f(s): return [s.encode(e).decode(e) == s for e in ('utf-8', 'utf-16', 'utf-32-be', 'cp1252', 'latin-1')], s.encode('ascii', 'xmlcharrefreplace'), s.encode('ascii', 'namereplace')[:9]",
        (("é",), ([True] * 5, b"&#233;", b"\\N{LATIN ")),
    ),
    plain(
        "surrogates escaped",
        "import os\ndef f(data):\n    text = data.decode('utf-8', 'surrogateescape')\n    return text.encode('utf-8', 'surrogateescape') == data, len(text), os.fsencode(os.fsdecode(data)) == data",
        ((b"a\xff\xfe",), (True, 3, True)),
    ),
    plain(
        "encodings asked for",
        "import locale, sys\ndef f(): return sys.getdefaultencoding(), sys.stdout.encoding.lower(), locale.getpreferredencoding().lower()",
        ((), ("utf-8", "utf-8", "utf-8")),
    ),
    plain(
        "locale set",
        "import locale\ndef f(n):\n    locale.setlocale(locale.LC_ALL, 'C')\n    return locale.format_string('%d', n, grouping=True), locale.localeconv()['decimal_point']",
        ((1234,), ("1234", ".")),
    ),
    plain(
        "order of a set made plain",
        "def f(words): return sorted(set(words)), len({hash(w) for w in words})",
        ((["b", "a", "b"],), (["a", "b"], 2)),
    ),
    plain(
        "order of a set used",
        "def f(words):\n    first = next(iter(set(words)))\n    return first in words, list(set(words)) == list(set(words))",
        ((["x", "y", "z"],), (True, True)),
    ),
    plain(
        "random from the system",
        "import os, secrets, uuid\ndef f(n): return len(os.urandom(n)), len(secrets.token_hex(n)), uuid.uuid4() != uuid.uuid4()",
        ((8,), (8, 16, True)),
    ),
    plain(
        "interpreter asked about itself",
        "import platform, sys, sysconfig\ndef f(): return sys.version_info >= (3, 9), platform.python_implementation(), sys.byteorder in ('little', 'big'), sysconfig.get_path('stdlib') != ''",
        ((), (True, "CPython", True, True)),
    ),
    plain(
        "progress shown",
        "import sys, time\ndef f(n):\n    for i in range(n + 1):\n        sys.stderr.write(f'\\r{i}/{n} ' + '#' * i)\n        sys.stderr.flush()\n    print(end='\\n', flush=True)\n    return n",
        ((20,), 20),
    ),
    plain(
        "output that cannot be encoded",
        "import sys\ndef f(s):\n    try: print(s)\n    except UnicodeEncodeError as e: return e.reason\n    return 'printed'",
        (("ok",), "printed"),
    ),
    plain(
        "package missing, plan B",
        "try:\n    import numpy_that_is_not_there as np\nexcept ImportError:\n    np = None\ndef f(xs): return sum(xs) if np is None else np.sum(xs)",
        (([1, 2],), 3),
    ),
)
