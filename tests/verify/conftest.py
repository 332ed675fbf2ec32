"""One sandbox for all tests of this directory; every test gets its own jobs."""

from collections.abc import Iterator

import pytest

from trialrun.run.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made
