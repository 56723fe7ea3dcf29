"""R16: the URL that a suite sets for itself wins in every worker, under rewind too, and what it does there is its own affair."""

import json
import subprocess

import psycopg
import pytest
from real_run import MAIN, Workspace


@pytest.fixture
def own_url(workspace: Workspace):
    """A server that the suite has by itself, as Testcontainers would give it."""
    command = [workspace.node, str(MAIN), "env", "--hold", "--service", "postgres@18", "--json"]
    with subprocess.Popen(command, cwd=str(workspace.project), env=workspace.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        yield json.loads(holder.stdout.readline())["env"]["DATABASE_URL"]
        holder.stdin.close()


AT_IMPORT = """
import os
os.environ["DATABASE_URL"] = "%s"
"""
IN_A_FIXTURE = """
import os, pytest
@pytest.fixture(scope="session", autouse=True)
def database(): os.environ["DATABASE_URL"] = "%s"
"""
SUITE = """
import os, psycopg, pytest
@pytest.mark.parametrize("number", range(6))
def test_writes(number):
    with psycopg.connect(os.environ["DATABASE_URL"]) as own:
        own.execute("INSERT INTO kept VALUES (%s)", (number,))
    with open("seen", "a") as file:
        file.write("%s %s\\n" % (os.environ["DATABASE_URL"], os.environ["REDIS_URL"]))
"""


@pytest.mark.parametrize("conftest", [AT_IMPORT, IN_A_FIXTURE], ids=["at import", "in a fixture"])
def test_a_url_that_conftest_sets(workspace: Workspace, own_url: str, conftest: str):
    with psycopg.connect(own_url, autocommit=True) as own:
        own.execute("CREATE TABLE kept (number int)")
        workspace.write(conftest=conftest % own_url, test_a=SUITE)

        output = workspace.pytest("-n", "2")

        seen = [line.split() for line in (workspace.project / "seen").read_text().splitlines()]
        assert {database for database, _ in seen} == {own_url}, output
        assert len({redis for _, redis in seen}) == 2  # what the suite does not set is still that of the worker's lease
        assert "2 workers, 2 leases" in output
        assert own.execute("SELECT number FROM kept ORDER BY 1").fetchall() == [(number,) for number in range(6)]
