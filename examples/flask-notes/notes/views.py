from flask import Blueprint, Response, current_app, jsonify, request
from redis import Redis

from notes.models import Note, Notebook, db

views = Blueprint("notes", __name__)
COUNTER = "notes:written"


@views.get("/notebooks")
def list_notebooks() -> Response:
    names = db.session.scalars(db.select(Notebook.name).order_by(Notebook.name)).all()
    return jsonify(list(names))


@views.post("/notebooks")
def create_notebook() -> tuple[Response, int]:
    notebook = Notebook(name=request.json["name"])
    db.session.add(notebook)
    db.session.commit()
    return jsonify(id=notebook.id, name=notebook.name), 201


@views.get("/notebooks/<int:notebook_id>")
def show_notebook(notebook_id: int) -> Response:
    notebook = db.get_or_404(Notebook, notebook_id)
    return jsonify(id=notebook.id, name=notebook.name, notes=[_to_json(note) for note in notebook.notes])


@views.delete("/notebooks/<int:notebook_id>")
def delete_notebook(notebook_id: int) -> tuple[str, int]:
    db.session.delete(db.get_or_404(Notebook, notebook_id))
    db.session.commit()
    return "", 204


@views.post("/notebooks/<int:notebook_id>/notes")
def write_note(notebook_id: int) -> tuple[Response, int]:
    note = Note(notebook=db.get_or_404(Notebook, notebook_id), text=request.json["text"])
    db.session.add(note)
    db.session.commit()
    _redis().incr(COUNTER)
    return jsonify(_to_json(note)), 201


@views.get("/written")
def written() -> Response:
    return jsonify(notes=int(_redis().get(COUNTER) or 0))


def _to_json(note: Note) -> dict[str, object]:
    return {"id": note.id, "text": note.text, "version": note.version}


def _redis() -> Redis:
    return current_app.extensions["redis"]
