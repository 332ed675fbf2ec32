"""Samples and verdicts of an Inspect AI log: `.eval` (a zip with `samples/ID_epoch_N.json`) or `.json`.

What Inspect's scorer judged is its `answer`, so that is the text; a sample without one gives the model's
`output`. Text kept apart (`attachment://HASH`) is put back. A member written twice counts as it was last written,
epochs are samples of one task. The file is hostile: members are never unpacked to disk, each and all together are
bounded as they are inflated (a size that the zip states is not believed), and their number is bounded.

Recent versions compress with Zstandard, which Python has from 3.14 on; before that the extra `inspect` is needed
(`backports.zstd`), and its absence is said.

Leaves out: logs on remote storage, shards of a run in progress, events, and samples that ended in an error
before an answer (they are attempts with an empty text).

Source: inspect_ai 0.3.285 `log/_recorders`; scorers of inspect_evals 0.26.0 (humaneval, mbpp).
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from trialrun.core.errors import Missing, UsageError
from trialrun.lang.fences import blocks
from trialrun.tasks import attempts
from trialrun.tasks.attempts import Attempt, Form

MAX_MEMBER = 256 * 1024 * 1024
"""Longest member that is read, inflated."""
MAX_TOTAL = 4 * 1024 * 1024 * 1024
"""Most that is inflated of one log."""
MAX_MEMBERS = 1_000_000
_ZSTD = 93
_ATTACHMENT = "attachment://"
_VALUES = {"C": True, "I": False, "P": False, "N": False}
"""Inspect's grades: correct, incorrect, partly correct, no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One sample of a log with what its scorer said."""

    attempt: Attempt
    passed: bool | None
    """None where no scorer gave a verdict."""
    said: str
    """The score as the log writes it."""


def read_samples(place: Path) -> Iterator[Attempt]:
    """Yield the attempts of a log, by sample id and epoch."""
    for judged in read_judged(place):
        yield judged.attempt


def read_judged(place: Path) -> list[Judged]:
    """Read every sample of a log. Raises `UsageError` for one that is broken, `Missing` for what cannot be inflated."""
    found = [_sample(sample, where, place) for where, sample in _samples(place)]
    if not found:
        raise UsageError(f"{place} holds no samples (a log of a run that was stopped at its start?)")
    found.sort(key=lambda item: item[0])
    return [judged for _, judged in found]


def _samples(place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not zipfile.is_zipfile(place):
        with attempts.readable(place), attempts.open_file(place) as stream:
            if stream.read(2) == b"PK":
                raise UsageError(
                    f"{place} is a broken .eval log: its zip directory is missing or cut off (an interrupted copy?)"
                )
        samples = attempts.document(place).get("samples")
        if not isinstance(samples, list):
            raise UsageError(
                f"{place} has no list `samples`: not a log of Inspect AI, or one of a header alone"
            )
        for number, sample in enumerate(samples, 1):
            yield f"sample {number}", sample
        return
    try:
        with zipfile.ZipFile(place) as log:
            yield from _members(log, place)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        struct.error,
        ValueError,
        RuntimeError,
    ) as error:
        raise UsageError(f"{place} is a broken .eval log: {str(error)[:200]}") from error


def _members(log: zipfile.ZipFile, place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = {entry.filename: entry for entry in log.infolist()}
    if len(entries) > MAX_MEMBERS:
        raise UsageError(f"{place} has {len(entries):,} members; at most {MAX_MEMBERS:,} are read")
    if "header.json" not in entries and "_journal/start.json" not in entries:
        raise UsageError(f"{place} is a zip file but no log of Inspect AI (it has no header.json)")
    left = MAX_TOTAL
    for name, entry in entries.items():
        if not (name.startswith("samples/") and name.endswith(".json")):
            continue
        data = _inflate(log, entry, min(MAX_MEMBER, left), place)
        left -= len(data)
        try:
            sample = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{place}, {name[:100]!r}: not JSON: {str(error)[:200]}") from error
        yield name[:100], sample


def _inflate(log: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, place: Path) -> bytes:
    """Return one member, inflated as far as the limit allows."""
    where = f"{place}, {entry.filename[:100]!r}"
    if entry.compress_type == _ZSTD and not hasattr(zipfile, "ZIP_ZSTANDARD"):
        data = _inflate_zstd(log, entry, limit, place)
    else:
        try:
            with log.open(entry) as member:
                data = member.read(limit + 1)
        except NotImplementedError as error:
            raise UsageError(f"{where}: compressed in a way that is not known here ({error})") from error
    if len(data) > limit:
        raise UsageError(f"{where}: inflates to more than {limit // 2**20} MiB: refused")
    return data


def _inflate_zstd(log: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, place: Path) -> bytes:
    try:
        zstd = import_module("backports.zstd")
    except ImportError as error:
        raise Missing(
            f"{place} is compressed with Zstandard, which Python before 3.14 cannot read by itself",
            "pip install 'trialrun[inspect]'    (or, by Inspect AI itself: inspect log convert --to json)",
        ) from error
    raw = log.fp
    assert raw is not None
    raw.seek(entry.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no member at the place of {entry.filename[:100]!r}")
    name, extra = struct.unpack("<HH", header[26:30])
    raw.seek(name + extra, 1)
    packed = io.BytesIO(raw.read(entry.compress_size))
    try:
        with zstd.open(packed) as member:  # perhaps several frames
            data: bytes = member.read(limit + 1)
    except (zstd.ZstdError, EOFError) as error:
        raise zipfile.BadZipFile(f"{entry.filename[:100]!r}: {error}") from error
    if len(data) <= limit and zlib.crc32(data) != entry.CRC:
        raise zipfile.BadZipFile(f"{entry.filename[:100]!r} is cut off or damaged")
    return data


def _sample(sample: Any, where: str, place: Path) -> tuple[tuple[str, int], Judged]:
    """Return one sample with its place in the order: id, then epoch."""
    full = f"{place}, {where}"
    if not isinstance(sample, dict):
        raise UsageError(f"{full}: expected a JSON object")
    task, epoch = sample.get("id"), sample.get("epoch", 1)
    if isinstance(task, bool) or not isinstance(task, str | int) or not isinstance(epoch, int):
        raise UsageError(f"{full}: lacks `id` and `epoch`")
    score = _score(sample.get("scores"))
    kept = sample.get("attachments")
    texts = kept if isinstance(kept, dict) else {}
    answer = _resolve(score.get("answer"), texts)
    text = answer if isinstance(answer, str) else _resolve(_output(sample.get("output")), texts)
    value = score.get("value")
    passed = _VALUES.get(value) if isinstance(value, str) else value == 1 if value in (0, 1) else None
    metadata = sample.get("metadata")
    continues = isinstance(metadata, dict) and "entry_point" in metadata and "prompt" in metadata
    attempt = Attempt(where, str(task), _code(text), Form.COMPLETION if continues else Form.WHOLE)
    return (str(task), epoch), Judged(attempt=attempt, passed=passed, said=str(value)[:100])


def _score(scores: Any) -> dict[str, Any]:
    """Return the score to read: the scorer `verify` of inspect_evals, else the first one with an answer, else any."""
    found = [s for s in scores.values() if isinstance(s, dict)] if isinstance(scores, dict) else []
    if isinstance(scores, dict) and isinstance(scores.get("verify"), dict):
        chosen: dict[str, Any] = scores["verify"]
        return chosen
    return next((s for s in found if isinstance(s.get("answer"), str)), found[0] if found else {})


def _output(output: Any) -> str:
    """Return the text of a model's output, which is `completion` or its first choice's message."""
    if not isinstance(output, dict):
        return ""
    completion = output.get("completion")
    if isinstance(completion, str) and completion:
        return completion
    try:
        content = output["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(
        part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)
    )


def _resolve(text: Any, kept: dict[str, Any]) -> Any:
    if isinstance(text, str) and text.startswith(_ATTACHMENT):
        return kept.get(text.removeprefix(_ATTACHMENT), text)
    return text


def _code(text: Any) -> str:
    """Return the first block of Python, else of any code, as Inspect's scorers take it; or the text as it is."""
    if not isinstance(text, str):
        return ""
    found = [block for block in blocks(text) if block.tag in ("", "python", "py", "python3")]
    return next((block.text for block in found if block.tag), found[0].text if found else text)
