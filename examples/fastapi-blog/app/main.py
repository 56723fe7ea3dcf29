import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from redis import Redis
from sqlalchemy import text

from app.database import open_engine
from app.errors import add_error_handlers
from app.routers import posts, users


def create_app() -> FastAPI:
    """DATABASE_URL and REDIS_URL are read when the app starts, not when this module is imported."""
    app = FastAPI(title="Blog", lifespan=_stores)
    app.include_router(users.router)
    app.include_router(posts.router)
    add_error_handlers(app)

    @app.get("/health")
    def health(request: Request) -> dict[str, str]:
        with request.app.state.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        request.app.state.redis.ping()
        return {"status": "ok"}

    return app


@asynccontextmanager
async def _stores(app: FastAPI) -> AsyncIterator[None]:
    app.state.engine = open_engine(os.environ["DATABASE_URL"])
    app.state.redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    yield
    app.state.redis.close()
    app.state.engine.dispose()
