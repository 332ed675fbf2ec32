"""One sandbox for all tests of this directory."""

from collections.abc import Iterator

import pytest

from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made
