"""Partial execution on look-alike sets: see `__main__.py`."""
