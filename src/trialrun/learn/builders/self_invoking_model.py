"""Self-invoking tasks that a model writes: the published recipe, with the proof that composed ones have to pass.

The model sees a solved problem and writes a harder one, as a function whose docstring is the problem and whose body
calls the solved one, with a list of inputs. The function runs on them; where it raises, varies, gives one result for
all, or does not depend on the base, the model is told so and asked again, a few times. What it returned becomes the
expected values. Nothing that the model says of results is used.

Leaves out: repair by people, several problems for one base (ask with other seeds).
Source: Yu et al. 2024, "HumanEval Pro and MBPP Pro" (arXiv:2412.21199).
"""

import ast
from dataclasses import dataclass

from trialrun.compare.behaviours import TIGHT
from trialrun.core.execution import Limits
from trialrun.core.program import Program
from trialrun.core.task import Case, Task
from trialrun.lang.extract import extract
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import Function
from trialrun.lang.splice import joined
from trialrun.learn.bases import Base
from trialrun.learn.builders.self_invoking import proven, task_of, test_lines
from trialrun.models.prompt import fenced
from trialrun.models.protocol import Message, Model, Request
from trialrun.run.sandbox import Sandbox
from trialrun.verify.dependence import Settings
from trialrun.verify.tests import Judge, Rules

INPUTS = "INPUTS"
ASKS = (
    "Here is a solved problem. Write a harder problem whose solution has to call `{name}` and use what it returns. "
    "Answer with one block of Python and nothing else: one new function whose docstring states the problem for "
    "somebody who sees only that and `{name}`, and whose body calls `{name}`; then a line `INPUTS = [...]` with six "
    "tuples of arguments for the new function, all of them literals. Leave `{name}` itself out."
)
AGAIN = "That does not do: {why}. Write the whole block again."
_MOST_INPUTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the model is asked."""

    attempts: int = 3
    """Times that it is asked for one base, at most."""
    temperature: float = 0.7
    max_tokens: int = 1024
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Written:
    """What an answer holds."""

    name: str
    stub: str
    """The function up to the end of its docstring."""
    source: str
    cases: tuple[Case, ...]


def written(
    sandbox: Sandbox,
    model: Model,
    base: Base,
    asking: Asking | None = None,
    *,
    limits: Limits = TIGHT,
    settings: Settings | None = None,
) -> Task | str:
    """Return a task that the model wrote about a base, or why the last answer gave none."""
    asking = asking or Asking()
    judge = Judge(sandbox, Rules(limits=limits))
    asks = ASKS.format(name=base.part.name)
    turns = [Message("user", f"{asks}\n\n{fenced(base.source, 'python')}")]
    why = "the model was not asked"
    for attempt in range(asking.attempts):
        response = model.complete(
            Request(
                messages=tuple(turns),
                temperature=asking.temperature,
                max_tokens=asking.max_tokens,
                seed=asking.seed + attempt,
            )
        )
        if not response.texts:
            return f"the budget of {response.exhausted} is used up"
        made = _made(sandbox, judge, base, response.texts[0], limits, settings or Settings(least=1.0))
        if isinstance(made, Task):
            return made
        why = made
        turns = [turns[0], Message("assistant", response.texts[0]), Message("user", AGAIN.format(why=why))]
    return why


def _made(
    sandbox: Sandbox, judge: Judge, base: Base, answer: str, limits: Limits, settings: Settings
) -> Task | str:
    """Return the task that one answer gives, or what is wrong with it."""
    read = read_answer(answer, base)
    if isinstance(read, str):
        return read
    program = Program.from_source(joined(base.source, read.source), entry=read.name)
    tested = test_lines(sandbox, program, read.cases, limits=limits)
    if isinstance(tested, str):
        return tested
    task = task_of(
        program,
        tested,
        stub=read.stub,
        given=base.source,
        about=f"written by a model about {base.id}",
        licence=base.licence,
    )
    return proven(sandbox, judge, task, program, [base.part.name], settings)


def read_answer(answer: str, base: Base) -> "_Written | str":
    """Return the new function and its inputs out of a model's text, or what is missing. Nothing of it is run."""
    source = extract(answer, entry=None).source
    tree = parse(source)
    if isinstance(tree, Unparseable):
        return "the block is no Python"
    lines = source.splitlines(keepends=True)
    cases: tuple[Case, ...] = ()
    new: ast.FunctionDef | None = None
    kept = []
    for node in tree.body:
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
        text = "".join(lines[first - 1 : node.end_lineno])
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == INPUTS:
                cases = _cases(value)
            case ast.FunctionDef(name=name) if name == base.part.name:
                continue  # the model was told to leave it out: the base is the one that was given
            case ast.FunctionDef():
                new = node
                kept.append(text)
            case ast.Import() | ast.ImportFrom():
                kept.append(text)
            case _ if isinstance(node, Function | ast.ClassDef):
                kept.append(text)
            case _:
                continue
    if new is None or not isinstance(ast.get_docstring(new), str):
        return "there is no new function with a docstring"
    if not cases:
        return f"{INPUTS} is no list of tuples of literals"
    stub = "".join(lines[new.lineno - 1 : new.body[0].end_lineno])
    return _Written(name=new.name, stub=stub, source="\n".join(kept), cases=cases)


def _cases(node: ast.expr) -> tuple[Case, ...]:
    try:
        found = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ()
    if type(found) is not list:
        return ()
    return tuple(Case(args=args) for args in found[:_MOST_INPUTS] if type(args) is tuple)
