"""Services without `seatrial run`: a bare pytest, and test code that starts its own."""

import signal
import socket
import sys
import time
from pathlib import Path

import pytest_seatrial
from real_run import STORE_FIXTURE

SOURCE = Path(pytest_seatrial.__file__).resolve().parents[1]


def test_a_bare_pytest_starts_the_services_of_the_project_and_attaches(warm):
    warm.install_command()
    warm.write(conftest=STORE_FIXTURE, test_a="def test_one(store): store.add('x')\ndef test_two(store): assert store.added() == []\n")
    yaml = (warm.project / "seatrial.yaml").read_text() + "test: { isolation: rewind }\n"
    warm.write(**{"seatrial.yaml": yaml})
    source = {"PYTHONPATH": str(SOURCE)}
    for args in (["-n", "2"], []):
        output = warm.execute([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args], env=source)
        assert "2 passed" in output and "isolation rewind" in output and "seatrial: 2 resets" in output, output


def test_a_bare_pytest_says_why_services_do_not_start(workspace):
    workspace.install_command()
    workspace.write(test_a="def test_one(): pass\n", **{"seatrial.yaml": "services:\n  db: postgres@3\n"})
    output = workspace.execute([sys.executable, "-m", "pytest"], code=4, env={"PYTHONPATH": str(SOURCE)})
    assert "Seatrial cannot start the services of this project: " in output and "SEATRIAL_VERSION_UNKNOWN" in output
    assert "Traceback" not in output


def test_code_starts_a_service_that_ends_with_the_process(workspace):
    text = """
import os, psycopg, pytest, signal
@pytest.fixture(scope="session")
def db(seatrial_start): return seatrial_start("postgres@18")
def test_runs(db):
    with psycopg.connect(db.url) as connection:
        assert connection.execute("SHOW server_version").fetchone()[0].startswith("18")
    assert db.env["DATABASE_URL"] == db.url and db.port > 0
    open("port", "w").write("%s %d" % (db.host, db.port))
def test_dies():
    if "DIE" in os.environ: os.kill(os.getpid(), signal.SIGKILL)
"""
    workspace.install_command()
    (workspace.project / "seatrial.yaml").unlink()
    workspace.write(test_a=text)
    for env, code in (({}, 0), ({"DIE": "1"}, -signal.SIGKILL)):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x"]
        workspace.execute(command, code=code, env={**env, "PYTHONPATH": str(SOURCE)})
        host, port = (workspace.project / "port").read_text().split()
        until_refused(host, int(port))


def until_refused(host, port, within_seconds=30):
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=5).close()
        except OSError:
            return
        assert time.monotonic() < deadline, "the server still answers"
        time.sleep(0.02)
