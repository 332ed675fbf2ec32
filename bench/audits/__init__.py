"""Defects of published data sets and graders, one command each: `python -m bench.audits.NAME`.

A command prints what is wrong, where, and what it saw; it exits 0 where the defect was reproduced and 1 where it was
not. `python -m bench.audits` runs them all, stores what they saw, and writes `docs/findings.md`.
"""
