"""Where the data of published task sets lies on this machine, and what is known about each file.

A file is looked for in an explicit path, in the directory that `TRIALRUN_DATA` names, in the user's cache
(`trialrun data get` puts it there), and last in an installed package that ships it. Files are known by
sha256; a file with another hash is read all the same and its version says so.

Leaves out: downloading (`tasks/download.py`), the meaning of rows (one module per task set).
"""

import gzip
import hashlib
import io
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trialrun.core.errors import Missing, UsageError

ENVIRONMENT = "TRIALRUN_DATA"
"""Environment variable that names a directory of data files, laid out as `DataFile.path` says."""

_MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One published file."""

    path: str
    """Path below a data directory."""
    sha256: str
    """Hash of the version that trialrun was checked with; empty where it was checked with none."""
    version: str
    """Name of that version."""
    url: str
    """Public origin, pinned to a commit; empty where there is none to fetch from."""
    alternatives: tuple[str, ...] = ()
    """Other published forms of the same rows, by path below a data directory."""
    package: tuple[str, str] | None = None
    """(distribution, path inside it) of an installed package that ships the file."""

    def version_of(self, sha256: str) -> str:
        """Return the version that a hash stands for; another file's version is its hash."""
        return self.version if sha256 == self.sha256 else f"sha256:{sha256[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A published repository that a user checks out and names; nothing of it is fetched here."""

    variable: str
    """Environment variable that names the directory."""
    holds: str
    """Path below it that must be there."""
    url: str
    """Public origin."""

    @property
    def get(self) -> str:
        """Command that brings it."""
        name = self.url.rpartition("/")[2]
        return f"git clone {self.url} && export {self.variable}=$PWD/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A data file on this machine, read once."""

    path: Path
    data: bytes
    """Content, decompressed."""
    sha256: str
    """Hash of the file as it lies on disk."""


def cache_directory() -> Path:
    """Return the directory that `trialrun data get` writes to."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "trialrun" / "data"


def candidates(file: DataFile) -> list[Path]:
    """Return every place where a file is looked for, in order."""
    roots = [Path(os.environ[ENVIRONMENT])] if os.environ.get(ENVIRONMENT) else []
    roots.append(cache_directory())
    places = [root / name for root in roots for name in (file.path, *file.alternatives)]
    if file.package is not None:
        places.extend(_in_package(*file.package))
    return places


def locate(file: DataFile) -> Path | None:
    """Return the first place that holds the file, or None."""
    return next((place for place in candidates(file) if place.is_file()), None)


def locate_checkout(checkout: Checkout) -> Path | None:
    """Return the directory that the user named, where it holds what it should, or None."""
    named = os.environ.get(checkout.variable)
    return Path(named) if named and (Path(named) / checkout.holds).exists() else None


def find_checkout(checkout: Checkout, *, name: str, path: Path | None = None) -> Path:
    """Return the directory of a checkout: an explicit path, or what its variable names. Raises `Missing`."""
    place = path if path is not None else locate_checkout(checkout)
    if place is None or not (place / checkout.holds).exists():
        named = str(path) if path is not None else os.environ.get(checkout.variable)
        why = f"{named} holds no {checkout.holds}" if named else f"{checkout.variable} names no directory"
        raise Missing(f"{name!r} is read from a checkout of {checkout.url}: {why}", checkout.get)
    return place


def read(file: DataFile, *, name: str, path: Path | None = None) -> Found:
    """Read a data file from an explicit path or from where it is found.

    Raises `Missing` with the command that brings it, or `UsageError` for a file that cannot be read.
    """
    place = path if path is not None else locate(file)
    if place is None:
        looked = "".join(f"\n  looked for {place}" for place in candidates(file))
        directory = f"set {ENVIRONMENT} to a directory that holds {file.path}"
        raise Missing(
            f"the data of {name!r} is not on this machine{looked}",
            f"trialrun data get {name}    (or {directory})" if file.url else directory,
        )
    return read_file(place)


def read_file(place: Path) -> Found:
    """Read one file, decompressing gzip by its first bytes; at most 512 MiB of content."""
    try:
        raw = place.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror or error}") from error
    return Found(path=place, data=_decompress(raw, place), sha256=hashlib.sha256(raw).hexdigest())


def rows(found: Found) -> list[dict[str, Any]]:
    """Return the rows of a JSON array or of JSON lines."""
    return [row for _, row in numbered_rows(found)]


def numbered_rows(found: Found) -> list[tuple[str, dict[str, Any]]]:
    """Return the rows of a JSON array or of JSON lines, each with where it stands, for error messages.

    A line that is no JSON object raises `UsageError` with its number.
    """
    result: list[tuple[str, dict[str, Any]]] = []
    if found.data.lstrip()[:1] == b"[":
        loaded = _loads(found.data, str(found.path))
        numbered = [(f"{found.path}, item {number}", row) for number, row in enumerate(loaded, 1)]
    else:
        numbered = [
            (where := f"{found.path}, line {number}", _loads(line, where))
            for number, line in enumerate(found.data.split(b"\n"), 1)
            if line.strip()
        ]
    for where, row in numbered:
        if not isinstance(row, dict):
            raise UsageError(f"{where}: expected a JSON object")
        result.append((where, row))
    return result


def _loads(data: bytes, where: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: not JSON: {str(error)[:200]}") from error


def _decompress(raw: bytes, place: Path) -> bytes:
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            data = stream.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{place}: broken gzip file: {error}") from error
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{place}: holds more than {_MAX_BYTES // 2**20} MiB")
    return data


def _in_package(distribution: str, inside: str) -> list[Path]:
    from importlib import metadata

    try:
        return [Path(str(metadata.distribution(distribution).locate_file(inside)))]
    except metadata.PackageNotFoundError:
        return []
