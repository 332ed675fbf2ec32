"""`RunConfig`: what a run was asked to do, split by whether it can change a verdict; kept as `config.toml`.

Both tables are flat. `[verdict]` must be equal for a run to be resumed; `[asked]` (number of workers, limits
on how many tasks, where samples lay) may change from one invocation to the next.

Leaves out: nested tables, dates, and None (a setting that was not given is not written).
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from trialrun.core.errors import StoreError
from trialrun.core.printable import printable
from trialrun.store.atomic import write_atomically

Setting = str | int | float | bool | list[str] | list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Settings of one run, by name."""

    verdict: Mapping[str, Setting]
    """Settings that can change a verdict: task set and its hash, comparator, limits, tier, version."""
    asked: Mapping[str, Setting] = field(default_factory=dict)
    """Everything else that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first setting in which two configurations disagree."""

    setting: str
    before: str
    now: str


def difference(before: RunConfig, now: RunConfig) -> Difference | None:
    """Return the first verdict-relevant setting that differs, or None. Types count: 1 and 1.0 differ.

    >>> difference(RunConfig(verdict={"cpu_s": 10.0}), RunConfig(verdict={"cpu_s": 3.0}))
    Difference(setting='cpu_s', before='10.0', now='3.0')
    """
    for name in sorted(before.verdict.keys() | now.verdict.keys()):
        was, is_now = _shown(before.verdict.get(name)), _shown(now.verdict.get(name))
        if was != is_now:
            return Difference(setting=printable(name, 80), before=was, now=is_now)
    return None


def write_config(path: Path, config: RunConfig) -> None:
    """Write both tables as TOML, atomically."""
    tables = {"verdict": _writable(config.verdict), "asked": _writable(config.asked)}
    write_atomically(path, tomli_w.dumps(tables).encode("utf-8"))


def read_config(path: Path) -> RunConfig:
    """Read what `write_config` wrote; raise `StoreError` where it is not that."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StoreError(
            f"{path} is damaged ({printable(str(error), 200)}): choose another --output"
        ) from error
    verdict, asked = tables.get("verdict"), tables.get("asked", {})
    if not isinstance(verdict, dict) or not isinstance(asked, dict):
        raise StoreError(f"{path} lacks its [verdict] table: choose another --output")
    return RunConfig(verdict=verdict, asked=asked)


def _writable(table: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return the table with text that UTF-8 cannot hold (odd bytes in a path) escaped."""
    return {name: _utf8(value) if isinstance(value, str) else value for name, value in table.items()}


def _utf8(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _shown(value: Setting | None) -> str:
    if value is None:
        return "not set"
    return printable(repr(_utf8(value) if isinstance(value, str) else value), 200)
