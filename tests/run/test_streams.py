"""Captured output: what a dead job left in its pipes is read, up to the limit."""

import os
import resource

import pytest

from trialrun.run.streams import Streams

pytestmark = pytest.mark.fast


@pytest.fixture
def high_numbers():
    """Open so many files that new descriptors have numbers that `select` does not take."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("this user may not open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    opened = [os.open("/dev/null", os.O_RDONLY)]
    while opened[-1] < 1030:
        opened.append(os.open("/dev/null", os.O_RDONLY))
    yield
    for descriptor in opened:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_is_left_in_the_pipes_is_read(high_numbers):
    streams = Streams(200_000)
    try:
        assert min(streams.theirs[1:]) > 1023
        os.set_blocking(streams.theirs[1], False)
        written = os.write(streams.theirs[1], b"o" * 65536) + os.write(streams.theirs[2], b"error")
        streams.drain()
        assert written == 65541
        assert (streams.stdout, streams.stderr) == (b"o" * 65536, b"error")
    finally:
        streams.close()


def test_reading_stops_at_the_limit():
    streams = Streams(10)
    try:
        os.write(streams.theirs[1], b"0123456789abc")
        streams.drain()
        assert streams.stdout == b"0123456789"
    finally:
        streams.close()
