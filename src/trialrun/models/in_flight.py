"""`in_flight`: several calls at once, a bounded number of them, results as they finish.

Daemon threads take the next item from a shared iterator, so nothing is begun that nobody waits for, and an
interrupted program need not wait for a slow server. The first error stops the rest.

Leaves out: cancelling a call that is on its way (close the model for that).
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence


def in_flight[A, B](call: Callable[[A], B], items: Sequence[A], at_most: int) -> Iterator[tuple[int, B]]:
    """Yield (index, `call(items[index])`) as they finish; at most `at_most` are running.

    >>> sorted(in_flight(lambda text: text * 2, ["a", "b", "c"], 2))
    [(0, 'aa'), (1, 'bb'), (2, 'cc')]
    """
    results: queue.SimpleQueue[tuple[int, B | None, BaseException | None]] = queue.SimpleQueue()
    remaining = iter(range(len(items)))
    lock = threading.Lock()
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with lock:
                index = next(remaining, None)
            if index is None:
                return
            try:
                result = call(items[index])
            except BaseException as error:
                stopped.set()
                results.put((index, None, error))
                return
            results.put((index, result, None))

    for _ in range(min(at_most, len(items))):
        threading.Thread(target=work, name="trialrun-model", daemon=True).start()
    try:
        for _ in items:
            index, result, error = results.get()
            if error is not None:
                raise error
            yield index, result  # type: ignore[misc]  # B may itself allow None
    finally:
        stopped.set()
