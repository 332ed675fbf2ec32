"""What all tests share: no verdict by the clock, and a temporary directory of its own for each of several workers.

The attack tests look for what a program left in the temporary directory; what the tests of another worker keep there
for a while is not it.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(optionalhook=True)  # some tests run pytest without it
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as CPUs: tests that wait for the end of a process leave theirs to others."""
    cpus = len(os.sched_getaffinity(0))
    return cpus + min(4, (cpus + 1) // 2)


@pytest.fixture(scope="session", autouse=True)
def own_temporary_directory() -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    with (
        tempfile.TemporaryDirectory(prefix="worker-", ignore_cleanup_errors=True) as place,
        pytest.MonkeyPatch().context() as patch,
    ):
        Path(place).chmod(0o1777)  # some tests run as another user
        patch.setenv("TMPDIR", place)
        patch.setattr(tempfile, "tempdir", place)
        yield
