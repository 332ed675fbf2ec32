"""Drivers: generated source that turns what is to be compared into one plain function of canonical values.

A function with plain positional parameters needs none. Otherwise `Case.args` are laid out as the signature lists the
parameters: keyword-only ones have a place like all others, `*rest` takes a list and `**more` a dict. A method's first
argument is the list of its constructor's arguments, and its result comes with the object's plain attributes. A
coroutine runs to its end on a loop whose clock jumps to the next timer; an asynchronous generator is collected. A whole
program runs as `__main__` on a text, in a module of its own each time, and returns how it ended; what it prints
is caught as that of any call.

Leaves out: running anything, `root`s other than plain directories, calling one object several times.
"""

import ast
from pathlib import Path

from trialrun.core.errors import UsageError, nearest
from trialrun.core.program import Program
from trialrun.core.text_files import read_text
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Binding, Function, Parameter, Signature, read_signature
from trialrun.lang.subject import Form, Subject

DRIVER = "__trialrun_driver__"
"""Name of the generated function."""
FILE = "solution.py"
"""Name of a one-file program's code; of a whole program's, the same."""

_COLLECT = 10_000
"""Items taken from an asynchronous generator."""

_LOOP = '''
import asyncio as __trialrun_asyncio__

class __trialrun_Loop__(__trialrun_asyncio__.BaseEventLoop):
    """A loop without descriptors, whose clock jumps to the next timer."""
    def __init__(self):
        super().__init__()
        self._selector, self.now = self, 0.0
    def time(self):
        return self.now
    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the coroutine waits for something that never comes")
        self.now += timeout
        return []
    def _process_events(self, events):
        pass
    def _write_to_self(self):
        pass

def __trialrun_run__(coroutine):
    loop = __trialrun_Loop__()
    try:
        __trialrun_asyncio__.set_event_loop(loop)
        return loop.run_until_complete(coroutine)
    finally:
        __trialrun_asyncio__.set_event_loop(None)
        loop.close()
'''

_ATTRIBUTES = """
def __trialrun_attributes__(made):
    plain = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
    return {k: v for k, v in sorted(getattr(made, "__dict__", {}).items()) if type(v) in plain}
"""

_WHOLE = """
import os as _os, sys as _sys, types as _types, atexit as _atexit
_code = compile(%(source)r, "solution.py", "exec", dont_inherit=True)
_limit, _out = _sys.getrecursionlimit(), _sys.stdout

def %(driver)s(text):
    _os.ftruncate(0, 0)
    _os.lseek(0, 0, 0)
    _os.write(0, text.encode("utf-8", "surrogatepass"))
    _os.lseek(0, 0, 0)
    _sys.stdin = open(0, closefd=False)
    _sys.stdout = _out
    _sys.argv[:] = ["solution.py"]
    module = _types.ModuleType("__main__")
    module.__file__ = "solution.py"
    _sys.modules["__main__"] = module
    try:
        exec(_code, module.__dict__)
        _finish()
    except SystemExit as error:
        _finish()
        if error.code not in (None, 0):
            raise
    finally:
        _sys.setrecursionlimit(_limit)

def _finish():
    if "threading" in _sys.modules:
        threads = _sys.modules["threading"]
        for thread in threads.enumerate():
            if thread is not threads.current_thread() and not thread.daemon:
                thread.join()
    _atexit._run_exitfuncs()
    _atexit._clear()
    for stream in (_sys.stdout, _out):
        try:
            stream.flush()
        except Exception:
            pass
"""


def stdin_subject(source: str, name: str = FILE) -> Subject:
    """Return a whole program that reads its input from stdin. Raises `UsageError` where it does not parse."""
    _parse(source, name)
    driven = _WHOLE % {"source": source, "driver": DRIVER}
    program = Program(files=(("driver.py", driven),), entry=DRIVER)
    return Subject(name=name, program=program, form=Form.STDIN, source=source, watch=(FILE,))


def function_subject(source: str, qualname: str, name: str = "") -> Subject:
    """Return a function, method, property or class of a one-file program.

    Raises `UsageError` where the source does not parse or does not define it.
    """
    name = name or qualname
    signature = _signature(source, qualname, name)
    entry, driver = _driver(signature, "")
    program = Program.from_source(f"{source}\n{driver}" if driver else source, entry=entry)
    return Subject(name=name, program=program, source=source, signature=signature, watch=(FILE,))


def package_subject(
    root: Path,
    path: str,
    qualname: str,
    name: str = "",
    *,
    source: str | None = None,
    called_as: Signature | None = None,
) -> Subject:
    """Return a function of a file `path` below `root`, the directory that its module is imported from.

    `called_as` lays its arguments out in another way than its own source says (`lang/align.py`). Raises `UsageError`
    where the file cannot be read, does not parse or does not define it.
    """
    name = name or f"{path}:{qualname}"
    source = read_text(root / path) if source is None else source
    signature = called_as or _signature(source, qualname, name)
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    entry, driver = _driver(signature, "__trialrun_module__.")
    shim = f"import importlib\n__trialrun_module__ = importlib.import_module({module!r})\n"
    if not driver:
        entry = DRIVER
        driver = f"{DRIVER} = __trialrun_module__.{qualname}\n"
    program = Program.from_source(shim + driver, entry=entry)
    return Subject(
        name=name, program=program, source=source, signature=signature, root=root, watch=(f"{root}/",)
    )


def functions_of(source: str) -> list[str]:
    """Return the names of the functions at the top level of a file, in order; none where it does not parse."""
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return []
    names = [node.name for node in tree.body if isinstance(node, Function)]
    return list(dict.fromkeys(names))


def _parse(source: str, name: str) -> ast.Module:
    tree = parse(source)
    if isinstance(tree, Unparseable):
        raise UsageError(f"{name} is no Python that can be read: {tree.reason}")
    return tree


def _signature(source: str, qualname: str, name: str) -> Signature:
    signature = read_signature(_parse(source, name), qualname)
    if signature is None:
        there = functions_of(source)
        raise UsageError(f"{name} does not define {qualname!r}{nearest(qualname, there)}")
    return signature


def _driver(signature: Signature, prefix: str) -> tuple[str, str]:
    """Return the name to call and the source that defines it, empty where the function needs no driver."""
    target = prefix + signature.name
    plain = all(not parameter.keyword_only and not parameter.variadic for parameter in signature.parameters)
    simple = signature.binding is Binding.PLAIN and "." not in signature.name
    if plain and simple and not signature.is_async:
        return signature.name, ""
    call, parts, lines = target, [], []
    if signature.name.endswith(".__init__"):
        made_by = f"{target.removesuffix('.__init__')}({_spread(signature.parameters, 'args')})"
        return (
            DRIVER,
            f"{_ATTRIBUTES}\ndef {DRIVER}(*args):\n    return None, __trialrun_attributes__({made_by})\n",
        )
    made = signature.binding in (Binding.METHOD, Binding.PROPERTY)
    if made:
        owner, _, attribute = target.rpartition(".")
        parts.append(_ATTRIBUTES)
        lines += [
            "made, args = args[0], args[1:]",
            f"self = {owner}({_spread(signature.constructor, 'made')})",
        ]
        call = f"self.{attribute}"
    result = (
        call if signature.binding is Binding.PROPERTY else f"{call}({_spread(signature.parameters, 'args')})"
    )
    if signature.is_async and signature.is_generator:
        parts.append(_LOOP)
        lines.append(f"async def collect(): return [x async for _, x in __trialrun_zip__({result})]")
        parts.append(_BOUNDED)
        result = "__trialrun_run__(collect())"
    elif signature.is_async:
        parts.append(_LOOP)
        result = f"__trialrun_run__({result})"
    lines.append(f"result = {result}")
    lines.append("return result, __trialrun_attributes__(self)" if made else "return result")
    body = "".join(f"    {line}\n" for line in lines)
    return DRIVER, "".join(parts) + f"\ndef {DRIVER}(*args):\n{body}"


_BOUNDED = f"""
async def __trialrun_zip__(items):
    count = 0
    async for item in items:
        yield count, item
        count += 1
        if count >= {_COLLECT}:
            break
"""


def _spread(parameters: tuple[Parameter, ...], args: str) -> str:
    """Return the argument list of a call that takes its values from the sequence `args`, which may be shorter."""
    spread = []
    plain = 0
    for place, parameter in enumerate(parameters):
        if parameter.variadic == "*":
            spread.append(f"*(x for xs in {args}[{place}:{place + 1}] for x in xs)")
        elif parameter.variadic == "**":
            spread.append(f"**dict(kv for more in {args}[{place}:{place + 1}] for kv in more.items())")
        elif parameter.keyword_only:
            spread.append(f"**dict(zip([{parameter.name!r}], {args}[{place}:{place + 1}]))")
        else:
            plain = place + 1
    return ", ".join([f"*{args}[:{plain}]", *spread])
