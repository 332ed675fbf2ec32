"""`describe`: the machine and interpreter that figures were measured on."""

import os
import platform
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs to judge a figure that depends on hardware."""

    cpu: str
    """Processor model; the architecture where the system does not tell."""
    cores: int
    """CPUs this process may use."""
    kernel: str
    python: str


def describe() -> Machine:
    """Read the description of this machine."""
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
