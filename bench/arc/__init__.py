"""Grids: a small language of our own, and sketches of ARC tasks in it, for `bench/anpl.py`."""
