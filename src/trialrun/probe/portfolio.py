"""`Portfolio`: several proposers in turn, each told what became of its own cases, none giving a case that another gave.

The ready-made one (`portfolio_for`) learns domains and constants from the seeds, the signature and the sources of all
programs under comparison, and takes turns between our own sources (`staged.py`) and whatever else it is given
(strategies of the user, for one).

Leaves out: budgets, and when to stop: whoever asks decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trialrun.lang.constants import mine
from trialrun.lang.signatures import Signature
from trialrun.lang.subject import Subject
from trialrun.probe.domain import domains_of, key_of
from trialrun.probe.proposer import Batches, Feedback, Proposer, Seed
from trialrun.probe.staged import Staged


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
