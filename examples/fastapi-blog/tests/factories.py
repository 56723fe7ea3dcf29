"""Factory fixtures. Each test begins with empty tables and an empty Redis, so their numbers begin with 1 in each."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

Make = Callable[..., dict[str, Any]]


def new_registration(**changes: Any) -> dict[str, Any]:
    return {"email": "grace@example.com", "name": "Grace", "password": "correct horse", **changes}


def new_post(author_id: int, **changes: Any) -> dict[str, Any]:
    return {"author_id": author_id, "slug": "a-post", "title": "A title", "body": "Some text", **changes}


@pytest.fixture
def make_user(client: TestClient) -> Make:
    numbers = count(1)

    def make(**changes: Any) -> dict[str, Any]:
        return _created(client, "/users", new_registration(**{"email": f"user-{next(numbers)}@example.com", **changes}))

    return make


@pytest.fixture
def make_post(client: TestClient, make_user: Make) -> Make:
    numbers = count(1)

    def make(author_id: int | None = None, **changes: Any) -> dict[str, Any]:
        return _created(client, "/posts", new_post(author_id or make_user()["id"], **{"slug": f"post-{next(numbers)}", **changes}))

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
