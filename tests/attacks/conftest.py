"""What the attack tests share: the repository's root on the path, and one sandbox."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the attacks are data that `bench/attacks.py` reads too

from trialrun.run.sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made
