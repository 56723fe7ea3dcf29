from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.cache import Cache, get_cache
from app.database import get_session
from app.errors import STALE, to_response
from app.models import Comment, Post
from app.schemas import CommentAnswer, NewComment, NewPost, PostAnswer, PostChange

router = APIRouter(prefix="/posts", tags=["posts"])
Db = Annotated[Session, Depends(get_session)]
Cached = Annotated[Cache, Depends(get_cache)]


@router.post("", status_code=201)
def write(post: NewPost, response: Response, db: Db) -> PostAnswer:
    row = Post(**post.model_dump())
    db.add(row)
    db.commit()
    response.headers["Location"] = f"/posts/{row.id}"
    return PostAnswer.model_validate(row)


@router.post("/import", status_code=201)
def import_posts(posts: list[NewPost], db: Db) -> list[PostAnswer]:
    """All or none: one bad post, and nothing is imported."""
    rows = [Post(**post.model_dump()) for post in posts]
    for row in rows:
        db.add(row)
        db.flush()
    db.commit()
    return [PostAnswer.model_validate(row) for row in rows]


@router.get("/{post_id}")
def read(post_id: int, db: Db, cache: Cached) -> PostAnswer:
    answer = cache.get(f"post:{post_id}", PostAnswer)
    if answer is None:
        answer = PostAnswer.model_validate(_existing(db, post_id))
        cache.put(f"post:{post_id}", answer)
    return answer


@router.put("/{post_id}", response_model=PostAnswer)
def change(post_id: int, change: PostChange, db: Db, cache: Cached) -> Response | PostAnswer:
    post = _existing(db, post_id)
    # Whoever commits between this line and ours is noticed by the mapper's version check.
    if post.version != change.version:
        return to_response(STALE)
    post.title, post.body = change.title, change.body
    db.commit()
    cache.forget(f"post:{post_id}")
    return PostAnswer.model_validate(post)


@router.delete("/{post_id}", status_code=204)
def delete(post_id: int, db: Db, cache: Cached) -> None:
    db.delete(_existing(db, post_id))
    db.commit()
    cache.forget(f"post:{post_id}")


@router.post("/{post_id}/comments", status_code=201)
def comment(post_id: int, comment: NewComment, db: Db, cache: Cached) -> CommentAnswer:
    _existing(db, post_id)
    row = Comment(post_id=post_id, **comment.model_dump())
    db.add(row)
    db.commit()
    cache.forget(f"post:{post_id}")
    return CommentAnswer.model_validate(row)


def _existing(db: Session, post_id: int) -> Post:
    post = db.scalar(select(Post).where(Post.id == post_id).options(selectinload(Post.comments)))
    if post is None:
        raise HTTPException(404, "post_not_found")
    return post
