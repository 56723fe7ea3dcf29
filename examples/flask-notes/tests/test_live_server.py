"""A10: pytest-flask's `live_server`, a process of its own whose commits are reset too."""

import json
from urllib.request import Request, urlopen

import pytest
from pytest_flask.live_server import LiveServer


@pytest.mark.parametrize("attempt", [1, 2])
def test_another_process_commits(live_server: LiveServer, attempt: int):
    url = f"http://127.0.0.1:{live_server.port}/notebooks"
    body = json.dumps({"name": "logbook"}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"})) as answer:
        assert (answer.status, json.load(answer)) == (201, {"id": 1, "name": "logbook"})
    with urlopen(url) as answer:
        assert json.load(answer) == ["logbook"]
