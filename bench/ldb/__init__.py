"""LDB: stored repairs judged again, traces against an oracle, localisation, cost: see `__main__.py`."""
