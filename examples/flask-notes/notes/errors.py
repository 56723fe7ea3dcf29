from flask import Flask, jsonify
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from notes.models import db

ANSWERS = {"notebook_name_key": (409, "this name is taken"), "note_has_text": (422, "a note needs a text")}


def register_errors(app: Flask) -> None:
    @app.errorhandler(IntegrityError)
    def violated(error: IntegrityError):
        db.session.rollback()
        status, message = ANSWERS.get(error.orig.diag.constraint_name, (409, "this cannot be stored"))
        return jsonify(error=message), status

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError):
        db.session.rollback()
        return jsonify(error="somebody else has changed it"), 409
