"""As a suite has it that knows nothing of Seatrial: an app for the session, whose tables the session makes and drops."""

from collections.abc import Iterator

import pytest
from flask import Flask

from notes import create_app
from notes.models import db


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """pytest-flask takes its `client` and `live_server` from it."""
    app = create_app()
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()
