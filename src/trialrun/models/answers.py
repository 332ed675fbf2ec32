"""`AnswerFile`: a SQLite file of request keys and their responses, shared by cache, recorder and replay.

One table `answers` (key, model, request, response as JSON) and one `about` (the model's id and capabilities).
A row is written in one transaction, so a killed process leaves no half answer; several threads and processes
may use one file. The first answer to a key stays.

Leaves out: eviction (delete the file), and protection from others who may write to the file.
"""

import sqlite3
import threading
from pathlib import Path

import msgspec

from trialrun.core.errors import StoreError, UsageError
from trialrun.core.printable import printable
from trialrun.models.protocol import Request, Response

SCHEMA = """
create table if not exists about (name text primary key, value text not null) without rowid;
create table if not exists answers
  (key text primary key, model text not null, request text not null, response text not null) without rowid;
"""

WAIT_S = 60.0
"""How long to wait for another process that is writing."""
_REQUEST = msgspec.json.Decoder(Request)
_RESPONSE = msgspec.json.Decoder(Response)


class AnswerFile:
    """An opened file of answers; safe to share between threads."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open `path`; with `create`, make it and its directory where they are missing."""
        self.path = path
        self._lock = threading.Lock()
        if not create and not path.is_file():
            raise UsageError(f"no recorded answers at {path}")
        try:
            if create:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = "rwc" if create else "ro"
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=WAIT_S, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open {path}: {error}") from error
        try:
            if create:
                self._db.executescript(SCHEMA)
            else:
                self._db.execute("select count(*) from answers, about")
        except sqlite3.Error as error:
            self._db.close()
            raise UsageError(f"{path} is not a file of recorded answers ({error})") from error

    def get(self, key: str) -> Response | None:
        """Return the response kept under `key`, or None. Raises `StoreError` for a damaged row."""
        row = self._one("select response from answers where key = ?", key)
        if row is None:
            return None
        try:
            return _RESPONSE.decode(row)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise StoreError(
                f"{self.path}: answer {key} is damaged ({printable(str(error), 200)})"
            ) from error

    def request(self, key: str) -> Request | None:
        """Return the request that a response is kept for, or None. Raises `StoreError` for a damaged row."""
        row = self._one("select request from answers where key = ?", key)
        try:
            return None if row is None else _REQUEST.decode(row)
        except (msgspec.DecodeError, UnicodeError, UsageError) as error:
            raise StoreError(
                f"{self.path}: request {key} is damaged ({printable(str(error), 200)})"
            ) from error

    def put(self, key: str, model: str, request: Request, response: Response) -> None:
        """Keep a response; one that is there already stays."""
        row = (key, model, _text(request), _text(response))
        self._write("insert or ignore into answers values (?, ?, ?, ?)", row)

    def about(self, name: str) -> str | None:
        """Return what the file says about its recording."""
        return self._one("select value from about where name = ?", name)

    def describe(self, name: str, value: str) -> None:
        """Say something about the recording."""
        self._write("insert or replace into about values (?, ?)", (name, value))

    def __len__(self) -> int:
        """Return how many answers there are."""
        with self._lock:
            return int(self._db.execute("select count(*) from answers").fetchone()[0])

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        with self._lock:
            self._db.close()

    def _one(self, statement: str, key: str) -> str | None:
        try:
            with self._lock:
                row = self._db.execute(statement, (key,)).fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"cannot read {self.path}: {error}") from error
        return None if row is None else str(row[0])

    def _write(self, statement: str, row: tuple[str, ...]) -> None:
        try:
            with self._lock, self._db:
                self._db.execute(statement, row)
        except sqlite3.Error as error:
            raise StoreError(f"cannot write to {self.path}: {error}") from error


def _text(value: Request | Response) -> str:
    """Return JSON text. A lone surrogate, which UTF-8 cannot hold, is not something a server can have sent."""
    try:
        return msgspec.json.encode(value).decode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("text with lone surrogates cannot be sent to a model or kept") from error
