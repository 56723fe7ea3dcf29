import os
import shutil
import signal
from pathlib import Path

import pytest_seatrial

SOURCES = Path(pytest_seatrial.__file__).resolve().parents[1]
MAIN = "postgres://main@127.0.0.1/main"


def lease(name):
    url = "postgres://app:secret@127.0.0.1/" + name
    return {"url": url, "early": url, "database": name, "child": name}


def test_each_xdist_worker_has_its_own_lease_which_ends_with_it(session, project, seen):
    session.run_pytest(project, "-n", "2")
    assert sorted(seen(), key=lambda one: one["database"]) == [lease("l1"), lease("l2")]
    assert session.wait_for(2, "acquire") == ["acquire pytest/gw0", "acquire pytest/gw1"]
    assert session.wait_for(2, "hello") == ["hello pytest/gw0 pytest-seatrial", "hello pytest/gw1 pytest-seatrial"]
    assert session.wait_for(2, "release") == ["release l1 disconnected", "release l2 disconnected"]


def test_the_xdist_controller_sees_the_environment_of_the_run(session, project):
    (project / "conftest.py").write_text(
        "import os\nURL = os.environ['DATABASE_URL']\n"
        "if 'PYTEST_XDIST_WORKER' not in os.environ: open('controller', 'w').write(URL)\n"
    )
    session.run_pytest(project, "--dist", "load", "--tx", "2*popen")
    assert (project / "controller").read_text() == MAIN
    assert session.wait_for(2, "acquire") == ["acquire pytest/gw0", "acquire pytest/gw1"]


def test_a_single_process_has_one_lease_before_conftest_is_imported(session, project, seen):
    session.run_pytest(project)
    assert seen() == [lease("l1"), lease("l1")]
    assert session.wait_for(1, "release") == ["release l1 disconnected"]
    leasing = [call for call in session.so_far() if call.startswith(("acquire", "hello", "release"))]
    assert leasing == ["acquire pytest/main", "hello pytest/main pytest-seatrial", "release l1 disconnected"]


def test_n_0_is_a_single_process(session, project, seen):
    session.run_pytest(project, "-n", "0")
    assert seen() == [lease("l1"), lease("l1")]


def test_a_lease_ends_when_the_process_is_killed(session, project):
    (project / "test_b.py").write_text("import os, signal\ndef test_dies(): os.kill(os.getpid(), signal.SIGKILL)\n")
    session.run_pytest(project, "test_b.py", code=-9)
    assert session.wait_for(1, "release") == ["release l1 disconnected"]


def test_a_child_that_outlives_the_tests_does_not_keep_the_lease(session, project):
    (project / "test_b.py").write_text(
        "import os, time\n"
        "def test_forks():\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        ""
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "    open('pid', 'w').write(str(pid))\n"
    )
    try:
        session.run_pytest(project, "test_b.py")
        assert session.wait_for(1, "release") == ["release l1 disconnected"]
    finally:
        os.kill(int((project / "pid").read_text()), signal.SIGKILL)


def test_what_the_project_sets_for_itself_wins(session, project):
    (project / "test_b.py").write_text(
        "import os\ndef test_url(): assert (os.environ['DATABASE_URL'], os.environ['PGDATABASE']) == ('postgres://own/db', 'l1')\n"
    )
    session.run_pytest(project, "test_b.py", env={"DATABASE_URL": "postgres://own/db"})


def test_a_run_that_works_on_a_lease_itself_gives_its_workers_others(session, project, seen):
    run = session.lease()
    session.run_pytest(project, env={**run["env"], "SEATRIAL_MAIN_LEASE": run["id"]})
    assert seen() == [lease("l2"), lease("l2")]


def test_a_pytest_inside_of_a_test_inherits_the_lease(session, project):
    (project / "test_b.py").write_text(
        "import subprocess, sys\ndef test_inner(): subprocess.run([sys.executable, '-m', 'pytest', '-n', '1', 'test_a.py'], check=True)\n"
    )
    session.run_pytest(project, "test_b.py")
    assert session.wait_for(1, "acquire") == ["acquire pytest/main"]
    assert [call for call in session.so_far() if call.startswith("acquire")] == ["acquire pytest/main"]


def test_without_isolation_there_is_no_lease(session, project, seen):
    session.run_pytest(project, env={"SEATRIAL_ISOLATION": "run"})
    assert {one["url"] for one in seen()} == {MAIN}
    assert session.so_far() == []


def test_outside_of_a_session_the_plugin_does_nothing(session, project):
    session.run_pytest(project, env={"SEATRIAL_CONTROL_SOCKET": ""})
    assert session.so_far() == []


def test_a_plugin_that_is_cut_off_changes_nothing(session, project, seen):
    session.run_pytest(project, "-p", "no:pytest_seatrial.plugin")
    assert {one["url"] for one in seen()} == {MAIN}
    assert session.so_far() == []


def test_a_command_that_replaces_the_python_path_runs_as_before(session, project, seen):
    session.run_pytest(project, "-n", "2", env={"PYTHONPATH": "."})
    assert {one["url"] for one in seen()} == {MAIN}
    assert session.so_far() == []


def test_an_installed_plugin_beside_the_injected_one_is_loaded_once(session, project, tmp_path_factory):
    installed = tmp_path_factory.mktemp("site") / "src"
    shutil.copytree(str(SOURCES), str(installed))
    path = session.env["PYTHONPATH"] + os.pathsep + str(installed)
    session.run_pytest(project, env={"PYTHONPATH": path, "PYTEST_PLUGINS": "pytest_seatrial.plugin"})
    assert session.wait_for(1, "acquire") == ["acquire pytest/main"]


def test_the_metadata_beside_the_sources_says_the_same_as_the_project_file():
    project_file = (SOURCES.parent / "pyproject.toml").read_text()
    assert 'version = "%s"' % pytest_seatrial.__version__ in project_file
    metadata = SOURCES / ("pytest_seatrial-%s.dist-info" % pytest_seatrial.__version__)
    assert "\nVersion: %s\n" % pytest_seatrial.__version__ in (metadata / "METADATA").read_text()
    name = "pytest_seatrial.plugin"
    assert "%s = %s\n" % (name, name) in (metadata / "entry_points.txt").read_text()
    assert '"%s" = "%s"' % (name, name) in project_file


def test_a_session_that_cannot_give_a_lease_ends_pytest_with_its_reason(broken_session, project):
    output = broken_session.run_pytest(project, code=4)
    assert "Seatrial has no lease: unexpected failure: no room for another database (SEATRIAL_INTERNAL;" in output
    assert "Traceback" not in output


def test_a_worker_without_a_lease_runs_no_test(broken_session, project):
    output = broken_session.run_pytest(project, "-n", "2", code=None)
    assert "no room for another database" in output


def test_a_session_that_has_ended_is_named(session, project):
    session.stop()
    output = session.run_pytest(project, code=4)
    assert "Seatrial has no lease for pytest worker main: the session does not answer at" in output
