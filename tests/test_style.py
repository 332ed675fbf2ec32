"""House rules that a machine can check: cheap imports, documented names, a quiet library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

SOURCE = Path(__file__).resolve().parent.parent / "src" / "trialrun"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.read_text(encoding="utf-8").strip())
HEAVY = {"asyncio", "http.client", "msgspec", "numpy", "openai", "tomli_w", "urllib.request"}


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_import_trialrun_loads_only_itself() -> None:
    loaded = loaded_after("import trialrun") - loaded_after("import typing")
    assert loaded == {"trialrun", "trialrun.core", "trialrun.core.version"}


def test_help_needs_neither_the_sandbox_nor_the_task_sets() -> None:
    loaded = loaded_after("from trialrun.cli import execute; execute(['--help'])")
    packages = ("trialrun.run", "trialrun.tasks", "trialrun.measure", "trialrun.flow", "trialrun.store")
    assert not [name for name in loaded if name.startswith(packages)]
    assert "trialrun.cli" in loaded and not loaded & HEAVY


def test_judging_loads_no_way_of_making_cases_or_programs() -> None:
    loaded = loaded_after("import trialrun.cli.evaluate")
    packages = (
        "trialrun.probe",
        "trialrun.observe",
        "trialrun.generate",
        "trialrun.repair",
        "trialrun.learn",
    )
    assert not [name for name in loaded if name.startswith(packages)]


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_says_what_it_does(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "write a module docstring"
    assert path.stem not in ("utils", "helpers", "manager", "common", "misc"), "name what is inside"


def public_definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Yield the public functions and classes of a module, and the public methods of those classes."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield inner


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_public_names_are_documented(path: Path) -> None:
    silent = [node.name for node in public_definitions(path) if not ast.get_docstring(node)]
    assert not silent, f"write a docstring for {silent}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_command_line_prints(path: Path) -> None:
    printing = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    allowed = named(path).startswith("cli/") or named(path) == "measure/progress.py"
    assert allowed or not printing, f"the library never prints (lines {printing})"


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


CHILD_SIDE = [
    SOURCE / "core" / "values.py",
    SOURCE / "core" / "build_values.py",
    SOURCE / "core" / "parse_values.py",
    SOURCE / "lang" / "blocks.py",
    *sorted((SOURCE / "run" / "child").glob("*.py")),
]


@pytest.mark.parametrize("path", CHILD_SIDE, ids=named)
def test_child_side_code_is_standard_library_and_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    own = (
        "trialrun.core.values.",
        "trialrun.core.build_values.",
        "trialrun.core.parse_values.",
        "trialrun.lang.blocks.",
        "trialrun.run.child.",
    )
    foreign = {
        name
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith(own)
    }
    assert not foreign


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_processes_are_started_in_run_alone(path: Path) -> None:
    starters = {"subprocess", "multiprocessing", "concurrent.futures.ProcessPoolExecutor", "pty"}
    found = {name for name in imported(path) if name in starters or name.partition(".")[0] in starters}
    # The embedded model's server is a process of its own, so that it can be killed.
    assert named(path).startswith("run/") or named(path) == "models/llama_server.py" or not found


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_sockets_are_opened_by_the_channel_and_the_download_alone(path: Path) -> None:
    found = {name for name in imported(path) if name.partition(".")[0] in ("socket", "urllib", "http")}
    found = {name for name in found if not name.startswith("urllib.parse.")}  # text in, text out
    assert named(path).startswith("run/") or named(path) == "tasks/download.py" or not found


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_nobody_evaluates_or_unpickles_hostile_bytes(path: Path) -> None:
    found = {name for name in imported(path) if name.partition(".")[0] in ("pickle", "shelve", "dill")}
    assert not found


def typed_decodings(path: Path) -> Iterator[int]:
    """Yield the lines that read JSON or msgpack as a type of ours without a decoder made beforehand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("msgspec."):
            continue
        for keyword in node.keywords:
            names = {inner.id for inner in ast.walk(keyword.value) if isinstance(inner, ast.Name)}
            if keyword.arg == "type" and not names <= {
                "list",
                "dict",
                "tuple",
                "str",
                "bytes",
                "int",
                "float",
            }:
                yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_what_threads_read_has_a_decoder_made_at_import(path: Path) -> None:
    # msgspec 0.22 works out a structure when it is first met, and two threads that meet it at once crash it.
    if path.relative_to(SOURCE).parts[0] in ("tasks", "report", "store", "cli"):
        return  # one thread
    assert not list(typed_decodings(path)), "make a msgspec Decoder of it where the module is imported"
