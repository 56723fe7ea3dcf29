"""Factory fixtures. Every record is new and unlike any other: the tests share one database, in any order and side by side."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

Make = Callable[..., dict[str, Any]]


def new_registration(**changes: Any) -> dict[str, Any]:
    return {"email": f"{uuid4()}@example.com", "name": "Grace", "password": "correct horse", **changes}


def new_post(author_id: int, **changes: Any) -> dict[str, Any]:
    return {"author_id": author_id, "slug": f"post-{uuid4()}", "title": "A title", "body": "Some text", **changes}


@pytest.fixture
def make_user(client: TestClient) -> Make:
    def make(**changes: Any) -> dict[str, Any]:
        return _created(client, "/users", new_registration(**changes))

    return make


@pytest.fixture
def make_post(client: TestClient, make_user: Make) -> Make:
    def make(author_id: int | None = None, **changes: Any) -> dict[str, Any]:
        return _created(client, "/posts", new_post(author_id or make_user()["id"], **changes))

    return make


@pytest.fixture
def make_comment(client: TestClient, make_user: Make) -> Make:
    def make(post_id: int, author_id: int | None = None, body: str = "Well said") -> dict[str, Any]:
        return _created(client, f"/posts/{post_id}/comments", {"author_id": author_id or make_user()["id"], "body": body})

    return make


def _created(client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.status_code == 201, response.text
    return response.json()
