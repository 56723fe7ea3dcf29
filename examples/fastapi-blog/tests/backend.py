"""Fixtures: the app in this process, the app as a real server, and its stores, to look behind its back."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import open_engine
from app.main import create_app


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield client


@pytest.fixture(scope="session")
def server() -> Iterator[httpx2.Client]:
    """A uvicorn of its own. It inherits a socket that listens already: no port to guess, and no moment of being not ready."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--fd", str(listener.fileno())]
        process = subprocess.Popen([*command, "--log-level", "warning"], pass_fds=[listener.fileno()])
    try:
        with httpx2.Client(base_url=url, timeout=20) as http:
            yield http
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = open_engine(os.environ["DATABASE_URL"])
    yield engine
    engine.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as redis:
        yield redis
