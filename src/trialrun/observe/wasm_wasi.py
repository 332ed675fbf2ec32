"""WASI for the interpreter tier: the same host as in the sandbox (`run/child/wasm_host.py`), so both tiers do the same.

Leaves out: what that host leaves out. `Exited` passes through `Machine.invoke`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from trialrun.lang.wasm_types import FuncType, Module, Space
from trialrun.observe.wasm_instance import Bounds
from trialrun.observe.wasm_interpreter import Machine
from trialrun.run.child.wasm_host import MODULE, Exited, Wasi

MOST_OUTPUT = 1 << 20
"""Bytes of output that are kept."""


class WasiMachine:
    """A machine with its host; `output` is what the program wrote."""

    def __init__(
        self,
        module: Module,
        *,
        argv: Sequence[str] = ("program",),
        stdin: str = "",
        bounds: Bounds | None = None,
    ) -> None:
        """Raises `WasmError` for a module or an import that is wrong."""
        self.output = bytearray()
        self._wasi = Wasi(self, self._write, list(argv), stdin.encode("utf-8", "surrogatepass"))
        imports = {
            (item.module, item.name): self._answer(item.name, module.types[item.of])
            for item in module.imported(Space.FUNCTION)
            if item.module == MODULE and isinstance(item.of, int)
        }
        self.machine = Machine(module, imports, bounds)
        names = {export.name: export.of for export in module.exports if export.space is Space.MEMORY}
        self._memory = self.machine.instance.memories[names["memory"]] if "memory" in names else None

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of the program's memory, for the host."""
        if self._memory is None or address + size > len(self._memory.data):
            raise Exited(255)
        return bytes(self._memory.data[address : address + size])

    def write(self, address: int, data: bytes) -> None:
        """Change the program's memory, for the host."""
        if self._memory is None or address + len(data) > len(self._memory.data):
            raise Exited(255)
        self._memory.data[address : address + len(data)] = data

    def _write(self, fd: int, data: bytes) -> None:
        self.output += data[: MOST_OUTPUT - len(self.output)]

    def _answer(self, name: str, kind: FuncType) -> Callable[..., Any]:
        def answer(*arguments: int) -> int | None:
            found = self._wasi.call(name, *arguments)
            return found if kind.results else None

        return answer
