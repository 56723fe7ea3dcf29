from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError


class Refusal(NamedTuple):
    status: int
    code: str
    field: str


# The database has the last word on these rules; this table says how each one is told to the caller.
CONSTRAINTS = {
    "users_email_key": Refusal(409, "duplicate", "email"),
    "posts_slug_key": Refusal(409, "duplicate", "slug"),
    "posts_author_id_fkey": Refusal(422, "unknown_reference", "author_id"),
    "posts_title_check": Refusal(422, "out_of_range", "title"),
    "comments_post_id_fkey": Refusal(422, "unknown_reference", "post_id"),
    "comments_author_id_fkey": Refusal(422, "unknown_reference", "author_id"),
}
STALE = Refusal(409, "stale_version", "version")


def add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(IntegrityError)
    def refuse_constraint(request: Request, error: IntegrityError) -> JSONResponse:
        diagnosis = getattr(error.orig, "diag", None)
        refusal = CONSTRAINTS.get(diagnosis.constraint_name) if diagnosis else None
        if refusal is None:
            raise error
        return to_response(refusal)

    @app.exception_handler(StaleDataError)
    def refuse_stale(request: Request, error: StaleDataError) -> JSONResponse:
        return to_response(STALE)


def to_response(refusal: Refusal) -> JSONResponse:
    return JSONResponse({"code": refusal.code, "field": refusal.field}, status_code=refusal.status)
