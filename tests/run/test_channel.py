"""Frames from a hostile peer."""

import socket

import pytest

from trialrun.run.channel import HEADER, BrokenChannel, Channel, Frame, Kind

pytestmark = pytest.mark.fast


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    channel = Channel(ours, limit=1000)
    channel.send(Kind.LOAD, 0, b"")
    channel.flush()
    nonce = HEADER.unpack(theirs.recv(100))[1]
    yield channel, theirs, nonce
    channel.close()
    theirs.close()


def frame(nonce, number, kind, body):
    return HEADER.pack(len(body), nonce, number, kind) + body


def test_frames_arrive_whole_in_whatever_pieces(ends):
    channel, theirs, nonce = ends
    data = (
        frame(nonce, 1, Kind.RETURN, b"one")
        + frame(nonce, 2, Kind.RAISE, b"")
        + frame(nonce, 3, Kind.DONE, b"x" * 500)
    )
    seen = []
    for start in range(0, len(data), 7):
        theirs.sendall(data[start : start + 7])
        assert channel.fill()
        while (found := channel.next()) is not None:
            seen.append(found)
    assert seen == [Frame(Kind.RETURN, 1, b"one"), Frame(Kind.RAISE, 2, b""), Frame(Kind.DONE, 3, b"x" * 500)]


def test_frames_that_came_together_are_taken_together(ends):
    channel, theirs, nonce = ends
    data = b"".join(frame(nonce, number, Kind.RETURN, b"x" * number) for number in range(5))
    theirs.sendall(data + frame(nonce, 5, Kind.RETURN, b"later")[:-2])
    assert channel.take() == []
    channel.fill()
    assert channel.next() == Frame(Kind.RETURN, 0, b"")
    assert channel.take() == [(Kind.RETURN, number, b"x" * number) for number in range(1, 5)]
    assert channel.take() == [] and channel.next() is None
    theirs.sendall(b"er")
    channel.fill()
    assert channel.take() == [(Kind.RETURN, 5, b"later")]


def test_what_came_whole_before_a_breach_counts(ends):
    channel, theirs, nonce = ends
    theirs.sendall(frame(nonce, 0, Kind.RETURN, b"good") + frame(nonce ^ 1, 1, Kind.RETURN, b"forged"))
    channel.fill()
    assert channel.take() == [(Kind.RETURN, 0, b"good")]
    with pytest.raises(BrokenChannel):
        channel.take()


def test_a_reading_that_may_have_left_something_says_so(ends):
    channel, theirs, nonce = ends
    channel._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    theirs.setblocking(False)
    theirs.send(frame(nonce, 0, Kind.RETURN, b"x" * 1000) * 300)
    channel.fill()
    assert not channel.drained
    channel.fill()
    assert channel.drained and len(channel.take()) == 300


def test_a_job_that_fills_its_channel_is_told_from_one_that_says_little(ends):
    channel, theirs, nonce = ends
    theirs.setblocking(False)
    theirs.send(frame(nonce, 0, Kind.RETURN, b"x" * 1000) * 300)  # as much of it as there is room for
    channel.fill()
    assert channel.pushed
    channel.fill()  # there is nothing
    assert not channel.pushed
    theirs.send(b"x")
    channel.fill()
    assert not channel.pushed


@pytest.mark.parametrize("size", [1, 1000, 100_000, 3_000_000])
def test_frames_of_all_sizes_come_back_as_they_were_sent(size):
    ours, theirs = socket.socketpair()
    channel = Channel(ours, limit=1 << 22)
    channel.send(Kind.LOAD, 0, b"")
    channel.flush()
    nonce = HEADER.unpack(theirs.recv(100))[1]
    bodies = [bytes([number]) * (size + number) for number in range(3)]
    data = memoryview(b"".join(frame(nonce, number, Kind.RETURN, body) for number, body in enumerate(bodies)))
    found = []
    theirs.setblocking(False)
    while len(found) < 3:
        if data:
            data = data[theirs.send(data[:50_000]) :]
        channel.fill()
        found += channel.take()
    assert [body for _, _, body in found] == bodies and all(type(body) is bytes for _, _, body in found)
    channel.close()
    theirs.close()


@pytest.mark.parametrize("kind", [Kind.LOAD, 0, max(Kind) + 1, 255])
def test_kinds_that_no_job_sends_break_the_channel(ends, kind):
    channel, theirs, nonce = ends
    theirs.sendall(frame(nonce, 0, kind, b""))
    channel.fill()
    with pytest.raises(BrokenChannel):
        channel.next()


def test_another_runs_nonce_breaks_the_channel(ends):
    channel, theirs, nonce = ends
    theirs.sendall(frame(nonce ^ 1, 0, Kind.RETURN, b""))
    channel.fill()
    with pytest.raises(BrokenChannel):
        channel.next()


def test_an_oversized_length_breaks_the_channel_before_it_is_read(ends):
    channel, theirs, nonce = ends
    theirs.sendall(HEADER.pack(1001, nonce, 0, Kind.RETURN))
    channel.fill()
    with pytest.raises(BrokenChannel):
        channel.next()


def test_sending_never_blocks_and_loses_nothing(ends):
    channel, theirs, nonce = ends
    bodies = [bytes([number % 256]) * 50_000 for number in range(100)]
    for number, body in enumerate(bodies):
        channel.send(Kind.CALL, number, body)
    assert channel.unsent > 0
    expected = b"".join(frame(nonce, number, Kind.CALL, body) for number, body in enumerate(bodies))
    received = b""
    theirs.setblocking(False)
    while len(received) < len(expected):
        received += theirs.recv(1 << 20)
        channel.flush()
    assert received == expected


def test_small_frames_go_out_together(ends):
    channel, theirs, nonce = ends
    theirs.setblocking(False)
    for number in range(3):
        channel.send(Kind.CALL, number, b"x")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    assert channel.unsent == 0
    channel.flush()
    assert theirs.recv(100) == b"".join(frame(nonce, number, Kind.CALL, b"x") for number in range(3))


def test_a_closed_end_is_noticed_and_sending_to_it_is_harmless(ends):
    channel, theirs, _ = ends
    theirs.close()
    channel.send(Kind.CALL, 0, b"x" * 100)
    channel.flush()
    assert channel.fill() is False
    assert channel.closed
