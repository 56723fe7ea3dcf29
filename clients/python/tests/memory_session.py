"""Runs real pytest processes against a real control server; only the session behind it is a list in memory."""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
SERVER = REPOSITORY / "test" / "control" / "serve-memory-door.ts"
OWN = ("SEATRIAL_", "PYTEST_", "PYTHON", "NODE_OPTIONS")
REWIND = {"SEATRIAL_ISOLATION": "rewind"}


class Session:
    def __init__(self, folder, failure=None):
        bundled = REPOSITORY / "node_modules" / ".bin" / "node"
        node = str(bundled) if bundled.exists() else shutil.which("node")
        command = [node, str(SERVER), str(folder)] + ([failure] if failure else [])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self.env = json.loads(self._process.stdout.readline())
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.calls = []

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def wait_for(self, count, start):
        """The calls that begin with a word, once there are so many of them; fails after a minute."""
        while True:
            found = [call for call in self.calls if call.startswith(start)]
            if len(found) >= count:
                return sorted(found)
            self.calls.append(self._lines.get(timeout=60))

    def so_far(self):
        """All calls until the server ended."""
        self.stop()
        while not self._lines.empty():
            self.calls.append(self._lines.get())
        return [call for call in self.calls if call != "touch"]

    def trace(self):
        """What was told of tests and scopes until the server ended, without the name of the lease."""
        kinds = ("begin", "end", "enter", "leave", "diff")
        calls = [call.split(" ", 2) for call in self.so_far() if call.startswith(kinds)]
        return ["%s %s" % (kind, rest) if rest else kind for kind, _lease, rest in ([*call, ""][:3] for call in calls)]

    def stop(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._reader.join()  # else what the server told last could be missing

    def lease(self):
        body = json.dumps({"runner": "run", "mainPid": 1, "slot": "main"}).encode()
        headers = {"Authorization": "Bearer " + self.env["SEATRIAL_CONTROL_TOKEN"], "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.env["SEATRIAL_CONTROL_URL"] + "/v1/leases", body, headers)) as answer:
            return json.load(answer)["lease"]

    def run_pytest(self, project, *args, env=(), code=0):
        """Its output; `code` None = any but success."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        full = {**inherited, **self.env, **dict(env)}
        # Plug-ins with fixtures of their own for the session would show in what is told.
        others = [word for name in ("asyncio", "anyio", "django") for word in ("-p", "no:" + name)]
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *others, *args]
        # A file and not a pipe: nobody waits for children that keep it open.
        with tempfile.TemporaryFile("w+") as file:
            done = subprocess.run(command, cwd=str(project), env=full, stdout=file, stderr=file, timeout=240)
            file.seek(0)
            output = file.read()
        assert done.returncode != 0 if code is None else done.returncode == code, output
        return output


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def session(folder):
    session = Session(folder)
    yield session
    session.stop()


@pytest.fixture
def broken_session(folder):
    session = Session(folder, "no room for another database")
    yield session
    session.stop()


@pytest.fixture
def trace(session, tmp_path):
    """Runs files of tests under isolation `rewind`, and answers what the session was told."""

    def run(*args, code=0, env=REWIND, **files):
        for name, text in files.items():
            (tmp_path / (name + ".py")).write_text(text)
        session.run_pytest(tmp_path, *args, code=code, env=env)
        return session.trace()

    return run
