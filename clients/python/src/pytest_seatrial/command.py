"""The command `seatrial`, for what happens before there is a session."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .errors import SeatrialError

CONFIG_FILES = ("seatrial.yaml", "seatrial.yml", "seatrial.json", "seatrial.config.ts", "seatrial.config.js", "seatrial.config.mjs")


def find_config(folder):
    """In the folder and above it, up to the repository's root."""
    for parent in _upward(folder):
        for name in CONFIG_FILES:
            if (parent / name).is_file():
                return parent / name
    return None


def find_command(folder):
    for parent in _upward(folder):
        program = parent / "node_modules" / ".bin" / "seatrial"
        if os.access(str(program), os.X_OK):
            return str(program)
    return shutil.which("seatrial")


def need_command(folder, why):
    command = find_command(folder)
    if command is None:
        hint = "npm install --save-dev seatrial, or start the tests by `npx seatrial run -- pytest`"
        raise SeatrialError("SEATRIAL_COMMAND_NOT_FOUND", "%s: no `seatrial` in node_modules/.bin or PATH" % why, hint)
    return command


def read_environment(folder):
    """What `seatrial run` would put into the environment. Uses the project's warm services, or starts them."""
    why = "Seatrial cannot start the services of this project"
    command = need_command(folder, why)
    done = subprocess.run([command, "env", "--json"], cwd=str(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return read_answer(done.stdout, done.stderr, why)["env"]


def read_answer(stdout, stderr, why):
    """The one line that `seatrial ... --json` prints, or its error."""
    try:
        answer = json.loads(stdout.decode("utf-8").splitlines()[-1])
    except (ValueError, IndexError):
        text = stderr.decode("utf-8", "replace").strip() or "the command ended without a word"
        raise SeatrialError("SEATRIAL_SERVICE_START_FAILED", "%s: %s" % (why, text), "`seatrial doctor` examines the machine") from None
    if "error" not in answer:
        return answer
    error = answer["error"]
    raise SeatrialError(error["code"], "%s: %s" % (why, error["message"]), error.get("hint", "`seatrial doctor` examines the machine"))


def _upward(folder):
    for parent in [Path(folder), *Path(folder).parents]:
        yield parent
        if (parent / ".git").exists():
            return
