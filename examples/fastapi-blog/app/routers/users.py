from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cache import Cache, get_cache, get_redis, queue_mail
from app.database import get_session
from app.models import Comment, Post, User
from app.passwords import hash_password
from app.schemas import Profile, Registration, UserAnswer

router = APIRouter(prefix="/users", tags=["users"])
Db = Annotated[Session, Depends(get_session)]
Cached = Annotated[Cache, Depends(get_cache)]
Queue = Annotated[Redis, Depends(get_redis)]


@router.post("", status_code=201)
def register(registration: Registration, response: Response, db: Db, cache: Cached, queue: Queue) -> UserAnswer:
    user = User(email=registration.email, name=registration.name, password_hash=hash_password(registration.password))
    db.add(user)
    db.commit()
    answer = UserAnswer.model_validate(user)
    cache.put(f"user:{user.id}", answer)
    queue_mail(queue, to=user.email, template="welcome")
    response.headers["Location"] = f"/users/{user.id}"
    return answer


@router.get("/{user_id}")
def read(user_id: int, db: Db, cache: Cached) -> UserAnswer:
    answer = cache.get(f"user:{user_id}", UserAnswer)
    if answer is None:
        answer = UserAnswer.model_validate(_existing(db, user_id))
        cache.put(f"user:{user_id}", answer)
    return answer


@router.patch("/{user_id}")
def rename(user_id: int, profile: Profile, db: Db, cache: Cached) -> UserAnswer:
    user = _existing(db, user_id)
    user.name = profile.name
    db.commit()
    answer = UserAnswer.model_validate(user)
    cache.put(f"user:{user_id}", answer)
    return answer


@router.delete("/{user_id}", status_code=204)
def delete(user_id: int, db: Db, cache: Cached) -> None:
    user = _existing(db, user_id)
    commented = select(Comment.post_id).where(Comment.author_id == user_id)
    posts = db.scalars(select(Post.id).where((Post.author_id == user_id) | Post.id.in_(commented))).all()
    db.delete(user)
    db.commit()
    cache.forget(f"user:{user_id}", *(f"post:{post_id}" for post_id in posts))


def _existing(db: Session, user_id: int) -> User:
    user = db.get(User, user_id)
    if user is None:
        raise HTTPException(404, "user_not_found")
    return user
