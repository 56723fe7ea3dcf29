"""Runs suites by the real command line, on a real PostgreSQL and Redis."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MAIN = REPOSITORY / "src" / "cli" / "main.ts"
# What a shell would not have: a pytest around us, a session, somebody's database.
FOREIGN = re.compile(r"(SEATRIAL_(?!CACHE_DIR$)|PYTEST_|PYTHON|NODE_OPTIONS|DATABASE|PG[A-Z]|REDIS|RUN_INTEGRATION|TEST_|VIRTUAL_ENV|COV_)")

SERVICES = """
services:
  db: { use: postgres@18, seed: seed.sql }
  cache: redis
"""
SEED = """
CREATE TABLE ship (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO ship (name) VALUES ('Argo'), ('Beagle');
"""
# An app that keeps a pool of connections, and commits.
STORE = """
import os, queue
import psycopg
from redis import Redis

class Store:
    def __init__(self, size=3):
        self.url = os.environ["DATABASE_URL"]
        self._pool = queue.SimpleQueue()
        for _ in range(size): self._pool.put(psycopg.connect(self.url, autocommit=True))
        self.cache = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    def run(self, sql, *args):
        connection = self._pool.get()
        try:
            cursor = connection.execute(sql, args)
            return cursor.fetchall() if cursor.description else []
        finally:
            self._pool.put(connection)
    def add(self, *names):
        for name in names: self.run("INSERT INTO ship (name) VALUES (%s)", name)
        for name in names: self.cache.set("ship " + name, 1)
    def names(self):
        return [name for name, in self.run("SELECT name FROM ship ORDER BY id")]
    def added(self):
        return sorted(key[5:] for key in self.cache.keys("ship *"))
"""
BASELINE = ["Argo", "Beagle"]
# A conftest.py for it.
STORE_FIXTURE = """
import pytest
from store import Store
@pytest.fixture(scope="session")
def store(): return Store()
"""


class Workspace:
    def __init__(self, top):
        self.top = top
        self.project = top / "shop"
        (self.project / ".git").mkdir(parents=True)
        self.write(**{"seatrial.yaml": SERVICES, "seed.sql": SEED, "store.py": STORE, "pytest.ini": "[pytest]\npythonpath = .\n"})
        node = REPOSITORY / "node_modules" / ".bin" / "node"
        self.node = str(node) if node.exists() else shutil.which("node")
        inherited = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        folders = {"SEATRIAL_RUNTIME_DIR": str(top / "run"), "SEATRIAL_DATA_DIR": str(top / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
        self.env = {**inherited, **folders, "DOCKER_HOST": "unix:///nobody/is/there", "PATH": path}

    def write(self, **files):
        for name, text in files.items():
            file = self.project / (name if "." in name else name + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def install_command(self):
        """As `npm install seatrial` does."""
        program = self.project / "node_modules" / ".bin" / "seatrial"
        program.parent.mkdir(parents=True)
        program.write_text('#!/bin/sh\nexec "%s" "%s" "$@"\n' % (self.node, MAIN))
        program.chmod(0o755)

    def seatrial(self, *args, code=0, env=()):
        return self.execute([self.node, str(MAIN), *args], code, env)

    def pytest(self, *args, code=0, isolation="rewind", env=()):
        return self.seatrial("run", "--isolation", isolation, "--", "pytest", "-p", "no:cacheprovider", *args, code=code, env=env)

    def execute(self, command, code=0, env=()):
        with tempfile.TemporaryFile("w+") as file:
            process = subprocess.Popen(
                command, cwd=str(self.project), env={**self.env, **dict(env)}, stdout=file, stderr=file, stdin=subprocess.DEVNULL
            )
            try:
                process.wait(timeout=600)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.wait()
            file.seek(0)
            output = file.read()
        assert process.returncode == code, output
        return output


@pytest.fixture
def workspace():
    # Services of root run as another user, who must be able to reach their folders.
    top = Path(tempfile.mkdtemp(prefix="st-py-"))
    top.chmod(0o755)
    yield Workspace(top)
    shutil.rmtree(str(top), ignore_errors=True)


@pytest.fixture
def warm(workspace):
    """Whatever is started in the background ends with the test."""
    yield workspace
    workspace.seatrial("services", "stop")
