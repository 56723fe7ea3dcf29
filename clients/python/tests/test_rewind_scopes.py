"""Real runs in which fixtures of every width write."""


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
