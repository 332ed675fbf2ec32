"""`Budget`: metered counters shared by reference. Running out is a value, not an exception."""

import threading


class Budget:
    """Counters with optional limits; safe to share between threads.

    >>> budget = Budget(cpu_s=1.0)
    >>> budget.spend("cpu_s", 0.75), budget.spend("cpu_s", 0.5)
    (True, False)
    >>> budget.left("cpu_s")
    0.25
    """

    def __init__(self, **limits: float) -> None:
        self._limits = dict(limits)
        self._spent: dict[str, float] = {}
        self._lock = threading.Lock()

    def spend(self, counter: str, amount: float = 1.0) -> bool:
        """Take `amount` from a counter; return False, taking nothing, if that would pass its limit."""
        with self._lock:
            spent = self._spent.get(counter, 0.0) + amount
            limit = self._limits.get(counter)
            if limit is not None and spent > limit:
                return False
            self._spent[counter] = spent
            return True

    def left(self, counter: str) -> float:
        """Return what remains of a counter (infinity where it has no limit)."""
        with self._lock:
            return self._limits.get(counter, float("inf")) - self._spent.get(counter, 0.0)

    def spent(self) -> dict[str, float]:
        """Return a copy of all counters."""
        with self._lock:
            return dict(self._spent)
