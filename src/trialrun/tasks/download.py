"""Fetch the data file of a task set from its public origin into the user's cache.

HTTPS only, redirects included; the content must have the known sha256; the file appears under its name only
when it is complete. This is the one place of `tasks/` that opens a socket, and only `trialrun data get`
calls it.

Leaves out: mirrors, resuming a broken transfer (the files are below 1 MB).
"""

import contextlib
import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from trialrun.core.errors import BoundaryError, UsageError
from trialrun.tasks.datafiles import ENVIRONMENT, DataFile, cache_directory
from trialrun.tasks.registry import find

Progress = Callable[[int, int | None], None]
"""Called with bytes read so far and the size that the server announced, if any."""

_TIMEOUT_S = 60.0
_MOST = 256 * 1024 * 1024
_CHUNK = 64 * 1024


def get(name: str, *, directory: Path | None = None, progress: Progress | None = None) -> Path:
    """Bring the data of a task set to `directory` (default: the user's cache) and return its path.

    A file that is there with the right hash is kept. Raises `UsageError` for a set that needs no data and
    `BoundaryError` where the origin cannot be reached or sends something else.
    """
    suite = find(name)
    if suite.checkout is not None:
        raise UsageError(f"{name} is read from a checkout: {suite.checkout.get}")
    if suite.file is None:
        raise UsageError(f"{name} ships with trialrun; there is nothing to get")
    if not suite.file.url:
        raise UsageError(f"{name} has no public file to fetch; see {suite.source} for where its data is")
    target = (directory if directory is not None else cache_directory()) / suite.file.path
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == suite.file.sha256:
        return target
    try:
        _fetch(suite.file, target, progress)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise BoundaryError(
            f"cannot get the data of {name}: {reason}\n"
            f"  from {suite.file.url}\n"
            f"  without a network: put that file at {target}, or below a directory that {ENVIRONMENT} names"
        ) from error
    return target


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to another https address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError("the origin redirects to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(file: DataFile, target: Path, progress: Progress | None) -> None:
    if urlsplit(file.url).scheme != "https":
        raise urllib.error.URLError("the address is not https")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "wb") as out:
            digest = _copy(file.url, out, progress)
            out.flush()
            os.fsync(out.fileno())
        if digest != file.sha256:
            raise BoundaryError(
                f"{file.url} sent something else than version {file.version}:\n"
                f"  sha256 is {digest}\n  expected  {file.sha256}"
            )
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def _copy(url: str, out: IO[bytes], progress: Progress | None) -> str:
    """Copy what an address sends into a file and return its sha256."""
    opener = urllib.request.build_opener(_HttpsOnly)
    digest = hashlib.sha256()
    done = 0
    with opener.open(url, timeout=_TIMEOUT_S) as response:
        length = response.headers.get("Content-Length")
        size = int(length) if length and length.isdigit() else None
        while chunk := response.read(_CHUNK):
            done += len(chunk)
            if done > _MOST:
                raise BoundaryError(f"{url} sent more than {_MOST // 2**20} MiB")
            digest.update(chunk)
            out.write(chunk)
            if progress is not None:
                progress(done, size)
    return digest.hexdigest()
