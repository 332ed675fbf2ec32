"""Fixed pieces of an emitted test file: how it begins, how it loads what it tests, the helpers that it may need.

Leaves out: what a test asserts (`emit_test.py`).
"""

from collections.abc import Iterable

from trialrun.core.printable import printable

_WORDS = """
made given result caught done command capsys deadline same collect float complex pytest asyncio datetime collections
decimal fractions numpy itertools range set frozenset bytearray list dict int str bool tuple type iter sys pathlib
importlib signal
"""
TAKEN = frozenset(_WORDS.split())
"""Names that mean something in a test, so that no argument may take them."""

CHANGE = "Behaviour before a change, kept as tests: each passed on the old version and failed on the new one."
"""What a file of tests says of itself."""

_SAME = '''def same(got, expected):
    """Equal and of one type, all the way down; NaN is NaN, and -0.0 is not 0.0."""
    if type(got).__name__ != type(expected).__name__:
        return False
    if isinstance(expected, (float, complex)):
        return repr(got) == repr(expected)
    if isinstance(expected, dict):
        return same(list(got.items()), list(expected.items()))
    if isinstance(expected, (set, frozenset)):
        return sorted(map(repr, got)) == sorted(map(repr, expected))
    if isinstance(expected, (list, tuple)) or type(expected).__name__ == "deque":
        return len(got) == len(expected) and all(map(same, got, expected))
    if hasattr(expected, "__dataclass_fields__"):
        return all(same(getattr(got, name), getattr(expected, name)) for name in expected.__dataclass_fields__)
    return repr(got) == repr(expected)
'''

_COLLECT = '''async def collect(items):
    """All items of an asynchronous generator."""
    return [item async for item in items]
'''

_DEADLINE = '''@pytest.fixture
def deadline():
    """End a call that does not come back."""

    def ring(number, frame):
        raise TimeoutError("the call did not come back")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
'''

_HELPERS = {"same": _SAME, "collect": _COLLECT, "deadline": _DEADLINE}

_BY_PATH = """def _load_{name}():
    path = pathlib.Path(__file__).resolve().parent / {file!r}
    spec = importlib.util.spec_from_file_location({module!r}, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


{name} = _load_{name}()
"""


def load(name: str, module: str, file: str, *, whole: bool) -> str:
    """Return the lines that give a test its module under `name`; of a whole program, its path in capitals."""
    if whole:
        return f"{name.upper()} = pathlib.Path(__file__).resolve().parent / {file!r}\n"
    if module:
        return f"{name} = importlib.import_module({module!r})\n"
    return _BY_PATH.format(name=name, file=file, module=f"{name}_under_test")


def docstring(text: str) -> str:
    """Return a line of hostile text as a docstring.

    >>> docstring('it said "no" \\x1b').strip('"')
    "it said 'no' / x1b"
    """
    plain = printable(text, 200).replace("\\", "/ ").replace('"', "'")
    return f'"{plain}"' if len(plain) < 3 else f'"""{plain}"""'


def join(imports: Iterable[str], helpers: Iterable[str], body: Iterable[str], heading: str) -> str:
    """Return the whole file."""
    pieces = [piece.rstrip("\n") for piece in body]
    wanted = {*imports, *(("pytest",) if "deadline" in helpers else ())}
    text = "\n".join(pieces)
    wanted |= {module for module in ("importlib.util", "pathlib", "sys") if f"{module}." in text}
    wanted |= {"importlib"} if "importlib.import_module" in text else set()
    third = sorted(wanted & {"numpy", "pytest"})
    lines = [f"import {module}" for module in sorted(wanted - set(third))]
    lines += [""] if lines and third else []
    lines += [f"import {module}" for module in third]
    known = [_HELPERS[name].rstrip("\n") for name in ("same", "collect", "deadline") if name in set(helpers)]
    return "\n\n\n".join([f'"""{heading}"""\n\n' + "\n".join(lines), *known, *pieces]) + "\n"
