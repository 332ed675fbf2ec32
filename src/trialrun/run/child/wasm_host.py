"""The host of a WebAssembly program: the part of WASI that programs on text need, and the job that runs a module.

Nothing here depends on the machine: the clock moves by one microsecond a look, random bytes are a fixed row, there are
no files. So two runs on the same input do the same, and the interpreter and wasmtime can be compared. `main` is what
runs in a job under wasmtime: it reads `module.wasm` and `plan.json`, runs one call and writes `report.json` and the
content of the memory that was asked for.

Standard library and wasmtime only, Python 3.9 syntax; sent to the job as text. Leaves out: files, directories, sockets.
Source: WASI snapshot preview 1, witx/wasi_snapshot_preview1.witx.
"""

from __future__ import annotations

import importlib
import json
import random
from collections.abc import Callable
from typing import Any

MODULE = "wasi_snapshot_preview1"
BADF, NOSYS = 8, 52
BEGINNING = 1_000_000_000_000_000_000
"""Nanoseconds that the clock shows at first."""
MOST_AT_ONCE = 1 << 20
"""Bytes of one request that are looked at."""


class Exited(Exception):
    """The program ended itself by `proc_exit`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Wasi:
    """The state of one program. `memory` has `read(address, size)` and `write(address, data)`."""

    def __init__(self, memory: Any, out: Callable[[int, bytes], None], argv: list[str], stdin: bytes) -> None:
        self.memory = memory
        self.out = out
        self.argv = [part.encode("utf-8", "surrogatepass") + b"\0" for part in argv]
        self.stdin = stdin
        self.clock = BEGINNING
        self.random = random.Random(0)

    def call(self, name: str, *arguments: int) -> int:
        """Answer one call of the program's; unknown ones are refused with `ENOSYS`."""
        known = getattr(self, "do_" + name, None)
        return NOSYS if known is None else int(known(*arguments))

    def word(self, address: int, value: int, size: int = 4) -> None:
        """Write a number into the program's memory."""
        self.memory.write(address, value.to_bytes(size, "little"))

    def vectors(self, address: int, count: int) -> list[tuple[int, int]]:
        """Read a list of (address, size)."""
        data = self.memory.read(address, 8 * min(count, 1024))
        numbers = [int.from_bytes(data[n : n + 4], "little") for n in range(0, len(data), 4)]
        return list(zip(numbers[::2], numbers[1::2]))

    def do_args_sizes_get(self, count: int, size: int) -> int:
        """Tell the number of arguments and their bytes."""
        self.word(count, len(self.argv))
        self.word(size, sum(map(len, self.argv)))
        return 0

    def do_args_get(self, places: int, buffer: int) -> int:
        """Write the arguments."""
        for part in self.argv:
            self.word(places, buffer)
            self.memory.write(buffer, part)
            places, buffer = places + 4, buffer + len(part)
        return 0

    def do_environ_sizes_get(self, count: int, size: int) -> int:
        """Tell that there are no variables."""
        self.word(count, 0)
        self.word(size, 0)
        return 0

    def do_environ_get(self, places: int, buffer: int) -> int:
        """Write no variables."""
        return 0

    def do_clock_time_get(self, clock: int, precision: int, place: int) -> int:
        """Tell a time that moves by one microsecond a look."""
        self.clock += 1000
        self.word(place, self.clock, 8)
        return 0

    def do_clock_res_get(self, clock: int, place: int) -> int:
        """Tell the clock's step."""
        self.word(place, 1000, 8)
        return 0

    def do_random_get(self, buffer: int, size: int) -> int:
        """Write the next of a fixed row of bytes."""
        for start in range(0, size, MOST_AT_ONCE):
            some = min(MOST_AT_ONCE, size - start)
            self.memory.write(buffer + start, self.random.getrandbits(8 * some).to_bytes(some, "little"))
        return 0

    def do_fd_write(self, fd: int, vectors: int, count: int, place: int) -> int:
        """Write to stdout or stderr."""
        if fd not in (1, 2):
            return BADF
        written = 0
        for address, size in self.vectors(vectors, count):
            data = self.memory.read(address, min(size, MOST_AT_ONCE))
            self.out(fd, data)
            written += len(data)
            if len(data) < size:
                break
        self.word(place, written)
        return 0

    def do_fd_read(self, fd: int, vectors: int, count: int, place: int) -> int:
        """Read from stdin."""
        if fd != 0:
            return BADF
        taken = 0
        for address, size in self.vectors(vectors, count):
            data, self.stdin = self.stdin[:size], self.stdin[size:]
            self.memory.write(address, data)
            taken += len(data)
        self.word(place, taken)
        return 0

    def do_fd_fdstat_get(self, fd: int, place: int) -> int:
        """Tell that a standard stream is a character device."""
        if fd > 2:
            return BADF
        self.memory.write(place, bytes((2,)) + bytes(23))
        return 0

    def do_fd_close(self, fd: int) -> int:
        """Close a standard stream, which changes nothing."""
        return 0 if fd <= 2 else BADF

    def do_fd_seek(self, fd: int, offset: int, whence: int, place: int) -> int:
        """Refuse: streams have no place."""
        return 70 if fd <= 2 else BADF

    def do_fd_prestat_get(self, fd: int, place: int) -> int:
        """Tell that no directory is given."""
        return BADF

    def do_proc_exit(self, status: int) -> int:
        """End the program."""
        raise Exited(status)


class _Memory:
    """The exported memory of an instance under wasmtime."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.memory: Any = None

    def read(self, address: int, size: int) -> bytes:
        if address + size > self.memory.data_len(self.store):
            raise Exited(255)
        return bytes(self.memory.read(self.store, address, address + size))

    def write(self, address: int, data: bytes) -> None:
        if address + len(data) > self.memory.data_len(self.store):
            raise Exited(255)
        self.memory.write(self.store, data, address)


def main() -> None:
    """Run the module of this directory as its plan says."""
    with open("plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    with open("module.wasm", "rb") as file:
        binary = file.read()
    report = _run(plan, binary, importlib.import_module("wasmtime"))
    with open("report.json", "w", encoding="utf-8") as file:
        json.dump(report, file)


def _run(plan: dict[str, Any], binary: bytes, wasmtime: Any) -> dict[str, Any]:
    config = wasmtime.Config()
    config.parallel_compilation = False  # the job may not start threads
    config.memory_init_cow = False  # it would need a memfd, which jobs may not make
    config.cranelift_nan_canonicalization = True
    config.wasm_function_references = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    store.set_limits(memory_size=plan["memory"], table_elements=plan["elements"])
    memory = _Memory(store)
    wasi = Wasi(memory, _write, plan["argv"], plan["stdin"].encode("utf-8", "surrogatepass"))
    report: dict[str, Any] = {"outcome": "returned", "results": [], "message": "", "status": 0}
    exports: dict[str, Any] = {}
    exited: list[Exited] = []
    try:
        module = wasmtime.Module(engine, binary)
        instance = wasmtime.Instance(store, module, _imports(wasmtime, store, module, wasi, exited))
        exports = dict(instance.exports(store))
        memory.memory = exports.get("memory")
        for name in plan["before"]:
            exports[name](store)
        report["results"] = _texts(exports[plan["entry"]](store, *plan["arguments"]))
    except wasmtime.Trap as trap:
        message = trap.message.strip().splitlines()
        report.update(outcome="trap", message=message[-1] if message else "")
    except Exited as end:
        report.update(outcome="exit", status=end.status)
    except (wasmtime.WasmtimeError, KeyError, TypeError, ValueError) as error:
        report.update(outcome="error", message=str(error)[:500])
    if exited:
        report.update(outcome="exit", status=exited[0].status, message="")
    kept = exports.get(plan["keep"])
    if kept is not None:
        for name in plan["after"]:
            exports[name](store)
        with open("kept.bin", "wb") as file:
            file.write(bytes(kept.read(store, 0, min(plan["bytes"], kept.data_len(store)))))
    return report


def _imports(wasmtime: Any, store: Any, module: Any, wasi: Wasi, exited: list[Exited]) -> list[Any]:
    found = []
    for item in module.imports:
        if item.module != MODULE or not isinstance(item.type, wasmtime.FuncType):
            raise ValueError("the module imports %s.%s, which is not given" % (item.module, item.name))

        def answer(*arguments: int, name: str = str(item.name)) -> Any:
            try:
                found = wasi.call(name, *(value & 0xFFFFFFFFFFFFFFFF if value >= 0 else value & 0xFFFFFFFF
                                          for value in arguments))  # fmt: skip
            except Exited as end:
                exited.append(end)
                raise
            return None if name == "proc_exit" else found

        found.append(wasmtime.Func(store, item.type, answer))
    return found


def _texts(results: Any) -> list[str]:
    if results is None:
        return []
    return [repr(value) for value in (results if isinstance(results, (list, tuple)) else [results])]


def _write(fd: int, data: bytes) -> None:
    import os

    while data:
        data = data[os.write(fd, data) :]
