"""Escapes: processes, network, files, signals, privileges."""

# ruff: noqa: E501 (data: lines of programs stay whole)

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
    attack(
        "escape",
        "daemons by every door",
        "fork, vfork, clone, posix_spawn, forkpty, multiprocessing, each with a new session",
        answers(
            "flee() or WRONG",
            """
import ctypes, os, pty, time
libc = ctypes.CDLL(None, use_errno=True)
def stay(made):
    if made == 0:
        try: os.setsid()
        finally: time.sleep(600)
def flee():
    import multiprocessing
    for act in (lambda: stay(os.fork()), lambda: stay(os.forkpty()[0]), lambda: stay(libc.syscall(56, 17, 0, 0, 0, 0)),
                lambda: os.posix_spawn("/bin/sleep", ["sleep", "600"], {}, setsid=True), lambda: os.popen("sleep 600 &"),
                lambda: multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,), daemon=True).start()):
        try: act()
        except (OSError, ImportError, AttributeError): pass
""",
        ),
    ),
    attack(
        "escape",
        "traced by itself and tracer of others",
        "PTRACE_TRACEME, PTRACE_ATTACH and PTRACE_SEIZE",
        answers(
            "trace() or WRONG",
            """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def trace():
    done = [n for n in (0, 16, 0x4206) for pid in (0, 1, os.getppid(), 2, 3) if pid != os.getpid() and libc.ptrace(n, pid, 0, 0) == 0]
    assert not done, done
""",
        ),
    ),
    attack(
        "escape",
        "names looked up",
        "DNS by the resolver, by hand over UDP and TCP, by netlink and raw sockets",
        answers(
            "ask() or WRONG",
            """
import socket
QUERY = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3org\\0\\0\\1\\0\\1"
def ask():
    for kind, kinds in ((socket.AF_INET, (1, 2, 3)), (socket.AF_INET6, (1, 2)), (socket.AF_NETLINK, (3,)), (17, (3,)), (40, (1,))):
        for way in kinds:
            try:
                with socket.socket(kind, way) as s:
                    s.settimeout(0.2)
                    s.sendto(QUERY, ("8.8.8.8", 53)) if way == 2 else s.connect(("8.8.8.8", 53))
                    if s.recv(512): return "answered"
            except (OSError, TypeError): pass
    for call in (socket.gethostbyname, socket.getfqdn):
        try: call("example.org")
        except OSError: pass
""",
        ),
    ),
    attack(
        "escape",
        "server on the loopback",
        "a listener that the next job, or the supervisor, might reach",
        answers(
            "listen() or WRONG",
            """
import os, socket
def listen():
    for kind, address in ((socket.AF_INET, ("127.0.0.1", 45999)), (socket.AF_UNIX, "\\0trialrun-listen"), (socket.AF_UNIX, "/tmp/s")):
        try:
            held.append(socket.socket(kind))
            held[-1].bind(address)
            held[-1].listen()
        except OSError: pass
held = []
""",
        ),
    ),
    attack(
        "escape",
        "signals by other ways",
        "owners of descriptors, pidfds, queued and thread signals to the parent",
        answers(
            "shoot() or WRONG",
            """
import ctypes, fcntl, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def shoot():
    for pid in (os.getppid(), 1, -1, 2):
        for act in (lambda: fcntl.fcntl(3, 8, pid), lambda: fcntl.fcntl(3, fcntl.F_SETFL, os.O_ASYNC),
                    lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGCONT),
                    lambda: libc.sigqueue(pid, signal.SIGCONT, 0), lambda: libc.syscall(234, pid, pid, signal.SIGCONT)):
            try: act()
            except OSError: pass
    fcntl.fcntl(3, fcntl.F_SETFL, 0)
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "escape",
        "scratch directory exchanged",
        "the working directory renamed, removed, replaced by a link",
        answers(
            "move() or WRONG",
            """
import os
def move():
    here = os.getcwd()
    for act in (lambda: os.rename(here, here + "-gone"), lambda: os.rmdir(here), lambda: os.symlink("/etc", here),
                lambda: os.chmod(here, 0), lambda: os.chroot("/tmp"), lambda: os.open("..", os.O_PATH), lambda: os.chdir("/scratch")):
        try: act()
        except OSError: pass
    os.chmod(here, 0o700)
""",
        ),
    ),
    attack(
        "escape",
        "names that hurt whoever cleans up",
        "directories 300 deep and without rights, names that are no text, loops of links",
        answers(
            "build() or WRONG",
            """
import os
def build():
    for name in (b"\\xff\\xfe", b"-rf", b"a\\nb", b"\\x1b[2J", b"x" * 255):
        try:
            os.mkdir(name)
            os.chmod(name, 0)
        except OSError: pass
    os.symlink("loop", "loop")
    os.symlink("/", "root")
    os.symlink("..", "up")
    top = os.open(".", os.O_RDONLY)
    for _ in range(300):
        try:
            os.mkdir("d")
            os.chdir("d")
        except OSError: break
    os.chmod(".", 0)
    os.fchdir(top)
""",
        ),
    ),
    attack(
        "escape",
        "program from memory",
        "memfd_create and execveat, a loader by hand",
        answers(
            "start() or WRONG",
            """
import ctypes, os
def start():
    try:
        held = os.memfd_create("x")
        os.write(held, b"#!/bin/sh\\nsleep 600 &\\n")
        ctypes.CDLL(None).syscall(322, held, b"", (ctypes.c_char_p * 2)(b"x", None), None, 0x1000)
        os.execve(held, ["x"], {})
    except OSError: pass
""",
        ),
        VALUE,
        GONE,
    ),
    attack(
        "escape",
        "privileges asked for",
        "user ids, capabilities, securebits, dumpable, names of processes that break parsers",
        answers(
            "ask() or WRONG",
            """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def ask():
    for act in (lambda: os.setuid(0), lambda: os.setresgid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.setpgid(0, 0)):
        try: act()
        except OSError: pass
    for option, value in ((4, 0), (8, 1), (28, 0x2F), (24, 0), (1, 0), (36, 1), (38, 0), (53, 1)): libc.prctl(option, value, 0, 0, 0)
    libc.prctl(15, b"x) Z 1 1 \\n(", 0, 0, 0)
    assert os.getuid() != 0
""",
        ),
    ),
    attack(
        "escape",
        "descriptors hidden in flight",
        "open files sent to itself and never received",
        answers(
            "hide() or WRONG",
            """
import os, socket
def hide():
    a, b = socket.socketpair()
    for _ in range(200):
        try: socket.send_fds(a, [b"x"], [0, 1, 2, 3, b.fileno()] * 10, socket.MSG_DONTWAIT)
        except OSError: return None
""",
        ),
    ),
)
