"""config.toml says exactly what was asked, whatever characters a setting holds."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialrun.core.errors import StoreError
from trialrun.store.config import RunConfig, difference, read_config, write_config

pytestmark = pytest.mark.fast

text = st.text(st.characters(exclude_categories=["Cs"]))
integers = st.integers(-(2**63), 2**63 - 1)
settings = st.one_of(
    text, integers, st.floats(allow_nan=False), st.booleans(), st.lists(text), st.lists(integers)
)
tables = st.dictionaries(text, settings, max_size=6)


@given(verdict=tables, asked=tables)
def test_every_setting_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, verdict: dict[str, object], asked: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "config.toml"
    config = RunConfig(verdict=verdict, asked=asked)  # type: ignore[arg-type]
    write_config(path, config)
    assert difference(read_config(path), config) is None
    assert read_config(path) == config


def test_a_path_that_is_not_utf8_can_be_written_and_compared(tmp_path: Path) -> None:
    config = RunConfig(verdict={"samples": "caf\udce9.jsonl"})
    write_config(tmp_path / "config.toml", config)
    assert difference(read_config(tmp_path / "config.toml"), config) is None


def test_equal_numbers_of_other_type_differ() -> None:
    found = difference(RunConfig(verdict={"k": 1}), RunConfig(verdict={"k": True}))
    assert found is not None and (found.before, found.now) == ("1", "True")


@pytest.mark.parametrize("content", [b"", b"verdict = 3", b"[verdict", b"\xff"])
def test_a_damaged_file_is_a_store_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(StoreError, match="choose another --output"):
        read_config(tmp_path / "config.toml")
