"""Real runs: `seatrial run --isolation rewind -- pytest` on PostgreSQL and Redis."""

import re

from real_run import BASELINE

FIXTURES = """
import pytest
from store import Store
@pytest.fixture(scope="session")
def store(): return Store()
"""


def test_each_test_finds_the_baseline_though_the_app_commits_over_many_connections(workspace):
    text = """
import pytest
@pytest.mark.parametrize("number", range(20))
def test_adds(store, number):
    assert store.names() == %r and store.added() == []
    store.add("%s-%%d" %% number, "again")
    assert store.run("SELECT max(id) FROM ship") == [(4,)]
    store.run("DELETE FROM ship WHERE name = 'Argo'")
    store.run("UPDATE ship SET name = 'Bounty' WHERE name = 'Beagle'")
    assert store.names() == ["Bounty", "%s-%%d" %% number, "again"] and len(store.added()) == 2
"""
    workspace.write(conftest=FIXTURES, test_a=text % (BASELINE, "a", "a"), test_b=text % (BASELINE, "b", "b"))
    output = workspace.pytest("-n", "4")
    assert "40 passed" in output and "seatrial: 40 resets, median" in output
    assert "leak" not in output and "fall-back" not in output


def test_without_a_reset_the_same_suite_fails(workspace):
    text = "def test_one(store):\n    assert store.added() == []\n    store.add('x')\ndef test_two(store):\n    assert store.added() == []\n"
    workspace.write(conftest=FIXTURES, test_a=text)
    assert "1 failed, 1 passed" in workspace.pytest(isolation="worker", code=1)
    assert "2 passed" in workspace.pytest()


SCOPES = """
import pytest
from store import Store

@pytest.fixture(scope="session")
def store():
    store = Store()
    store.run("CREATE TABLE crew (id serial PRIMARY KEY, name text)")
    store.run("INSERT INTO crew (name) VALUES ('cook')")
    yield store
    store.run("DROP TABLE crew")

@pytest.fixture(scope="session")
def late_session(store): store.add("of the session")

@pytest.fixture(scope="module")
def of_module(store):
    store.add("of the module")
    yield
    assert "of a test" not in store.names()

@pytest.fixture
def own(store): store.add("of the fixture")
"""
NESTED = """
import pytest
BASE = ["Argo", "Beagle"]
def crew(store): return [name for name, in store.run("SELECT name FROM crew ORDER BY id")]

def test_tables_of_the_session(store):
    assert crew(store) == ["cook"] and store.names() == BASE
    store.run("INSERT INTO crew (name) VALUES ('mate')")
    store.add("of a test")

def test_module_fixture_comes_late(store, own, request):
    assert crew(store) == ["cook"] and store.names() == [*BASE, "of the fixture"]
    store.add("of a test")
    request.getfixturevalue("of_module")
    assert store.names() == [*BASE, "of the fixture", "of a test", "of the module"]

def test_it_has_stayed_and_the_rest_is_gone(store):
    assert store.names() == [*BASE, "of the module"] and store.added() == ["of the module"]
    store.run("DELETE FROM ship")

def test_even_the_session_comes_late(store, request):
    assert store.names() == [*BASE, "of the module"]
    request.getfixturevalue("late_session")
    store.add("of a test")

class TestClass:
    @pytest.fixture(scope="class", autouse=True)
    def of_class(self, store): store.add("of the class")

    def test_one(self, store):
        assert sorted(store.names()) == sorted([*BASE, "of the module", "of the session", "of the class"])
        store.add("of a test")
    def test_two(self, store):
        assert sorted(store.names()) == sorted([*BASE, "of the module", "of the session", "of the class"])
"""
AFTER = """
import pytest
def test_only_the_session_has_stayed(store):
    assert store.names() == ["Argo", "Beagle", "of the session"] and store.added() == ["of the session"]
    assert store.run("SELECT name FROM crew") == [("cook",)]

@pytest.mark.parametrize("attempt", [1, 2])
class TestA:
    @pytest.fixture(scope="class", autouse=True)
    def of_class(self, store): store.add("of the class")
    def test_one(self, store, attempt): assert store.names() == ["Argo", "Beagle", "of the session", "of the class"]

def test_nothing_of_the_class(store): assert store.names() == ["Argo", "Beagle", "of the session"]
"""


def test_what_fixtures_write_stays_as_long_as_they_live(workspace):
    workspace.write(conftest=SCOPES, test_a=NESTED, test_b=AFTER)
    output = workspace.pytest("-W", "ignore")
    assert "10 passed" in output and "leak" not in output, output


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


def test_an_open_transaction_is_ended_and_named_with_its_test(workspace):
    text = """
import os, psycopg
kept = []
def test_leaks(store):
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection.execute("INSERT INTO ship (name) VALUES ('Nautilus')")
    kept.append(connection)
def test_next(store): assert store.names() == ["Argo", "Beagle"]
"""
    workspace.write(conftest=FIXTURES, test_a=text)
    output = workspace.pytest()
    assert re.search("seatrial: leak: test_a.py::test_leaks left db: .*INSERT INTO ship", output), output


LATE = """
import pytest
from store import Store
def pytest_runtest_logfinish(nodeid): Store().add("late")
@pytest.fixture(scope="session")
def store(): return Store()
@pytest.fixture(scope="module")
def of_module(store): store.add("of the module")
"""


def test_what_comes_after_a_test_is_undone_before_the_next_one_and_its_fixtures(workspace):
    text = """
def test_one(store): assert store.names() == ["Argo", "Beagle"]
def test_two(store): assert store.names() == ["Argo", "Beagle"] and store.added() == []
def test_three(store, of_module): assert store.names() == ["Argo", "Beagle", "of the module"] and store.added() == ["of the module"]
def test_four(store, of_module): assert store.names() == ["Argo", "Beagle", "of the module"] and store.added() == ["of the module"]
"""
    workspace.write(conftest=LATE, test_a=text)
    output = workspace.pytest()
    assert "4 passed" in output
    assert "seatrial: leak: something before test_a.py::test_three wrote to db after its test had ended" in output, output
    assert re.search("seatrial leak: test_a.py > test_one left db: .*ship", output), output


def test_with_a_database_for_each_test_fixtures_keep_what_they_made_too(workspace):
    conftest = """
import os, psycopg, pytest
def run(sql):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []
@pytest.fixture(scope="session")
def crew():
    run("CREATE TABLE crew (name text)")
    run("INSERT INTO crew VALUES ('cook')")
@pytest.fixture(scope="module")
def mate(crew): run("INSERT INTO crew VALUES ('mate')")
"""
    text = """
import pytest
from conftest import run
@pytest.mark.parametrize("attempt", [1, 2])
def test_crew(mate, attempt):
    assert run("SELECT name FROM crew ORDER BY 1") == [("cook",), ("mate",)]
    run("DROP TABLE crew")
"""
    workspace.write(conftest=conftest, test_a=text, test_b=text)
    output = workspace.pytest(isolation="database")
    assert "4 passed" in output and "fall-back" not in output, output


def test_a_test_can_ask_what_it_changed_and_reset(workspace):
    text = """
def test_diff(store, seatrial):
    store.add("Calypso")
    ship, = seatrial.diff("db")
    assert (ship.table, ship.op, ship.before, ship.after) == ("ship", "insert", None, {"id": 3, "name": "Calypso"})
    assert {change.service for change in seatrial.diff()} == {"db", "cache"}
    seatrial.reset()
    assert store.names() == ["Argo", "Beagle"] and store.added() == [] and seatrial.diff() == []
    store.add("Dove")
    assert store.run("SELECT id FROM ship WHERE name = 'Dove'") == [(3,)]
    assert seatrial.url("db") == store.url
def test_next(store): assert store.names() == ["Argo", "Beagle"]
"""
    workspace.write(conftest=FIXTURES, test_a=text)
    assert "2 passed" in workspace.pytest()


def test_a_worker_that_crashes_takes_only_its_own_lease_along(workspace):
    text = """
import os, signal, pytest
@pytest.mark.parametrize("number", range(12))
def test_adds(store, number):
    assert store.names() == ["Argo", "Beagle"] and store.added() == []
    store.add("x")
    if number == 5: os.kill(os.getpid(), signal.SIGKILL)
"""
    workspace.write(conftest=FIXTURES, test_a=text)
    output = workspace.pytest("-n", "2", code=1)
    assert "1 failed, 11 passed" in output and "3 leases" in output, output


def test_tests_that_overlap_are_not_reset_and_that_is_said_once(workspace):
    text = """
import json, os, urllib.request
def call(route, body):
    lease = os.environ["SEATRIAL_LEASE"].split("/")[1]
    headers = {"Authorization": "Bearer " + os.environ["SEATRIAL_CONTROL_TOKEN"], "Content-Type": "application/json"}
    url = os.environ["SEATRIAL_CONTROL_URL"] + "/v1/leases/" + lease + route
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer: return json.load(answer)
def test_one(store):
    call("/tests", {"name": "in a thread", "between": "undo"})
    store.add("x")
def test_two(store): assert store.added() == ["x"]
"""
    workspace.write(conftest=FIXTURES, test_a=text)
    output = workspace.pytest()
    assert output.count("seatrial: nothing was reset between overlapping tests: in a thread still ran") == 1, output


ASYNC = """
import os, psycopg, pytest, pytest_asyncio

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connection():
    connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    await connection.execute("INSERT INTO ship (name) VALUES ('of the module')")
    yield connection
    await connection.execute("DELETE FROM ship WHERE name = 'of the module'")
    await connection.close()

@pytest_asyncio.fixture(loop_scope="module")
async def own(connection):
    await connection.execute("INSERT INTO ship (name) VALUES ('of the test')")

async def names(connection):
    return [name for name, in await (await connection.execute("SELECT name FROM ship ORDER BY id")).fetchall()]

@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attempt", [1, 2])
async def test_async(connection, own, attempt):
    assert await names(connection) == ["Argo", "Beagle", "of the module", "of the test"]
"""
ANYIO = """
import os, psycopg, pytest
pytestmark = pytest.mark.anyio

@pytest.fixture(scope="module")
def anyio_backend(): return "asyncio"

@pytest.fixture(scope="module")
async def connection(anyio_backend):
    async with await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        await connection.execute("INSERT INTO ship (name) VALUES ('of the module')")
        yield connection

@pytest.mark.parametrize("attempt", [1, 2])
async def test_async(connection, attempt):
    rows = await (await connection.execute("SELECT name FROM ship ORDER BY id")).fetchall()
    assert [name for name, in rows] == ["Argo", "Beagle", "of the module"]
    await connection.execute("INSERT INTO ship (name) VALUES ('of the test')")
"""


def test_async_fixtures_have_scopes_too(workspace):
    workspace.write(test_a=ASYNC, test_b=ASYNC, test_c=ANYIO, test_d=ANYIO)
    output = workspace.pytest("-W", "ignore")
    assert "8 passed" in output and "leak" not in output, output


def test_a_repeated_test_begins_with_the_baseline(workspace):
    text = "seen = []\ndef test_one(store):\n    assert store.added() == []\n    store.add('x')\n    seen.append(1)\n    assert len(seen) == 3\n"
    workspace.write(conftest=FIXTURES, test_a=text)
    output = workspace.pytest("--reruns", "2")
    assert "1 passed, 2 rerun" in output and "seatrial: 3 resets" in output, output
