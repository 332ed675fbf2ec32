"""The filter program, executed here by a small interpreter of classic BPF."""

import errno
import fcntl
import struct

import pytest

from trialrun.core.errors import Missing
from trialrun.run.seccomp import build_filter, supported
from trialrun.run.syscalls import AARCH64, NEWEST, SOCKETS, SPECIAL, X86_64

pytestmark = pytest.mark.fast

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
X86, ARM = 0xC000003E, 0xC00000B7


def decide(program: bytes, number: int, *arguments: int, architecture: int = X86) -> int:
    """Run the filter on one system call; return its action."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *(arguments + (0,) * 6)[:6])
    code = list(struct.iter_unpack("<HBBI", program))
    accumulator, index, place = 0, 0, 0
    while True:
        operation, if_true, if_false, value = code[place]
        place += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif operation == 0x06:
            return value
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x00:
            accumulator = value
        elif operation == 0x07:
            index = accumulator
        elif operation == 0x7C:
            accumulator >>= index
        elif operation == 0x05:
            place += value
        else:
            test = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            place += if_true if test[operation] else if_false


@pytest.mark.parametrize(
    ("machine", "table", "architecture"), [("x86_64", X86_64, X86), ("aarch64", AARCH64, ARM)]
)
@pytest.mark.parametrize("processes", [False, True])
def test_allows_exactly_what_the_table_names(machine, table, architecture, processes):
    program = build_filter(machine, processes=processes)
    plain = {number for name, number in table.items() if name not in SPECIAL}
    special = {table[name] for name in SPECIAL & table.keys()}
    for number in range(NEWEST + 1):
        if number not in special:
            expected = ALLOW if number in plain else ERRNO | errno.EPERM
            assert decide(program, number, architecture=architecture) == expected, number
    for number in (NEWEST + 1, 0x40000000, 0xFFFFFFFF):
        assert decide(program, number, architecture=architecture) == ERRNO | errno.ENOSYS


def test_a_foreign_architecture_is_killed():
    assert decide(build_filter("x86_64"), X86_64["read"], architecture=0x40000003) == KILL


def test_threads_are_allowed_and_processes_are_not():
    closed, open_ = build_filter("x86_64"), build_filter("x86_64", processes=True)
    thread, fork, namespace = 0x003D0F00, 17, 0x10000000 | 0x00010000
    assert decide(closed, X86_64["clone"], thread) == ALLOW
    assert decide(closed, X86_64["clone"], fork) == ERRNO | errno.EPERM
    assert decide(open_, X86_64["clone"], fork) == ALLOW
    for program in (closed, open_):
        assert decide(program, X86_64["clone"], namespace) == ERRNO | errno.EPERM
        assert decide(program, X86_64["clone3"]) == ERRNO | errno.ENOSYS
    for name in ("fork", "vfork", "execve", "execveat"):
        assert decide(closed, X86_64[name]) == ERRNO | errno.EPERM
        assert decide(open_, X86_64[name]) == ALLOW


def test_sockets_need_network_and_terminal_input_is_refused():
    closed, network = build_filter("x86_64"), build_filter("x86_64", network=True)
    assert decide(closed, X86_64["socket"], 2, 1) == ERRNO | errno.EACCES
    assert decide(network, X86_64["socket"], 2, 1) == ALLOW
    for name in SOCKETS:
        assert decide(closed, X86_64[name]) == ERRNO | errno.EPERM
        assert decide(network, X86_64[name]) == ALLOW
    for command, action in (
        (0x5401, ALLOW),
        (0x5451, ALLOW),
        (0x5412, ERRNO | errno.ENOTTY),
        (0, ERRNO | errno.ENOTTY),
    ):
        assert decide(build_filter("x86_64"), X86_64["ioctl"], 0, command) == action


def test_no_file_sends_signals_to_others_or_is_kept_from_them():
    names = (
        "F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW", "F_DUPFD_CLOEXEC",
        "F_OFD_SETLK", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_ADD_SEALS", "F_GET_SEALS",
    )  # fmt: skip
    for program in (build_filter("x86_64"), build_filter("x86_64", processes=True)):
        for name in names:
            assert decide(program, X86_64["fcntl"], 0, getattr(fcntl, name)) == ALLOW, name
        for name in ("F_SETOWN", "F_SETSIG", "F_SETLEASE", "F_NOTIFY"):
            assert decide(program, X86_64["fcntl"], 0, getattr(fcntl, name)) == ERRNO | errno.EPERM, name
        assert decide(program, X86_64["fcntl"], 0, 15) == ERRNO | errno.EPERM, "F_SETOWN_EX"


def test_sockets_are_of_tcp_udp_and_this_machine_alone():
    network, outer = build_filter("x86_64", network=True), build_filter("x86_64", network=True, local=False)
    nonblocking = 0o4000 | 0o2000000
    for family in range(64):
        for kind in range(16):
            for protocol in (0, 1, 6, 17, 58, 132, 255, 262):
                arguments = (X86_64["socket"], family, kind | nonblocking, protocol)
                fits = kind in (1, 2, 5) and protocol in (0, 6, 17)
                assert (decide(network, *arguments) == ALLOW) is (fits and family in (1, 2, 10)), arguments
                assert (decide(outer, *arguments) == ALLOW) is (fits and family in (2, 10)), arguments


def test_no_pair_of_sockets_can_name_another_where_other_sockets_are_near():
    stream, datagram, raw, packets = 1, 2, 3, 5
    programs = [build_filter("x86_64", processes=processes) for processes in (False, True)]
    programs += [build_filter("x86_64", exposed=True), build_filter("x86_64", network=True, local=False)]
    for program in programs:
        for kind in (stream, packets):
            assert decide(program, X86_64["socketpair"], 1, kind | 0o2000000) == ALLOW
        for kind in (datagram, raw):
            assert decide(program, X86_64["socketpair"], 1, kind | 0o2000000) == ERRNO | errno.EACCES
    assert decide(build_filter("x86_64", network=True), X86_64["socketpair"], 1, datagram) == ALLOW


@pytest.mark.parametrize(
    "number",
    [
        101,
        310,
        311,
        165,
        166,
        155,
        161,
        272,
        308,
        321,
        298,
        323,
        425,
        426,
        427,
        319,
        29,
        49,
        42,
        43,
        434,
        438,
    ],
)
def test_dangerous_calls_are_refused(number):
    # ptrace, process_vm_*, mount, umount2, pivot_root, chroot, unshare, setns, bpf, perf_event_open, userfaultfd,
    # io_uring_*, memfd_create, shmget, bind, connect, accept, pidfd_open, pidfd_getfd
    assert decide(build_filter("x86_64", processes=True), number) == ERRNO | errno.EPERM


def test_jobs_without_namespaces_reach_neither_modes_of_files_nor_other_processes():
    program = build_filter("x86_64", exposed=True)
    assert decide(program, X86_64["prctl"], 1, 0) == ERRNO | errno.EPERM
    assert decide(program, X86_64["prctl"], 4, 1) == ALLOW
    assert decide(build_filter("x86_64"), X86_64["prctl"], 1, 0) == ALLOW
    for name in ("chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat", "kill", "tkill", "tgkill"):
        assert decide(program, X86_64[name]) == ERRNO | errno.EPERM
        assert decide(build_filter("x86_64"), X86_64[name]) == ALLOW
    for name in ("prlimit64", "sched_setaffinity", "sched_getaffinity"):
        assert decide(program, X86_64[name], 0) == ALLOW
        assert decide(program, X86_64[name], 1234) == ERRNO | errno.EPERM
    assert decide(program, X86_64["read"]) == ALLOW


def test_signals_are_allowed_where_landlock_keeps_them_inside():
    closed, scoped = build_filter("x86_64", exposed=True), build_filter("x86_64", exposed=True, scoped=True)
    for name in ("kill", "tkill", "tgkill", "rt_sigqueueinfo"):
        assert decide(closed, X86_64[name], 1234, 9) == ERRNO | errno.EPERM
        assert decide(scoped, X86_64[name], 1234, 9) == ALLOW
    assert decide(scoped, X86_64["prlimit64"], 1234) == ERRNO | errno.EPERM


def test_an_unknown_machine_is_missing_not_open():
    assert not supported("riscv64")
    with pytest.raises(Missing):
        build_filter("riscv64")
