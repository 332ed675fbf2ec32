"""The generators of reasoning-gym's `gsm_symbolic` as classes with the four operations, cut out of the package.

Each `generate_N` of the package has two functions inside: `generate_example` draws variables, `generate_from_variables`
makes text and answer of them. Both are moved to the top of a program, as they are, and a class is put around them:
`sample` runs the first until it calls the second, whose arguments are the parameters. Nothing of the package is stored.

Leaves out: the package's other data sets, which draw and answer in one go, so that nothing can be asked twice.
Source: open-thought/reasoning-gym, Apache-2.0.
"""

import ast
import random
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers import named_python
from trialrun.lang.families import Solved
from trialrun.lang.mutants import mutants
from trialrun.tasks.efa import literal_of

FILES = ("generators_00_49.py", "generators_50_99.py")
MADE = "generate_from_variables"
"""The function that is mutated."""
VARIABLE = "REASONING_GYM_PYTHON"
INSTALL = """\
uv venv --python 3.13 /tmp/reasoning-gym
uv pip install --python /tmp/reasoning-gym/bin/python reasoning-gym==0.1.25
export REASONING_GYM_PYTHON=/tmp/reasoning-gym/bin/python"""
IDLE: dict[str, tuple[str, ...]] = {
    "generate_5": ("n1", "n2"),  # weeks that nobody asks about
    "generate_19": ("time_interval",),  # seconds that nobody asks about
    "generate_21": ("plant_width",),  # the text tells of the space with the plant in it
    "generate_27": ("n",),  # one more than n_first
    "generate_31": ("total",),  # pieces that are there, not those that are eaten
    "generate_39": ("absent_girls",),  # the question is about boys
    "generate_46": ("total",),  # follows from the rest
    "generate_52": ("alphabets",),  # the reader knows that the alphabet has 26 letters
    "generate_60": ("total_dist",),  # follows from the rest
    # The answer is a parameter, and what the text tells follows from it.
    "generate_66": ("hour1", "hour2", "hour3", "min1", "min2", "total_hours", "num_wed_episodes"),
    "generate_70": ("frac",),  # the text tells the number that it gives
}
"""Parameters that need neither be shown nor matter, read off the texts."""
NOT_WHOLE = ("generate_27",)
"""Generators of which some answers are money with cents."""
_HEAD = (
    "import math\nfrom decimal import Decimal\nfrom fractions import Fraction\nfrom random import Random\n"
)
_HEAD += "from typing import Any, Union\n"
_CLASS = """

class Drawn(BaseException):
    pass


class Problem:
    def original(self):
        return {original}

    def sample(self, seed):
        known = globals()["generate_from_variables"]

        def stop(*values, **named):
            raise Drawn(dict(zip({names}, values), **named))

        globals()["generate_from_variables"] = stop
        try:
            generate_example(Random(seed), 1.0)
        except Drawn as drawn:
            return drawn.args[0]
        finally:
            globals()["generate_from_variables"] = known

    def render(self, p):
        return generate_from_variables(**p)["question"]

    def solve(self, p):
        return generate_from_variables(**p)["answer_value"]
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """One generator of the package."""

    name: str
    functions: str
    """Source of its functions and of what they use."""
    names: tuple[str, ...]
    """Parameters of `generate_from_variables`."""

    def instance(self, seed: int) -> tuple[str, Solved]:
        """Return the program whose original is the package's example for a seed, and that example."""
        space: dict[str, Any] = {}
        exec(
            compile(self.source({}), self.name, "exec"), space
        )  # the peer's own code, as installed, on this machine
        parameters = space["Problem"]().sample(seed)
        made = space[MADE](**parameters)
        return self.source(parameters), Solved(problem=made["question"], answer=made["answer"])

    def mutants(self, most: int, seed: int = 0) -> list[str]:
        """Return sources of mutated functions: of what makes text and answer, not of the explanation beside them."""
        (made,) = [node for node in ast.walk(ast.parse(self.functions)) if getattr(node, "name", "") == MADE]
        beside: set[int] = set()
        for node in ast.walk(made):
            explains = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "answer_cot"
            if isinstance(node, ast.stmt) and (explains or isinstance(node, ast.Return)):
                beside.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        found = [mutant.source for mutant in mutants(self.functions, MADE) if mutant.line not in beside]
        return random.Random(seed).sample(found, min(most, len(found)))

    def source(self, original: dict[str, Any]) -> str:
        """Return the program with these original parameters."""
        return self.functions + _CLASS.format(original=literal_of(original), names=repr(self.names))


def served(package: Path) -> list[int]:
    """Return the numbers of the generators that the package itself serves (`tasks_ok`)."""
    source = (package / "arithmetic" / "gsm_symbolic" / "gsm_symbolic.py").read_text("utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "tasks_ok":
            found: list[int] = ast.literal_eval(node.value)
            return found
    raise LookupError("this version of reasoning-gym lists no tasks_ok")


def peers(package: Path) -> list[Peer]:
    """Return the generators of an installed package that it serves itself, in order."""
    found: dict[int, Peer] = {}
    used = _functions((package / "utils.py").read_text("utf-8"), ("format_number", "is_integer"))
    for name in FILES:
        source = (package / "arithmetic" / "gsm_symbolic" / name).read_text("utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("generate_"):
                found[int(node.name.partition("_")[2])] = _peer(node, source, used)
    return [found[number] for number in served(package)]


def _functions(source: str, names: tuple[str, ...]) -> str:
    nodes = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name in names
    ]
    return "\n\n".join(ast.get_source_segment(source, node) or "" for node in nodes)


def _peer(node: ast.FunctionDef, source: str, used: str) -> Peer:
    inner = [child for child in node.body if not isinstance(child, ast.Return)]
    lines = source.splitlines()
    parts = [textwrap.dedent("\n".join(lines[child.lineno - 1 : child.end_lineno])) for child in inner]
    made = next(child for child in inner if isinstance(child, ast.FunctionDef) and child.name == MADE)
    names = tuple(argument.arg for argument in made.args.args)
    return Peer(node.name, "\n\n".join([_HEAD, used, *parts]) + "\n", names)


def package_of(python: str | None = None) -> Path:
    """Return the folder of the package in the interpreter given or named by a variable. Raises `Missing`."""
    found = named_python("reasoning-gym", VARIABLE, INSTALL, python)
    folder = Path(found).absolute().parent.parent
    return next(folder.glob("lib/python*/site-packages/reasoning_gym"))
