"""Services that test code starts for itself: `with start("postgres:16") as db:`."""

import json
import os
import subprocess
import tempfile

from .command import need_command, read_answer

_NAME = "db"


class StartedService:
    """Ready, until it is closed or this process ends, however it ends. `env` has the variables by which the ecosystem finds it."""

    def __init__(self, process, env):
        self._process = process
        prefix = _NAME.upper() + "_"
        self.fields = {name[len(prefix) :].lower(): value for name, value in env.items() if name.startswith(prefix)}
        self.env = {name: value for name, value in env.items() if not name.startswith(prefix)}
        self.url = self.fields["url"]
        self.host = self.fields["host"]
        self.port = int(self.fields["port"])
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=process.stdin.close)  # else a child that stays would keep it

    def close(self):
        """Answers when nothing of it is left."""
        self._process.stdin.close()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def start(service, cwd=None):
    """Takes a kind with a version, as `postgres@16` or `postgres:16`, and starts a server for this process alone."""
    folder = os.path.abspath(cwd or ".")
    why = "Seatrial cannot start %s" % service
    command = [need_command(folder, why), "env", "--hold", "--json", "--service", "%s=%s" % (_NAME, service)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("SEATRIAL_SESSION")}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        with process.stdout:
            line = process.stdout.readline()
        if line.startswith(b'{"env"'):
            return StartedService(process, json.loads(line.decode("utf-8"))["env"])
        process.stdin.close()
        process.wait()
        errors.seek(0)
        read_answer(line, errors.read(), why)
