"""Together or alone."""

import threading

import pytest

from trialrun.run.turns import Turns

pytestmark = pytest.mark.fast


def test_nobody_is_beside_one_who_is_alone():
    turns = Turns()
    inside, worst, alone_beside = 0, 0, []
    lock = threading.Lock()
    gate = threading.Barrier(12)

    def together():
        nonlocal inside, worst
        gate.wait()
        for _ in range(50):
            with turns.together():
                with lock:
                    inside += 1
                    worst = max(worst, inside)
                with lock:
                    inside -= 1

    def alone():
        gate.wait()
        for _ in range(20):
            with turns.alone():
                alone_beside.append(inside)

    threads = [threading.Thread(target=together) for _ in range(8)] + [
        threading.Thread(target=alone) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert alone_beside == [0] * 80 and worst >= 1


def test_an_error_inside_lets_others_in():
    turns = Turns()
    for turn in (turns.together, turns.alone):
        with pytest.raises(ZeroDivisionError), turn():
            raise ZeroDivisionError
    with turns.alone():
        pass
