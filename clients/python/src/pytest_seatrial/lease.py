"""Takes a lease from the session over its Unix socket, and puts it into the environment."""

import json
import os
import socket

from .control_link import API_VERSION, WAIT_SECONDS, assert_version, parse_head
from .errors import SeatrialError, unreachable


class Lease:
    """`connection` holds it: the lease ends when that closes, at the latest with the process."""

    def __init__(self, grant, connection):
        self.id = grant["lease"]["id"]
        self.services = grant["lease"]["services"]
        self.env = grant["lease"]["env"]
        self.connection = connection


def take_lease(runner, main_pid, slot, plugin, version):
    """Leases, and changes os.environ."""
    request = {"runner": runner, "mainPid": main_pid, "slot": slot, "hold": True}
    request["isolation"] = os.environ.get("SEATRIAL_ISOLATION", "worker")
    request["hello"] = {"plugin": plugin, "version": version}
    if os.environ.get("SEATRIAL_MAIN_LEASE"):
        request["over"] = os.environ["SEATRIAL_MAIN_LEASE"]
    path = os.environ["SEATRIAL_CONTROL_SOCKET"]
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(WAIT_SECONDS)
        connection.connect(path)
        connection.sendall(_to_http(request))
        grant = _read_answer(connection)
    except (OSError, ValueError) as error:
        connection.close()
        raise unreachable("Seatrial has no lease for %s worker %s" % (runner, slot), path, error) from error
    except SeatrialError:
        connection.close()
        raise
    _apply(grant)
    return Lease(grant, connection)


def _apply(grant):
    """What the project sets for itself wins: a name changes only while it has the value that the session gave to the main process."""
    for name, value in grant["lease"]["env"].items():
        if os.environ.get(name) == grant["replaces"].get(name):
            os.environ[name] = value
    os.environ["SEATRIAL_LEASE"] = os.environ.get("SEATRIAL_SESSION", "") + "/" + grant["lease"]["id"]


def has_lease():
    """True when this process has a lease of this session, or inherited it. A run inside a test may be a session of its own."""
    return os.environ.get("SEATRIAL_LEASE", "").startswith(os.environ.get("SEATRIAL_SESSION", "") + "/")


def _to_http(request):
    """In HTTP/1.0 a body is never chunked."""
    body = json.dumps(request).encode("utf-8")
    head = [
        "POST /v1/leases HTTP/1.0",
        "Host: seatrial",
        "Content-Type: application/json",
        "Seatrial-Api-Version: " + API_VERSION,
        "Authorization: Bearer " + os.environ["SEATRIAL_CONTROL_TOKEN"],
        "Content-Length: %d" % len(body),
    ]
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body


def _read_answer(connection):
    # The reader is closed, the connection under it stays open.
    with connection.makefile("rb") as reader:
        lines = []
        for line in iter(reader.readline, b"\r\n"):
            if not line:
                raise ValueError("the connection was closed")
            lines.append(line)
        first, headers = parse_head(b"".join(lines).rstrip(b"\r\n"))
        assert_version(headers)
        answer = json.loads(reader.readline().decode("utf-8"))
    if first.split()[1] != "200":
        raise SeatrialError(answer["code"], "Seatrial has no lease: " + answer["message"], answer.get("hint", "see `seatrial services status`"))
    return answer
