"""Call-only cases: inputs on which candidates are compared with each other, without expected outputs.

A model writes calls (`f([1, 2], 3)`, one a line, in a block or among prose, bare, printed or asserted: only the
arguments count), or texts for standard input, each in a block of its own. What it writes is read as literals and never
run. Where that is too little, cases made from the signature, the examples and the candidates' sources fill up.

Source: FunCoder (arXiv:2405.20092), where a model's calls are all there is.

Leaves out: asking the model, running the cases.
"""

from collections.abc import Iterable, Sequence

from trialrun.core.task import AssertCheck, Case, CaseCheck, Check, ProgramCheck, UnittestCheck
from trialrun.lang.fences import blocks
from trialrun.lang.signatures import Signature
from trialrun.probe.domain import key_of
from trialrun.probe.examples import calls_in, examples_of
from trialrun.probe.portfolio import portfolio_of
from trialrun.probe.proposer import Seed

_LONGEST = 50_000
"""Characters of an answer that are read."""


def read_calls(text: str, signature: Signature) -> list[Case]:
    """Return the inputs that a model's text calls a function with, each once, in order; none of too many arguments.

    >>> from trialrun.lang.signatures import Parameter
    >>> double = Signature(name="f", parameters=(Parameter(name="x"),))
    >>> [case.args for case in read_calls("f(1)\\nprint(f(2))  # twice\\nassert f(1) == 3\\nf(y)\\nf(1, 2)", double)]
    [(1,), (2,)]
    """
    most = len(signature.parameters)
    spread = any(parameter.variadic == "*" for parameter in signature.parameters)
    found = calls_in(text[:_LONGEST], signature)
    return distinct(Case(args=args) for args in found if spread or len(args) <= most)


def read_texts(text: str) -> list[Case]:
    """Return the inputs of a whole program that a model's text holds: one a block, each once, in order."""
    found = blocks(text[:_LONGEST])
    return distinct(Case(stdin=block.text) for block in found)


def checked_cases(checks: Iterable[Check], signature: Signature | None) -> list[Case]:
    """Return the inputs that public checks use, as far as they can be read; with no signature, those of programs."""
    found: list[Case] = []
    for check in checks:
        if isinstance(check, CaseCheck | ProgramCheck):
            found += check.cases
        elif isinstance(check, AssertCheck | UnittestCheck) and signature is not None:
            found += [Case(args=args) for args in calls_in(check.code, signature)]
    return distinct(found)


def filled(
    cases: Sequence[Case], signature: Signature | None, sources: Sequence[str], *, count: int, seed: int = 0
) -> list[Case]:
    """Return `count` cases: the first of those given, and made ones where they are fewer.

    Made ones follow the given ones, the examples in docstrings and comments, and what `sources` do with their
    parameters. Without a signature (a whole program) they are made from given texts only.
    """
    found = list(cases[:count])
    if len(found) == count or (signature is None and not found):
        return found
    seeds = [Seed(case=case) for case in found]
    if signature is not None and not seeds:
        seeds = [seed for source in sources for seed in examples_of(signature, source)]
        found = distinct(seed.case for seed in seeds)[:count]
    for batch in portfolio_of(seeds, signature, sources, seed=seed).propose(seeds):
        found = distinct([*found, *(one.case for one in batch)])
        if len(found) >= count:
            break
    return found[:count]


def distinct(cases: Iterable[Case]) -> list[Case]:
    """Return cases without those that came before."""
    found: dict[str | bytes, Case] = {}
    for case in cases:
        found.setdefault(key_of(case), case)
    return list(found.values())
