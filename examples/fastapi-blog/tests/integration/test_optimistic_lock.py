"""D4: two sessions change one post."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.models import Post
from tests.factories import Make

pytestmark = pytest.mark.integration


def test_the_second_of_two_sessions_gets_the_optimistic_lock_error(engine: Engine, make_post: Make):
    post_id = make_post()["id"]
    with Session(engine) as first, Session(engine) as second:
        mine, yours = first.get_one(Post, post_id), second.get_one(Post, post_id)
        mine.title = "From the first"
        first.commit()
        yours.title = "From the second"
        with pytest.raises(StaleDataError):
            second.commit()
        second.rollback()
        assert (yours.title, yours.version) == ("From the first", 2)


def test_over_rest_the_one_who_changes_an_old_version_gets_409(client: TestClient, make_post: Make):
    path = f"/posts/{make_post()['id']}"
    first = client.put(path, json={"title": "One", "body": "-", "version": 1})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    stale = client.put(path, json={"title": "Two", "body": "-", "version": 1})
    assert (stale.status_code, stale.json()) == (409, {"code": "stale_version", "field": "version"})
    assert client.put(path, json={"title": "Three", "body": "-", "version": 2}).status_code == 200
    assert client.get(path).json()["title"] == "Three"


def test_of_ten_changes_of_one_version_at_the_same_time_exactly_one_wins(server: httpx2.Client, make_post: Make):
    path = f"/posts/{make_post()['id']}"

    def change(number: int) -> int:
        return server.put(path, json={"title": f"Title {number}", "body": "-", "version": 1}).status_code

    with ThreadPoolExecutor(10) as threads:
        assert sorted(threads.map(change, range(10))) == [200] + [409] * 9
