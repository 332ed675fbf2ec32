"""What the system tests share: one sandbox a module, and the benchmarks made importable.

Benchmarks are commands of the repository, not of the package.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trialrun.run.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made
