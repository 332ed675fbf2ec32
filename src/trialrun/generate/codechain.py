"""CodeChain: ask for modular programs, and ask again with the most representative functions of the good ones.

Each round asks for 20 programs and runs the public checks. Kept are the passing ones of all rounds so far, or,
where none has passed yet, all of the last round. Their functions are grouped by what they do
(`compare/function_clusters.py`), and the representatives, a group less each round, stand in the next prompt. The answer
is the kept program that most answers among them behave like.

Source: Le et al. 2023, "CodeChain" (arXiv:2310.08992). There functions are grouped by an embedding of their text, and
the one nearest the centre stands for a group even where it comes from a failing program.

Leaves out: languages other than Python; example tests published as pickles, which are never loaded.
"""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from trialrun.compare.consensus import ENOUGH_S, Consensus, agreement
from trialrun.compare.function_clusters import FLOATS, function_clusters
from trialrun.core.context import Context
from trialrun.core.errors import UsageError
from trialrun.core.judgement import Verdict
from trialrun.core.method import Generator, method
from trialrun.core.program import Program
from trialrun.core.task import PublicTask
from trialrun.lang.answer import program_from
from trialrun.lang.scopes import Unparseable, parse
from trialrun.lang.signatures import read_signature
from trialrun.lang.submodules import sub_modules
from trialrun.models.prompt import chat, fenced
from trialrun.models.protocol import Request
from trialrun.probe.calls import checked_cases, filled

MODULAR = (
    "Solve the following in Python, as a program of small functions. Think first of the functions: for each its header "
    "and a docstring that says what it takes, does and returns. Then write all of them out. Answer with one block of "
    "code that holds the whole program."
)
MOST = 150
"""Functions that are grouped, the last ones."""
REVISE = (
    "These functions come from earlier attempts at it. Use them as they are, change them, or take them as a pattern, "
    "where they help; write out whatever you use:"
)


@method(paper="arXiv:2310.08992", title="CodeChain")
@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChain(Generator):
    """Ask for modular programs, round after round, with representative functions of the good ones in the prompt."""

    rounds: Annotated[int, Meta(ge=0)] = 5
    """Revisions after the first round."""
    per_round: Annotated[int, Meta(ge=1)] = 20
    """Programs asked for in each round."""
    per_call: Annotated[int, Meta(ge=1)] = 5
    """Programs asked for at once."""
    temperature: Annotated[float, Meta(ge=0)] = 1.0
    """Sampling temperature; published is whatever the endpoint takes where none is given, mostly 1."""
    max_tokens: Annotated[int, Meta(ge=1)] = 2048
    """Tokens at most, per answer."""
    groups: Annotated[int, Meta(ge=1)] = 5
    """Groups of functions after the first round; one less after each further round."""
    cases: Annotated[int, Meta(ge=1)] = 8
    """Calls that functions are compared on, for each type of arguments."""

    def generate(self, task: PublicTask, ctx: Context) -> Iterator[Program]:
        """Yield the program that most of the kept ones behave like."""
        if task.language != "python":
            raise UsageError(
                f"{self.declared.id} takes functions out of Python programs; {task.id} is {task.language}"
            )
        run = _Run(self, task, ctx)
        shown: list[str] = []
        for number in range(self.rounds + 1):
            if run.over:
                break
            run.round(shown)
            ctx.progress(f"round {number}: {len(run.passing)} programs pass")
            if number < self.rounds and not run.over:
                shown = run.representatives(max(1, self.groups - number)) or shown
        yield from run.best()


@dataclass(slots=True)
class _Run:
    """One task under way."""

    settings: CodeChain
    task: PublicTask
    ctx: Context
    passing: dict[str, Program] = field(default_factory=dict)
    """Programs of all rounds that pass the public checks, each once, by id."""
    last: dict[str, Program] = field(default_factory=dict)
    """Programs of the last round."""
    failing: set[str] = field(default_factory=set)
    times: Counter[str] = field(default_factory=Counter)
    """How often each program was an answer."""
    asked: int = 0
    over: bool = False
    """Whether a budget has run out."""

    @property
    def kept(self) -> list[Program]:
        """Return the programs that the next round learns from."""
        return list((self.passing or self.last).values())

    def round(self, shown: Sequence[str]) -> None:
        """Ask for programs, with functions in the prompt, and check them."""
        there = [f"{REVISE}\n\n{fenced(chr(10).join(shown), 'python')}"] if shown else []
        messages = chat(self.task, "\n\n".join([MODULAR, *there]))
        made: dict[str, Program] = {}
        left = self.settings.per_round
        while left > 0 and not self.over:
            request = Request(
                messages=messages,
                n=min(left, self.settings.per_call),
                temperature=self.settings.temperature,
                max_tokens=self.settings.max_tokens,
                seed=self.ctx.seed + 1000 * self.asked,
            )
            self.asked += 1
            left -= request.n
            response = self.ctx.model.complete(request)
            self.over = response.exhausted is not None
            programs = {
                answer: program_from(answer, self.task, maker=CodeChain.declared.id)
                for answer in dict.fromkeys(response.texts)
            }
            made.update((program.id, program) for program in programs.values())
            self.times.update(programs[answer].id for answer in response.texts)
        self.last = made or self.last
        for program in made.values():
            if program.id in self.passing or program.id in self.failing:
                continue
            found = self.ctx.runner.check(program)
            if found and all(one.verdict is Verdict.PASS for one in found):
                self.passing[program.id] = program
            else:
                self.failing.add(program.id)

    def representatives(self, count: int) -> list[str]:
        """Return the texts of the functions that stand for the groups of all functions of the kept programs."""
        functions = {one.text: one for program in self.kept for one in sub_modules(program)}
        found = list(functions.values())[-MOST:]
        run = functools.partial(self.ctx.runner.run, cpu_s=ENOUGH_S)
        groups = function_clusters(found, count, run, cases=self.settings.cases, seed=self.ctx.seed)
        return [found[group.representative].text for group in groups if group.representative is not None]

    def best(self) -> list[Program]:
        """Return the kept program that most others behave like, in a list; none where there are none."""
        kept = self.kept
        if len(kept) < 2:
            return kept
        tree = parse(kept[0].source)
        entry = self.task.entry
        signature = None if entry is None or isinstance(tree, Unparseable) else read_signature(tree, entry)
        known = checked_cases(self.task.public_checks, signature)
        sources = [program.source for program in kept]
        cases = filled(known, signature, sources, count=2 * self.settings.cases, seed=self.ctx.seed)
        members = [place for place, program in enumerate(kept) for _ in range(self.times[program.id])]
        rows = [self.ctx.runner.run(program, cases, cpu_s=ENOUGH_S) for program in kept]
        found = agreement(rows, Consensus(floats=FLOATS))
        return [kept[members[found.vote(members, seed=self.ctx.seed).winner]]]
