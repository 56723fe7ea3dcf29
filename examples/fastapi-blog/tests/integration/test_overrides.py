"""A8: the app in this process with something else in the place of a dependency, beside a real server."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.cache import get_redis
from app.database import get_session
from app.main import create_app
from app.models import User
from tests.factories import new_registration

pytestmark = pytest.mark.integration
ATTEMPTS = pytest.mark.parametrize("attempt", [1, 2])


@pytest.fixture
def app() -> FastAPI:
    return create_app()


class Outbox:
    """In the place of Redis: it keeps what the app would put there."""

    def __init__(self) -> None:
        self.mails: list[dict[str, Any]] = []

    def get(self, _key: str) -> None:
        return None

    def set(self, _key: str, _value: str, ex: int) -> None:
        pass

    def xadd(self, _stream: str, mail: dict[str, Any]) -> None:
        self.mails.append(mail)

    def close(self) -> None:
        pass


@ATTEMPTS
def test_a_dependency_is_overridden_in_this_process_and_not_in_the_server(
    app: FastAPI, server: httpx2.Client, redis: Redis, attempt: int
):
    outbox = Outbox()
    app.dependency_overrides[get_redis] = lambda: outbox
    with TestClient(app) as client:
        assert client.post("/users", json=new_registration()).json()["id"] == 1
    assert outbox.mails == [{"to": "grace@example.com", "template": "welcome"}]
    assert redis.dbsize() == 0
    assert server.get("/users/1").json()["name"] == "Grace"
    assert redis.keys() == ["user:1"]


@pytest.fixture
def session(engine: Engine, app: FastAPI) -> Iterator[Session]:
    """The session of the app and of the test are one, in a transaction that nobody commits for real."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            app.dependency_overrides[get_session] = lambda: session
            yield session
        outer.rollback()


@ATTEMPTS
def test_the_app_works_on_the_session_of_the_test(app: FastAPI, session: Session, server: httpx2.Client, attempt: int):
    with TestClient(app) as client:
        user = client.post("/users", json=new_registration()).json()
        assert session.get_one(User, user["id"]).name == "Grace"
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert client.get(f"/users/{user['id']}").status_code == 200
    assert server.delete(f"/users/{user['id']}").status_code == 404


@ATTEMPTS
def test_an_agent_is_put_on_the_state_of_the_app(app: FastAPI, engine: Engine, redis: Redis, attempt: int):
    outbox = Outbox()
    with TestClient(app) as client:
        app.state.redis.close()
        app.state.redis = outbox
        assert client.post("/users", json=new_registration()).json()["id"] == 1
    assert len(outbox.mails) == 1
    assert redis.dbsize() == 0
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
