"""Two open holes at once, from cases of the whole alone: the search that a hole's own inputs and outputs spare.

For every expression of the first hole, the second is searched by the cases of the whole, given what then reaches it.
Both searches are those of `lang/composition_search.py`; the number of expressions grows by rounds, so that neither hole
is tried at the other's cost. Runs in the sandbox, as text behind the program that searches for the first hole.

Leaves out: more than two holes.
"""

from trialrun.core.program import Program
from trialrun.lang.composition_search import ENTRY, searching
from trialrun.lang.sketch import Sketch

_JOINT = """

class __trialrun_Outer__(type(__trialrun_outer__)):
    def passes(self, text):
        names = ", ".join(name for name, _ in self.parameters)
        before, second = globals()[self.hole], globals()[__trialrun_inner__.hole]
        globals()[self.hole] = eval("lambda " + names + ": " + text, globals())
        reached = []

        def stop(*args):
            reached.append(list(args))
            raise LookupError

        try:
            globals()[__trialrun_inner__.hole] = stop
            for args, _ in self.loads(self.dumps(self.whole, 2)):
                try:
                    globals()[self.entry](*args)
                except Exception:
                    pass
            globals()[__trialrun_inner__.hole] = second
            if len(reached) == len(self.whole):
                self.second = __trialrun_inner__.found(reached, None, self.whole, self.most)
                return self.second is not None
        finally:
            globals()[self.hole], globals()[__trialrun_inner__.hole] = before, second
        return False


def __trialrun_joint__(inputs, whole, most_calls):
    outer = __trialrun_outer__
    outer.__class__ = __trialrun_Outer__
    count = __trialrun_Searcher__
    count.calls, count.most_calls, most = 0, most_calls, 64
    try:
        while True:
            found = outer.found(inputs, None, whole, most)
            if found is not None:
                return (found, outer.second, count.calls)
            most *= 4
    except count.Spent:
        return (None, None, most_calls)
"""
JOINT = "__trialrun_joint__"


def joint(sketch: Sketch, first: str, second: str, entry: str) -> Program:
    """Return the program that searches both holes; `first` is reached before `second`.

    It takes the inputs of the first hole, the cases of the whole as pairs, and how many calls it may make; it gives
    both expressions (or None twice) and the calls made.
    """
    made = searching(sketch, first, entry).source
    head, _, outer = made.rpartition(f"def {ENTRY}(")
    _, _, inner = searching(sketch, second, entry).source.rpartition(f"def {ENTRY}(")
    makers = _maker(outer, "__trialrun_outer__") + _maker(inner, "__trialrun_inner__")
    return Program.from_source(head + makers + _JOINT, entry=JOINT)


def _maker(function: str, name: str) -> str:
    """Return the line of a search's function that makes its searcher, under another name."""
    line = next(line.strip() for line in function.splitlines() if line.strip().startswith("searcher = "))
    return line.replace("searcher", name, 1) + "\n"
