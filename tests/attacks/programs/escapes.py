"""Escapes: processes, network, files, signals, privileges."""

from tests.attacks.programs.attack import GONE, TIME, VALUE, answers, attack

ESCAPES = (
    attack(
        "escape",
        "daemon",
        "fork, setsid, fork: outlive the run",
        answers(
            "flee() or WRONG",
            """
import os, time
def flee():
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(600)
    except OSError: pass
""",
        ),
    ),
    attack(
        "escape",
        "thread left behind",
        "a thread that goes on after the answer",
        answers(
            "flee() or WRONG",
            "import threading, time\ndef flee(): threading.Thread(target=time.sleep, args=(600,)).start()",
        ),
        VALUE,
        TIME,
    ),
    attack(
        "escape",
        "commands run",
        "subprocess, os.system, exec",
        answers(
            "run() or WRONG",
            """
import os, subprocess
def run():
    for act in (lambda: subprocess.run(["/bin/sh", "-c", "sleep 600 &"]), lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
                lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"])):
        try: act()
        except OSError: pass
""",
        ),
    ),
    attack(
        "escape",
        "signals to everyone",
        "signal every process that can be seen",
        answers(
            "shoot() or WRONG",
            """
import os, signal
def shoot():
    for pid in (-1, 0, os.getppid(), -os.getpgrp(), *range(2, 300)):
        for number in (0, signal.SIGCONT):
            try:
                if pid > 0: os.kill(pid, number)
                elif pid < -1: os.killpg(-pid, 0)
            except OSError: pass
    try: os.kill(-1, signal.SIGCONT)
    except OSError: pass
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "escape",
        "network",
        "connect, resolve, listen, loopback, abstract sockets",
        answers(
            "call() or WRONG",
            """
import socket
def call():
    for family, address in ((socket.AF_INET, ("127.0.0.1", 80)), (socket.AF_INET, ("8.8.8.8", 53)),
                            (socket.AF_UNIX, "\\0trialrun"), (socket.AF_UNIX, "/tmp/socket")):
        for act in ("connect", "bind"):
            try: getattr(socket.socket(family), act)(address)
            except OSError: pass
    try: return socket.getaddrinfo("example.org", 80)[0]
    except OSError: pass
""",
        ),
    ),
    attack(
        "escape",
        "system calls",
        "ptrace, mount, unshare, memory of others, keys, bpf, io_uring, user faults",
        answers(
            "act() or WRONG",
            """
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def act():
    if platform.machine() != "x86_64": return
    done = []
    for number, arguments in ((101, (16, 1, 0, 0)), (165, (b"none", b"/tmp", b"tmpfs", 0, 0)), (272, (0x10000000,)),
                              (310, (1, 0, 0, 0, 0, 0)), (319, (b"x", 0)), (29, (0, 4096, 0o1600)), (321, (0, 0, 0)),
                              (425, (8, 0)), (434, (1, 0)), (250, (0, 0)), (161, (b"/tmp",)), (308, (3, 0)),
                              (323, (0,)), (435, (0, 0)), (56, (0x10000011, 0, 0, 0, 0)), (246, (0, 0, 0, 0))):
        if libc.syscall(number, *arguments) >= 0: done.append(number)
    assert not done, done
""",
        ),
    ),
    attack(
        "escape",
        "links out of the scratch directory",
        "symbolic and hard links, `..`, device files",
        answers(
            "link() or WRONG",
            """
import os
def link():
    for act in (lambda: os.symlink("/etc", "/tmp/e"), lambda: os.link("/etc/ld.so.cache", "/tmp/l"),
                lambda: open("/tmp/../../../trialrun-attack", "w"), lambda: open("/dev/mem", "rb"),
                lambda: os.mknod("/tmp/d", 0o20666, os.makedev(1, 1)), lambda: os.utime("/etc"),
                lambda: os.rename("/etc/ld.so.cache", "/etc/ld.so.cache")):
        try: act()
        except OSError: pass
""",
        ),
    ),
    attack(
        "escape",
        "shared memory",
        "semaphores and shared memory between runs",
        answers(
            "share() or WRONG",
            """
def share():
    try:
        from multiprocessing import shared_memory
        shared_memory.SharedMemory(name="trialrun", create=True, size=4096)
    except (OSError, ImportError): pass
""",
        ),
    ),
    attack(
        "escape",
        "32-bit system calls",
        "the other system call table",
        answers(
            "act() or WRONG",
            """
import ctypes, mmap, platform
def act():
    if platform.machine() != "x86_64": return
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\\xb8\\x02\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 2 (fork); int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
""",
        ),
        VALUE,
        GONE,
    ),
)
