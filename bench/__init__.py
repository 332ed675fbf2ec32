"""Side-by-side benchmarks and audits of published data and graders: each a command, `python -m bench.NAME`.

Run from the repository's root. Every figure that README or docs quote is printed by one of these and kept, with the
machine, versions and date, under `bench/results/`. Peers are installed outside the repository, for these commands
alone (`bench/peers.py`).
"""
