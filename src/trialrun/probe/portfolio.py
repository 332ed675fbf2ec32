"""`Portfolio`: several proposers in turn, each told what became of its own cases, none giving a case that another gave.

The ready-made one (`portfolio_for`) learns domains and constants from the seeds, the signature and the sources of all
programs under comparison, and takes turns between our own sources (`staged.py`) and whatever else it is given
(strategies of the user, for one). That for growing inputs of one program (`growing_for`) mutates a pool, too.

Leaves out: budgets, and when to stop: whoever asks decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trialrun.lang.constants import mine
from trialrun.lang.signatures import Signature
from trialrun.lang.subject import Subject
from trialrun.probe.closeness import loosened
from trialrun.probe.domain import Domain, Layout, domains_of, key_of
from trialrun.probe.evalplus import EvalPlus
from trialrun.probe.proposer import Batches, Feedback, Proposer, Seed
from trialrun.probe.staged import Staged

LOOSE = 0.8
"""How plausible inputs are that keep nothing but the types of the seeds, against those that keep all."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Takes turns between proposers."""

    proposers: tuple[Proposer, ...]

    def propose(self, seeds: Sequence[Seed]) -> Batches:
        """Yield the batches of all proposers in turn, without what was given before; end with the last of them."""
        seen = {key_of(seed.case) for seed in seeds}
        running = [proposer.propose(seeds) for proposer in self.proposers]
        pending: dict[int, Sequence[Feedback]] = {}
        while running:
            for batches in list(running):
                try:
                    batch = batches.send(pending[id(batches)]) if id(batches) in pending else next(batches)
                except StopIteration:
                    running.remove(batches)
                    continue
                fresh, new = [], []
                for candidate in batch:
                    key = key_of(candidate.case)
                    fresh.append(key not in seen)
                    if fresh[-1]:
                        seen.add(key)
                        new.append(candidate)
                told = iter((yield new) or ()) if new else iter(())
                pending[id(batches)] = [next(told, Feedback()) if is_new else Feedback() for is_new in fresh]


def portfolio_for(
    subjects: Sequence[Subject], seeds: Sequence[Seed], *, seed: int = 0, more: Sequence[Proposer] = ()
) -> Portfolio:
    """Return the proposers that need no model, for subjects under comparison; the first one's signature counts.

    `more` proposers, strategies of the user for one, come first.
    """
    signature = next((subject.signature for subject in subjects if subject.signature is not None), None)
    return portfolio_of(seeds, signature, [subject.source for subject in subjects], seed=seed, more=more)


def portfolio_of(
    seeds: Sequence[Seed],
    signature: Signature | None,
    sources: Sequence[str],
    *,
    seed: int = 0,
    more: Sequence[Proposer] = (),
) -> Portfolio:
    """Return the proposers that need no model, for programs with these sources."""
    domains, constants = tuple(domains_of(seeds, signature, sources)), mine(sources)
    return Portfolio((*more, Staged(domains=domains, constants=constants, seed=seed)))


def growing_for(
    subject: Subject,
    seeds: Sequence[Seed],
    *,
    seed: int = 0,
    texts: Sequence[str] = (),
    beside: Sequence[Domain] = (),
) -> Portfolio:
    """Return the proposers for growing inputs of one program, which refuses what may not be given.

    What its seeds share beside their types is a guess, and is left, too. `texts` are constants beside the program's,
    `beside` domains beside those that seeds and signature suggest.
    """
    learnt = domains_of(seeds, subject.signature, [subject.source])
    loose = (
        replace(domain, shape=loosened(domain.shape), weight=LOOSE * domain.weight)
        for domain in learnt
        if domain.layout is Layout.ARGUMENTS
    )
    domains = tuple(_distinct([*learnt, *loose, *beside]))
    constants = mine([subject.source])
    constants = replace(constants, texts=(*constants.texts, *texts))
    return Portfolio(
        (
            EvalPlus(domains=domains, constants=constants, seed=seed),
            Staged(domains=domains, constants=constants, seed=seed),
        )
    )


def _distinct(domains: Sequence[Domain]) -> Iterator[Domain]:
    """Yield the first of domains of one shape."""
    for place, domain in enumerate(domains):
        if all(domain.shape != other.shape for other in domains[:place]):
            yield domain
