"""A8: `test_client` on an app of this process, beside the process of a real server, and with something else in the place of a store."""

import json
from collections import Counter
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pytest_flask.live_server import LiveServer

from notes import create_app

ATTEMPTS = pytest.mark.parametrize("attempt", [1, 2])


@ATTEMPTS
def test_what_one_of_them_commits_the_other_reads(app: Flask, live_server: LiveServer, attempt: int):
    with app.test_client() as here:
        assert here.post("/notebooks", json={"name": "logbook"}).json["id"] == 1
    with urlopen(f"http://127.0.0.1:{live_server.port}/notebooks") as there:
        assert json.load(there) == ["logbook"]


class Memory(Counter):
    """In the place of Redis."""

    def incr(self, key: str) -> None:
        self[key] += 1


@ATTEMPTS
def test_another_app_counts_elsewhere_and_writes_to_the_same_database(client: FlaskClient, attempt: int):
    other = create_app()
    other.extensions["redis"] = Memory()
    with other.test_client() as there:
        assert there.post("/notebooks", json={"name": "logbook"}).json["id"] == 1
        assert there.post("/notebooks/1/notes", json={"text": "cast off"}).status_code == 201
        assert there.get("/written").json == {"notes": 1}
    assert client.get("/notebooks/1").json["notes"] == [{"id": 1, "text": "cast off", "version": 1}]
    assert client.get("/written").json == {"notes": 0}
