"""D2: relations and cascade delete."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Comment, Post, User
from tests.factories import Make

pytestmark = pytest.mark.integration


def test_a_post_comes_with_its_comments_in_the_order_of_writing(client: TestClient, make_post: Make, make_comment: Make):
    post = make_post()
    comments = [make_comment(post["id"], body=body) for body in ("First", "Second", "Third")]
    assert client.get(f"/posts/{post['id']}").json() == {**post, "comments": comments}


def test_an_author_leads_to_posts_and_a_post_to_its_author(make_user: Make, make_post: Make, db: Session):
    author = make_user()
    posts = [make_post(author["id"])["id"] for _ in range(2)]
    row = db.get_one(User, author["id"])
    assert sorted(post.id for post in row.posts) == posts
    assert all(post.author is row for post in row.posts)


def test_deleting_a_user_deletes_posts_and_comments_and_nobody_elses(
    client: TestClient, make_user: Make, make_post: Make, make_comment: Make, db: Session
):
    leaving, staying = make_user(), make_user()
    gone = make_post(leaving["id"])
    make_comment(gone["id"], staying["id"])
    kept = make_post(staying["id"])
    make_comment(kept["id"], leaving["id"])
    kept_comment = make_comment(kept["id"], staying["id"])
    client.get(f"/posts/{kept['id']}")

    assert client.delete(f"/users/{leaving['id']}").status_code == 204

    assert client.get(f"/posts/{gone['id']}").status_code == 404
    assert db.scalars(select(Post.id)).all() == [kept["id"]]
    assert db.scalars(select(Comment.id)).all() == [kept_comment["id"]]
    assert client.get(f"/posts/{kept['id']}").json()["comments"] == [kept_comment]


def test_a_comment_taken_out_of_its_post_is_deleted(make_post: Make, make_comment: Make, db: Session):
    post = make_post()
    _, second = make_comment(post["id"]), make_comment(post["id"])
    row = db.get_one(Post, post["id"])
    row.comments = [comment for comment in row.comments if comment.id == second["id"]]
    db.commit()
    assert db.scalars(select(Comment.id)).all() == [second["id"]]
