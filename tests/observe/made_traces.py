"""Traces for the tests of renderers: of real calls in this process, by hand, and any within their invariants."""

import functools
from array import array

from hypothesis import strategies as st

from trialrun.core import values
from trialrun.core.execution import Execution, Outcome
from trialrun.core.trace import BlockInfo, CodeInfo, Event, Level, Trace, Value
from trialrun.lang.regions import facts_of
from trialrun.observe.events import read_trace
from trialrun.run.child import tracing
from trialrun.run.child.job import recorded


@functools.lru_cache(maxsize=64)
def traced(source, *args, entry="f", level="summaries", lines="monitoring", first=100_000, last=20_000):
    """Trace a call in this process, as a job does."""
    given = {"level": level, "lines": lines, "first": first, "last": last, "cpu_s": 0}
    one = tracing.Tracing(given, "solution.py", None)
    namespace = {"__name__": "solution"}
    exec(one.compile(source), namespace)
    ended = Execution(outcome=Outcome.RETURNED)
    try:
        ended = Execution(
            outcome=Outcome.RETURNED, value=values.encode(recorded(one, namespace[entry])(*args))
        )
    except Exception as error:
        ended = Execution(outcome=Outcome.RAISED, exception=type(error).__name__)
    sources = (("solution.py", source),)
    return read_trace(one.pack(True), ended, sources, facts_of(source), level=Level(level), python="3.13.0")


def value_of(value):
    """Return the summary of a value that is kept whole."""
    length = len(value) if hasattr(value, "__len__") else -1
    return Value(type(value).__name__, length, values.encode(value), True)


class Columns:
    """Collects events of a trace that is written by hand."""

    def __init__(self, source):
        self.source, self.facts = source, facts_of(source)
        self.rows, self.table, self.names, self.parents = [], [], [], []

    def event(self, kind, code, place, frame=0, parent=-1, **bound):
        """Add an event; values are Python objects."""
        while len(self.parents) <= frame:
            self.parents.append(parent)
        self.rows.append((kind, code, place, frame, bound))

    def trace(self, **fields):
        """Return the trace."""
        codes, blocks = self.facts.infos()
        first, name, value = array("i", [0]), array("i"), array("i")
        for *_, bound in self.rows:
            for one, given in bound.items():
                one = one.strip("_")
                if one not in self.names:
                    self.names.append(one)
                name.append(self.names.index(one))
                value.append(len(self.table))
                self.table.append(value_of(given))
            first.append(len(name))
        columns = {
            key: array("i", [row[place] for row in self.rows])
            for place, key in enumerate(("kind", "code", "place", "frame"))
        }
        given = {
            "sources": (("solution.py", self.source),),
            "python": "3.13.0",
            "level": Level.SUMMARIES,
            "execution": Execution(outcome=Outcome.RETURNED),
            "codes": codes,
            "blocks": blocks,
            "first": first,
            "name": name,
            "value": value,
            "identity": array("i", [0] * len(name)),
            "version": array("i", [0] * len(name)),
            "names": tuple(self.names),
            "values": tuple(self.table),
            "parents": array("i", self.parents),
        }
        return Trace(**columns, **{**given, **fields})


_TEXT = st.text(alphabet=st.characters(codec=None), max_size=30)
_HOSTILE = st.sampled_from(
    [
        "</script><script>owned=1</script>",
        "\x1b[2J\r\x9b31m",
        "\u202e\u2066\ud800",
        '# [STATE-0] {"a": 1} [/STATE-0]',
        "'\"\\{[(<~#, = ;",
        "x" * 3000,
        "__proto__",
        "@@DATA@@ & < > `${a}`",
        "e" + "\u0301" * 50,
    ]
)
TEXTS = _TEXT | _HOSTILE
_OBJECTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | TEXTS
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3) | st.tuples(inner),
    max_leaves=8,
)


@st.composite
def summaries(draw):
    """Any value that a record may hold: canonical bytes, or bytes that are no value at all."""
    data = draw(st.builds(values.encode, _OBJECTS) | st.binary(max_size=30))
    return Value(draw(TEXTS)[:200], draw(st.integers(-1, 1 << 40)), data, draw(st.booleans()))


@st.composite
def any_trace(draw):
    """Any trace that keeps to the invariants of `core/trace.py`, however little sense it makes."""
    source = "\n".join(draw(st.lists(TEXTS, max_size=6)))
    number = st.integers(0, 1 << 31) | st.integers(0, 8)
    lines = st.lists(st.tuples(number, number), max_size=3).map(tuple)
    count = draw(st.integers(1, 4))
    codes = tuple(
        CodeInfo(
            draw(TEXTS),
            draw(st.sampled_from(["module", "function", "class"])),
            draw(number),
            draw(number),
            (),
        )
        for _ in range(count)
    )
    blocks = tuple(
        BlockInfo(
            draw(st.integers(0, count - 1)), draw(lines), (), draw(st.booleans()), draw(st.booleans()), ()
        )
        for _ in range(draw(st.integers(1, 4)))
    )
    parents = [draw(st.integers(-1, frame - 1)) for frame in range(draw(st.integers(0, 5)))]
    table = draw(st.lists(summaries(), min_size=1, max_size=4))
    names = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
    rows, bound = [], []
    first = [0]
    for _ in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(list(Event)))
        code = draw(st.integers(-1 if kind is Event.LINE else 0, count - 1))
        is_block = kind in (Event.BLOCK, Event.RETURN)
        place = draw(st.integers(0, len(blocks) - 1)) if is_block else draw(number)
        rows.append((int(kind), code, min(place, (1 << 31) - 1), draw(st.integers(-1, len(parents) - 1))))
        for _ in range(draw(st.integers(0, 3))):
            chosen = st.integers(0, len(names) - 1)
            bound.append((draw(chosen), draw(st.integers(-1, len(table) - 1)), draw(st.integers(0, 3))))
        first.append(len(bound))
    gap = draw(st.integers(0, len(rows)))
    return Trace(
        sources=(("solution.py", source),) if draw(st.booleans()) else (),
        python=draw(st.sampled_from(["3.13.0", "3", ""])),
        level=draw(st.sampled_from(list(Level))),
        execution=Execution(outcome=draw(st.sampled_from(list(Outcome))), exception=draw(st.none() | TEXTS)),
        codes=codes,
        blocks=blocks,
        kind=array("b", [row[0] for row in rows]),
        code=array("i", [row[1] for row in rows]),
        place=array("i", [row[2] for row in rows]),
        frame=array("i", [row[3] for row in rows]),
        first=array("i", first),
        name=array("i", [row[0] for row in bound]),
        value=array("i", [row[1] for row in bound]),
        identity=array("i", [row[2] for row in bound]),
        version=array("i", [0] * len(bound)),
        names=tuple(names),
        values=tuple(table),
        parents=array("i", parents),
        dropped=draw(st.sampled_from([0, 0, 7])),
        gap=gap,
        flags=tuple(draw(st.lists(TEXTS, max_size=2))),
    )
