from collections.abc import Iterator

from fastapi import Request
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session


def to_sqlalchemy_url(url: str) -> str:
    """The usual form of the address, with the driver (psycopg 3) that SQLAlchemy wants to be told."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def open_engine(url: str) -> Engine:
    return create_engine(to_sqlalchemy_url(url), pool_pre_ping=True)


def get_session(request: Request) -> Iterator[Session]:
    """A session per request; what is not committed is rolled back."""
    with Session(request.app.state.engine, expire_on_commit=False) as session:
        yield session
