"""Lines that are no workflow commands: what a branch calls its files must not make them any."""

import pytest

from trialrun.compare.ledger import Ledger
from trialrun.report.pull_request import _inert, commands


@pytest.mark.parametrize("text", ["::set-output name=a::b", " \t::error::x", "\u3000::error::x"])
def test_a_line_never_begins_with_a_command_after_blanks(text):
    # The runner trims blanks before it looks.
    assert not _inert(text).lstrip().startswith("::")


def test_the_older_form_of_a_command_stands_nowhere_in_a_line():
    ledger = Ledger(lines=(), added=("a##[set-output name=sarif]b.py::f",), notes=("##[##[error]x",))
    assert "##[" not in commands(ledger) and "set-output" in commands(ledger)
