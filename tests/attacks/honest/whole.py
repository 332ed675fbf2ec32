"""Whole programs that look suspicious, as they are handed in: stdin in, stdout out."""

# ruff: noqa: E501 (data: short programs stay on one line)

STDIN = "5\n"

PROGRAMS: tuple[tuple[str, str, str], ...] = (
    ("reads stdin", "print(int(input()) + 1)", "6"),
    ("main guard", "import sys\ndef main():\n    print(sys.stdin.read().strip() * 2)\nif __name__ == '__main__': main()", "55"),
    ("exits with 0", "import sys\nprint('done')\nsys.exit(0)", "done"),
    ("exits with None", "print('done')\nraise SystemExit", "done"),
    ("atexit prints", "import atexit\natexit.register(print, 'late')", "late"),
    ("thread prints", "import threading, time\n"
     "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()", "late"),
    ("no newline at the end", "import sys\nsys.stdout.write('x')", "x"),
    ("bytes on stdout", "import sys\nsys.stdout.buffer.write(b'raw')", "raw"),
    ("descriptor 1", "import os\nos.write(1, b'raw')", "raw"),
    ("much output", "print('y' * 100000)", "y" * 100000),
    ("reads bytes", "import sys\nprint(int(sys.stdin.buffer.read()) ** 2)", "25"),
    ("reads descriptor 0", "print(open(0).read().split())", "['5']"),
    ("reads to the end", "n = []\nwhile True:\n    try: n.append(input())\n    except EOFError: break\nprint(n)", "['5']"),
    ("reads lines", "import sys\nfor number, line in enumerate(sys.stdin, 1): print(number, line, end='')", "1 5"),
    ("reads nothing", "print('no input needed')", "no input needed"),
    ("fileinput", "import fileinput\nprint(sum(int(line) for line in fileinput.input()))", "5"),
    ("exit of the interactive mode", "print('done')\nexit()\nprint('never')", "done"),
    ("quit of the interactive mode", "n = int(input())\nif n:\n    print(n)\n    quit(0)\n", "5"),
    ("main with a return code", "import sys\ndef main() -> int:\n    print('ok')\n    return 0\nsys.exit(main())", "ok"),
    ("noise on stderr", "import sys, warnings\nprint('debug', file=sys.stderr)\nwarnings.warn('old')\nprint('ok')", "ok"),
    ("large stack in a thread", "import sys, threading\nsys.setrecursionlimit(100000)\nthreading.stack_size(1 << 26)\n"
     "def depth(n): return 0 if n == 0 else 1 + depth(n - 1)\n"
     "thread = threading.Thread(target=lambda: print(depth(20000)))\nthread.start()\nthread.join()", "20000"),
    ("asyncio reads", "import asyncio, sys\nasync def main():\n    line = await asyncio.to_thread(sys.stdin.readline)\n    print(line.strip())\nasyncio.run(main())", "5"),
    ("class of __main__ pickled", "import pickle\nclass P:\n    def __init__(self, n): self.n = n\nprint(pickle.loads(pickle.dumps(P(3))).n, P.__module__)", "3 __main__"),
    ("place of the program", "import os\nprint(os.path.basename(__file__) != '', __name__)", "True __main__"),
    ("arguments parsed", "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--n', type=int, default=2)\nprint(parser.parse_args().n)", "2"),
    ("unit tests as the program", "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertTrue(True)\n"
     "result = unittest.main(exit=False).result\nprint(result.testsRun, result.wasSuccessful())", "1 True"),
    ("doctests as the program", '"""\n>>> 1 + 1\n2\n"""\nimport doctest\nprint(doctest.testmod())', "TestResults(failed=0, attempted=1)"),
    ("output replaced and given back", "import io, sys\nreal, sys.stdout = sys.stdout, io.StringIO()\nprint('a')\ntext = sys.stdout.getvalue()\n"
     "sys.stdout = real\nprint(text * 2, end='')", "a\na"),
    ("output reopened without buffer", "import os, sys\nsys.stdout = os.fdopen(1, 'w', 1)\nprint('line')", "line"),
    ("output closed at the end", "import sys\nprint('ok')\nsys.stdout.flush()\nsys.stdout.close()", "ok"),
    ("finalisers at the end", "class R:\n    def __del__(self): print('freed')\nr = R()\ndel r\nprint('end')", "freed\nend"),
    ("several exit handlers", "import atexit\nfor i in range(3): atexit.register(print, i)\nprint('main')", "main\n2\n1\n0"),
    ("alarm that interrupts reading", "import signal, time\ndef stop(*about): raise TimeoutError\nsignal.signal(signal.SIGALRM, stop)\nsignal.alarm(1)\n"
     "try: time.sleep(30)\nexcept TimeoutError: print('stopped')", "stopped"),
    ("text in many scripts", "print('ß', '漢字', 'العربية', '\\U0001f600', '\\u0301')", "ß 漢字 العربية \U0001f600 \u0301"),
    ("large numbers read and written", "n = int(input())\nprint(pow(n, 3000) % 10 ** 50)", str(pow(5, 3000) % 10**50)),
)  # fmt: skip
"""Programs on the stdin `5`: (name, source, what they print)."""
