"""D10: what a fixture makes belongs to the fixture's scope: tables of the session, rows of the class, and a table that a class makes for itself."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from notes.models import Notebook, db


class TestWithAShelf:
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def shelf(cls, app: Flask) -> None:
        with app.app_context(), Session(db.engine) as session:
            session.add_all([Notebook(name="atlas"), Notebook(name="almanac")])
            session.commit()

    def test_each_test_finds_it(self):
        assert _names() == ["almanac", "atlas"]
        with Session(db.engine) as session:
            session.query(Notebook).delete()
            session.commit()
        assert _names() == []

    def test_whatever_another_has_done_to_it(self):
        assert _names() == ["almanac", "atlas"]


class TestWithATable:
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def sketches(cls, app: Flask) -> Iterator[None]:
        with app.app_context():
            with db.engine.begin() as connection:
                connection.execute(text("CREATE TABLE sketch (id serial PRIMARY KEY, title text)"))
                connection.execute(text("INSERT INTO sketch (title) VALUES ('harbour')"))
            yield
            with db.engine.begin() as connection:
                connection.execute(text("DROP TABLE sketch"))

    @pytest.mark.parametrize("attempt", [1, 2])
    def test_its_rows_are_reset_like_all_others(self, app: Flask, attempt: int):
        with db.engine.begin() as connection:
            assert connection.execute(text("INSERT INTO sketch (title) VALUES ('reef') RETURNING id")).scalar() == 2
            assert connection.execute(text("SELECT count(*) FROM sketch")).scalar() == 2


def test_the_next_one_finds_neither(app: Flask):
    with Session(db.engine) as session:
        assert session.scalar(select(func.count()).select_from(Notebook)) == 0
        assert session.scalar(text("SELECT to_regclass('sketch')")) is None


def _names() -> list[str]:
    with Session(db.engine) as session:
        return list(session.scalars(select(Notebook.name).order_by(Notebook.name)))
