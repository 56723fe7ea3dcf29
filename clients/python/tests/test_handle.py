"""What tests can ask of their session, by the fixture `seatrial`."""

from memory_session import REWIND


def test_tests_can_ask_what_changed_and_reset(trace):
    text = (
        "def test_one(seatrial):\n"
        "    assert seatrial.lease == 'l1' and seatrial.isolation == 'rewind'\n"
        "    assert seatrial.url() == seatrial.url('db') == seatrial.env['DATABASE_URL'] == 'postgres://app:secret@127.0.0.1/l1'\n"
        "    assert seatrial.diff() == seatrial.diff('db') == [('db', 'users', 'insert', None, {'id': 1})]\n"
        "    assert seatrial.diff()[0].table == 'users'\n"
        "    seatrial.reset()\n"
    )
    assert trace(test_a=text) == ["begin test_one keep", "diff", "diff", "diff", "leave test", "enter test", "end t1 passed"]


def test_a_wide_fixture_cannot_reset(session, tmp_path):
    text = "import pytest\n@pytest.fixture(scope='session')\ndef wide(seatrial): seatrial.reset()\ndef test_one(wide): pass\n"
    (tmp_path / "test_a.py").write_text(text)
    assert "only a test and its own fixtures can reset" in session.run_pytest(tmp_path, code=1, env=REWIND)


def test_the_connection_is_made_anew_after_a_pause_and_in_a_forked_child(session, tmp_path):
    """The session closes a connection that was idle for some seconds; a fork must not share one."""
    text = """
import os, pytest_seatrial.plugin
def test_one(request, seatrial):
    link = seatrial._life_cycle._link
    link._connection.shutdown(2)
    assert seatrial.diff()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if link._connection is None and seatrial.diff() else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert seatrial.diff()
"""
    (tmp_path / "test_a.py").write_text(text)
    session.run_pytest(tmp_path, env=REWIND)
    assert session.trace() == ["begin test_one keep", "diff", "diff", "diff", "end t1 passed"]
