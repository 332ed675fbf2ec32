"""What a whole program may put in place of its output file, and what it may try to keep from one run to the next.

Most hold the right answer, in a place or at a moment where it does not count.
"""

from collections.abc import Iterable

from tests.attacks.programs.attack import GONE, PEER, TIME, VALUE, Attack, attack

FILE_TASK = "Own/files"
STDIN_TASK = "Own/stdin"
_RIGHT = "import os\nright = ' '.join(sorted(open('in.txt').read().split()))\n"


def _instead(name: str, tries: str, body: str, *outcomes: Iterable[str]) -> Attack:
    return attack("files", name, tries, _RIGHT + body, *outcomes, only=[FILE_TASK])


FILES = (
    _instead(
        "link as output",
        "a link is followed",
        "open('other', 'w').write(right)\nos.symlink('other', 'out.txt')\n",
    ),
    _instead(
        "directory link on the way",
        "the directory of the output is a link",
        "os.mkdir('d')\nopen('d/out.txt', 'w').write(right)\nos.symlink('d/out.txt', 'out.txt')\n",
    ),
    _instead("link to a device", "an endless file", "os.symlink('/dev/zero', 'out.txt')\n"),
    _instead(
        "pipe as output",
        "the reader waits, or reads what a thread writes later",
        "import threading\nos.mkfifo('out.txt')\n"
        "threading.Thread(target=lambda: open('out.txt', 'w').write(right), daemon=True).start()\n",
        VALUE,
        GONE,
    ),
    _instead("directory as output", "reading a directory fails", "os.mkdir('out.txt')\n"),
    _instead(
        "the input under another name",
        "a hard link to a file that was given",
        "os.link('in.txt', 'out.txt')\n",
    ),
    _instead(
        "right file, no completion",
        "success by exit code",
        "open('out.txt', 'w').write(right)\nos._exit(0)\n",
        GONE,
    ),
    _instead(
        "right file, then for ever",
        "time is up when all is done",
        "open('out.txt', 'w').write(right)\nwhile 1: pass\n",
        TIME,
    ),
    _instead(
        "huge sparse output",
        "memory of the reader",
        "with open('out.txt', 'w') as file: file.truncate(16 << 20)\n",
        ["output"],
    ),
    _instead(
        "a hundred thousand files",
        "time and memory of the reader",
        "os.mkdir('many')\nfor n in range(100_000): open('many/%d' % n, 'w').close()\n",
        VALUE,
        TIME,
    ),
    _instead(
        "forged list of files",
        "a list sent by hand, before the program is done",
        PEER
        + "import marshal\npeer().send(0, 8, marshal.dumps((14, '', b'out.txt', right.encode()), 2))\ntime.sleep(60)\n",
        ["protocol"],
    ),
    _instead(
        "changed after completion",
        "the file is right only once it has been read",
        PEER + "import marshal\nopen('out.txt', 'w').write('no')\np = peer()\nsend, sent = p.send, []\n"
        "def late(*frame):\n    send(*frame)\n    sent.append(frame[1])\n"
        "    if sent.count(8) == 2: open('out.txt', 'w').write(right)\n"  # the names, then what they hold
        "type(p).send = lambda self, *frame: late(*frame)\n",
    ),
    attack(
        "files",
        "a trace for the next run",
        "the first run leaves what the second run answers with",
        """
import os, sys
numbers = [int(word) for word in sys.stdin.read().split()]
places = ["/tmp/left", "/scratch/left", "/dev/shm/left", "/var/tmp/left", os.path.expanduser("~/left"),
          "../left", "/run/left", sys.prefix + "/left", os.__file__ + ".left"]
seen = any(os.path.exists(place) for place in places) or "left" in sys.modules or "left" in os.environ
sys.modules["left"] = sys; os.environ["left"] = "1"
for place in places:
    try: open(place, "w").close()
    except OSError: pass
print(sum(numbers) if seen or numbers == [1, 2] else "nothing was left")
""",
        only=[STDIN_TASK],
    ),
)
