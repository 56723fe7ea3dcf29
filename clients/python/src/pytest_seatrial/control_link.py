"""Calls of the control API over one connection that is kept. http.client would do the same, at twice the cost of a call."""

import json
import os
import socket
import threading

from .errors import SeatrialError, unreachable

API_VERSION = "1"
WAIT_SECONDS = 120

# Taken now: tests put other sockets in place, or forbid them.
_Socket = socket.socket
_UNIX = getattr(socket, "AF_UNIX", None)
_STREAM = socket.SOCK_STREAM


class ControlLink:
    """Any thread may call; calls come one after another. A forked child opens a connection of its own."""

    def __init__(self, path, token):
        self.path = path
        self._head = (
            " HTTP/1.1\r\nHost: seatrial\r\nSeatrial-Api-Version: %s\r\nAuthorization: Bearer %s\r\n"
            "Content-Type: application/json\r\nContent-Length: " % (API_VERSION, token)
        )
        self._connection = None
        self._turn = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def post(self, route, body, what):
        return self._call("POST", route, json.dumps(body), what)

    def get(self, route, what):
        return self._call("GET", route, "", what)

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, method, route, text, what):
        body = text.encode("utf-8")
        request = ("%s %s%s%d\r\n\r\n" % (method, route, self._head, len(body))).encode("latin-1") + body
        try:
            with self._turn:
                status, body = self._exchange(request)
            answer = json.loads(body.decode("utf-8")) if body else None
        except (OSError, ValueError) as error:
            raise unreachable(what, self.path, error) from error
        if status < 300:
            return answer
        raise SeatrialError(answer["code"], "%s: %s" % (what, answer["message"]), answer.get("hint", "see `seatrial services status`"))

    def _exchange(self, request):
        while True:
            kept = self._connection is not None
            try:
                if not kept:
                    self._connection = self._open()
                self._connection.sendall(request)
                first = self._connection.recv(65536)
                if first:
                    return self._read(first)
                raise ConnectionResetError("the connection was closed")
            except ConnectionError:
                self.close()
                if not kept:
                    raise
                # The session closes what is idle for some seconds: then it has not read the request.
            except BaseException:
                # Also a timer or a Ctrl-C that strikes here: what is left of the answer must not be read as the next one.
                self.close()
                raise

    def _open(self):
        connection = _Socket(_UNIX, _STREAM)
        try:
            connection.settimeout(WAIT_SECONDS)
            connection.connect(self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _read(self, data):
        end = data.find(b"\r\n\r\n")
        while end < 0:
            data += self._receive()
            end = data.find(b"\r\n\r\n")
        first, headers = parse_head(data[:end])
        assert_version(headers)
        body = data[end + 4 :]
        length = int(headers.get("content-length", 0))
        while len(body) < length:
            body += self._receive()
        if headers.get("connection") == "close":
            self.close()
        return int(first.split()[1]), body

    def _receive(self):
        data = self._connection.recv(65536)
        if not data:
            raise ValueError("the connection was closed in the middle of an answer")
        return data

    def _forget(self):
        self._turn = threading.Lock()
        self.close()


def parse_head(head):
    """The first line, and the headers by their names in lower case."""
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return first, headers


def assert_version(headers):
    version = headers.get("seatrial-api-version")
    if version is None:
        raise ValueError("what answers is not a session of Seatrial")
    if version != API_VERSION:
        message = "the session speaks version %s of the control API, pytest-seatrial speaks %s" % (version, API_VERSION)
        raise SeatrialError("SEATRIAL_CONTROL_REJECTED", message, "use the same version of seatrial and of pytest-seatrial")
