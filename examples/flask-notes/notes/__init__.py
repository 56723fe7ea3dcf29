"""Notes in notebooks, over REST."""

import os

from flask import Flask
from redis import Redis

from notes.errors import register_errors
from notes.models import db
from notes.views import views


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = _to_sqlalchemy_url(os.environ["DATABASE_URL"])
    db.init_app(app)
    app.extensions["redis"] = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    app.register_blueprint(views)
    register_errors(app)
    return app


def _to_sqlalchemy_url(url: str) -> str:
    """The usual form of the address, with the driver (psycopg 3) that SQLAlchemy wants to be told."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url
