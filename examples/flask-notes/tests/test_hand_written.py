"""D6: the fixtures by which suites clean up by hand do the same as ever. Each class has one kind, and runs the same tests."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from notes.models import Note, Notebook, db


class Suite:
    def test_a_store_that_begins_empty(self, session: Session):
        assert session.scalar(select(func.count()).select_from(Notebook)) == 0
        session.add(Notebook(name="logbook", notes=[Note(text="cast off")]))
        session.commit()
        assert session.scalar(select(func.count()).select_from(Note)) == 1

    def test_the_same_name_once_more(self, session: Session):
        session.add(Notebook(name="logbook"))
        session.commit()
        assert session.scalars(select(Notebook.name)).all() == ["logbook"]

    def test_what_is_rolled_back_is_gone(self, session: Session):
        session.add(Notebook(name="logbook"))
        session.flush()
        session.rollback()
        assert session.scalar(select(func.count()).select_from(Notebook)) == 0


class TestRollback(Suite):
    @pytest.fixture
    def session(self, app: Flask) -> Iterator[Session]:
        """A commit of the test is a savepoint of an outer transaction, which is rolled back."""
        with db.engine.connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                yield session
            outer.rollback()


class TestTruncate(Suite):
    @pytest.fixture
    def session(self, app: Flask) -> Iterator[Session]:
        with Session(db.engine) as session:
            yield session
        with db.engine.begin() as connection:
            connection.execute(text("TRUNCATE notebook, note RESTART IDENTITY CASCADE"))


class TestDelete(Suite):
    @pytest.fixture
    def session(self, app: Flask) -> Iterator[Session]:
        with Session(db.engine) as session:
            yield session
        with db.engine.begin() as connection:
            for table in reversed(db.metadata.sorted_tables):
                connection.execute(table.delete())


class TestTablesOfItsOwn(Suite):
    """Tables are made and dropped for each test, on the connections that the pool keeps."""

    @pytest.fixture
    def session(self, app: Flask) -> Iterator[Session]:
        db.drop_all()
        db.create_all()
        with Session(db.engine) as session:
            yield session
        db.drop_all()
        db.create_all()


@pytest.fixture(scope="module")
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def test_nothing_of_all_that_is_left(engine: Engine):
    with Session(engine) as session:
        assert session.scalars(select(Notebook.name)).all() == []
