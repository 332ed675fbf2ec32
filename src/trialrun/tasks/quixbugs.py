"""QuixBugs: 40 classic algorithms, each with one defective line, and their right versions, from a checkout.

`load` makes tasks (the right program is the reference), `pairs` the same programs two by two for whoever compares
programs: both as one-file sources with a function that takes plain values, and seeds to start from. Thirty-one have
JSON cases. Of the other nine, graph programs, three take dicts; six take nodes, which a few lines of ours build from
plain values. Those nine have drivers too: whole programs that print what the functions give.

Differences from upstream's own tests: the slowest cases of knapsack and levenshtein are left out there by default and
here always. A task whose nodes are of a class that tests and program share is judged in one process, weakly.

Leaves out: the Java half, upstream's runs.

Source: Lin et al. 2017, "QuixBugs: A Multi-Lingual Program Repair Benchmark Set Based on the Quixey Challenge".
"""

import ast
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trialrun.core.errors import UsageError
from trialrun.core.task import AssertCheck, Case, CaseCheck, Check, Task, TaskSet
from trialrun.core.text_files import read_text
from trialrun.tasks import quixbugs_graphs
from trialrun.tasks.suites import Suite

FIXED, BUGGY, CASES, TESTS = (
    "correct_python_programs",
    "python_programs",
    "json_testcases",
    "python_testcases",
)
LAZY = ("flatten", "kheapsort")
"""Generators; upstream compares the list of what they give."""
NODES = "Node"
_SHARED = "its nodes are objects of a class that the tests and the program share"
_SLOW_ITEMS = 20
"""Items of a knapsack from which its exponential search takes minutes."""
_SLOW_TEXT = "docnoteidissentafastneverpreventsafatnessidietoncod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A right program and its defective twin, both callable with plain values."""

    name: str
    """Name of the program: `gcd`."""
    entry: str
    """Function that both define, to be called: the program's own, or the one of ours that builds its nodes."""
    fixed: str
    """Source of the right program."""
    buggy: str
    """Source of the defective one."""
    seeds: tuple[Case, ...]
    """Inputs of `entry`: the JSON cases in their order, or a few of ours for the graph programs."""
    fixed_driver: str | None = None
    """The right program as a whole one that prints, with upstream's driver; None where it has JSON cases."""
    buggy_driver: str | None = None


def load(suite: Suite, root: Path) -> TaskSet:
    """Read the tasks from a checkout."""
    digest = hashlib.sha256()
    tasks = []
    for name in names(root):
        texts = [_text(root, FIXED, name), _text(root, BUGGY, name), _text(root, TESTS, f"test_{name}")]
        cases = _cases(root, name)
        for text in (*texts, json.dumps(cases)):
            digest.update(hashlib.sha256(text.encode()).digest())
        tasks.append(_task(suite, root, name, cases))
    sha256 = digest.hexdigest()
    return TaskSet(name=suite.name, version=f"sha256:{sha256[:12]}", sha256=sha256, tasks=tuple(tasks))


def pairs(root: Path) -> tuple[Pair, ...]:
    """Return the right and the defective programs of a checkout, two by two, by name."""
    return tuple(_pair(root, name) for name in names(root))


def names(root: Path) -> list[str]:
    """Return the names of the programs of a checkout that have a right version and tests."""
    found = sorted(path.stem for path in (root / FIXED).glob("*.py"))
    kept = [name for name in found if (root / TESTS / f"test_{name}.py").is_file()]
    if not kept:
        raise UsageError(f"{root} holds no program with tests below {TESTS}")
    return kept


def _text(root: Path, folder: str, name: str) -> str:
    return read_text(root / folder / f"{name}.py")


def _cases(root: Path, name: str) -> list[tuple[list[Any], Any]] | None:
    """Return the JSON cases of a program, (arguments, expected), without the slowest; None where it has none."""
    path = root / CASES / f"{name}.json"
    if not path.is_file():
        return None
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            arguments, expected = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: not [arguments, expected]: {error}") from error
        # A single argument that is no list may stand bare.
        arguments = arguments if isinstance(arguments, list) else [arguments]
        if not _is_slow(name, arguments):
            cases.append((arguments, expected))
    return cases


def _is_slow(name: str, arguments: Sequence[Any]) -> bool:
    if name == "knapsack":
        return len(arguments[1]) > _SLOW_ITEMS
    return name == "levenshtein" and _SLOW_TEXT in arguments


# -- tasks


def _task(suite: Suite, root: Path, name: str, cases: list[tuple[list[Any], Any]] | None) -> Task:
    fixed = _text(root, FIXED, name)
    uses_nodes = cases is None and NODES in _text(root, TESTS, f"test_{name}")
    return Task(
        id=f"{suite.prefix}/{name}",
        suite=suite.name,
        statement=_statement(_text(root, BUGGY, name), name),
        entry=name,
        context=_text(root, FIXED, "node") if uses_nodes else "",
        hidden_checks=tuple(_checks(root, name, cases, uses_nodes=uses_nodes)),
        reference=fixed,
        source=suite.source,
        licence=suite.licence,
    )


def _statement(buggy: str, name: str) -> str:
    """Return signature and description of a program; upstream keeps the description in a text below the function."""
    tree = ast.parse(buggy)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    texts = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return f"def {name}({ast.unparse(function.args)}):\n" + "".join(f'"""{text}"""\n' for text in texts[:1])


def _checks(
    root: Path, name: str, cases: list[tuple[list[Any], Any]] | None, *, uses_nodes: bool
) -> list[Check]:
    if cases is None:
        code = _test_code(_text(root, TESTS, f"test_{name}"))
        return [
            AssertCheck(name="tests", code=code, remote=(name,), same_process=_SHARED if uses_nodes else None)
        ]
    if name in LAZY:
        lines = [f"assert list({name}(*{arguments!r})) == {expected!r}\n" for arguments, expected in cases]
        return [AssertCheck(name="tests", code="".join(lines), remote=(name,))]
    if name == "sqrt":  # the last argument is how near the answer has to be
        tolerances = sorted({arguments[-1] for arguments, _ in cases})
        return [
            _check(f"within {atol:g}", [case for case in cases if case[0][-1] == atol], atol=atol)
            for atol in tolerances
        ]
    if name == "hanoi":  # JSON has no tuples
        cases = [(arguments, [tuple(move) for move in expected]) for arguments, expected in cases]
    return [_check("cases", cases)]


def _check(name: str, cases: Sequence[tuple[list[Any], Any]], *, atol: float = 0.0) -> CaseCheck:
    return CaseCheck(
        name=name,
        cases=tuple(Case(args=tuple(arguments)) for arguments, _ in cases),
        expected=tuple(expected for _, expected in cases),
        atol=atol,
    )


def _test_code(tests: str) -> str:
    """Return upstream's test functions as plain code that calls them in order; what pytest decides stays out."""
    kept: list[ast.stmt] = []
    called: list[str] = []
    for node in ast.parse(tests).body:
        if isinstance(node, ast.Import | ast.ImportFrom) or "use_correct" in ast.unparse(node):
            continue
        kept.append(node)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            called.append(node.name)
    calls = "".join(f"{name}()\n" for name in called)
    return ast.unparse(ast.Module(kept, [])) + "\n" + calls


# -- pairs


def _pair(root: Path, name: str) -> Pair:
    cases = _cases(root, name)
    fixed, buggy = _text(root, FIXED, name), _text(root, BUGGY, name)
    if cases is not None:
        seeds = tuple(Case(args=tuple(arguments)) for arguments, _ in cases)
        return Pair(name=name, entry=name, fixed=fixed, buggy=buggy, seeds=seeds)
    graph = quixbugs_graphs.GRAPHS.get(name)
    if graph is None:
        raise UsageError(f"{root}: the program {name} has no JSON cases, and nothing is known of its inputs")
    node = _text(root, FIXED, "node")
    driver = _text(root, FIXED, f"{name}_test")
    return Pair(
        name=name,
        entry=graph.entry or name,
        fixed=graph.adapted(fixed, node),
        buggy=graph.adapted(buggy, node),
        seeds=tuple(Case(args=arguments) for arguments in graph.seeds),
        fixed_driver=_driven(fixed, node, driver),
        buggy_driver=_driven(buggy, node, driver),
    )


def _driven(program: str, node: str, driver: str) -> str:
    """Join a program, the class of nodes and a driver to one file."""
    body = re.sub(r"^from \..*\n", "", driver, flags=re.MULTILINE)
    called = "" if "__main__" in body else "\nmain()\n"
    return f"{node}\n\n{program}\n\n{body}{called}"
