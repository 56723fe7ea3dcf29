"""R12: the environment that `seatrial run` sets."""

import os
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif("FASTAPI_BLOG_TEST_RUN_ID" not in os.environ, reason="only `seatrial run` sets these variables"),
]


def test_every_name_of_the_database_leads_to_the_one_that_the_app_uses(db: Session):
    assert os.environ["TEST_DATABASE_URL"] == os.environ["DATABASE_URL"]
    assert os.environ["TEST_DB_URL"] == os.environ["DATABASE_URL"]
    name, user, port = db.execute(text("SELECT current_database(), current_user, inet_server_port()")).one()
    assert name == os.environ["FASTAPI_BLOG_TEST_DB_NAME"]
    assert user == os.environ["FASTAPI_BLOG_TEST_DB_USER"]
    assert str(port) == os.environ["FASTAPI_BLOG_TEST_DB_PORT"]


def test_host_and_password_are_those_of_the_url():
    url = urlsplit(os.environ["DATABASE_URL"])
    assert os.environ["FASTAPI_BLOG_TEST_DB_HOST"] == url.hostname
    assert os.environ["FASTAPI_BLOG_TEST_DB_PASS"] == unquote(url.password or "")


def test_user_and_password_are_the_documented_defaults():
    assert os.environ["FASTAPI_BLOG_TEST_DB_USER"] == "testuser"
    assert os.environ["FASTAPI_BLOG_TEST_DB_PASS"] == "testpass"


def test_the_url_of_redis_has_its_second_name_too():
    assert os.environ["TEST_REDIS_URL"] == os.environ["REDIS_URL"]
