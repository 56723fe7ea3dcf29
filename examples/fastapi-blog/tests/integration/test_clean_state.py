"""D9: nobody cleans up, and each test begins with the baseline, in Redis too."""

import httpx2
import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cache import MAIL_STREAM
from app.models import User
from tests.factories import Make, new_registration

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", autouse=True)
def banner(redis: Redis) -> None:
    redis.set("banner", "Welcome aboard")


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_test_finds_what_the_fixtures_have_made_and_nothing_else(
    server: httpx2.Client, client: TestClient, make_post: Make, db: Session, redis: Redis, attempt: int
):
    assert redis.keys() == ["banner"]
    assert redis.get("banner") == "Welcome aboard"
    assert db.scalar(select(func.count()).select_from(User)) == 0
    db.rollback()

    assert server.post("/users", json=new_registration()).json()["id"] == 1
    assert client.get(f"/posts/{make_post()['id']}").status_code == 200
    redis.set("banner", "All hands on deck")

    assert redis.xlen(MAIL_STREAM) == 2
    assert sorted(redis.keys()) == sorted(["banner", MAIL_STREAM, "post:1", "user:1", "user:2"])


@pytest.mark.parametrize("attempt", [1, 2])
def test_also_when_another_has_emptied_the_whole_server_and_changed_its_settings(redis: Redis, attempt: int):
    assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert redis.exists("banner") == 1

    redis.config_set("maxmemory-policy", "allkeys-lru")
    redis.flushall()
