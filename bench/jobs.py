"""What an isolated job costs: CPU time of a job that does nothing, and how many a second there are.

    python -m bench.jobs [--jobs 4000] [--workers 2] [--repeats 3] [--preload numpy --python VENV] [--profile]

A trivial job is a whole one: cloned, given a function and one call, its answer read, killed, collected. The CPU time
is the kernel's account of a process tree that does nothing but such jobs: supervisor, zygote and jobs, start-up too.
`a job` is the difference of a run of `--jobs` and one of a tenth of them: start-up, printed beside it, is taken off;
page faults are counted likewise.
Jobs per second are counted between the first and the last job of `--workers` threads. Aims: at most 3 ms, at least 400.
`--preload` imports modules into the zygote once, in an environment that has them, and measures the same beside it.
`--profile` also tells where the time goes by what the kernel was doing, from `perf`, if it is installed.

Leaves out: what a program costs by itself, testers (a program judged by test code takes two jobs).
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measuring import circumstances, measure, store
from trialrun.core.execution import Limits, Outcome
from trialrun.core.program import Program
from trialrun.core.task import Case
from trialrun.run.batch import encode_calls, run_cases
from trialrun.run.interpreter import find_interpreter
from trialrun.run.sandbox import PRELOAD, Sandbox
from trialrun.run.supervisor import Isolation

CPU_MS, PER_S = 3.0, 400.0
"""The aims."""
PROGRAM = Program.from_source("def f(x):\n    return x\n", entry="f")
CALLS = encode_calls("f", [Case(args=(1,))])

DOING = (
    ("exit of a process", ("do_exit", "do_group_exit", "exit_mmap", "cleanup_mnt", "free_nsproxy")),
    ("fork", ("kernel_clone", "copy_process")),
    ("page faults", ("exc_page_fault", "asm_exc_page_fault")),
    ("seccomp", ("do_seccomp", "seccomp_set_mode_filter", "__seccomp_filter", "seccomp_run_filters")),
    ("mount", ("path_mount", "__x64_sys_mount", "__x64_sys_umount", "do_new_mount")),
    ("control groups", ("cgroup_file_write", "cgroup_mkdir", "cgroup_rmdir", "kernfs_fop_write_iter")),
    (
        "sockets",
        ("unix_stream_sendmsg", "unix_stream_recvmsg", "__sys_sendmsg", "__sys_recvmsg", "__sys_sendto"),
    ),
    ("waiting and scheduling", ("schedule", "do_sys_poll", "do_poll", "kernel_wait4")),
    ("other system calls", ("do_syscall_64", "entry_SYSCALL_64_after_hwframe")),
    ("other kernel work", ("asm_sysvec_apic_timer_interrupt", "ret_from_fork_asm", "kthread")),
)
"""What the kernel is doing, by functions in the stack of a sample; the first that fits counts."""


def work(jobs: int, workers: int, preload: Sequence[str], python: str | None) -> dict[str, Any]:
    """Run so many trivial jobs in this process; return the seconds they took and the CPU seconds of the jobs alone."""
    spent: list[float] = []
    isolation = Isolation(python=find_interpreter(python))
    with Sandbox(isolation, preload=(*PRELOAD, *preload)) as sandbox:
        tier = sandbox.tier
        began = time.monotonic()
        threads = [
            threading.Thread(target=_some, args=(sandbox, len(range(number, jobs, workers)), spent))
            for number in range(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall_s = time.monotonic() - began
    if len(spent) != jobs:
        raise SystemExit(f"{jobs - len(spent)} of {jobs} jobs did not do their work")
    return {"tier": tier, "jobs": jobs, "wall_s": wall_s, "inside_s": sum(spent)}


def _some(sandbox: Sandbox, jobs: int, spent: list[float]) -> None:
    limits = Limits()
    for _ in range(jobs):
        costs: list[float] = []
        (execution,) = run_cases(
            sandbox, PROGRAM, CALLS, limits, account=lambda cpu_s, _, costs=costs: costs.append(cpu_s)
        )
        if execution.outcome is not Outcome.RETURNED:
            return
        spent += costs


def one(jobs: int, options: argparse.Namespace, preload: Sequence[str]) -> tuple[float, dict[str, Any]]:
    """Measure a process tree that runs so many jobs; return its CPU seconds and what it said."""
    used = measure(_command(jobs, options, preload))
    if used.status != 0:
        raise SystemExit(used.output[-2000:])
    said = json.loads(used.output.splitlines()[-1])
    return used.cpu_s, {**said, "own_s": used.own_s, "faults": used.faults}


def _command(jobs: int, options: argparse.Namespace, preload: Sequence[str]) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "bench.jobs",
        "--work",
        "--jobs",
        str(jobs),
        "--workers",
        str(options.workers),
    ]
    command += ["--python", options.python] if options.python else []
    return command + [part for name in preload for part in ("--preload", name)]


def cost(options: argparse.Namespace, preload: Sequence[str]) -> dict[str, Any]:
    """Measure several times; return medians."""
    few = max(1, options.jobs // 10)
    rows = []
    for _ in range(options.repeats):
        start_s, start = one(few, options, preload)
        all_s, said = one(options.jobs, options, preload)
        a_job = (all_s - start_s) / (options.jobs - few)
        rows.append(
            {
                "cpu_ms": 1000 * a_job,
                "start_cpu_ms": 1000 * (start_s - few * a_job),
                "inside_ms": 1000 * said["inside_s"] / options.jobs,
                "supervisor_ms": 1000 * said["own_s"] / options.jobs,
                "per_s": options.jobs / said["wall_s"],
                "faults": (said["faults"] - start["faults"]) / (options.jobs - few),
            }
        )
    names = {name: [round(row[name], 3) for row in rows] for name in rows[0]}
    return {
        "preload": list(preload),
        "tier": said["tier"],
        **{name: statistics.median(values) for name, values in names.items()},
        "repeats": names,
    }


def profile(options: argparse.Namespace, preload: Sequence[str]) -> dict[str, float] | str:
    """Sample a run with `perf`; return the share of CPU time of each thing that is done, or why there is no profile."""
    if shutil.which("perf") is None:
        return "no profile: perf is not installed"
    with tempfile.TemporaryDirectory() as scratch:
        data = str(Path(scratch) / "perf.data")
        record = ["perf", "record", "-g", "-e", "cpu-clock", "-F", "999", "-o", data, "--"]
        done = subprocess.run(
            [*record, *_command(options.jobs, options, preload)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return f"no profile: {done.stderr.strip()[-300:]}"
        script = ["perf", "script", "-i", data, "-F", "comm,ip,sym"]
        text = subprocess.run(script, capture_output=True, text=True, errors="replace", check=False).stdout
    counts = doing(text)
    total = counts.total() or 1
    return {name: round(count / total, 4) for name, count in counts.most_common()}


def doing(script: str) -> Counter[str]:
    """Count the samples of `perf script` by what the kernel was doing; outside it by the function's own kind."""
    counts: Counter[str] = Counter()
    for sample in script.split("\n\n"):
        lines = [line.split(None, 1) for line in sample.splitlines()[1:]]
        stack = {line[1].partition("+")[0] for line in lines if len(line) == 2}
        if lines:
            counts[
                next((name for name, marks in DOING if stack.intersection(marks)), "programs and Python")
            ] += 1
    return counts


def main() -> int:
    """Measure, print, store; exit 1 where an aim is missed."""
    options = _options()
    if options.work:
        print(json.dumps(work(options.jobs, options.workers, options.preload, options.python)))
        return 0
    where = circumstances()
    rows = [cost(options, ())]
    if options.preload:
        rows.append(cost(options, options.preload))
    print(
        f"{'preload':<16}{'CPU ms a job':>13}{'in the job':>11}{'supervisor':>11}{'start-up ms':>12}{'jobs/s':>8}"
        f"{'faults':>8}"
    )
    for row in rows:
        print(
            f"{','.join(row['preload']) or 'none':<16}{row['cpu_ms']:>13.2f}{row['inside_ms']:>11.2f}"
            f"{row['supervisor_ms']:>11.2f}{row['start_cpu_ms']:>12.0f}{row['per_s']:>8.0f}"
            f"{row['faults']:>8.0f}"
        )
    shares = profile(options, options.preload) if options.profile else None
    if isinstance(shares, str):
        print(shares)
    elif shares is not None:
        print("\n".join(f"  {name:<28}{100 * share:5.1f} %" for name, share in shares.items()))
    plain = rows[0]
    held = plain["cpu_ms"] <= CPU_MS and plain["per_s"] >= PER_S
    print(f"at most {CPU_MS:g} ms and at least {PER_S:g}/s: {'held' if held else 'MISSED'}")
    asked = {"jobs": options.jobs, "workers": options.workers, "repeats": options.repeats}
    store(
        options.name,
        {**asked, "aims": {"cpu_ms": CPU_MS, "per_s": PER_S}, "rows": rows, "shares": shares, "held": held},
        where=where,
    )
    return 0 if held else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=4000)
    parser.add_argument("--workers", type=int, default=2, help="threads that ask for jobs")
    parser.add_argument("--repeats", type=int, default=3, help="measurements; the median is reported")
    parser.add_argument(
        "--preload", action="append", default=[], help="module that the zygote imports as well"
    )
    parser.add_argument("--python", help="interpreter or environment of the jobs; default: this one")
    parser.add_argument("--profile", action="store_true", help="print where the time goes, from perf")
    parser.add_argument("--name", default="jobs", help="name of the result file")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.jobs < 10 or options.workers < 1 or options.repeats < 1:
        parser.error("--jobs must be at least 10, --workers and --repeats at least 1")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
