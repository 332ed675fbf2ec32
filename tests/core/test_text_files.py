"""Text files that the user names."""

import pytest

from trialrun.core.errors import UsageError
from trialrun.core.text_files import read_text


@pytest.mark.fast
def test_a_byte_order_mark_is_no_part_of_a_source_but_of_what_a_program_reads(tmp_path):
    path = tmp_path / "marked.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\n")
    assert read_text(path) == "x = 1\n"
    assert read_text(path, source=False) == "\ufeffx = 1\n"


@pytest.mark.fast
def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*: No such file"):
        read_text(tmp_path / "absent.py")
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    with pytest.raises(UsageError, match=r"latin\.py is not UTF-8 text .* at byte 2"):
        read_text(tmp_path / "latin.py")
