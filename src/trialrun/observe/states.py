"""Values of variables: which ones each variable took while a program ran on one case, and where two programs part.

The program runs once more, in a fresh job, under a driver that traces its lines and writes down, for each variable,
the distinct values that it had, as text. The first variable with a value that the other program never gives it is the
*execution difference* of the case (Mokav, 2024): what a model is shown to make it think of the next input.

Leaves out: values whose text has 50 characters or more, functions, modules and classes, attributes of objects, events
after the first 20,000.
"""

from dataclasses import dataclass, replace

from trialrun.core import values
from trialrun.core.execution import Limits
from trialrun.core.parse_values import parse
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.lang.subject import Form, Subject
from trialrun.run.batch import encode_calls
from trialrun.run.sandbox import Sandbox
from trialrun.run.serving import Serving

LONGEST = 50
"""Characters from which on a value's text is left out."""
_EVENTS = 20_000
_DRIVER = "__trialrun_states__"
_SOURCE = """
def {driver}(*args):
    import sys
    taken, left, plain = {{}}, [{events}], (type(sys), type, type(sys.settrace), type({driver}))
    sized = (str, bytes, list, tuple, dict, set, frozenset)
    def look(frame, event, arg):
        left[0] -= 1
        if left[0] < 0:
            sys.settrace(None)
            return None
        for name, value in list(frame.f_locals.items()):
            if name.startswith("__") or isinstance(value, plain):
                continue
            if isinstance(value, sized) and len(value) >= {longest}:
                continue
            try:
                text = repr(value)
            except Exception:
                continue
            if len(text) < {longest}:
                taken.setdefault(name, {{}}).setdefault(text)
        return look
    def enter(frame, event, arg):
        return look if frame.f_code.co_filename.startswith({watch!r}) else None
    sys.settrace(enter)
    try:
        {entry}(*args)
    except BaseException:
        pass
    finally:
        sys.settrace(None)
    return {{name: list(texts) for name, texts in taken.items()}}
"""

States = dict[str, tuple[str, ...]]
"""For each variable, in order of first appearance, the texts of its values, in order."""


@dataclass(frozen=True, slots=True)
class Parting:
    """A variable's value in one program that the other program never gives it."""

    variable: str
    value: str


def record_states(sandbox: Sandbox, subject: Subject, case: Case, limits: Limits) -> States:
    """Return the values of a subject's variables on a case; none where it does not come to an end under the tracer."""
    source = _SOURCE.format(
        driver=_DRIVER,
        entry=subject.program.entry,
        watch=subject.watch,
        events=_EVENTS,
        longest=LONGEST,
    )
    name, text = subject.program.files[0]
    program = Program(files=((name, text + source), *subject.program.files[1:]), entry=_DRIVER)
    args = (case.stdin or "",) if subject.form is Form.STDIN else case.args
    patient = replace(limits, cpu_s=max(limits.cpu_s, 2.0))
    with Serving(sandbox, program, patient) as serving:
        execution = serving.alone(encode_calls(_DRIVER, [Case(args=args)])[0])
    return _read(execution.value)


def parting(one: States, two: States) -> Parting | None:
    """Return the first value in `one` that `two` never gives the same variable, of the variables that both have."""
    for name, texts in one.items():
        if name in two:
            for text in texts:
                if text not in two[name]:
                    return Parting(name, text)
    return None


def _read(data: bytes | None) -> States:
    """Read what the driver returned; what it cannot have written reads as nothing."""
    if data is None:
        return {}
    try:
        tree = parse(data)
    except values.Malformed:
        return {}
    if type(tree) is not tuple or tree[0] != values.DICT:
        return {}
    states: States = {}
    for name, texts in zip(tree[1::2], tree[2::2], strict=True):
        if type(name) is str and type(texts) is tuple and texts[0] == values.LIST:
            states[name] = tuple(text for text in texts[1:] if type(text) is str)
    return states
