"""Consecutive releases of popular pure-Python packages, and the ten of them that `bench/releases.py` compares.

Names, versions and seed were committed before any of it was run and before a changelog was opened, so that nobody
chose pairs that come out well. Each pair is two releases that follow one another; where one of the two cannot be
had as a wheel or source of pure Python for the present interpreter, the next pair in the order of the draw takes its
place, and the result says so.

Leaves out: packages with compiled code, packages of more than some ten thousand lines (sympy, networkx).
"""

import random
from dataclasses import dataclass

SEED = 20261125
"""Seed of the draw."""
DRAWN = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two consecutive releases of one package."""

    package: str
    old: str
    new: str
    needs: tuple[str, ...] = ()
    """Distributions that the package imports."""


PAIRS = (
    Pair("bidict", "0.22.1", "0.23.0"),
    Pair("boltons", "23.0.0", "23.1.0"),
    Pair("cachetools", "5.3.1", "5.3.2"),
    Pair("chardet", "5.1.0", "5.2.0"),
    Pair("charset-normalizer", "3.3.1", "3.3.2"),
    Pair("croniter", "2.0.1", "2.0.2", needs=("python-dateutil", "pytz")),
    Pair("cssselect", "1.1.0", "1.2.0"),
    Pair("deepdiff", "6.7.0", "6.7.1", needs=("ordered-set",)),
    Pair("ftfy", "6.1.1", "6.1.2", needs=("wcwidth",)),
    Pair("funcy", "1.18", "2.0"),
    Pair("humanize", "4.8.0", "4.9.0"),
    Pair("idna", "3.6", "3.7"),
    Pair("inflect", "7.3.0", "7.3.1", needs=("more-itertools", "typeguard")),
    Pair("iniconfig", "1.1.1", "2.0.0"),
    Pair("isodate", "0.6.1", "0.7.0", needs=("six",)),
    Pair("jmespath", "1.0.0", "1.0.1"),
    Pair("markdown", "3.5.1", "3.5.2"),
    Pair("mistune", "3.0.1", "3.0.2"),
    Pair("more-itertools", "10.1.0", "10.2.0"),
    Pair("mpmath", "1.2.1", "1.3.0"),
    Pair("natsort", "8.3.1", "8.4.0"),
    Pair("num2words", "0.5.12", "0.5.13", needs=("docopt",)),
    Pair("packaging", "23.2", "24.0"),
    Pair("parse", "1.20.1", "1.20.2"),
    Pair("pathspec", "0.11.2", "0.12.0"),
    Pair("pydash", "7.0.6", "7.0.7", needs=("typing-extensions",)),
    Pair("pyparsing", "3.1.1", "3.1.2"),
    Pair("pyphen", "0.14.0", "0.15.0"),
    Pair("python-dateutil", "2.8.2", "2.9.0", needs=("six",)),
    Pair("python-slugify", "8.0.0", "8.0.1", needs=("text-unidecode",)),
    Pair("python-stdnum", "1.18", "1.19"),
    Pair("rfc3986", "1.5.0", "2.0.0"),
    Pair("semver", "3.0.1", "3.0.2"),
    Pair("sortedcontainers", "2.3.0", "2.4.0"),
    Pair("sqlparse", "0.4.4", "0.5.0"),
    Pair("tabulate", "0.8.10", "0.9.0"),
    Pair("textdistance", "4.5.0", "4.6.0"),
    Pair("titlecase", "2.3", "2.4", needs=("regex",)),
    Pair("toolz", "0.12.0", "0.12.1"),
    Pair("tomli", "2.0.0", "2.0.1"),
    Pair("tomlkit", "0.12.2", "0.12.3"),
    Pair("validators", "0.21.0", "0.21.1"),
    Pair("w3lib", "2.1.1", "2.1.2"),
    Pair("wcwidth", "0.2.8", "0.2.9"),
    Pair("webcolors", "1.12", "1.13"),
    Pair("xmltodict", "0.12.0", "0.13.0"),
)


def order() -> list[Pair]:
    """Return all pairs in the order of the draw; the first `DRAWN` that can be had are compared."""
    return random.Random(SEED).sample(PAIRS, len(PAIRS))
