"""Downloads, against a fake opener: no test opens a socket."""

import email.message
import hashlib
import io
import urllib.error
import urllib.request

import pytest

from trialrun.core.errors import BoundaryError, UsageError
from trialrun.tasks import download
from trialrun.tasks.suites import SUITES

pytestmark = pytest.mark.fast
FILE = SUITES["mbpp"].file


class Response(io.BytesIO):
    def __init__(self, data):
        super().__init__(data)
        self.headers = email.message.Message()
        self.headers["Content-Length"] = str(len(data))


@pytest.fixture
def origin(monkeypatch):
    """Make the origin send some bytes, or raise."""

    def sends(answer):
        class Opener:
            def open(self, url, timeout):
                assert url == FILE.url and timeout > 0
                if isinstance(answer, Exception):
                    raise answer
                return Response(answer)

        monkeypatch.setattr(urllib.request, "build_opener", lambda *handlers: Opener())

    return sends


def expect(monkeypatch, data):
    monkeypatch.setattr(download.hashlib, "sha256", lambda *given: Fixed(data, *given))


class Fixed:
    """A hash that says the known digest for the known bytes."""

    def __init__(self, good, given=b""):
        self.good, self.seen = good, given

    def update(self, more):
        self.seen += more

    def hexdigest(self):
        return FILE.sha256 if self.seen == self.good else real_sha256(self.seen).hexdigest()


real_sha256 = hashlib.sha256


def test_a_good_file_appears_whole(tmp_path, monkeypatch, origin):
    data = b"[]" * 100_000
    origin(data)
    expect(monkeypatch, data)
    seen = []
    path = download.get("mbpp", directory=tmp_path, progress=lambda done, size: seen.append((done, size)))
    assert path == tmp_path / "mbpp" / "ic_mbpp.json" and path.read_bytes() == data
    assert seen[-1] == (len(data), len(data)) and len(seen) > 1
    assert [p.name for p in path.parent.iterdir()] == ["ic_mbpp.json"]
    origin(AssertionError("a file that is there is not fetched again"))
    assert download.get("mbpp", directory=tmp_path) == path


def test_another_content_is_refused(tmp_path, origin):
    origin(b"something else")
    with pytest.raises(BoundaryError, match="sent something else than version") as caught:
        download.get("mbpp", directory=tmp_path)
    assert FILE.sha256 in str(caught.value)
    assert list((tmp_path / "mbpp").iterdir()) == []


@pytest.mark.parametrize(
    "error", [urllib.error.URLError("no network"), TimeoutError("slow"), ConnectionResetError("gone")]
)
def test_offline_says_what_to_do(tmp_path, origin, error):
    origin(error)
    with pytest.raises(BoundaryError) as caught:
        download.get("mbpp", directory=tmp_path)
    text = str(caught.value)
    assert FILE.url in text and "TRIALRUN_DATA" in text and str(tmp_path / "mbpp" / "ic_mbpp.json") in text
    assert list((tmp_path / "mbpp").iterdir()) == []


def test_a_redirect_to_http_is_refused():
    request = urllib.request.Request(FILE.url)
    handler = download._HttpsOnly()
    with pytest.raises(urllib.error.URLError, match="not https"):
        handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, "http://example.org/x")
    assert (
        handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, "https://example.org/x") is not None
    )


def test_a_set_that_ships_has_nothing_to_get():
    with pytest.raises(UsageError, match="ships with trialrun"):
        download.get("starter")
