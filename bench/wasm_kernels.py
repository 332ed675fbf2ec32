"""Kernels of the kinds that public WebAssembly benchmarks have, in C of our own, compiled by zig.

zig comes from an environment made for the run, or from the interpreter that `--zig` names; it is no dependency.

Leaves out: running them (`wasm.py`).
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.peers import made_python

SOURCES = Path(__file__).resolve().parent / "wasm_sources"
ZIG = "ziglang==0.17.1"
_FLAGS = ("-target", "wasm32-freestanding", "-O2", "-nostdlib", "-Wl,--no-entry")


@dataclass(frozen=True, slots=True)
class Kernel:
    """One program; its export `run` takes the number of turns."""

    name: str
    turns: int
    """For timing: some tens of milliseconds."""
    few: int
    """For the interpreter: some seconds at most."""


KERNELS = (
    Kernel("matrix", 1_600, 1),
    Kernel("nbody", 600_000, 300),
    Kernel("sieve", 350, 1),
    Kernel("sha256", 1_600, 1),
    Kernel("crc32", 1_900, 4),
    Kernel("levenshtein", 1_600, 1),
    Kernel("quicksort", 170, 1),
    Kernel("mandelbrot", 600, 1),
    Kernel("tree", 320, 1),
    Kernel("machine", 600, 1),
)


def compile_kernels(folder: Path, zig: Path | None) -> dict[str, bytes]:
    """Return the modules by name."""
    python = zig or made_python(folder / "zig", ZIG)
    found = {}
    for kernel in KERNELS:
        target = folder / f"{kernel.name}.wasm"
        command = [python, "-m", "ziglang", "cc", *_FLAGS, "-o", target, SOURCES / f"{kernel.name}.c"]
        subprocess.run(command, check=True, cwd=folder)
        found[kernel.name] = target.read_bytes()
    return found
