from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, MetaData, Text, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


# With these names the models and the migrations agree: `alembic check` finds no difference.
NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key", "ix": "%(table_name)s_%(column_0_name)s_idx"}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {int: BigInteger, str: Text, datetime: DateTime(timezone=True)}


class User(Base):
    __tablename__ = "users"
    __table_args__ = (Index("users_email_key", text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The database cascades, so the rows need not be loaded to be deleted.
    posts: Mapped[list["Post"]] = relationship(back_populates="author", cascade="all, delete-orphan", passive_deletes=True)


class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (CheckConstraint("length(trim(title)) > 0", name="posts_title_check"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    author_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", name="posts_author_id_fkey", ondelete="CASCADE"), index=True
    )
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    author: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="post", cascade="all, delete-orphan", passive_deletes=True, order_by="Comment.id"
    )

    # Each update names the version that it was made from; when no row has it any more, StaleDataError is raised.
    __mapper_args__ = {"version_id_col": version}


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", name="comments_post_id_fkey", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", name="comments_author_id_fkey", ondelete="CASCADE"))
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    post: Mapped[Post] = relationship(back_populates="comments")
    author: Mapped[User] = relationship()
