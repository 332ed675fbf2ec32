"""Data sets that trialrun does not ship: tests that need one skip, visibly, where it is absent."""

import functools

import pytest

from trialrun.core.errors import Missing
from trialrun.core.task import TaskSet
from trialrun.tasks import registry


@functools.cache
def loaded(name: str) -> TaskSet | str:
    try:
        return registry.load(name)
    except Missing as missing:
        return missing.what.splitlines()[0]


def task_set(name: str) -> TaskSet:
    """Load a whole task set, or skip the test with the reason."""
    found = loaded(name)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture
def load():
    return task_set
