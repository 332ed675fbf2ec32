"""A run that is killed leaves no process behind, and resumes to the records of an undisturbed one.

Twenty kills of the whole of MBPP are `python -m bench.kill_resume`; here are three of the starter set.
"""

import signal
from pathlib import Path

from bench.kill_resume import Moment, compare, draw_moments, evaluate, interrupt, kill_and_resume
from bench.measuring import measure


def test_kill_9_and_ctrl_c_leave_no_process_and_lose_no_record(tmp_path: Path) -> None:
    assert measure(evaluate("starter", tmp_path / "undisturbed")).status == 0
    killed, final = kill_and_resume("starter", tmp_path / "killed", draw_moments(3, 24, seed=1))
    assert final == 0
    assert [kill.survivors for kill in killed] == [()] * 3
    assert any(kill.status == -signal.SIGKILL and kill.processes for kill in killed)
    stopped = interrupt("starter", tmp_path / "interrupted", Moment(5, 0.0))
    assert (stopped.status, stopped.survivors) == (130, ())
    assert stopped.records >= 5
    for run in ("killed", "interrupted"):
        assert compare(tmp_path / "undisturbed", tmp_path / run) == []
