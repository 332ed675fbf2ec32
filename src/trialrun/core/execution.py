"""`Execution`: what one program did on one case; `Limits`: what it was allowed.

A failing candidate is data. Values stay in their canonical bytes until somebody has to look at them.
"""

import enum
from dataclasses import dataclass

import msgspec


class Outcome(enum.StrEnum):
    """How a case ended. Only `returned` carries a value."""

    RETURNED = "returned"
    RAISED = "raised"
    """An exception left the call."""
    SYNTAX = "syntax"
    """The program does not compile."""
    LOAD = "load"
    """The program raised while its top level ran, or lacks the entry point."""
    TIMEOUT = "timeout"
    """CPU limit of the case, or the wall guard, was reached."""
    MEMORY = "memory"
    """Stopped by the memory limit."""
    OUTPUT = "output"
    """Wrote more than the output limit."""
    EXITED = "exited"
    """The process ended of its own will without completing the case."""
    KILLED = "killed"
    """The process died by a signal."""
    PROTOCOL = "protocol"
    """The process broke the channel: malformed, oversized or unbidden frames."""
    SKIPPED = "skipped"
    """Not run, since an earlier case already decided."""
    INFRASTRUCTURE = "infrastructure"
    """The machine failed, with positive evidence; never the candidate's doing."""


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

    def is_near(self, cpu_s: float) -> bool:
        """Say whether a case's CPU time is so near its limit that another run might fall on the other side."""
        return 0.7 * self.cpu_s <= cpu_s < self.stop_s

    @property
    def guard_s(self) -> float:
        """Wall guard in seconds."""
        return self.wall_s if self.wall_s is not None else 10.0 * self.cpu_s + 2.0


class Execution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Program × case → what happened, read outside the program's process."""

    outcome: Outcome
    value: bytes | None = None
    """Canonical bytes of the returned value (`core/values.py`)."""
    arguments: bytes | None = None
    """Canonical bytes of the arguments after the call, where they were asked for."""
    exception: str | None = None
    """Exception type name, where the outcome is `raised` or `load`."""
    message: str = ""
    """Exception text or how the job ended; bounded, hostile."""
    stdout: bytes = b""
    stderr: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()
    """(name, content) of the files that a whole program left, sorted, where they were asked for and it completed."""
    cpu_s: float = 0.0
    """CPU seconds, from the kernel."""
    near_limit: bool = False
    """Whether the CPU time is so near the limit that the outcome has to be confirmed by a run alone."""
    wall_s: float = 0.0
    peak_mb: float = 0.0
    """Peak resident memory of the job, MiB, from the kernel; 0 where it was not read."""
