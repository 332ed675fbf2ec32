"""`Limits`: what one job may use, as plain data that a command line can be made of.

Leaves out: what a limit becomes on a machine (`run/limits.py`).
"""

import enum
from dataclasses import dataclass


class Network(enum.StrEnum):
    """What a job may reach by sockets."""

    NONE = "none"
    """It opens none."""
    LOOPBACK = "loopback"
    """Itself: a network of its own, with nothing in it but its own processes."""
    ALLOWED = "allowed"
    """The machine's network, and whoever listens there: only for programs that are trusted that far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may use. CPU time decides; the wall guard is loose on purpose."""

    cpu_s: float = 10.0
    """CPU seconds per case (and for loading the program)."""
    wall_s: float | None = None
    """Seconds a job may block without being starved of the CPU; None is 10 × `cpu_s` + 2."""
    memory_mb: int = 2048
    """Address space of the job, MiB."""
    file_mb: int = 16
    """Largest file the job may write, MiB."""
    output_kb: int = 1024
    """Bytes of stdout and stderr kept before the job is stopped, KiB each."""
    value_kb: int = 96 * 1024
    """Largest canonical value that may cross the channel, KiB."""
    calls: int = 100_000
    """Calls that a tester may make, and callbacks a candidate may make, per check."""
    processes: bool = False
    """Whether the job may start other processes."""
    network: Network = Network.NONE
    """What the program may reach: nothing, its own loopback, or the network of this machine."""

    @property
    def stop_s(self) -> float:
        """CPU seconds at which a job is stopped: past the limit, so that a case near it is known to be near."""
        return 1.3 * self.cpu_s

    @property
    def near_s(self) -> float:
        """CPU seconds from which on a case is near its limit."""
        return 0.7 * self.cpu_s

    def is_near(self, cpu_s: float) -> bool:
        """Say whether a case's CPU time is so near its limit that another run might fall on the other side."""
        return self.near_s <= cpu_s < self.stop_s

    @property
    def guard_s(self) -> float:
        """Wall guard in seconds."""
        return self.wall_s if self.wall_s is not None else 10.0 * self.cpu_s + 2.0
