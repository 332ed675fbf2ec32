"""A cache may miss; it may never answer wrongly or stop a run."""

from pathlib import Path

import pytest

from trialrun.store.cache import BlobCache, cache_root, content_key

pytestmark = pytest.mark.fast

KEY = content_key("reference", b"input", "3.13")


def entry(root: Path) -> Path:
    return next(path for path in root.rglob("*") if path.is_file())


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    assert cache.get(KEY) is None
    assert cache.put(KEY, b"value") and cache.put(KEY, b"value")
    assert BlobCache(tmp_path).get(KEY) == b"value"
    assert cache.put(content_key("empty"), b"") and cache.get(content_key("empty")) == b""


def test_damage_at_any_byte_is_a_miss(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    cache.put(KEY, b"value")
    path = entry(tmp_path)
    sound = path.read_bytes()
    for position in range(len(sound)):
        path.write_bytes(sound[:position])
        assert cache.get(KEY) is None
        path.write_bytes(sound[:position] + bytes([sound[position] ^ 1]) + sound[position + 1 :])
        assert cache.get(KEY) is None
    path.write_bytes(sound)
    assert cache.get(KEY) == b"value"


def test_an_entry_under_another_key_is_a_miss(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path)
    cache.put(KEY, b"value")
    other = content_key("another")
    (tmp_path / "blobs" / other[:2]).mkdir(exist_ok=True)
    entry(tmp_path).rename(tmp_path / "blobs" / other[:2] / other[2:])
    assert cache.get(other) is None


def test_a_cache_that_cannot_be_written_only_misses(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = BlobCache(tmp_path / "file" / "below")
    assert cache.put(KEY, b"value") is False
    assert cache.get(KEY) is None


def test_the_place_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "trialrun"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_root() == tmp_path / "home" / ".cache" / "trialrun"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ab" * 32 + "/.."])
def test_a_key_is_a_hash(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hash in hex"):
        BlobCache(tmp_path).get(key)
