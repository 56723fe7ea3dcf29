"""What a run tells of its lease and its resets, and of a session that has gone."""

import pytest
from memory_session import REWIND


def test_the_terminal_tells_the_lease_and_the_resets(session, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    output = session.run_pytest(tmp_path, env=REWIND)
    assert "seatrial: lease l1, isolation rewind" in output
    assert "seatrial: 2 resets, median 1.5 ms" in output


def test_the_controller_tells_the_resets_of_all_workers(session, tmp_path):
    pytest.importorskip("xdist")
    (tmp_path / "test_a.py").write_text("def test_one(): pass\ndef test_two(): pass\ndef test_three(): pass\n")
    output = session.run_pytest(tmp_path, "-n", "2", env=REWIND)
    assert "seatrial: a lease for each worker, isolation rewind" in output
    assert "seatrial: 3 resets, median 1.5 ms" in output


def test_a_session_that_ends_in_the_middle_fails_each_test_that_follows(session, tmp_path):
    (tmp_path / "test_a.py").write_text(
        "import os, signal\ndef test_one(): os.kill(int(os.environ['SERVER']), signal.SIGKILL)\ndef test_two(): pass\n"
    )
    output = session.run_pytest(tmp_path, env={**REWIND, "SERVER": str(session.pid)}, code=1)
    assert "Seatrial cannot reset after test_a.py::test_one, or begin test_a.py::test_two: the session does not answer at" in output
    assert "KeyError" not in output and "1 failed" not in output and "1 passed, 1 error" in output, output
