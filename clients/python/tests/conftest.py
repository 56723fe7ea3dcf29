"""What several files of these tests share: projects, and the rule for skips."""

import json
import os

import pytest

pytest_plugins = ["memory_session", "real_run"]


@pytest.fixture
def project(tmp_path):
    """A project whose settings are read when conftest.py is imported, as most are."""
    (tmp_path / "conftest.py").write_text("import os\nURL = os.environ['DATABASE_URL']\n")
    (tmp_path / "test_a.py").write_text(SEES)
    (tmp_path / "test_b.py").write_text(SEES)
    return tmp_path


# Waits until as many tests have begun as there are workers, so that each of them gets one.
SEES = """
import json, os, pathlib, subprocess, sys, time
from conftest import URL

def test_sees_its_own_database():
    child = subprocess.check_output([sys.executable, "-c", "import os; print(os.environ['PGDATABASE'])"], text=True).strip()
    seen = {"url": os.environ["DATABASE_URL"], "early": URL, "database": os.environ["PGDATABASE"], "child": child}
    folder = pathlib.Path("seen")
    folder.mkdir(exist_ok=True)
    (folder / pathlib.Path(__file__).name).write_text(json.dumps(seen))
    while len(list(folder.iterdir())) < int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)):
        time.sleep(0.005)
"""


@pytest.fixture
def seen(project):
    return lambda: [json.loads(file.read_text()) for file in sorted((project / "seen").iterdir())]


def pytest_sessionfinish(session):
    """Where CI installs what the tests need, a skipped test is a failure; elsewhere `-rs` prints why."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
