"""What each limit becomes on this machine: rlimits of a job, directories it may see, variables it gets.

`Limits` (core) says what is wanted; this module turns it into the numbers and paths that the zygote applies.
Leaves out: CPU time per case and the wall guard, which the supervisor keeps (`supervisor.py`).
"""

import math
import os
import resource
from pathlib import Path

from trialrun.core.execution import Limits

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
"""All that a job finds in its environment, beside HOME and TMPDIR: its scratch directory."""

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""What glibc's allocator is told when a zygote starts; jobs do not see it. These are the values that it comes to by
itself in a process that frees large blocks (mallopt(3)): a job is too short for that, and would give memory back and
ask for it again in every call."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")

PROCESSES = 256
"""Processes and threads of a job that may start processes, where the kernel counts them together."""

ZYGOTE_PROCESSES = 4096
"""Processes and threads of all other jobs of a zygote: far more than honest ones use."""

OWN_NETWORK = {"/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n", "/etc/nsswitch.conf": "hosts: files\n"}
"""Files that are written for a job whose network is its own."""

_NETWORK_FILES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
)  # fmt: skip

SCRATCH_MB = 64
SCRATCH_FILES = 4096


FIXED_RLIMITS = (
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_MEMLOCK, 64 << 10),
    (resource.RLIMIT_MSGQUEUE, 0),
)
"""(number, value) pairs that are the same for every job."""


def rlimits(limits: Limits, *, cases: int = 1) -> list[tuple[int, int]]:
    """Return (number, value) pairs for `setrlimit`; the CPU value is a backstop in whole seconds for all cases."""
    backstop = math.ceil(limits.stop_s * (cases + 1)) + 1
    return [
        (resource.RLIMIT_AS, limits.memory_mb << 20),
        (resource.RLIMIT_CPU, min(backstop, 1 << 31)),
        (resource.RLIMIT_FSIZE, limits.file_mb << 20),
        (resource.RLIMIT_NPROC, 1024),
        # Not the zygote's: descriptors in flight count per user, and it must send one where jobs have used up theirs.
        (resource.RLIMIT_NOFILE, 256),
    ]


def network_files() -> list[str]:
    """Return what a job reads to find and to trust others on the machine's network; no private key is among it."""
    present = [path for path in _NETWORK_FILES if Path(path).exists()]
    return sorted({*present, *(os.path.realpath(path) for path in present)})


def scratch_options() -> str:
    """Return mount options of a job's own scratch file system."""
    return f"size={SCRATCH_MB}m,nr_inodes={SCRATCH_FILES},mode=700"


def without(paths: list[str], hidden: list[str]) -> list[str]:
    """Return `paths` with the hidden directories left out, for kernels where they cannot be covered by a mount."""
    result: list[str] = []
    for path in paths:
        if path in hidden:
            continue
        if any(place.startswith(path + "/") for place in hidden):
            result += without(sorted(entry.path for entry in os.scandir(path)), hidden)
        else:
            result.append(path)
    return result
