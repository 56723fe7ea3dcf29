"""A10: pytest-flask's own `client`. D6 on its own: no fixture cleans anything, and each test begins with empty tables, ids from 1 and no counter."""

import pytest
from flask.testing import FlaskClient


@pytest.fixture
def logbook(client: FlaskClient) -> int:
    return client.post("/notebooks", json={"name": "logbook"}).json["id"]


def test_a_notebook_is_created_read_and_deleted(client: FlaskClient):
    created = client.post("/notebooks", json={"name": "logbook"})
    assert (created.status_code, created.json) == (201, {"id": 1, "name": "logbook"})
    assert client.get("/notebooks/1").json == {"id": 1, "name": "logbook", "notes": []}
    assert client.delete("/notebooks/1").status_code == 204
    assert client.get("/notebooks/1").status_code == 404


def test_notes_are_written_into_it_and_counted(client: FlaskClient, logbook: int):
    assert logbook == 1
    for text in ("cast off", "all well"):
        assert client.post("/notebooks/1/notes", json={"text": text}).status_code == 201
    notes = client.get("/notebooks/1").json["notes"]
    assert notes == [{"id": 1, "text": "cast off", "version": 1}, {"id": 2, "text": "all well", "version": 1}]
    assert client.get("/written").json == {"notes": 2}


def test_nothing_of_other_tests_is_left(client: FlaskClient):
    assert client.get("/notebooks").json == []
    assert client.get("/written").json == {"notes": 0}


def test_a_name_is_taken_once(client: FlaskClient, logbook: int):
    refused = client.post("/notebooks", json={"name": "logbook"})
    assert (refused.status_code, refused.json) == (409, {"error": "this name is taken"})
    assert client.get("/notebooks").json == ["logbook"]


def test_a_note_needs_a_text(client: FlaskClient, logbook: int):
    refused = client.post("/notebooks/1/notes", json={"text": ""})
    assert (refused.status_code, refused.json) == (422, {"error": "a note needs a text"})
    assert client.get("/notebooks/1").json["notes"] == []
    assert client.get("/written").json == {"notes": 0}


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_each_attempt_finds_the_same_state(client: FlaskClient, logbook: int, attempt: int):
    assert (logbook, client.get("/notebooks").json) == (1, ["logbook"])
