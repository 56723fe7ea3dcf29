from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from redis import Redis

Answer = TypeVar("Answer", bound=BaseModel)
TTL_SECONDS = 300
MAIL_STREAM = "mails"


class Cache:
    """Answers by key, such as `user:7`, as the JSON that the API sends."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, key: str, kind: type[Answer]) -> Answer | None:
        text = self._redis.get(key)
        return None if text is None else kind.model_validate_json(text)

    def put(self, key: str, answer: BaseModel) -> None:
        self._redis.set(key, answer.model_dump_json(), ex=TTL_SECONDS)

    def forget(self, *keys: str) -> None:
        if keys:
            self._redis.delete(*keys)


def queue_mail(redis: Redis, to: str, template: str) -> None:
    """Puts a mail on the queue; a mailer that is not part of this service reads it from there."""
    redis.xadd(MAIL_STREAM, {"to": to, "template": template})


def get_redis(request: Request) -> Redis:
    return request.app.state.redis


def get_cache(redis: Annotated[Redis, Depends(get_redis)]) -> Cache:
    return Cache(redis)
