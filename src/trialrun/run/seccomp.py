"""The system call filter of a job, as bytes for `seccomp(SECCOMP_SET_MODE_FILTER)`.

An allow-list kept as one bit per number, in words of 32 that a few comparisons choose from: every job loads the filter,
so its length is what costs. Then come the calls that are decided by their arguments. Refused calls return EPERM;
`clone3` and numbers newer than the table return ENOSYS so that libraries fall back to calls whose arguments the filter
can read; a foreign architecture kills.

Leaves out: loading (the child does that with one system call), file access (Landlock, mount namespace).
Source: linux/seccomp.h, linux/bpf_common.h; seccomp(2).
"""

import errno
import struct

from trialrun.core.errors import Missing
from trialrun.run.syscalls import AARCH64, NEWEST, SOCKETS, SPECIAL, X86_64

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_GE = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_EQ = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_SET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
_SHIFT_BY_X = 0x7C  # BPF_ALU | BPF_RSH | BPF_X
_TO_X = 0x07  # BPF_MISC | BPF_TAX
_CONSTANT = 0x00  # BPF_LD | BPF_IMM
_JUMP = 0x05  # BPF_JMP | BPF_JA
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000

_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080  # every CLONE_NEW* flag that fits the low word
_IOCTLS = (
    0x5401,
    0x5413,
    0x541B,
    0x5421,
    0x5450,
    0x5451,
)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
_FCNTLS = (8, 10, 15, 1024, 1026, 1040)
"""F_SETOWN F_SETSIG F_SETOWN_EX F_SETLEASE F_NOTIFY F_SETDELEG: signals to others, files that others cannot open."""

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG
_UNIX, _INET, _INET6 = 1, 2, 10
_STREAM, _DATAGRAM, _PACKETS = 1, 2, 5
_KIND = 0xF  # without SOCK_NONBLOCK and SOCK_CLOEXEC
_PROTOCOLS = (0, 6, 17)  # the kind's own, TCP, UDP

_ON_FILES = frozenset({"chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat"})
_ON_PROCESSES = frozenset(
    {"prlimit64", "sched_setaffinity", "sched_getaffinity", "sched_getparam", "sched_getscheduler"}
)
"""Calls that name a process, 0 being the caller."""
_SIGNALS = frozenset({"kill", "tkill", "tgkill", "rt_sigqueueinfo"})

Instruction = tuple[int, int, int, int]

_MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}


def supported(machine: str) -> bool:
    """Say whether there is a filter for this architecture (`os.uname().machine`)."""
    return machine in _MACHINES


def build_filter(
    machine: str,
    *,
    processes: bool = False,
    network: bool = False,
    local: bool = True,
    exposed: bool = False,
    scoped: bool = False,
) -> bytes:
    """Return the filter program (8 bytes an instruction) for a job.

    `processes` allows fork and exec (namespaces stay refused); `network` allows sockets of
    TCP and UDP and, with `local`, those of this machine (AF_UNIX): without it none can be named, not even from a pair.
    `exposed` is for jobs without namespaces, which share the caller's user id: it refuses what Landlock does not
    govern on files (modes, times) and on other processes (limits, scheduling, signals), and to outlive the zygote.
    Raises `Missing` for an architecture without a table.
    """
    if machine not in _MACHINES:
        raise Missing(f"no system call table for {machine!r}", "use an x86_64 or aarch64 machine")
    architecture, table = _MACHINES[machine]
    allowed = {number for name, number in table.items() if name not in SPECIAL}
    actions = {
        table[name]: _special(name, processes=processes, network=network) for name in SPECIAL & table.keys()
    }
    actions[table["socket"]] = _socket(local=local) if network else [_deny(errno.EACCES)]
    if exposed or not (network and local):
        # One of a pair of datagram sockets can send to any name, and be sent to once the other is closed.
        actions[table["socketpair"]] = [*_one_of(1, (_STREAM, _PACKETS), mask=_KIND), _ret(_ALLOW)]
    if exposed:
        for name in _ON_FILES & table.keys():
            actions[table[name]] = [_deny()]
        for name in _ON_PROCESSES & table.keys():
            actions[table[name]] = [_low_word(0), (_EQ, 1, 0, 0), _deny(), _ret(_ALLOW)]
        # The kernel's word to kill it with the zygote is not the job's to take back.
        actions[table["prctl"]] = [_low_word(0), (_EQ, 0, 1, _PARENT_DEATH), _deny(), _ret(_ALLOW)]
        for name in set() if scoped else _SIGNALS & table.keys():
            actions[table[name]] = [_deny()]
    body = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQ, 1, 0, architecture),
        _ret(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_GE, 0, 1, NEWEST + 1),
        _deny(errno.ENOSYS),
        *_allow(allowed - actions.keys()),
        *_decide(actions),
        _deny(),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in body)


def _ret(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


def _deny(code: int = errno.EPERM) -> Instruction:
    return _ret(_ERRNO | code)


def _low_word(argument: int) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * argument)


def _special(name: str, *, processes: bool, network: bool) -> list[Instruction]:
    if name == "clone3":
        return [_deny(errno.ENOSYS)]
    if name == "clone":
        refuse_new = [_low_word(0), (_SET, 0, 1, _CLONE_NEW), _deny()]
        if processes:
            return [*refuse_new, _ret(_ALLOW)]
        return [*refuse_new, (_SET, 1, 0, _CLONE_THREAD), _deny(), _ret(_ALLOW)]
    if name == "ioctl":
        tests = [(_EQ, len(_IOCTLS) - i, 0, command) for i, command in enumerate(_IOCTLS)]
        return [_low_word(1), *tests, _deny(errno.ENOTTY), _ret(_ALLOW)]
    if name == "fcntl":
        tests = [(_EQ, len(_FCNTLS) - i, 0, command) for i, command in enumerate(_FCNTLS)]
        return [_low_word(1), *tests, _ret(_ALLOW), _deny()]
    if name == "socketpair":
        return [_ret(_ALLOW)]
    if name in SOCKETS:
        return [_ret(_ALLOW) if network else _deny()]
    return [_ret(_ALLOW) if processes else _deny()]


def _socket(*, local: bool) -> list[Instruction]:
    families = (_INET, _INET6, _UNIX) if local else (_INET, _INET6)
    return [
        *_one_of(0, families),
        *_one_of(1, (_STREAM, _DATAGRAM, _PACKETS), mask=_KIND),
        *_one_of(2, _PROTOCOLS),
        _ret(_ALLOW),
    ]


def _one_of(argument: int, values: tuple[int, ...], *, mask: int = 0xFFFFFFFF) -> list[Instruction]:
    """Return a test that refuses every other value of an argument and goes on with these."""
    tests = [(_EQ, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_low_word(argument), (_AND, 0, 0, mask), *tests, _deny(errno.EACCES)]


def _allow(numbers: set[int]) -> list[Instruction]:
    """Return code that allows these numbers and goes on with all others; the number is in the accumulator."""
    words = [
        sum(1 << bit for bit in range(32) if 32 * place + bit in numbers) for place in range(NEWEST // 32 + 1)
    ]
    return [
        (_AND, 0, 0, 31),
        (_TO_X, 0, 0, 0),
        (_LOAD, 0, 0, _NUMBER),
        *_word_of(0, words, 0),
        (_SHIFT_BY_X, 0, 0, 0),
        (_SET, 0, 1, 1),
        _ret(_ALLOW),
    ]


def _word_of(first: int, words: list[int], after: int) -> list[Instruction]:
    """Return code that loads the word a number belongs to (the first begins at `first`), then skips `after`."""
    if len(words) == 1:
        return [(_CONSTANT, 0, 0, words[0]), (_JUMP, 0, 0, after)]
    middle = len(words) // 2
    high = _word_of(first + 32 * middle, words[middle:], after)
    low = _word_of(first, words[:middle], after + len(high))
    return [(_GE, len(low), 0, first + 32 * middle), *low, *high]


def _decide(actions: dict[int, list[Instruction]]) -> list[Instruction]:
    """Return code that decides these numbers and goes on with all others."""
    code: list[Instruction] = [(_LOAD, 0, 0, _NUMBER)]
    for number, action in sorted(actions.items()):
        if action != [_deny()]:
            code += [(_EQ, 0, len(action), number), *action]
    return code
