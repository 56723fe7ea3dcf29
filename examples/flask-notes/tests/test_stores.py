"""D4: two sessions change one row, and the second gets the error. With true commits on connections of their own."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from notes.models import Note, Notebook, db


@pytest.fixture
def note_id(app: Flask) -> int:
    with Session(db.engine) as session:
        note = Note(text="cast off", notebook=Notebook(name="logbook"))
        session.add(note)
        session.commit()
        return note.id


def test_the_second_of_two_writers_is_told(note_id: int):
    with Session(db.engine) as one, Session(db.engine) as other:
        first, second = one.get(Note, note_id), other.get(Note, note_id)
        first.text = "cast off at dawn"
        one.commit()
        second.text = "cast off at noon"
        with pytest.raises(StaleDataError):
            other.commit()
    with Session(db.engine) as session:
        assert session.get(Note, note_id).text == "cast off at dawn"


def test_an_error_leaves_nothing_of_its_transaction(note_id: int):
    with Session(db.engine) as session, pytest.raises(ZeroDivisionError):
        session.add(Notebook(name="recipes"))
        session.flush()
        assert session.scalar(select(func.count()).select_from(Notebook)) == 2
        raise ZeroDivisionError
    with Session(db.engine) as session:
        assert session.scalar(select(func.count()).select_from(Notebook)) == 1


def test_a_notebook_takes_its_notes_along(note_id: int):
    with Session(db.engine) as session:
        session.delete(session.get(Note, note_id).notebook)
        session.commit()
        assert session.scalar(select(func.count()).select_from(Note)) == 0
