"""Clock and chance, the same for every call: what differs because of them is no difference in behaviour.

Before each call the clock stands at one moment and every source of chance starts alike: `time`, `datetime`, `random`,
`os.urandom`, `secrets`, `uuid`. Time passes by a millisecond whenever somebody looks, so that a program which waits
for it ends, and sleeping only moves the clock.

Runs inside the sandbox: standard library only, Python 3.9 syntax. Leaves out: numpy's generators but the global one,
the order of sets (the hash seed is fixed), addresses of objects, generators that a program made from the system's
entropy while it was loaded.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from trialrun.core import values

_START_NS = 1_700_000_000_000_000_000
"""2023-11-14 22:13:20 UTC."""
_STEP_NS = 1_000_000
_NODE = 0x02_00_00_00_00_01
"""Hardware address in the sense of `uuid.getnode`."""
_resets: list[Callable[[], None]] = []


class _Clock:
    now_ns = _START_NS

    @classmethod
    def look(cls) -> int:
        cls.now_ns += _STEP_NS
        return cls.now_ns


class _Chance:
    """A stream of bytes that starts anew with every call."""

    drawn = 0

    @classmethod
    def bytes(cls, size: int) -> bytes:
        out = []
        for _ in range(size):
            cls.drawn = (cls.drawn * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            out.append(cls.drawn >> 56)
        return bytes(out)


def freeze() -> None:
    """Put the clock and all sources of chance under control, for this process."""
    _freeze_time()
    _freeze_datetime()
    _freeze_chance()
    reset()


def reset() -> None:
    """Start clock and chance anew."""
    _Clock.now_ns = _START_NS
    _Chance.drawn = 0x5DEECE66D
    for again in _resets:
        again()


def _freeze_time() -> None:
    module: Any = time
    clocks = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
    for name in clocks:
        if hasattr(module, name):
            setattr(module, name, lambda: _Clock.look() / 1e9)
            setattr(module, name + "_ns", lambda: _Clock.look())

    module.clock_gettime = lambda clock: _Clock.look() / 1e9
    module.clock_gettime_ns = lambda clock: _Clock.look()

    def sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        _Clock.now_ns += int(seconds * 1e9)

    module.sleep = sleep
    for name in ("localtime", "gmtime", "ctime"):
        setattr(module, name, _with_present(getattr(time, name)))
    shown_struct, shown = time.strftime, time.asctime
    module.strftime = lambda form, t=None: shown_struct(form, module.gmtime() if t is None else t)
    module.asctime = lambda t=None: shown(module.gmtime() if t is None else t)


def _with_present(of_seconds: Callable[[float], Any]) -> Callable[..., Any]:
    return lambda seconds=None: of_seconds(_Clock.look() / 1e9 if seconds is None else seconds)


def _freeze_datetime() -> None:
    import datetime

    module: Any = datetime
    real, date = datetime.datetime, datetime.date
    for name in ("datetime", "date"):
        values._real(("datetime", name))  # the encoder goes by the real classes: let it find them first

    def present(zone: Any = None) -> Any:
        return real.fromtimestamp(_Clock.look() / 1e9, zone)

    module.datetime = _standing_in_for(
        real,
        now=lambda tz=None: present(tz),
        today=lambda: present(),
        utcnow=lambda: present(datetime.timezone.utc).replace(tzinfo=None),
    )
    module.date = _standing_in_for(date, today=lambda: present().date())


def _standing_in_for(real: Any, **replaced: Callable[..., Any]) -> Any:
    """Return a class that makes instances of `real` and is it for all that ask, but for some class methods."""

    class Meta(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real) if cls is made else type.__instancecheck__(cls, instance)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, real) if cls is made else type.__subclasscheck__(cls, other)

        def __eq__(cls, other: object) -> bool:
            return other is cls or (cls is made and other is real)

        def __hash__(cls) -> int:
            return hash(real) if cls is made else type.__hash__(cls)

    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return real(*args, **kwargs) if cls is made else real.__new__(cls, *args, **kwargs)

    body: dict[str, Any] = {name: staticmethod(function) for name, function in replaced.items()}
    body.update(__new__=new, __module__=real.__module__, __qualname__=real.__qualname__, __doc__=real.__doc__)
    made: Any = Meta(real.__name__, (real,), body)
    return made


def _freeze_chance() -> None:
    module: Any = os
    module.urandom = _Chance.bytes
    if hasattr(os, "getrandom"):
        module.getrandom = lambda size, flags=0: _Chance.bytes(size)
    import random

    chance: Any = random
    chance._urandom = _Chance.bytes
    seed = random.Random.seed

    def seed_anew(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed(self, int.from_bytes(_Chance.bytes(8), "little") if a is None else a, version)

    chance.Random.seed = seed_anew
    _resets.append(lambda: seed(chance._inst, 0))
    _resets.append(_reset_loaded)


def _reset_loaded() -> None:
    """Reset what a program may have imported since: numpy's global generator, the machine in `uuid`."""
    if "numpy.random" in sys.modules:
        numpy: Any = sys.modules["numpy.random"]
        numpy.seed(0)
    if "uuid" in sys.modules:
        uuid: Any = sys.modules["uuid"]
        uuid._generate_time_safe = uuid._last_timestamp = None
        uuid._node = _NODE
