"""A1: users over REST."""

import re
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.models import User
from app.passwords import verify_password
from tests.factories import Make, new_registration

pytestmark = pytest.mark.integration


def test_registration_answers_201_with_the_new_user_as_json(client: TestClient):
    registration = new_registration()
    response = client.post("/users", json=registration)
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"id", "email", "name", "created_at"}
    assert response.headers["location"] == f"/users/{body['id']}"
    assert (body["email"], body["name"]) == (registration["email"], registration["name"])
    assert datetime.fromisoformat(body["created_at"]).tzinfo is not None


def test_no_answer_holds_the_password_or_its_hash(client: TestClient):
    created = client.post("/users", json=new_registration(password="secret-of-the-deep"))
    path = created.headers["location"]
    for response in (created, client.get(path), client.patch(path, json={"name": "Ada"})):
        assert response.is_success
        assert "secret-of-the-deep" not in response.text
        assert not re.search("password|scrypt", response.text, re.IGNORECASE)


def test_the_stored_password_is_a_hash_and_verifies_the_password(make_user: Make, db: Session):
    user = db.get_one(User, make_user(password="secret-of-the-deep")["id"])
    assert re.fullmatch(r"scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}", user.password_hash)
    assert verify_password("secret-of-the-deep", user.password_hash)


def test_a_user_can_be_read_renamed_and_deleted(client: TestClient, make_user: Make):
    user = make_user()
    path = f"/users/{user['id']}"
    assert client.get(path).json() == user
    renamed = client.patch(path, json={"name": "Ada"})
    assert (renamed.status_code, renamed.json()) == (200, {**user, "name": "Ada"})
    assert client.get(path).json()["name"] == "Ada"
    deleted = client.delete(path)
    assert (deleted.status_code, deleted.text) == (204, "")
    assert client.get(path).status_code == 404
