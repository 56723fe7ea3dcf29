import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine

from app.database import to_sqlalchemy_url
from app.models import Base

url = to_sqlalchemy_url(os.environ["DATABASE_URL"])

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)


def print_sql() -> None:
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    print_sql()
else:
    migrate()
