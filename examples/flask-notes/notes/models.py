from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Notebook(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    notes: Mapped[list["Note"]] = relationship(back_populates="notebook", cascade="all, delete-orphan", order_by="Note.id")


class Note(db.Model):
    __table_args__ = (CheckConstraint("text <> ''", name="note_has_text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notebook_id: Mapped[int] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"))
    text: Mapped[str]
    version: Mapped[int] = mapped_column()
    notebook: Mapped[Notebook] = relationship(back_populates="notes")

    __mapper_args__ = {"version_id_col": version}
