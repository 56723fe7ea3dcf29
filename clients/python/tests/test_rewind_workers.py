"""Real runs of many workers, and one that crashes."""

import re

from real_run import STORE_FIXTURE


def test_eight_workers_make_tables_of_their_own_and_see_nothing_of_each_other(workspace):
    conftest = """
import os, pytest
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase): pass
class Word(Base):
    __tablename__ = "word"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]

@pytest.fixture(scope="session")
def engine():
    engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:").replace("postgres:", "postgresql+psycopg:"))
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
"""
    text = """
import uuid, pytest
from conftest import Word
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session
import os
cache = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

@pytest.mark.parametrize("number", range(200))
def test_sees_its_own_words_only(engine, number):
    own = str(uuid.uuid4())
    with Session(engine) as one, Session(engine) as other:
        for session in (one, other):
            session.add(Word(text=own))
            session.commit()
    cache.sadd("words", own)
    with Session(engine) as session:
        assert [(word.id, word.text) for word in session.scalars(select(Word).order_by(Word.id))] == [(1, own), (2, own)]
    assert cache.smembers("words") == {own}
"""
    workspace.write(conftest=conftest, **{"test_%d" % number: text for number in range(8)})
    output = workspace.pytest("-q", "-n", "8", "--dist", "loadfile")
    assert "1600 passed" in output and "8 workers, 8 leases" in output
    assert "leak" not in output and "fall-back" not in output
    print(re.search("seatrial: 1600 resets.*", output).group())


def test_a_worker_that_crashes_takes_only_its_own_lease_along(workspace):
    text = """
import os, signal, pytest
@pytest.mark.parametrize("number", range(12))
def test_adds(store, number):
    assert store.names() == ["Argo", "Beagle"] and store.added() == []
    store.add("x")
    if number == 5: os.kill(os.getpid(), signal.SIGKILL)
"""
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    output = workspace.pytest("-n", "2", code=1)
    assert "1 failed, 11 passed" in output and "3 leases" in output, output
