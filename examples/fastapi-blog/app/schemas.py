from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=100)]


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Registration(BaseModel):
    email: EmailStr
    name: Name
    password: str = Field(min_length=8, max_length=200)


class Profile(BaseModel):
    name: Name


class UserAnswer(Answer):
    id: int
    email: str
    name: str
    created_at: datetime


class NewPost(BaseModel):
    author_id: int
    slug: Slug
    # That it must not be blank is a rule of the database.
    title: str
    body: str


class PostChange(BaseModel):
    title: str
    body: str
    # The version that the change was made from.
    version: int


class NewComment(BaseModel):
    author_id: int
    body: str = Field(min_length=1)


class CommentAnswer(Answer):
    id: int
    author_id: int
    body: str


class PostAnswer(Answer):
    id: int
    author_id: int
    slug: str
    title: str
    body: str
    version: int
    comments: list[CommentAnswer]
