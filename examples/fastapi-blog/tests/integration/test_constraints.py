"""D3: a rollback leaves the count as it was. D5: rules of the database reach the caller."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Post, User
from tests.factories import Make, new_post

pytestmark = pytest.mark.integration
NOBODY = 2_000_000_000


def test_an_import_with_one_bad_post_leaves_the_count_as_it_was(client: TestClient, make_user: Make, make_post: Make, db: Session):
    author = make_user()["id"]
    taken = make_post(author)["slug"]
    posts = [new_post(author, slug=slug) for slug in ("first", "second", taken)]
    assert client.post("/posts/import", json=posts).status_code == 409
    assert _count(db, Post) == 1
    assert client.post("/posts/import", json=posts[:2]).status_code == 201
    assert _count(db, Post) == 3


def test_a_session_that_failed_is_usable_after_its_rollback(make_user: Make, db: Session):
    user = make_user()
    db.add(User(email=user["email"], name="Ada", password_hash="-"))
    with pytest.raises(IntegrityError):
        db.flush()
    db.rollback()
    assert _count(db, User) == 1


def test_a_unique_constraint_is_409_and_names_the_field(client: TestClient, make_post: Make):
    post = make_post()
    response = client.post("/posts", json=new_post(post["author_id"], slug=post["slug"]))
    assert (response.status_code, response.json()) == (409, {"code": "duplicate", "field": "slug"})


def test_a_foreign_key_is_422_and_names_the_field(client: TestClient, make_post: Make):
    for response in (
        client.post("/posts", json=new_post(NOBODY)),
        client.post(f"/posts/{make_post()['id']}/comments", json={"author_id": NOBODY, "body": "Boo"}),
    ):
        assert (response.status_code, response.json()) == (422, {"code": "unknown_reference", "field": "author_id"})


@pytest.mark.parametrize("title", ["", "   "])
def test_a_check_constraint_is_422_and_names_the_field(client: TestClient, make_user: Make, title: str):
    response = client.post("/posts", json=new_post(make_user()["id"], title=title))
    assert (response.status_code, response.json()) == (422, {"code": "out_of_range", "field": "title"})


def _count(db: Session, model: type) -> int:
    db.rollback()
    return db.scalar(select(func.count()).select_from(model)) or 0
