"""`Starved`: the machine has nothing left to start a job with. What the kernel says, as the error to raise.

The supervisor takes a fixed number of descriptors and processes for a job, before the job knows its program. So, alone
in a zygote of its own, a program has no hand in their running out, and must not lose its verdict by it (trust rule 7).

Leaves out: memory and processes of the jobs; their running out is seen as the job's end (`job.py`).
"""

import errno

from trialrun.core.errors import SandboxError


class Starved(SandboxError):
    """There is no descriptor, process or memory to start a job with, or no zygote that works."""


_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOBUFS, errno.ENOSPC})


def refusal(error: OSError) -> SandboxError:
    """Return what to raise in place of an `OSError` that the supervisor met in its own doings."""
    kind = Starved if error.errno in _SCARCE else SandboxError
    return kind(f"the kernel refused the supervisor: {error.strerror or error}")
