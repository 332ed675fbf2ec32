"""The standard library, used heavily."""

# ruff: noqa: E501 (data: short programs stay on one line)

from tests.attacks.honest.program import Honest, plain

MODULES: tuple[Honest, ...] = (
    plain(
        "many standard modules",
        """
import json, re, math, itertools, functools, operator, bisect, heapq, string, decimal
def f(s): return json.loads(s)
""",
        (('{"a": [1, null]}',), {"a": [1, None]}),
    ),
    plain(
        "sqlite in memory",
        """
import sqlite3
def f(n): return sqlite3.connect(':memory:').execute('select ?', (n,)).fetchone()
""",
        ((3,), (3,)),
    ),
    plain(
        "json with own types",
        """
import json
from decimal import Decimal
class Encoder(json.JSONEncoder):
    def default(self, x): return {"set": sorted(x)} if isinstance(x, set) else super().default(x)
def f(items):
    text = json.dumps({"s": set(items), "nan": float("inf")}, cls=Encoder, sort_keys=True)
    return text, json.loads('{"x": 1.10}', parse_float=Decimal)["x"] == Decimal("1.10")
""",
        (([2, 1],), ('{"nan": Infinity, "s": {"set": [1, 2]}}', True)),
    ),
    plain(
        "csv with quotes and newlines",
        "import csv, io\ndef f(rows):\n    out = io.StringIO()\n    csv.writer(out, quoting=csv.QUOTE_MINIMAL).writerows(rows)\n"
        "    return list(csv.reader(io.StringIO(out.getvalue(), newline=''))), out.getvalue()",
        (([["a,b", 'c"d'], ["e\nf", ""]],), ([["a,b", 'c"d'], ["e\nf", ""]], '"a,b","c""d"\r\n"e\nf",\r\n')),
    ),
    plain(
        "regular expressions",
        r"""
import re
TOKEN = re.compile(r"(?P<num>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<op>[-+*/()])|\s+", re.UNICODE)
def f(text):
    tokens = [(m.lastgroup, m.group()) for m in TOKEN.finditer(text) if m.lastgroup]
    return tokens, re.sub(r"(?<=a)b(?!c)", lambda m: m.group().upper(), "abab abc")
""",
        (("x1 + 2.5",), ([("name", "x1"), ("op", "+"), ("num", "2.5")], "aBaB abc")),
    ),
    plain(
        "database with joins and functions",
        """
import sqlite3
def f(rows):
    with sqlite3.connect(":memory:") as db:
        db.create_function("half", 1, lambda n: n // 2)
        db.executescript("create table a(id integer primary key, n); create table b(id, w text);")
        db.executemany("insert into a values (?, ?)", rows)
        db.execute("insert into b select id, 'w' || n from a where n > 1")
        return db.execute("select half(n), w from a left join b using (id) order by a.id").fetchall()
""",
        (([(1, 1), (2, 8)],), [(0, None), (4, "w8")]),
    ),
    plain(
        "compressed and unpacked",
        "import bz2, gzip, lzma, zlib\ndef f(data):\n    return [m.decompress(m.compress(data)) == data for m in (bz2, gzip, lzma, zlib)], zlib.crc32(data)",
        ((b"abc" * 1000,), ([True] * 4, 733562123)),
    ),
    plain(
        "digests and codes",
        "import base64, binascii, hashlib, hmac\ndef f(data):\n    return [hashlib.md5(data).hexdigest(), hmac.new(b'k', data, 'sha1').hexdigest()[:8],\n"
        "            base64.b85encode(data).decode(), binascii.hexlify(data)]",
        ((b"abc",), ["900150983cd24fb0d6963f7d28e17f72", "f9bef091", "VPaz", b"616263"]),
    ),
    plain(
        "binary records",
        "import struct\ndef f(n, x):\n    data = struct.pack('<Hd4s', n, x, b'ab')\n    return data[:2], struct.unpack('<Hd4s', data), struct.calcsize('!Hd4s')",
        ((258, 0.5), (b"\2\1", (258, 0.5, b"ab\0\0"), 14)),
    ),
    plain(
        "heaps and sorted lists",
        "import bisect, heapq\ndef f(xs):\n    xs = list(xs)\n    heapq.heapify(xs)\n    small = heapq.heappushpop(xs, 0)\n    merged = list(heapq.merge([1, 4], [2, 3]))\n"
        "    bisect.insort(merged, 2.5)\n    return small, heapq.nlargest(2, xs), merged, bisect.bisect_right(merged, 2)",
        (([5, 3, 9],), (0, [9, 5], [1, 2, 2.5, 3, 4], 2)),
    ),
    plain(
        "decimal contexts",
        "from decimal import Decimal, localcontext, ROUND_UP\ndef f(n):\n    with localcontext() as c:\n        c.prec = n\n        third = str(Decimal(1) / 3)\n"
        "    return third, str(Decimal('2.001').quantize(Decimal('0.1'), rounding=ROUND_UP)), Decimal('NaN').is_nan()",
        ((4,), ("0.3333", "2.1", True)),
    ),
    plain(
        "statistics and fractions",
        "import statistics\nfrom fractions import Fraction\ndef f(xs):\n    return statistics.median(xs), statistics.multimode(xs), str(statistics.mean(Fraction(x) for x in xs)), statistics.pstdev(xs)",
        (([1, 2, 2, 5],), (2.0, [2], "5/2", 1.5)),
    ),
    plain(
        "calendar and dates",
        "import calendar\nfrom datetime import date, datetime, timedelta\ndef f(y, m):\n    last = calendar.monthrange(y, m)[1]\n"
        "    return last, date(y, m, last).isocalendar()[1], datetime.strptime('29 Feb 24', '%d %b %y').strftime('%A'), str(timedelta(hours=-1))",
        ((2024, 12), (31, 1, "Thursday", "-1 day, 23:00:00")),
    ),
    plain(
        "names and forms of characters",
        "import unicodedata as u\ndef f(s): return u.normalize('NFKD', s), [u.category(c) for c in s], u.name(s[0]), s.casefold(), s.upper()",
        (("ﬁß",), ("fiß", ["Ll", "Ll"], "LATIN SMALL LIGATURE FI", "fiss", "FISS")),
    ),
    plain(
        "differences and wrapped text",
        "import difflib, textwrap\ndef f(a, b):\n    return difflib.get_close_matches(a, b, 1), textwrap.fill(' '.join(b), 11), list(difflib.ndiff(['x'], ['y']))",
        (("appel", ["ape", "apple", "pear"]), (["apple"], "ape apple\npear", ["- x", "+ y"])),
    ),
    plain(
        "lazy iterators over endless input",
        """
import itertools as it, operator
def f(n):
    squares = map(operator.mul, it.count(1), it.count(1))
    small = it.takewhile(lambda x: x < n, squares)
    pairs = it.pairwise(it.chain.from_iterable(it.repeat((0, 1), 2)))
    groups = [(key, len(list(group))) for key, group in it.groupby("aabbb")]
    return list(small), list(pairs), groups, list(it.accumulate(range(4), initial=10)), list(it.batched("abcde", 2))
""",
        (
            (17,),
            (
                [1, 4, 9, 16],
                [(0, 1), (1, 0), (0, 1)],
                [("a", 2), ("b", 3)],
                [10, 10, 11, 13, 16],
                [("a", "b"), ("c", "d"), ("e",)],
            ),
        ),
    ),
    plain(
        "dependency order",
        "import graphlib\ndef f(graph):\n    try: return list(graphlib.TopologicalSorter(graph).static_order())\n    except graphlib.CycleError as error: return sorted(set(error.args[1]))",
        (({"c": ["b"], "b": ["a"]},), ["a", "b", "c"]),
        (({"a": ["b"], "b": ["a"]},), ["a", "b"]),
    ),
    plain(
        "markup parsed",
        """
import html, xml.etree.ElementTree as tree
from html.parser import HTMLParser
class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
    def handle_starttag(self, tag, attributes): self.found += [v for k, v in attributes if k == "href"]
def f(text):
    parser = Links()
    parser.feed(text)
    return parser.found, tree.fromstring("<a><b c='1'/>t</a>").find("b").get("c"), html.unescape("&lt;&eacute;")
""",
        (("<p><a href=x>y<a href='z'>",), (["x", "z"], "1", "<é")),
    ),
    plain(
        "addresses and identifiers",
        "import ipaddress, urllib.parse, uuid\ndef f(url):\n    parts = urllib.parse.urlsplit(url)\n    return parts.hostname, urllib.parse.parse_qs(parts.query), "
        "ipaddress.ip_address('10.0.0.1') in ipaddress.ip_network('10.0.0.0/8'), str(uuid.uuid5(uuid.NAMESPACE_DNS, 'x'))[:8]",
        (("https://u@Example.org:8/p?a=1&a=%20",), ("example.org", {"a": ["1", " "]}, True, "05b16a01")),
    ),
    plain(
        "archives in memory",
        "import io, tarfile, zipfile\ndef f(name, data):\n    box = io.BytesIO()\n    with zipfile.ZipFile(box, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr(name, data)\n"
        "    tar = io.BytesIO()\n    with tarfile.open(fileobj=tar, mode='w:gz') as t:\n        info = tarfile.TarInfo(name)\n        info.size = len(data)\n"
        "        t.addfile(info, io.BytesIO(data))\n    tar.seek(0)\n    return zipfile.ZipFile(box).read(name), tarfile.open(fileobj=tar).getnames()",
        (("a.txt", b"hi"), (b"hi", ["a.txt"])),
    ),
    plain(
        "settings and command lines parsed",
        """
import argparse, configparser, shlex
def f(line):
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-n", type=int, default=1)
    parser.add_argument("rest", nargs="*")
    config = configparser.ConfigParser()
    config.read_string("[s]\\nkey = %(base)s/x\\nbase = /b\\n")
    return vars(parser.parse_args(shlex.split(line))), config["s"]["key"]
""",
        (("-n 3 'a b' c",), ({"n": 3, "rest": ["a b", "c"]}, "/b/x")),
    ),
    plain(
        "argument parser that exits",
        "import argparse\ndef f(argv):\n    parser = argparse.ArgumentParser(prog='p')\n    parser.add_argument('-n', type=int)\n"
        "    try: return parser.parse_args(argv).n\n    except SystemExit as gone: return ('exit', gone.code)",
        ((["-n", "x"],), ("exit", 2)),
        ((["-n", "4"],), 4),
    ),
    plain(
        "bytecode read",
        "import dis\ndef g(a): return a + 1\ndef f(): return [i.opname for i in dis.get_instructions(g)][-1].startswith('RETURN'), g.__code__.co_varnames",
        ((), (True, ("a",))),
    ),
    plain(
        "program tokenised",
        "import io, keyword, tokenize\ndef f(text):\n    tokens = tokenize.generate_tokens(io.StringIO(text).readline)\n"
        "    return [t.string for t in tokens if t.type == tokenize.NAME and not keyword.iskeyword(t.string)]",
        (("if a: b = c\n",), ["a", "b", "c"]),
    ),
    plain(
        "own unit tests run inside",
        """
import io, unittest
class T(unittest.TestCase):
    def test_good(self): self.assertEqual(1, 1)
    @unittest.skip("later")
    def test_skipped(self): self.fail()
    @unittest.expectedFailure
    def test_bad(self): self.fail()
def f():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(T)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    return result.testsRun, len(result.skipped), len(result.expectedFailures), result.wasSuccessful()
""",
        ((), (3, 1, 1, True)),
    ),
    plain(
        "own doctests run inside",
        '''
import doctest
def f(n):
    """Double.

    >>> f(2)
    4
    """
    return 2 * n
EXAMPLES = doctest.DocTestFinder().find(f, "f", globs={"f": f})
assert doctest.DocTestRunner(verbose=False).run(EXAMPLES[0]).failed == 0
''',
        ((3,), 6),
    ),
    plain(
        "mocks used inside",
        "from unittest import mock\nimport time\ndef f():\n    with mock.patch('time.time', return_value=5.0) as clock: now = time.time()\n"
        "    m = mock.Mock(side_effect=[1, KeyError])\n    return now, clock.called, m(), mock.ANY == 3",
        ((), (5.0, True, 1, True)),
    ),
    plain(
        "templates, codecs and formats",
        "import codecs, locale, string\ndef f(name, n):\n    return string.Template('$name: $$').substitute(name=name), codecs.encode(name, 'rot13'), "
        "f'{n:>+10,.2f}|{n:e}|{n!r:*^9}', '%-5s|%05d' % (name, n), '{:b}'.format(n)",
        (("abc", 5), ("abc: $", "nop", "     +5.00|5.000000e+00|****5****", "abc  |00005", "101")),
    ),
    plain(
        "mail and headers parsed",
        "import email\nfrom email.message import EmailMessage\ndef f(subject):\n    m = EmailMessage()\n    m['Subject'] = subject\n    m.set_content('body')\n"
        "    back = email.message_from_string(m.as_string())\n    return back['Subject'], back.get_payload().strip()",
        (("hello",), ("hello", "body")),
    ),
    plain(
        "named random streams",
        "import random\ndef f(seed):\n    a, b = random.Random(seed), random.Random(seed)\n    xs = list(range(5))\n    a.shuffle(xs)\n    ys = list(range(5))\n    b.shuffle(ys)\n"
        "    return xs == ys, random.Random(0).random(), a.choices('ab', k=3) == b.choices('ab', k=3)",
        ((3,), (True, 0.8444218515250481, True)),
    ),
    plain(
        "objects stored and found again",
        "import pickle, shelve\ndef f(key, value):\n    with shelve.open('shelf') as shelf: shelf[key] = value\n    with shelve.open('shelf') as shelf: again = shelf[key]\n"
        "    return again, pickle.loads(pickle.dumps({value: [key]}, 5))",
        (("k", 3), (3, {3: ["k"]})),
    ),
    plain(
        "complex roots",
        "import cmath\ndef f(a, b, c):\n    d = cmath.sqrt(b * b - 4 * a * c)\n    return [(-b + d) / (2 * a), (-b - d) / (2 * a)]",
        ((1, 0, 4), [2j, -2j]),
    ),
)
