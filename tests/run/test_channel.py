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
