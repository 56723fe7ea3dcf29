"""A3: side effects of one call."""

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.cache import MAIL_STREAM
from app.models import Post, User
from app.schemas import UserAnswer
from tests.factories import Make, new_registration

pytestmark = pytest.mark.integration


def test_a_registration_leaves_a_row_a_cache_entry_and_one_welcome_mail(make_user: Make, db: Session, redis: Redis):
    user = make_user()
    row = db.get_one(User, user["id"])
    assert (row.email, row.name) == (user["email"], user["name"])
    assert UserAnswer.model_validate_json(redis.get(f"user:{user['id']}")) == UserAnswer.model_validate(user)
    assert redis.ttl(f"user:{user['id']}") > 0
    assert _mails(redis) == [{"to": user["email"], "template": "welcome"}]


def test_a_refused_registration_leaves_none_of_them(client: TestClient, make_user: Make, db: Session, redis: Redis):
    email = make_user()["email"]
    assert client.post("/users", json=new_registration(email=email)).status_code == 409
    assert db.scalar(select(func.count()).select_from(User)) == 1
    assert len(_mails(redis)) == 1
    assert len(redis.keys("user:*")) == 1


def test_a_post_is_read_from_the_cache_until_it_changes(client: TestClient, make_post: Make, db: Session, redis: Redis):
    post = make_post()
    path = f"/posts/{post['id']}"
    assert client.get(path).json() == post
    assert redis.exists(f"post:{post['id']}") == 1

    db.execute(update(Post).where(Post.id == post["id"]).values(title="Changed behind the cache"))
    db.commit()
    assert client.get(path).json()["title"] == post["title"]

    change = {"title": "Changed by the API", "body": post["body"], "version": post["version"]}
    assert client.put(path, json=change).status_code == 200
    assert redis.exists(f"post:{post['id']}") == 0
    assert client.get(path).json()["title"] == "Changed by the API"


def test_a_comment_shows_in_a_post_that_was_cached_without_it(client: TestClient, make_post: Make, make_comment: Make):
    post = make_post()
    assert client.get(f"/posts/{post['id']}").json()["comments"] == []
    comment = make_comment(post["id"])
    assert client.get(f"/posts/{post['id']}").json()["comments"] == [comment]


def _mails(redis: Redis) -> list[dict[str, str]]:
    return [mail for _, mail in redis.xrange(MAIL_STREAM)]
